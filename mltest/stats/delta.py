"""Intervals of smooth functions of means, from influence values (the delta method)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.scale import SCALES, inside, scaled_bounds
from mltest.stats.units import MINIMUM_GROUPS, FloatArray, Units, column, prepare

MINIMUM_UNITS = 10
_ZERO = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """A value and how much each kept row moves it; value None with a flag and a reason if undefined."""

    value: float | None
    phi: FloatArray
    units: Units
    flag: str = ""
    detail: str | None = None
    # units behind the smallest class: what an interval falls back on where the scale ends
    smallest: float = 0.0


def from_influence(
    value: float,
    phi: npt.ArrayLike,
    scale: str = "identity",
    *,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    method: str = "influence",
    minimum: int = MINIMUM_UNITS,
    value_range: tuple[float, float] | None = None,
) -> Estimate:
    """An estimate with the interval its influence values give.

    Parameters
    ----------
    value
        The estimate.
    phi
        One influence value a row: the derivative of the estimate as the row gains weight. Their
        (weighted) mean is zero.
    scale
        A key of `mltest.stats.scale.SCALES`.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.
    method
        Name to record.
    minimum
        Fewer rows give no interval; nor do fewer than 5 clusters.
    value_range
        Bounds are cut off here.

    Returns
    -------
    Estimate
        Student t with one degree of freedom less than units.

    Raises
    ------
    ArithmeticError
        If the mean of phi is not zero, so that phi cannot be an influence function.

    References
    ----------
    Hampel (1974), Journal of the American Statistical Association 69, 383-393.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.arange(20.0)
    >>> estimate = from_influence(9.5, x - 9.5)
    >>> round(estimate.se, 4), estimate.df
    (1.3229, 19.0)
    """
    rows = column(phi, "phi")
    units = prepare(len(rows), sample_weight, groups)
    influence = Influence(value=float(value), phi=units.take(rows), units=units)
    return settle(influence, scale, method=method, minimum=minimum, value_range=value_range)


def settle(
    influence: Influence,
    scale: str,
    *,
    method: str,
    minimum: int = MINIMUM_UNITS,
    minimum_groups: int = MINIMUM_GROUPS,
    df: float | None = None,
    multinomial: bool = False,
    value_range: tuple[float, float] | None = None,
) -> Estimate:
    """The estimate and interval of an `Influence`.

    Parameters
    ----------
    influence
        Value, influence values and units.
    scale
        A key of `mltest.stats.scale.SCALES`.
    method
        Name to record.
    minimum, minimum_groups
        Fewer rows, or fewer clusters, give no interval.
    df
        Student degrees of freedom if not one less than the units.
    multinomial
        Variance with divisor n and the normal quantile where rows are the units.
    value_range
        Bounds are cut off here.

    Returns
    -------
    Estimate
    """
    units, value = influence.units, influence.value
    if value is None:
        reason = influence.detail or "not defined"
        return unsettled(None, influence.flag or "empty", reason, method=method, n=units.n, n_groups=units.n_groups)
    short = too_few(units, minimum, minimum_groups)
    if short:
        flag = short[0]
        return unsettled(value, flag, short[1], method=method, n=units.n, n_groups=units.n_groups)
    exact = multinomial and not units.clustered
    se = standard_error(influence, corrected=not exact)
    if not inside(value, scale) or se == 0.0:
        reason = f"{units.n} rows without any spread around {value:g}"
        return unsettled(value, "zero_variance", reason, method=method, n=units.n, n_groups=units.n_groups)
    freedom = None if exact else df or float(units.groups - 1)
    scaled = se * SCALES[scale].slope(value)
    bounds = scaled_bounds(value, scaled, scale, freedom)
    return estimated(
        value,
        bounds if value_range is None else _cut(bounds, value_range),
        method=method,
        n=units.n,
        n_groups=units.n_groups,
        scale=scale,
        se=scaled,
        df=freedom,
        detail=influence.detail,
    )


def difference(
    candidate: Influence,
    baseline: Influence,
    *,
    method: str = "influence_paired",
    minimum: int = MINIMUM_UNITS,
    df: float | None = None,
    value_range: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """The candidate minus the baseline on the same rows: the influence values subtracted.

    Parameters
    ----------
    candidate, baseline
        Of the same rows, weights and clusters.
    method, minimum, df, value_range
        As in `settle`.

    Returns
    -------
    Estimate
        Scale ``identity``. Equal influence values and equal estimates: 0 with bounds 0, flag
        ``identical``.

    Raises
    ------
    mltest.errors.UsageError
        If the two have different numbers of rows.

    Examples
    --------
    >>> import numpy as np
    >>> units, x = prepare(20), np.arange(20.0)
    >>> a = Influence(value=9.5, phi=x - 9.5, units=units)
    >>> b = Influence(value=8.0, phi=0.5 * (x - 9.5), units=units)
    >>> difference(a, b).value
    1.5
    """
    units = candidate.units
    if units.n != baseline.units.n:
        raise UsageError(f"candidate has {units.n} rows, baseline has {baseline.units.n}; they must be the same rows")
    for side in (candidate, baseline):
        if side.value is None:
            return settle(side, "identity", method=method)
    phi = candidate.phi - baseline.phi
    value = (candidate.value or 0.0) - (baseline.value or 0.0)
    if value == 0.0 and not phi.any():
        return identical(units, method)
    return settle(
        Influence(value=value, phi=phi, units=units),
        "identity",
        method=method,
        minimum=minimum,
        df=df,
        value_range=value_range,
    )


def identical(units: Units, method: str) -> Estimate:
    """A difference of exactly zero, since both sides agree on every row.

    Parameters
    ----------
    units
        The rows.
    method
        Name to record.

    Returns
    -------
    Estimate
        Value and bounds 0, flag ``identical``.

    Examples
    --------
    >>> identical(prepare(100), "delong_paired").high
    0.0
    """
    unseen = -math.expm1(math.log(0.05) / units.effective()) if units.n else 1.0
    return estimated(
        0.0,
        lambda _: (0.0, 0.0),
        method=method,
        n=units.n,
        n_groups=units.n_groups,
        flags=("identical",),
        detail=f"the same on all {units.n} rows; up to {unseen:.2g} of unseen rows may differ",
    )


def standard_error(influence: Influence, *, corrected: bool = True) -> float:
    """The standard error of a value from its influence values.

    Parameters
    ----------
    influence
        Value, influence values and units.
    corrected
        With the factor G / (G - 1).

    Returns
    -------
    float

    Raises
    ------
    ArithmeticError
        If the mean of the influence values is not zero.
    """
    units, phi = influence.units, influence.phi
    centre = units.mean(phi)
    if abs(centre) > _ZERO * max(1.0, float(np.abs(phi).max())):
        raise ArithmeticError(f"influence values have mean {centre:g}, not 0")
    squares = float((units.contributions(phi) ** 2).sum())
    return math.sqrt(squares * (units.groups / (units.groups - 1) if corrected else 1.0))


def too_few(units: Units, minimum: int, minimum_groups: int = MINIMUM_GROUPS) -> tuple[str, str] | None:
    """The flag and the reason if there are too few rows or clusters, else None.

    Parameters
    ----------
    units
        The rows and clusters.
    minimum
        Rows needed (at least two are).
    minimum_groups
        Clusters needed, if there are clusters.

    Returns
    -------
    tuple or None

    Examples
    --------
    >>> too_few(prepare(3), 10)
    ('too_few_rows', '3 rows; an interval needs at least 10')
    """
    needed = max(minimum_groups, 2)
    if units.clustered and units.groups < needed:
        return "too_few_groups", f"{units.groups} groups; an interval needs at least {needed}"
    if units.n < max(minimum, 2):
        return "too_few_rows", f"{units.n} rows; an interval needs at least {max(minimum, 2)}"
    return None


def _cut(bounds: Bounds, value_range: tuple[float, float]) -> Bounds:
    def within(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return (
            None if low is None else max(low, float(value_range[0])),
            None if high is None else min(high, float(value_range[1])),
        )

    return within
