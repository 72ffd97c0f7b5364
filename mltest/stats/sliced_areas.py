"""Areas under the ROC curve of every slice, from one sort of the scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.area import MINIMUM_PER_CLASS, Area, absent, counted, guarded, too_few_of_a_class, weighted_sum
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.units import BoolArray, FloatArray, prepare

if TYPE_CHECKING:
    from mltest.stats.sliced import Ordered

__all__ = ["areas"]

# sums of squares of ranks below this are exact in 64 bits
_EXACT = 2**62


def areas(rows: Ordered, codes: npt.NDArray[Any], slices: int, *, minimum: int = MINIMUM_PER_CLASS) -> list[Estimate]:
    """The area under the ROC curve in each slice.

    Parameters
    ----------
    rows
        The rows in order of score.
    codes
        For each row, in the order of the table, the number of its slice.
    slices
        How many slices there are.
    minimum
        As in `mltest.stats.auc.delong`.

    Returns
    -------
    list of Estimate
        Each as `mltest.stats.auc.delong` gives it.

    Raises
    ------
    mltest.errors.UsageError
        If there is not one code a row.

    Notes
    -----
    Rows in order of score, moved stably to their slices, are in order of score within each: a radix
    sort of small codes takes the place of a sort of scores a slice.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> from mltest.stats.sliced import ordered
    >>> y, score = np.arange(80) % 2 == 0, np.arange(80) % 7 + 2.0 * (np.arange(80) % 2 == 0)
    >>> [round(each.value, 4) for each in areas(ordered(y, score), np.arange(80) // 40, 2)]
    [0.7525, 0.7488]
    """
    if codes.shape != rows.order.shape:
        raise UsageError(f"codes has shape {codes.shape}, there are {len(rows.order)} rows")
    here = codes[rows.order]
    place = np.argsort(here, kind="stable")
    positive = rows.positive[place]
    block = None if rows.block is None else rows.block[place]
    ends = np.cumsum(np.bincount(here, minlength=slices)).tolist()
    spans = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
    return [_estimate(positive[span], None if block is None else block[span], minimum) for span in spans]


def _estimate(positive: BoolArray, block: npt.NDArray[Any] | None, minimum: int) -> Estimate:
    units = prepare(len(positive))
    missing = absent(positive, units)
    if missing is not None:
        return missing
    area = _area(positive, None if block is None else np.flatnonzero(np.diff(block)) + 1)
    short = too_few_of_a_class(positive, units, minimum)
    if short is not None:
        return unsettled(area.value, *short, method="delong_logit", n=units.n)
    return guarded(area, units, counted(positive))


def _area(positive: BoolArray, starts: npt.NDArray[np.intp] | None) -> Area:
    """DeLong's area of labels in order of score; ``starts`` are the places of new scores."""
    m = int(np.count_nonzero(positive))
    n = len(positive) - m
    untied = starts is None or len(starts) == len(positive) - 1
    below, above = _untied(positive, m) if untied and m * n * max(m, n) < _EXACT else _tied(positive, starts, m)
    k = float(min(m, n))
    return Area(below[0] / n, math.sqrt(below[1] / (n * n) / m + above[1] / (m * m) / n), k, k - 1)


def _untied(positive: BoolArray, m: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Mean and variance of the negatives below each positive, and of the positives above each negative."""
    at, other = np.flatnonzero(positive), np.flatnonzero(~positive)
    n = len(other)
    count = np.arange(max(m, n))
    at -= count[:m]
    other -= count[:n]
    np.subtract(m, other, out=other)
    return _moments(at), _moments(other)


def _moments(values: npt.NDArray[np.intp]) -> tuple[float, float]:
    """Mean and sample variance of whole numbers, without any rounding before the last step; overwrites them."""
    size, total = len(values), int(values.sum())
    values *= values
    squares = int(values.sum())
    return total / size, (size * squares - total * total) / (size * (size - 1)) if size > 1 else 0.0


def _tied(
    positive: BoolArray, starts: npt.NDArray[np.intp] | None, m: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The same of scores that occur more than once; equal scores count one half."""
    first = np.arange(len(positive)) if starts is None else np.concatenate(([0], starts))
    ones = np.add.reduceat(positive, first, dtype=np.int64).astype(np.float64)
    twos = np.diff(first, append=len(positive)) - ones
    below, above = np.cumsum(twos) - twos / 2, m - np.cumsum(ones) + ones / 2
    return _weighted_moments(below, ones), _weighted_moments(above, twos)


def _weighted_moments(values: FloatArray, weights: FloatArray) -> tuple[float, float]:
    total = float(weights.sum())
    mean = weighted_sum(values, weights) / total
    values -= mean
    values *= values
    return mean, weighted_sum(values, weights) / (total - 1) if total > 1 else 0.0
