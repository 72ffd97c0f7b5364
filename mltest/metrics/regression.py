"""Metrics of predicted numbers: mean errors, their roots, and the share of variance explained."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mltest.metrics.losses import SKILL, mean_loss, rooted
from mltest.metrics.metric import NUMBERS, Metric, negated
from mltest.metrics.sample import FloatArray, Sample, finite_column
from mltest.stats.delta import Influence, difference
from mltest.stats.skill import r2, r2_influence, rmse_influence, skill

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mltest.stats.estimate import Estimate

__all__ = ["METRICS"]


def _columns(sample: Sample) -> tuple[FloatArray, FloatArray]:
    return finite_column(sample.y, "the target"), finite_column(sample.prediction, "the prediction")


def _absolute(sample: Sample) -> FloatArray:
    y, answer = _columns(sample)
    return np.abs(y - answer)


def _squared(sample: Sample) -> FloatArray:
    y, answer = _columns(sample)
    return (y - answer) ** 2


def _relative(sample: Sample) -> FloatArray:
    y, answer = _columns(sample)
    return np.abs(y - answer) / np.maximum(np.abs(y), np.finfo(np.float64).eps)


def _pinball(sample: Sample) -> FloatArray:
    return _absolute(sample) / 2


def _differ(influence: Callable[..., Influence], ours: Sample, theirs: Sample) -> Estimate:
    left, right = (influence(*_columns(sample), ours.weight, ours.cluster) for sample in (ours, theirs))
    return difference(left, right)


def _r2() -> Metric:
    return Metric(
        name="r2",
        higher_is_better=True,
        tasks=NUMBERS,
        needs="prediction",
        estimate=lambda sample, _seed: r2(*_columns(sample), sample.weight, sample.cluster),
        paired=lambda ours, theirs, _seed: _differ(r2_influence, ours, theirs),
        gain=lambda sample, other, _seed: skill(_squared(sample), _squared(other), sample.weight, sample.cluster),
        dummy="mean",
        gain_is=SKILL.replace("loss", "squared error"),
        curve="predicted_actual",
        losses=_squared,
    )


def _loss(name: str, losses: Callable[[Sample], FloatArray], dummy: str) -> Metric:
    made = mean_loss(name, losses, tasks=NUMBERS, needs="prediction", dummy=dummy)
    return replace(made, curve="predicted_actual")


def _declared() -> Iterator[Metric]:
    mae, mse = _loss("mae", _absolute, "median"), _loss("mse", _squared, "mean")
    mape, pinball = _loss("mape", _relative, "median"), _loss("pinball", _pinball, "median")
    rmse = rooted("rmse", mse, lambda sample: rmse_influence(*_columns(sample), sample.weight, sample.cluster))
    yield from (mae, mse, rmse, mape, pinball, _r2())
    yield negated(mae, "neg_mean_absolute_error")
    yield negated(mse, "neg_mean_squared_error")
    yield negated(rmse, "neg_root_mean_squared_error")
    yield negated(mape, "neg_mean_absolute_percentage_error")


METRICS = {metric.name: metric for metric in _declared()}
