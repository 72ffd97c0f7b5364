"""Metrics of a confusion table and their derivatives in its cells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from mltest.stats.units import FloatArray

# an error in a thousand million rows moves the correlation by far more
_PERFECT = 1e-12

Average = Literal["macro", "weighted", "binary"]


@dataclass(frozen=True, slots=True)
class Gradient:
    """A metric and its derivative in each cell, centred; value None if undefined, with the class at fault."""

    value: float | None
    cells: FloatArray
    undefined_class: int | None = None


@dataclass(frozen=True, slots=True)
class Ratio:
    """A per-class ratio `gain * tp / (predicted * a + actual * b + both * tp)` of a table's shares."""

    gain: float
    predicted: float
    actual: float
    both: float = 0.0


PRECISION = Ratio(1.0, 1.0, 0.0)
RECALL = Ratio(1.0, 0.0, 1.0)
JACCARD = Ratio(1.0, 1.0, 1.0, -1.0)


def fbeta_ratio(beta: float) -> Ratio:
    """F-beta as a ratio of shares."""
    return Ratio(1 + beta**2, 1.0, beta**2)


def matthews(table: FloatArray) -> Gradient:
    """Matthews correlation of a table of shares (rows true, columns predicted), any number of classes."""
    actual, predicted = table.sum(1), table.sum(0)
    free_actual, free_predicted = _spread(actual), _spread(predicted)
    scale = math.sqrt(free_actual * free_predicted)
    if scale == 0.0:
        return Gradient(None, np.zeros_like(table))
    covariance = float(np.trace(table)) - float(actual @ predicted)
    value = covariance / scale
    if abs(value) > 1 - _PERFECT:
        value = math.copysign(1.0, value)
    cells = (np.eye(len(table)) - predicted[:, None] - actual[None, :]) / scale
    cells += value * (actual[:, None] / free_actual + predicted[None, :] / free_predicted)
    return _centred(value, cells, table)


def ratio_average(table: FloatArray, ratio: Ratio, average: Average) -> Gradient:
    """A per-class ratio averaged over classes: plain, by their share in the truth, or class 1 alone."""
    actual, predicted, both = table.sum(1), table.sum(0), np.diag(table)
    below = ratio.predicted * predicted + ratio.actual * actual + ratio.both * both
    weight = _class_weights(actual, ratio, average)
    undefined = np.flatnonzero((below <= 0) & (weight > 0))
    if undefined.size:
        return Gradient(None, np.zeros_like(table), int(undefined[0]))
    safe = np.where(below > 0, below, 1.0)
    each = ratio.gain * both / safe
    cells = np.diag(weight * (ratio.gain - each * ratio.both) / safe)
    cells -= ratio.actual * (weight * each / safe)[:, None] + ratio.predicted * (weight * each / safe)[None, :]
    if average == "weighted":
        cells += each[:, None]
    return _centred(float(weight @ each), cells, table)


def _class_weights(actual: FloatArray, ratio: Ratio, average: Average) -> FloatArray:
    if average == "binary":
        return np.array([0.0, 1.0])
    if average == "weighted":
        return actual
    # a recall is averaged over the classes of the truth, everything else over all classes seen
    counted = (actual > 0).astype(np.float64) if ratio == RECALL else np.ones(len(actual))
    return np.asarray(counted / counted.sum())


def _spread(shares: FloatArray) -> float:
    """1 - sum of squares, without cancellation and exactly 0 for a single class."""
    return float((shares * (shares.sum() - shares)).sum()) if (shares > 0).sum() > 1 else 0.0


def _centred(value: float, cells: FloatArray, table: FloatArray) -> Gradient:
    return Gradient(value, cells - float((cells * table).sum()))
