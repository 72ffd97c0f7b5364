"""Means of one number a row: Hall's skewness-corrected t interval."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.independent import gap
from mltest.stats.special import upper_quantile
from mltest.stats.units import FloatArray, Units, column, prepare

MINIMUM_UNITS = 20

# below this the skewness correction is lost in rounding
_NO_SKEWNESS = 1e-9


def hall_t(
    values: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    value_range: tuple[float, float] | None = None,
    minimum: int = MINIMUM_UNITS,
    method: str = "hall_t",
) -> Estimate:
    """The mean of one number a row, with an interval for skewed numbers.

    Parameters
    ----------
    values
        One number a row: a loss, an error, a score of a query.
    sample_weight
        Weights up to a constant factor; rows of weight 0 are left out.
    groups
        Clusters of rows that are not independent.
    value_range
        Least and greatest number a row can have (infinities allowed).
    minimum
        Fewer rows (clusters, if given) give no interval.
    method
        Name to record.

    Returns
    -------
    Estimate
        Scale ``identity``. Values all the same give ``zero_variance`` bounds if the range is finite,
        else no interval.

    Raises
    ------
    mltest.errors.UsageError
        For values that are not finite or outside the range.

    Notes
    -----
    The t statistic is made symmetric by a monotone cubic in the estimated skewness. Measured
    one-sided error at a nominal 5 %: log-loss 7.6 % (20 rows), 5.1 % (50 rows); lognormal losses
    10.5 % (20 rows), 6.1 % (1000 rows). The plain t gives up to 17 %.

    References
    ----------
    Hall (1992), Journal of the Royal Statistical Society B 54, 221-228.

    Examples
    --------
    >>> estimate = hall_t([(i / 40) ** 3 for i in range(1, 41)])
    >>> round(estimate.value, 5), round(estimate.low, 5), round(estimate.high, 5)
    (0.26266, 0.1907, 0.35243)
    """
    numbers = column(values, "values")
    limits = _limits(numbers, value_range)
    units = prepare(len(numbers), sample_weight, groups)
    numbers = units.take(numbers)
    if not units.n:
        return unsettled(None, "empty", "no rows", method=method, n=0)
    first = float(numbers[0])
    if (numbers == first).all():
        return _constant(first, units, limits, minimum, method)
    with np.errstate(over="ignore"):
        mean = units.mean(numbers)
    if not math.isfinite(mean):
        raise UsageError(f"values up to {np.abs(numbers).max():g} are too large: their sum is not finite")
    if units.groups < max(minimum, 2):
        return _too_few(mean, units, max(minimum, 2), method)
    return _hall(numbers - mean, mean, units, limits, method)


def root(estimate: Estimate) -> Estimate:
    """The square root of an estimated mean: RMSE from MSE.

    Parameters
    ----------
    estimate
        Of a mean that is not negative.

    Returns
    -------
    Estimate
        The same with value and bounds rooted (a negative bound counts as 0), scale ``square``.

    Examples
    --------
    >>> round(root(hall_t([0.0, 1.0, 4.0, 9.0] * 5)).value, 4)
    1.8708
    """
    bounds = estimate.bounds
    return replace(
        estimate,
        value=_root(estimate.value),
        low=_root(estimate.low),
        high=_root(estimate.high),
        scale=None if estimate.scale is None else "square",
        bounds=None if bounds is None else _rooted(bounds),
    )


def difference_of_means(
    values_a: npt.ArrayLike,
    values_b: npt.ArrayLike,
    *,
    weight_a: npt.ArrayLike | None = None,
    weight_b: npt.ArrayLike | None = None,
    groups_a: npt.ArrayLike | None = None,
    groups_b: npt.ArrayLike | None = None,
) -> Estimate:
    """mean(a) - mean(b) of two independent samples.

    Parameters
    ----------
    values_a, values_b
        One number a row.
    weight_a, weight_b, groups_a, groups_b
        As in `hall_t`.

    Returns
    -------
    Estimate
        ``welch``; no interval if either sample has none.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35. Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    Examples
    --------
    >>> difference_of_means([1.0, 2.0, 3.0] * 10, [1.0, 1.5, 2.0] * 10).value
    0.5
    """
    a = hall_t(values_a, weight_a, groups_a)
    return gap(a, hall_t(values_b, weight_b, groups_b))


def hall_step(quantile: float, skewness: float) -> float:
    """The quantile of Student's t turned into one of the skewed statistic.

    Parameters
    ----------
    quantile
        Of Student's t.
    skewness
        Of the mean.

    Returns
    -------
    float

    References
    ----------
    Hall (1992), Journal of the Royal Statistical Society B 54, 221-228.

    Examples
    --------
    >>> hall_step(1.7, 0.0)
    1.7
    """
    if abs(skewness) < _NO_SKEWNESS:
        return quantile
    return (float(np.cbrt(1 + skewness * (quantile - skewness / 6))) - 1) / (skewness / 3)


def _limits(numbers: FloatArray, value_range: tuple[float, float] | None) -> tuple[float, float]:
    low, high = (-math.inf, math.inf) if value_range is None else (float(value_range[0]), float(value_range[1]))
    outside = (numbers < low) | (numbers > high)
    if outside.any():
        first = int(np.argmax(outside))
        raise UsageError(
            f"values must be from {low:g} to {high:g}; {np.count_nonzero(outside)} of {len(numbers)} are not, "
            f"first {numbers[first]} at index {first}"
        )
    return low, high


def _hall(deviations: FloatArray, mean: float, units: Units, limits: tuple[float, float], method: str) -> Estimate:
    # in units of the largest, or the third power may leave the range of doubles
    largest = float(np.abs(deviations).max())
    each = units.contributions(deviations / largest)
    squares = float((each**2).sum())
    if squares == 0.0:
        reason = "the means of the groups do not differ"
        return unsettled(mean, "zero_variance", reason, method=method, n=units.n, n_groups=units.n_groups)
    se = largest * math.sqrt(units.groups / (units.groups - 1) * squares)
    skewness = float((each**3).sum()) / squares**1.5
    return estimated(
        mean,
        _hall_bounds(mean, se, skewness, units.groups - 1, limits),
        method=method,
        n=units.n,
        n_effective=float(units.n) if units.plain else units.mean((deviations / se) ** 2),
        n_groups=units.n_groups,
        scale="identity",
        se=se,
        df=float(units.groups - 1),
    )


def _hall_bounds(mean: float, se: float, skewness: float, df: int, limits: tuple[float, float]) -> Bounds:
    def bounds(alpha: float) -> tuple[float, float]:
        q = upper_quantile(alpha, df)
        low, high = mean - se * hall_step(q, skewness), mean - se * hall_step(-q, skewness)
        return max(min(low, mean), limits[0]), min(max(high, mean), limits[1])

    return bounds


def _constant(value: float, units: Units, limits: tuple[float, float], minimum: int, method: str) -> Estimate:
    """Another value may hide behind the share of rows that a sample of this size can miss."""
    if units.groups < minimum:
        return _too_few(value, units, minimum, method)
    low, high = limits
    if not (math.isfinite(low) and math.isfinite(high)):
        reason = f"all {units.n} values are {value:g} and their range is not known"
        return unsettled(value, "zero_variance", reason, method=method, n=units.n, n_groups=units.n_groups)

    def bounds(alpha: float) -> tuple[float, float]:
        hidden = -math.expm1(math.log(alpha) / units.effective())
        return value - hidden * (value - low), value + hidden * (high - value)

    return estimated(
        value,
        bounds,
        method="zero_variance",
        n=units.n,
        n_effective=units.effective(),
        n_groups=units.n_groups,
        detail=f"all {units.n} values are {value:g}",
    )


def _too_few(value: float, units: Units, minimum: int, method: str) -> Estimate:
    unit = "groups" if units.clustered else "rows"
    detail = f"{units.groups} {unit}; an interval needs at least {minimum}"
    return unsettled(value, f"too_few_{unit}", detail, method=method, n=units.n, n_groups=units.n_groups)


def _root(value: float | None) -> float | None:
    return None if value is None else math.sqrt(max(value, 0.0))


def _rooted(bounds: Bounds) -> Bounds:
    def rooted(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return _root(low), _root(high)

    return rooted
