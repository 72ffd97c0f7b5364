"""What a metric reads: labelled predictions, and the errors for what they lack."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mltest.errors import UsageError
from mltest.quoted import quoted

__all__ = ["Sample", "class_codes", "finite_column", "is_sample", "place", "probabilities", "true_probability"]

Array = NDArray[Any]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_SUM_TOLERANCE = 1e-6
_SMALLEST = 2.0**-52


class Sample(Protocol):
    """Labelled predictions; an ``Evaluation`` is one."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    @property
    def task(self) -> str:
        """Say ``binary``, ``multiclass`` or ``regression``."""

    @property
    def classes(self) -> tuple[Any, ...]:
        """The classes, in the order of the columns of ``proba``."""

    @property
    def positive(self) -> Any:
        """The positive class of a binary task."""

    @property
    def y(self) -> Array:
        """The labels."""

    @property
    def truth(self) -> NDArray[np.bool_]:
        """Where the label is the positive class."""

    @property
    def prediction(self) -> Array:
        """Predicted labels or numbers."""

    @property
    def predicted(self) -> NDArray[np.bool_]:
        """Where the positive class is predicted."""

    @property
    def score(self) -> Array:
        """Score of the positive class; an error where there is none."""

    @property
    def proba(self) -> Array | None:
        """Probabilities by class."""

    @property
    def weight(self) -> FloatArray | None:
        """Weights of the rows."""

    @property
    def cluster(self) -> Array | None:
        """Clusters of rows that are not independent."""

    @property
    def model_name(self) -> str:
        """What messages call the model."""

    @property
    def data_name(self) -> str:
        """What messages call the rows."""


def is_sample(given: object, call: str, argument: str) -> None:
    """Raise ``UsageError`` for what is no evaluation, such as a model or a table."""
    if not all(hasattr(type(given), name) for name in ("task", "take", "prediction")):
        msg = (
            f"{call}({argument}=): must be an Evaluation, made by mltest.evaluate(model, data, target) or "
            f"mltest.Evaluation(y, prediction=...); got a {type(given).__name__}"
        )
        raise UsageError(msg)


def place(sample: Sample) -> str:
    """``" on holdout"``, or nothing where the rows have no name of their own."""
    return "" if sample.data_name == "data" else f" on {sample.data_name}"


def finite_column(values: Array, what: str) -> FloatArray:
    """Numbers as float64; anything else, NaN and infinities included, is an error."""
    if values.dtype.kind not in "biuf":
        msg = f"{what} must be numbers, got {values.dtype} such as {quoted(repr(values[0]))}"
        raise UsageError(msg)
    numbers: FloatArray = values.astype(np.float64, copy=False)
    bad = ~np.isfinite(numbers)
    if bad.any():
        msg = f"{what}: {int(bad.sum())} of {len(numbers)} are not finite, the first in row {int(bad.argmax())}"
        raise UsageError(msg)
    return numbers


def probabilities(sample: Sample, metric: str) -> FloatArray:
    """Probability of the positive class, or of every class where there are more than two."""
    if sample.task == "binary":
        given = sample.score
        outside = (given < 0) | (given > 1)
        if outside.any():
            msg = (
                f"{metric} needs probabilities; the scores{place(sample)} go from {given.min():g} to {given.max():g}, "
                "which decision values do; give probabilities, or ask for roc_auc, which needs the order alone"
            )
            raise UsageError(msg)
        return given
    if sample.proba is None:
        msg = f"{metric} needs a probability of every class{place(sample)}: a model with predict_proba"
        raise UsageError(msg)
    sums = sample.proba.sum(axis=1)
    off = np.abs(sums - 1) > _SUM_TOLERANCE
    if off.any():
        msg = (
            f"{metric} needs probabilities that sum to 1; {int(off.sum())} of {len(off)} rows do not, "
            f"the first is row {int(off.argmax())} with {sums[off][0]:g}"
        )
        raise UsageError(msg)
    return sample.proba


def class_codes(y: Array, classes: tuple[Any, ...]) -> IntArray:
    """The place of each label among the classes."""
    if y.dtype.kind in "biuf":
        known = np.asarray(classes)
        order = np.argsort(known)
        return order[np.searchsorted(known[order], y)].astype(np.int64)
    at = {label: code for code, label in enumerate(classes)}
    return np.fromiter((at[label] for label in y.tolist()), dtype=np.int64, count=len(y))


def true_probability(sample: Sample, metric: str) -> FloatArray:
    """Probability that was given to the true class, kept off 0 and 1 by one double epsilon."""
    given = probabilities(sample, metric)
    if sample.task == "binary":
        right = np.where(sample.truth, given, 1 - given)
    else:
        right = given[np.arange(len(given)), class_codes(sample.y, sample.classes)]
    return np.clip(right.astype(np.float64, copy=False), _SMALLEST, 1 - _SMALLEST)
