"""Scores of several trainings that differ in their seed alone: what most trainings reach, and how far they spread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from mltest.errors import UsageError
from mltest.stats.estimate import ALPHA, Estimate, estimated, unsettled
from mltest.stats.special import chi_square_upper_quantile, noncentral_t_quantile, normal_quantile
from mltest.stats.units import FloatArray, column

if TYPE_CHECKING:
    import numpy.typing as npt

    from mltest.stats.estimate import Bounds

__all__ = [
    "MINIMUM_TRAININGS",
    "about_mean",
    "reached_by",
    "spread",
    "tolerance_factor",
    "trainings_to_settle",
    "trainings_to_settle_about_mean",
]

MINIMUM_TRAININGS = 5
_MOST_TRAININGS = 1_000_000

Side = Literal["at_least", "at_most"]


def tolerance_factor(trainings: int, share: float = 0.9, confidence: float = 0.95) -> float:
    """The K for which mean - K sd lies below a share of a normal population with this confidence.

    Parameters
    ----------
    trainings
        How many values the mean and the standard deviation rest on.
    share
        The share of the population.
    confidence
        Of the bound.

    Returns
    -------
    float

    References
    ----------
    Hahn and Meeker (1991), Statistical Intervals, chapter 4.

    Examples
    --------
    >>> round(tolerance_factor(10), 4)
    2.3546
    """
    root = math.sqrt(trainings)
    return noncentral_t_quantile(confidence, trainings - 1, normal_quantile(share) * root) / root


def reached_by(scores: npt.ArrayLike, share: float = 0.9, side: Side = "at_least") -> Estimate:
    """The score that a share of all trainings reaches (stays below, for a loss).

    Parameters
    ----------
    scores
        One a training.
    share
        The share of trainings.
    side
        ``at_least`` for the score that they reach, ``at_most`` for the one that they do not exceed.

    Returns
    -------
    Estimate
        ``normal_tolerance``. No interval with fewer than 5 trainings; where all scores are equal, bounds at
        the score itself and the flag ``seed_has_no_effect``.

    Raises
    ------
    mltest.errors.UsageError
        For scores that are not finite, or a share outside 0.5 to 1.

    Notes
    -----
    One-sided normal tolerance bounds. They describe the variation between trainings on one set of test
    rows, and neither contain nor replace the noise of these rows.

    References
    ----------
    Hahn and Meeker (1991), Statistical Intervals, chapter 4.

    Examples
    --------
    >>> estimate = reached_by([0.912, 0.905, 0.918, 0.909, 0.915, 0.901, 0.92, 0.911, 0.907, 0.914])
    >>> round(estimate.low, 6)
    0.897345
    """
    values = column(scores, "scores")
    if not 0.5 <= share < 1:
        raise UsageError(f"share={share!r}: must be from 0.5 to below 1")
    count = len(values)
    if count < MINIMUM_TRAININGS:
        reason = f"{count} trainings; an interval needs at least {MINIMUM_TRAININGS}"
        value = float(values.mean()) if count else None
        return unsettled(value, "too_few_trainings", reason, method="normal_tolerance", n=count)
    mean, sd = _mean_and_sd(values)
    sign = 1.0 if side == "at_least" else -1.0
    return estimated(
        mean - sign * normal_quantile(share) * sd,
        _tolerance_bounds(mean, sign * sd, count, share),
        method="normal_tolerance",
        n=count,
        flags=() if sd else ("seed_has_no_effect",),
        detail=f"mean {mean:.6g}, from {values.min():.6g} to {values.max():.6g}",
    )


def spread(scores: npt.ArrayLike) -> Estimate:
    """The standard deviation between trainings.

    Parameters
    ----------
    scores
        One a training.

    Returns
    -------
    Estimate
        ``chi_square``; no interval with fewer than 5 trainings.

    References
    ----------
    Hahn and Meeker (1991), Statistical Intervals, chapter 4.

    Examples
    --------
    >>> estimate = spread([0.912, 0.905, 0.918, 0.909, 0.915, 0.901, 0.92, 0.911, 0.907, 0.914])
    >>> round(estimate.value, 6), round(estimate.low, 6), round(estimate.high, 6)
    (0.005884, 0.004292, 0.00968)
    """
    values = column(scores, "scores")
    count = len(values)
    if count < MINIMUM_TRAININGS:
        value = float(values.std(ddof=1)) if count > 1 else None
        reason = f"{count} trainings; an interval needs at least {MINIMUM_TRAININGS}"
        return unsettled(value, "too_few_trainings", reason, method="chi_square", n=count)
    sd, df = _mean_and_sd(values)[1], count - 1

    def bounds(alpha: float) -> tuple[float, float]:
        ends = (chi_square_upper_quantile(level, df) for level in (alpha, 1 - alpha))
        low, high = (sd * math.sqrt(df / end) for end in ends)
        return low, high

    return estimated(sd, bounds, method="chi_square", n=count)


def about_mean(scores: npt.ArrayLike, share: float = 0.9) -> Estimate:
    """How far from their mean this share of all trainings lies at most.

    Parameters
    ----------
    scores, share
        As in `reached_by`.

    Returns
    -------
    Estimate
        ``chi_square``: the standard deviation times the normal quantile on both sides. Where all scores are
        equal, 0 with bounds at 0 and the flag ``seed_has_no_effect``.

    References
    ----------
    Hahn and Meeker (1991), Statistical Intervals, chapter 4.

    Examples
    --------
    >>> estimate = about_mean([0.912, 0.905, 0.918, 0.909, 0.915, 0.901, 0.92, 0.911, 0.907, 0.914])
    >>> round(estimate.value, 6), round(estimate.high, 6)
    (0.009678, 0.015923)
    """
    if not 0.5 <= share < 1:
        raise UsageError(f"share={share!r}: must be from 0.5 to below 1")
    deviation, times = spread(scores), normal_quantile((1 + share) / 2)
    if deviation.value is None or deviation.bounds is None:
        value = None if deviation.value is None else times * deviation.value
        return replace(deviation, value=value)
    own = deviation.bounds

    def bounds(alpha: float) -> tuple[float | None, float | None]:
        low, high = own(alpha)
        return None if low is None else times * low, None if high is None else times * high

    flags = () if deviation.value else ("seed_has_no_effect",)
    return estimated(times * deviation.value, bounds, method="chi_square", n=deviation.n, flags=flags)


def trainings_to_settle_about_mean(scores: npt.ArrayLike, limit: float, share: float = 0.9) -> int | None:
    """How many trainings of this spread would decide whether a share of them lies so near to their mean.

    Parameters
    ----------
    scores, share
        As in `about_mean`.
    limit
        The distance that is tolerated.

    Returns
    -------
    int or None
        None where the estimate equals the limit, the scores do not vary, or no number would do.

    Examples
    --------
    >>> trainings_to_settle_about_mean([0.912, 0.905, 0.918, 0.909, 0.915], 0.01)
    52
    """
    value = about_mean(scores, share).value
    if not value or value == limit:
        return None
    squared = (limit / value) ** 2

    def settled(count: int) -> bool:
        quantile = chi_square_upper_quantile(1 - ALPHA if squared > 1 else ALPHA, count - 1) / (count - 1)
        return quantile * squared >= 1 if squared > 1 else quantile * squared < 1

    return _fewest(settled)


def trainings_to_settle(scores: npt.ArrayLike, limit: float, share: float = 0.9, side: Side = "at_least") -> int | None:
    """How many trainings of this mean and spread would decide whether a share of them reaches the limit.

    Parameters
    ----------
    scores, share, side
        As in `reached_by`.
    limit
        The score that is demanded.

    Returns
    -------
    int or None
        None where the estimate equals the limit, the scores do not vary, or no number would do.

    Examples
    --------
    >>> trainings_to_settle([0.912, 0.905, 0.918, 0.909, 0.915], 0.9)
    11
    """
    values = column(scores, "scores") * (1.0 if side == "at_least" else -1.0)
    edge = limit if side == "at_least" else -limit
    if len(values) < 2 or (values == values[0]).all():
        return None
    factor = (float(values.mean()) - edge) / float(values.std(ddof=1))
    at_infinity = normal_quantile(share)
    if factor == at_infinity:
        return None

    def settled(count: int) -> bool:
        if factor > at_infinity:
            return tolerance_factor(count, share, 1 - ALPHA) <= factor
        return tolerance_factor(count, share, ALPHA) > factor

    return _fewest(settled)


def _fewest(settled: Callable[[int], bool]) -> int | None:
    """The smallest number that settles it, by doubling and halving."""
    most = MINIMUM_TRAININGS
    while not settled(most):
        most *= 2
        if most > _MOST_TRAININGS:
            return None
    least = most // 2 if most > MINIMUM_TRAININGS else most - 1
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (least, middle) if settled(middle) else (middle, most)
    return most


def _mean_and_sd(values: FloatArray) -> tuple[float, float]:
    """Without the rounding error that equal values would leave."""
    if (values == values[0]).all():
        return float(values[0]), 0.0
    return float(values.mean()), float(values.std(ddof=1))


def _tolerance_bounds(mean: float, step: float, count: int, share: float) -> Bounds:
    """Bounds of mean - step * quantile; a negative step looks upwards."""

    def bounds(alpha: float) -> tuple[float, float]:
        if not step:
            return mean, mean
        far, near = (mean - tolerance_factor(count, share, level) * step for level in (1 - alpha, alpha))
        return min(far, near), max(far, near)

    return bounds
