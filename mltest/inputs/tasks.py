"""What is being predicted: two classes, several classes or a number; and which labels there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from mltest.errors import UsageError, nearest
from mltest.quoted import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Task", "classes_of", "estimator_kind", "labels_of", "positive_of", "shown", "task_of"]

Task = Literal["binary", "multiclass", "regression", "multilabel"]
_SHOWN = 8
_TWO = 2
_ZERO_ONE: frozenset[Any] = frozenset({0, 1})


def labels_of(values: NDArray[Any]) -> tuple[Any, ...]:
    """The distinct values as sorted Python values."""
    if values.dtype.kind == "O":
        return _sorted(set(values.tolist()))
    return tuple(np.unique(values).tolist())


def estimator_kind(model: Any) -> Literal["classifier", "regressor"] | None:
    """What the model says of itself, by scikit-learn's tags or by having ``classes_``."""
    if classes_of(model) is not None:
        return "classifier"
    tags = getattr(model, "__sklearn_tags__", None)
    said = tags().estimator_type if callable(tags) else getattr(model, "_estimator_type", None)
    return said if said in {"classifier", "regressor"} else None


def classes_of(model: Any) -> tuple[Any, ...] | None:
    """``classes_`` as Python values, or None; a model of several targets is refused."""
    classes = getattr(model, "classes_", None)
    if classes is None:
        return None
    if isinstance(classes, list) and classes and isinstance(classes[0], np.ndarray):
        msg = f"the model predicts {len(classes)} targets at once; evaluate one target at a time"
        raise UsageError(msg)
    return tuple(np.asarray(classes).tolist())


def task_of(
    target: NDArray[Any], labels: Sequence[Any], kind: str | None, *, positive: Any, answer: Callable[[], Any]
) -> Task:
    """Decide from what the model says of itself, else from the target, else from one look at the answer."""
    number = target.dtype.kind in "biuf"
    if kind == "regressor":
        _refuse_words(target, number=number)
        return "regression"
    by_count: Task = "binary" if len(labels) <= _TWO else "multiclass"
    if kind == "classifier" or positive is not None or not number or _ZERO_ONE.issuperset(labels):
        return by_count
    if target.dtype.kind == "f" and not np.all(target == np.floor(target)):
        return "regression"
    return "regression" if _is_quantity(answer(), target, labels) else by_count


def positive_of(labels: Sequence[Any], given: Any) -> Any:
    """The positive class: the one given, or 1 and True where the labels are 0 and 1."""
    if given is None:
        if _ZERO_ONE.issuperset(labels):
            return next((label for label in labels if label == 1), 1)
        msg = f"which class is positive? give positive= one of {shown(labels)}"
        raise UsageError(msg)
    value = given.item() if isinstance(given, np.generic) else given
    for label in labels:
        if label == value:
            return label
    same = [label for label in labels if str(label) == str(value)]
    hint = f"; {same[0]!r} is a {type(same[0]).__name__}" if same else quoted(nearest(str(value), map(str, labels)))
    msg = f"positive={value!r} ({type(value).__name__}) is no label of the target{hint} (labels: {shown(labels)})"
    raise UsageError(msg)


def shown(labels: Iterable[Any]) -> str:
    """The first labels, for a message."""
    every = list(labels)
    return ", ".join(quoted(repr(label)) for label in every[:_SHOWN]) + (
        f", ... ({len(every)} in all)" if len(every) > _SHOWN else ""
    )


def _is_quantity(answer: NDArray[Any] | None, target: NDArray[Any], labels: Sequence[Any]) -> bool:
    """A whole-numbered target is a quantity where the answers are numbers between its values."""
    if answer is None or answer.ndim != 1 or answer.dtype.kind not in "iuf":
        return False
    if answer.dtype.kind != "f" and target.dtype.kind != "f":
        return False
    if len(labels) == _TWO and bool(((answer >= 0) & (answer <= 1)).all()):
        return False  # scores of one of two classes, however these are numbered
    return not bool(np.isin(answer, np.asarray(labels)).all())


def _refuse_words(target: NDArray[Any], *, number: bool) -> None:
    if not number:
        msg = f"the model is a regressor, the target holds values such as {quoted(repr(target[0]))}; numbers are needed"
        raise UsageError(msg)


def _sorted(values: set[Any]) -> tuple[Any, ...]:
    try:
        return tuple(sorted(values))
    except TypeError:
        return tuple(sorted(values, key=lambda value: (type(value).__name__, str(value))))
