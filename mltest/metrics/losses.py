"""Metrics that are the mean of one loss a row, with their square roots and their scorer names."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mltest.metrics.metric import Metric
from mltest.metrics.sample import FloatArray, Sample
from mltest.stats.delta import Influence, difference
from mltest.stats.mean import hall_t, root
from mltest.stats.paired import paired_losses
from mltest.stats.skill import skill

if TYPE_CHECKING:
    from mltest.stats.estimate import Bounds, Estimate

__all__ = ["SKILL", "mean_loss", "rooted"]

Losses = Callable[[Sample], FloatArray]
SKILL = "share of the dummy's loss that is saved, 1 - loss / dummy's loss"


def mean_loss(
    name: str,
    losses: Losses,
    *,
    tasks: tuple[str, ...],
    needs: str,
    dummy: str,
    loss_range: Callable[[Sample], tuple[float, float] | None] = lambda _sample: None,
) -> Metric:
    """A mean loss by Hall's t, compared by the mean of the differences."""

    def paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
        return paired_losses(losses(ours), losses(theirs), ours.weight, ours.cluster, value_range=loss_range(ours))

    return Metric(
        name=name,
        higher_is_better=False,
        tasks=tasks,
        needs=needs,
        estimate=lambda sample, _seed: _mean(losses(sample), sample, loss_range(sample)),
        paired=paired,
        gain=lambda sample, other, _seed: skill(losses(sample), losses(other), sample.weight, sample.cluster),
        dummy=dummy,
        gain_is=SKILL,
        losses=losses,
    )


def rooted(name: str, mean: Metric, influence: Callable[[Sample], Influence]) -> Metric:
    """The square root of a mean loss; two are compared by subtracting influence values."""
    return replace(
        mean,
        name=name,
        estimate=lambda sample, seed: root(mean.estimate(sample, seed)),
        paired=lambda ours, theirs, _seed: difference(influence(ours), influence(theirs)),
        gain=lambda sample, other, seed: _root_skill(mean.gain(sample, other, seed)),
    )


def _mean(losses: FloatArray, sample: Sample, value_range: tuple[float, float] | None) -> Estimate:
    return hall_t(losses, sample.weight, sample.cluster, value_range=value_range or (0.0, np.inf))


def _root_skill(found: Estimate) -> Estimate:
    """Skill of the root from that of the mean: 1 - sqrt(1 - skill), which increases."""
    bounds = found.bounds
    return replace(
        found,
        value=_of_root(found.value),
        low=_of_root(found.low),
        high=_of_root(found.high),
        se=None if found.se is None else found.se / 2,
        bounds=None if bounds is None else _of_bounds(bounds),
    )


def _of_root(value: float | None) -> float | None:
    return None if value is None else 1 - math.sqrt(max(1 - value, 0.0))


def _of_bounds(bounds: Bounds) -> Bounds:
    def moved(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return _of_root(low), _of_root(high)

    return moved
