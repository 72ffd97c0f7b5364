"""What an estimate could decide: p-values of a demand, rows that would settle it, the least that passes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from mltest.stats.estimate import ALPHA, Bounds, Estimate
from mltest.stats.proportion import clopper_pearson
from mltest.stats.scale import SCALES, inside
from mltest.stats.special import binomial_at_least, binomial_at_most, normal_quantile, upper_quantile

_BINOMIAL = ("clopper_pearson", "korn_graubard", "clopper_pearson_f1", "korn_graubard_f1")
_Z = upper_quantile(ALPHA)
_STEPS = 60
_LEAST_ALPHA, _MOST_ALPHA = 1e-15, 0.5
_MOST_ROWS = 1e15


def pvalue_at_least(estimate: Estimate, limit: float) -> float:
    """P-value of "the true value is at least the limit": the least error at which the bound denies it.

    Parameters
    ----------
    estimate
        With bounds; without them nothing is denied and the p-value is 1.
    limit
        The least value demanded.

    Returns
    -------
    float

    Examples
    --------
    >>> from mltest.stats.proportion import proportion
    >>> round(pvalue_at_least(proportion((80, 100)), 0.9), 6)
    0.001979
    """
    shares = _shares(estimate, limit)
    if shares is not None:
        value, rows, share = shares
        return binomial_at_most(value * rows, rows, max(share, 0.0)) if share <= 1 else 0.0
    return _pvalue(estimate, lambda _, high: high < limit)


def pvalue_at_most(estimate: Estimate, limit: float) -> float:
    """P-value of "the true value is at most the limit": the least error at which the bound denies it.

    Parameters
    ----------
    estimate
        With bounds; without them nothing is denied and the p-value is 1.
    limit
        The greatest value demanded.

    Returns
    -------
    float

    Examples
    --------
    >>> from mltest.stats.proportion import proportion
    >>> round(pvalue_at_most(proportion((20, 100)), 0.1), 6)
    0.001979
    """
    shares = _shares(estimate, limit)
    if shares is not None:
        value, rows, share = shares
        return binomial_at_least(value * rows, rows, min(share, 1.0)) if share >= 0 else 0.0
    return _pvalue(estimate, lambda low, _: low > limit)


def n_to_settle(estimate: Estimate, limit: float) -> int | None:
    """The rows (clusters, if given) at which this estimate, if it stayed, would leave doubt.

    Parameters
    ----------
    estimate
        With an interval.
    limit
        The value demanded.

    Returns
    -------
    int or None
        None if the estimate equals the limit, or has no interval.

    Notes
    -----
    Binomial bounds: the root in n of the bound. Otherwise the standard error on the scale shrinks
    with the root of n; without one it is taken from the width of the interval.

    Examples
    --------
    >>> from mltest.stats.proportion import proportion
    >>> n_to_settle(proportion((93, 100)), 0.9)
    288
    """
    if estimate.value is None or estimate.bounds is None or estimate.value == limit:
        return None
    units = estimate.n_groups or estimate.n
    shares = _shares(estimate, limit)
    if shares is not None:
        value, rows, share = shares
        root = _binomial_root(value, share)
        return None if root is None else _whole(root * units / rows)
    scale, se = _scaled_error(estimate)
    if not (inside(limit, scale) and inside(estimate.value, scale) and se > 0):
        return None
    distance = SCALES[scale].forward(estimate.value) - SCALES[scale].forward(limit)
    return _whole(units * (_Z * se / distance) ** 2) if distance else None


def n_for_power(share: float, limit: float, power: float = 0.8) -> int | None:
    """Rows at which a true share leaves doubt about a limit with a given probability.

    Parameters
    ----------
    share
        The true share.
    limit
        The share demanded.
    power
        The probability.

    Returns
    -------
    int or None
        None if the two are equal.

    Examples
    --------
    >>> n_for_power(0.93, 0.90)
    558
    """
    if share == limit:
        return None
    reach = _Z * math.sqrt(limit * (1 - limit)) + normal_quantile(power) * math.sqrt(share * (1 - share))
    return _whole((reach / (share - limit)) ** 2)


def minimum_detectable(
    estimate: Estimate, limit: float, side: Literal["at_least", "at_most"] = "at_least"
) -> float | None:
    """The least extreme value that would pass with this many rows and this spread.

    Parameters
    ----------
    estimate
        With an interval.
    limit
        The value demanded.
    side
        Which way it is demanded.

    Returns
    -------
    float or None
        None if no value would pass.

    Examples
    --------
    >>> from mltest.stats.proportion import proportion
    >>> minimum_detectable(proportion((93, 100)), 0.9)
    0.96
    """
    if estimate.value is None or estimate.bounds is None:
        return None
    shares = _shares(estimate, limit)
    if shares is not None:
        _, rows, share = shares
        passes = _least_share(rows, share) if side == "at_least" else _greatest_share(rows, share)
        return _back(estimate, passes)
    scale, se = _scaled_error(estimate)
    if not inside(limit, scale):
        return None
    reach = upper_quantile(ALPHA, estimate.df) * se
    return SCALES[scale].inverse(SCALES[scale].forward(limit) + (reach if side == "at_least" else -reach))


def even_perfect_needs(limit: float) -> int | None:
    """The rows below which not even a perfect share shows that it is at least the limit.

    Parameters
    ----------
    limit
        The share demanded (for "at most" give one minus it).

    Returns
    -------
    int or None
        None for a limit of 1 or more, which no number of rows can show.

    Examples
    --------
    >>> [even_perfect_needs(limit) for limit in (0.9, 0.95, 0.99, 0.999)]
    [29, 59, 299, 2995]
    """
    if limit >= 1:
        return None
    return 1 if limit <= ALPHA else _whole(math.log(ALPHA) / math.log(limit))


def _pvalue(estimate: Estimate, denied: Callable[[float, float], bool]) -> float:
    if estimate.bounds is None or not _denies(estimate.bounds, _MOST_ALPHA, denied):
        return 1.0
    low, high = math.log(_LEAST_ALPHA), math.log(_MOST_ALPHA)
    if _denies(estimate.bounds, _LEAST_ALPHA, denied):
        return _LEAST_ALPHA
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if _denies(estimate.bounds, math.exp(middle), denied) else (middle, high)
    return math.exp(high)


def _denies(bounds: Bounds, alpha: float, denied: Callable[[float, float], bool]) -> bool:
    low, high = bounds(alpha)
    return low is not None and high is not None and denied(low, high)


def _shares(estimate: Estimate, limit: float) -> tuple[float, float, float] | None:
    """Share, rows and demanded share behind a binomial estimate; F1 is undone to the Jaccard index."""
    if estimate.method not in _BINOMIAL or estimate.value is None or estimate.n_effective is None:
        return None
    if estimate.bounds is None:
        return None
    if estimate.method.endswith("_f1"):
        return estimate.value / (2 - estimate.value), estimate.n_effective, limit / (2 - limit) if limit < 2 else 2.0
    return estimate.value, estimate.n_effective, limit


def _back(estimate: Estimate, share: float | None) -> float | None:
    return 2 * share / (1 + share) if share is not None and estimate.method.endswith("_f1") else share


def _binomial_root(value: float, limit: float) -> float | None:
    """The n at which the Clopper-Pearson bound of the share meets the limit."""
    if not 0 < limit < 1:
        return None
    above = value > limit

    def settled(n: float) -> bool:
        low, high = clopper_pearson(value * n, n)
        return low >= limit if above else high <= limit

    most = 1.0
    while not settled(most):
        most *= 2
        if most > _MOST_ROWS:
            return None
    least = most / 2 if most > 1 else 0.0
    while most - least > 1e-12 * most:
        middle = (least + most) / 2
        if middle in (least, most):
            break
        least, most = (least, middle) if settled(middle) else (middle, most)
    return most


def _least_share(rows: float, limit: float) -> float | None:
    """The smallest count, over rows, whose lower bound reaches the limit."""
    if clopper_pearson(rows, rows)[0] < limit:
        return None
    least, most = -1, math.floor(rows)
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if clopper_pearson(middle, rows)[0] >= limit else (middle, most)
    return min(most / rows, 1.0) if clopper_pearson(most, rows)[0] >= limit else 1.0


def _greatest_share(rows: float, limit: float) -> float | None:
    mirrored = _least_share(rows, 1 - limit)
    return None if mirrored is None else 1 - mirrored


def _scaled_error(estimate: Estimate) -> tuple[str, float]:
    if estimate.se is not None:
        return estimate.scale or "identity", estimate.se
    return "identity", ((estimate.high or 0.0) - (estimate.low or 0.0)) / (2 * _Z)


def _whole(rows: float) -> int | None:
    """Rounded up, but not for what rounding errors leave above a whole number."""
    return math.ceil(rows * (1 - 1e-12)) if math.isfinite(rows) else None
