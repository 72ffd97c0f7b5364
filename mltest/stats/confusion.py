"""The confusion table of labels and predictions, and the influence values of its metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.delta import Influence
from mltest.stats.gradients import (
    JACCARD,
    PRECISION,
    RECALL,
    Average,
    Gradient,
    Ratio,
    fbeta_ratio,
    matthews,
    ratio_average,
)
from mltest.stats.units import FloatArray, IntArray, Units, column, dense, prepare, summed, truths

_MOST_CLASSES = 2000


@dataclass(frozen=True, slots=True)
class Measure:
    """How a named metric is had from a table of shares."""

    gradient: Callable[[FloatArray], Gradient]
    scale: str
    value_range: tuple[float, float]
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A confusion table of shares, the cell of each row, and the labels behind the classes."""

    shares: FloatArray
    cell: IntArray
    classes: tuple[Any, ...]
    units: Units
    counts: IntArray


def average_of(ratio: Ratio, average: Average) -> Measure:
    """The measure that averages a per-class ratio."""
    return Measure(lambda table: ratio_average(table, ratio, average), "logit", (0.0, 1.0), average == "binary")


MEASURES = {
    "mcc": Measure(matthews, "fisher", (-1.0, 1.0)),
    "f1": average_of(fbeta_ratio(1.0), "binary"),
    "precision": average_of(PRECISION, "binary"),
    "recall": average_of(RECALL, "binary"),
    "jaccard": average_of(JACCARD, "binary"),
    "macro_f1": average_of(fbeta_ratio(1.0), "macro"),
    "macro_precision": average_of(PRECISION, "macro"),
    "macro_recall": average_of(RECALL, "macro"),
    "macro_jaccard": average_of(JACCARD, "macro"),
    "weighted_f1": average_of(fbeta_ratio(1.0), "weighted"),
    "weighted_precision": average_of(PRECISION, "weighted"),
    "weighted_jaccard": average_of(JACCARD, "weighted"),
}


def confusion_influence(
    measure: str,
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Influence:
    """The influence values of a metric of the confusion table.

    Parameters
    ----------
    measure
        A key of `MEASURES`.
    y_true, y_pred
        Labels; truth values for "f1", "precision", "recall" and "jaccard".
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    mltest.stats.delta.Influence

    Examples
    --------
    >>> confusion_influence("precision", [1, 0, 1], [1, 1, 0]).phi
    array([ 0.75, -0.75,  0.  ])
    """
    chosen = MEASURES[measure]
    return influence_of(chosen, tabulate(y_true, y_pred, sample_weight, groups, binary=chosen.binary))


def tabulate(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None,
    groups: npt.ArrayLike | None,
    *,
    binary: bool,
) -> Table:
    """The confusion table of checked labels, rows of weight zero left out."""
    truth, predicted = _checked(y_true, y_pred, binary=binary)
    units = prepare(len(truth), sample_weight, groups)
    first, second, classes = _codes(units.take(truth), units.take(predicted), binary=binary)
    size = len(classes)
    cell = first * size + second
    counts = np.bincount(cell, minlength=size * size)
    shares = counts / max(units.n, 1) if units.weight is None else summed(cell, units.weight, size * size)
    shares = np.asarray(shares / shares.sum() if units.n else shares, dtype=np.float64).reshape(size, size)
    return Table(shares, cell, classes, units, counts.reshape(size, size))


def influence_of(measure: Measure, table: Table) -> Influence:
    """The influence values of a metric of a confusion table."""
    units = table.units
    if not units.n:
        return Influence(value=None, phi=np.zeros(0), units=units, flag="empty", detail="no rows")
    gradient = measure.gradient(table.shares)
    if gradient.value is None:
        return Influence(value=None, phi=np.zeros(units.n), units=units, flag="empty", detail=_reason(table, gradient))
    all_right = units.n > 0 and float(np.trace(table.counts)) == units.n
    smallest = 0.0
    if all_right and measure.scale == "logit":
        truth = table.cell // len(table.shares)
        held = np.flatnonzero(table.counts.sum(1))
        smallest = min(units.effective(truth == k) for k in (held if not measure.binary else [1]))
    return Influence(value=gradient.value, phi=gradient.cells.ravel()[table.cell], units=units, smallest=smallest)


def _reason(table: Table, gradient: Gradient) -> str:
    if gradient.undefined_class is None:
        return "all labels or all predictions are one class"
    label = table.classes[gradient.undefined_class]
    return (
        f"class {label!r} is never predicted"
        if table.counts.sum(0)[gradient.undefined_class] == 0
        else (f"class {label!r} is not among the labels")
    )


def _checked(
    y_true: npt.ArrayLike, y_pred: npt.ArrayLike, *, binary: bool
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    if binary:
        labels = truths(y_true, "y_true")
        return labels, truths(y_pred, "y_pred", len(labels))
    truth, predicted = np.asarray(y_true), np.asarray(y_pred)
    if truth.shape != predicted.shape or truth.ndim != 1:
        raise UsageError(f"y_true has shape {truth.shape}, y_pred has {predicted.shape}; both must be one column")
    for name, each in (("y_true", truth), ("y_pred", predicted)):
        if each.dtype.kind == "f":
            column(each, name)
    if (truth.dtype.kind in "US") != (predicted.dtype.kind in "US"):
        # joined as they are, NumPy would turn numbers into text
        return truth.astype(object), predicted.astype(object)
    return truth, predicted


def _codes(
    truth: npt.NDArray[Any], predicted: npt.NDArray[Any], *, binary: bool
) -> tuple[IntArray, IntArray, tuple[Any, ...]]:
    if binary:
        return truth.astype(np.int64), predicted.astype(np.int64), (False, True)
    labels = np.concatenate([truth, predicted])
    codes, size = dense(labels)
    if size > _MOST_CLASSES:
        raise UsageError(f"labels have {size} classes, at most {_MOST_CLASSES} are allowed; is this a regression?")
    place = np.empty(size, np.int64)
    place[codes] = np.arange(len(labels))
    return codes[: len(truth)], codes[len(truth) :], tuple(labels[place].tolist())
