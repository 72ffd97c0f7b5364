"""The ratio of two independent shares: Koopman's score interval."""

from __future__ import annotations

import math
from collections.abc import Callable

from mltest.errors import UsageError
from mltest.stats.estimate import ALPHA, Estimate, unsettled
from mltest.stats.special import upper_quantile

# the log of the ratio of two shares of a thousand million rows lies within
_REACH = 40.0
_TOLERANCE = 1e-13


def ratio_of_proportions(x1: float, n1: float, x2: float, n2: float) -> Estimate:
    """(x1/n1) / (x2/n2) of two independent samples.

    Parameters
    ----------
    x1, n1, x2, n2
        Successes and rows of the two samples; they need not be whole.

    Returns
    -------
    Estimate
        ``koopman``. Value None with a lower bound and an infinite upper bound, flag ``reference_zero``,
        if only x2 is 0; no interval, flag ``both_zero``, if both are.

    Raises
    ------
    mltest.errors.UsageError
        For successes outside 0 to rows.

    Notes
    -----
    The bounds are the ratios that the score test of "the shares have this ratio" just does not reject;
    they exist at zero counts and at full ones, where the log interval of Katz does not. Measured worst
    one-sided error 6.4 % at a nominal 5 % (40 to 1000 rows against four times as many, share 0.3).

    References
    ----------
    Koopman (1984), Biometrics 40, 513-517.

    Examples
    --------
    >>> estimate = ratio_of_proportions(56, 70, 48, 80)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (1.3333, 1.1174, 1.6084)
    """
    for x, n in ((x1, n1), (x2, n2)):
        if not (math.isfinite(n) and 0 <= x <= n):
            raise UsageError(f"successes must be from 0 to n, got {x:g} of {n:g}")
    rows = math.ceil(n1 + n2)
    if not n1 or not n2:
        return unsettled(None, "empty", "no rows on one side", method="koopman", n=rows)
    if not x1 and not x2:
        return unsettled(None, "both_zero", "0 successes on both sides", method="koopman", n=rows)
    x1, n1, x2, n2 = float(x1), float(n1), float(x2), float(n2)
    bounds = _bounds(x1, n1, x2, n2)
    low, high = bounds(ALPHA)
    spread = low > 0 and math.isfinite(high)
    return Estimate(
        value=x1 * n2 / (n1 * x2) if x2 else None,
        low=low,
        high=high,
        method="koopman",
        n=rows,
        scale="log" if spread else None,
        se=math.log(high / low) / (2 * upper_quantile(ALPHA)) if spread else None,
        flags=() if x2 else ("reference_zero",),
        detail=f"{x1:.6g} of {n1:.6g} against {x2:.6g} of {n2:.6g}",
        bounds=bounds,
    )


def score(ratio: float, x1: float, n1: float, x2: float, n2: float) -> float:
    """Koopman's score statistic of "the shares have this ratio"; it falls as the ratio rises.

    Parameters
    ----------
    ratio
        The ratio supposed, above 0.
    x1, n1, x2, n2
        Successes and rows of the two samples.

    Returns
    -------
    float
        About standard normal if the ratio is true.

    Examples
    --------
    >>> round(score(1.3333333333333333, 56, 70, 48, 80), 9)
    0.0
    """
    b = n1 * ratio + x1 + n2 + x2 * ratio
    root = math.sqrt(max(b * b - 4 * (n1 + n2) * ratio * (x1 + x2), 0.0))
    # the smaller root, in the form that does not cancel
    second = min(max(2 * (x1 + x2) / (b + root), 0.0), 1.0)
    first = min(ratio * second, 1.0)
    variance = first * (1 - first) / n1 + ratio * ratio * second * (1 - second) / n2
    distance = x1 / n1 - ratio * x2 / n2
    if variance <= 0:
        return 0.0 if distance == 0 else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)


def _bounds(x1: float, n1: float, x2: float, n2: float) -> Callable[[float], tuple[float, float]]:
    def solved(target: float) -> float:
        """The ratio at which the score falls to the target."""
        low, high = -_REACH, _REACH
        while high - low > _TOLERANCE * max(1.0, abs(low)):
            middle = (low + high) / 2
            if middle in (low, high):
                break
            above = score(math.exp(middle), x1, n1, x2, n2) > target
            low, high = (middle, high) if above else (low, middle)
        return math.exp((low + high) / 2)

    def bounds(alpha: float) -> tuple[float, float]:
        z = upper_quantile(alpha)
        return (solved(z) if x1 else 0.0), (solved(-z) if x2 else math.inf)

    return bounds
