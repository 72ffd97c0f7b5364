"""Sums and differences of independent quantities from the bounds of each (MOVER)."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.proportion import wilson
from mltest.stats.units import FloatArray, column


def combination_of_proportions(
    coefficients: Sequence[float], counts: npt.ArrayLike, ns: npt.ArrayLike, *, value_range: tuple[float, float]
) -> Estimate:
    """A weighted sum of independent binomial shares.

    Parameters
    ----------
    coefficients
        One factor a share.
    counts, ns
        Successes and rows of each share.
    value_range
        Smallest and largest value the sum can have.

    Returns
    -------
    Estimate
        ``mover_wilson``; value None if a share has no rows.

    Notes
    -----
    The Wilson bounds of the shares are put together by the method of variance estimates recovery.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702. Newcombe (1998), Statistics in
    Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> youden = combination_of_proportions([1, 1], [90, 75], [100, 100], value_range=(0, 2))
    >>> round(youden.value - 1, 3)
    0.65
    """
    factors, x, n = column(coefficients, "coefficients"), column(counts, "counts"), column(ns, "ns")
    if not len(factors) == len(x) == len(n):
        raise UsageError(f"got {len(factors)} coefficients, {len(x)} counts and {len(n)} ns; they must be as many")
    if ((x < 0) | (x > n)).any():
        raise UsageError("counts must be from 0 to ns")
    total = math.ceil(n.sum())
    if not len(n) or (n == 0).any():
        empty = ", ".join(str(place) for place in np.flatnonzero(n == 0)) or "all"
        return unsettled(None, "class_absent", f"no rows for share {empty}", method="mover_wilson", n=total)
    bounds = _wilson_bounds(factors, x, n, value_range)
    return estimated(float(factors @ (x / n)), bounds, method="mover_wilson", n=total, n_effective=float(n.sum()))


def average_of_proportions(counts: npt.ArrayLike, ns: npt.ArrayLike) -> Estimate:
    """The plain average of independent shares: balanced accuracy, macro recall.

    Parameters
    ----------
    counts, ns
        Successes and rows of each share.

    Returns
    -------
    Estimate
        ``mover_wilson``; value None, flag ``class_absent``, if a share has no rows.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> estimate = average_of_proportions([90, 30], [100, 40])
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.825, 0.7552, 0.8761)
    """
    size = np.size(np.asarray(counts))
    return combination_of_proportions([1 / max(size, 1)] * size, counts, ns, value_range=(0.0, 1.0))


def difference_of_proportions(x1: float, n1: float, x2: float, n2: float) -> Estimate:
    """x1/n1 - x2/n2 of two independent samples.

    Parameters
    ----------
    x1, n1, x2, n2
        Successes and rows of the two samples.

    Returns
    -------
    Estimate
        ``mover_wilson``.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    Examples
    --------
    >>> estimate = difference_of_proportions(56, 70, 48, 80)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.2, 0.0766, 0.3136)
    """
    return combination_of_proportions([1.0, -1.0], [x1, x2], [n1, n2], value_range=(-1.0, 1.0))


def recovered(
    factors: FloatArray, values: FloatArray, lows: FloatArray, highs: FloatArray
) -> tuple[float, float, float]:
    """The sum of factor times value, with bounds recovered from those of the values.

    Parameters
    ----------
    factors, values, lows, highs
        One of each a quantity.

    Returns
    -------
    value, low, high

    Notes
    -----
    A positive factor carries a bound to its own side, a negative factor to the other.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> recovered(np.array([1.0]), np.array([0.5]), np.array([0.4]), np.array([0.7]))
    (0.5, 0.4, 0.7)
    """
    rising = factors > 0
    value = float(factors @ values)
    down = factors * (values - np.where(rising, lows, highs))
    up = factors * (np.where(rising, highs, lows) - values)
    return value, value - math.sqrt(float(down @ down)), value + math.sqrt(float(up @ up))


def _wilson_bounds(factors: FloatArray, x: FloatArray, n: FloatArray, value_range: tuple[float, float]) -> Bounds:
    def bounds(alpha: float) -> tuple[float, float]:
        _, low, high = recovered(factors, x / n, *wilson(x, n, alpha))
        return max(low, float(value_range[0])), min(high, float(value_range[1]))

    return bounds
