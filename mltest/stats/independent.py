"""Differences of two estimates from different rows."""

from __future__ import annotations

import numpy as np

from mltest.stats.estimate import Estimate, estimated, unsettled
from mltest.stats.mover import difference_of_proportions, recovered
from mltest.stats.scale import SCALES, scaled_bounds

_SHARES = ("clopper_pearson", "korn_graubard")


def gap(estimate_a: Estimate, estimate_b: Estimate, *, descriptive: bool = False) -> Estimate:
    """The first minus the second of two independent samples.

    Parameters
    ----------
    estimate_a, estimate_b
        Estimates of the same metric.
    descriptive
        Name the method ``gap_descriptive``: for training against test rows, where the training rows
        are not independent of the model and the interval describes row noise only.

    Returns
    -------
    Estimate
        ``mover_wilson`` for shares, ``welch`` for means, ``independent_z`` for areas under curves and
        other estimates with a standard error, ``mover`` (from the bounds of each) otherwise. Value
        None or no interval if either side has none.

    References
    ----------
    Newcombe (1998), Statistics in Medicine 17, 873-890. Welch (1947), Biometrika 34, 28-35. Zou and
    Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> from mltest.stats.proportion import proportion
    >>> estimate = gap(proportion((56, 70)), proportion((48, 80)))
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.2, 0.0766, 0.3136)
    """
    n = estimate_a.n + estimate_b.n
    method = "gap_descriptive" if descriptive else None
    for name, side in (("first", estimate_a), ("second", estimate_b)):
        if side.value is None or side.bounds is None:
            known = estimate_a.value is not None and estimate_b.value is not None
            value = (estimate_a.value or 0.0) - (estimate_b.value or 0.0) if known else None
            reason = f"the {name} sample: {side.detail or 'no interval'}"
            flags = side.flags or ("too_few_rows",)
            return unsettled(value, flags[0], reason, method=method or "independent", n=n)
    if estimate_a.method in _SHARES and estimate_b.method in _SHARES:
        return _of_shares(estimate_a, estimate_b, n, method)
    if estimate_a.se is not None and estimate_b.se is not None and not _guarded(estimate_a, estimate_b):
        return _of_errors(estimate_a, estimate_b, n, method)
    return _of_bounds(estimate_a, estimate_b, n, method)


def identity_error(estimate: Estimate) -> float | None:
    """The standard error in the unit of the estimate itself.

    Parameters
    ----------
    estimate
        With a standard error on any scale.

    Returns
    -------
    float or None
        None if the estimate has no standard error.

    Examples
    --------
    >>> from mltest.stats.auc import delong
    >>> y = np.arange(40) % 2 == 0
    >>> round(identity_error(delong(y, np.arange(40) % 7 + 2.0 * y)), 4)
    0.0751
    """
    if estimate.se is None or estimate.value is None:
        return None
    return estimate.se / SCALES[estimate.scale or "identity"].slope(estimate.value)


def _guarded(*estimates: Estimate) -> bool:
    return any("rare_error_guard" in estimate.flags for estimate in estimates)


def _of_shares(a: Estimate, b: Estimate, n: int, method: str | None) -> Estimate:
    rows_a, rows_b = a.n_effective or 0.0, b.n_effective or 0.0
    wilson = difference_of_proportions((a.value or 0.0) * rows_a, rows_a, (b.value or 0.0) * rows_b, rows_b)
    return estimated(
        (a.value or 0.0) - (b.value or 0.0),
        wilson.bounds or _nothing,
        method=method or "mover_wilson",
        n=n,
        n_effective=wilson.n_effective,
        n_groups=_groups(a, b),
    )


def _of_errors(a: Estimate, b: Estimate, n: int, method: str | None) -> Estimate:
    first, second = identity_error(a) or 0.0, identity_error(b) or 0.0
    value, se = (a.value or 0.0) - (b.value or 0.0), float(np.hypot(first, second))
    welch = a.df is not None and b.df is not None and "delong_logit" not in (a.method, b.method)
    df = se**4 / (first**4 / (a.df or 1.0) + second**4 / (b.df or 1.0)) if welch else None
    return estimated(
        value,
        scaled_bounds(value, se, "identity", df),
        method=method or ("welch" if welch else "independent_z"),
        n=n,
        n_groups=_groups(a, b),
        scale="identity",
        se=se,
        df=df,
    )


def _of_bounds(a: Estimate, b: Estimate, n: int, method: str | None) -> Estimate:
    values = np.array([a.value, b.value], dtype=np.float64)

    def bounds(alpha: float) -> tuple[float, float]:
        sides = [(a.bounds or _nothing)(alpha), (b.bounds or _nothing)(alpha)]
        lows, highs = np.array(sides, dtype=np.float64).T
        _, low, high = recovered(np.array([1.0, -1.0]), values, lows, highs)
        return low, high

    return estimated((a.value or 0.0) - (b.value or 0.0), bounds, method=method or "mover", n=n, n_groups=_groups(a, b))


def _nothing(_: float) -> tuple[None, None]:
    return None, None


def _groups(a: Estimate, b: Estimate) -> int | None:
    return None if a.n_groups is None or b.n_groups is None else a.n_groups + b.n_groups
