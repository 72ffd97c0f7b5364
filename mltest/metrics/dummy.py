"""A dummy that knows only labels: it gives every row the same answer, learnt from training labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.sample import Array, FloatArray, Sample, class_codes, finite_column, place
from mltest.quoted import MOST_LABELS, quoted
from mltest.stats.units import prepare

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Dummy", "dummy_for"]


@dataclass(frozen=True, slots=True, eq=False)
class Dummy:
    """The rows of another sample with constant answers; a ``Sample`` itself."""

    of: Sample
    prediction: Array
    proba: FloatArray | None
    answer: str

    @property
    def rows(self) -> int:
        """As the sample it is made for, like all that follows."""
        return self.of.rows

    @property
    def task(self) -> str:
        """Task."""
        return self.of.task

    @property
    def classes(self) -> tuple[Any, ...]:
        """Classes."""
        return self.of.classes

    @property
    def positive(self) -> Any:
        """Positive class."""
        return self.of.positive

    @property
    def y(self) -> Array:
        """Labels."""
        return self.of.y

    @property
    def truth(self) -> NDArray[np.bool_]:
        """Labels of the positive class."""
        return self.of.truth

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Where the constant answer is the positive class: everywhere or nowhere."""
        return np.asarray(self.prediction == self.positive, dtype=bool)

    @property
    def score(self) -> Array:
        """Share of the positive class in training, on every row; by class where there are several."""
        if self.proba is None or self.task != "binary":
            return self.prediction if self.proba is None else self.proba
        return self.proba[:, list(self.classes).index(self.positive)]

    @property
    def weight(self) -> FloatArray | None:
        """Weights."""
        return self.of.weight

    @property
    def cluster(self) -> Array | None:
        """Clusters."""
        return self.of.cluster

    @property
    def model_name(self) -> str:
        """What it answers."""
        return f"dummy ({self.answer})"

    @property
    def data_name(self) -> str:
        """Rows."""
        return self.of.data_name


def dummy_for(train: Sample, test: Sample, kind: str) -> Dummy:
    """The dummy on the rows of ``test``: it answers ``majority``, ``positive``, ``prior``, ``mean`` or ``median``."""
    if test.task == "regression":
        answer = _middle(train, kind)
        return Dummy(test, np.broadcast_to(np.float64(answer), test.rows), None, f"{kind} {answer:.6g} of training")
    if test.task == "multilabel":
        return _most_common(train, test, kind)
    shares = _shares(train, test)
    label = test.positive if kind == "positive" else test.classes[int(shares.argmax())]
    prediction = np.full(test.rows, label, dtype=test.y.dtype)
    proba = np.broadcast_to(shares, (test.rows, len(shares)))
    return Dummy(
        test,
        prediction,
        proba,
        "class shares of training" if kind == "prior" else f"always {_named(label, train, test)}",
    )


def _named(label: object, train: Sample, test: Sample) -> str:
    """The class by its label, with how many rows have it, where the classes are a list that can be read."""
    few = len(test.classes) <= MOST_LABELS
    return quoted(repr(label), sum(one == label for one in train.y.tolist()) if few else None)


def _most_common(train: Sample, test: Sample, kind: str) -> Dummy:
    """Every label that more than half of the training rows have; all of them where the positive is asked for."""
    units = prepare(train.rows, train.weight)
    often = np.array([kind == "positive" or units.mean(units.take(label)) > 0.5 for label in train.y.T])
    names = [str(label) for label, there in zip(test.classes, often, strict=True) if there]
    answer = f"always {', '.join(names) or 'no label'}"
    return Dummy(test, np.broadcast_to(often.astype(np.int8), test.y.shape), None, answer)


def _shares(train: Sample, test: Sample) -> FloatArray:
    unknown = [label for label in set(train.y.tolist()) if label not in test.classes]
    if unknown:
        known = ", ".join(quoted(repr(label)) for label in test.classes)
        msg = (
            f"the training labels{place(train)} have the class {quoted(repr(unknown[0]))}, "
            f"the test labels{place(test)} know only {known}; evaluate both with one model"
        )
        raise UsageError(msg)
    units = prepare(train.rows, train.weight)
    codes = units.take(class_codes(train.y, test.classes))
    counts = np.bincount(codes, units.weight, minlength=len(test.classes))
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _middle(train: Sample, kind: str) -> float:
    units = prepare(train.rows, train.weight)
    y = units.take(finite_column(train.y, "the training target"))
    if kind != "median":
        return units.mean(y)
    if units.weight is None:
        return float(np.median(y))
    order = np.argsort(y)
    reached = np.cumsum(units.weight[order])
    return float(y[order][np.searchsorted(reached, reached[-1] / 2)])
