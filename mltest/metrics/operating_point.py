"""Rates at the threshold where another rate reaches its level: ``precision_at_recall@0.8`` and its kin."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.metric import TWO_CLASSES, Metric, shifted
from mltest.stats.operating_point import at_threshold, at_threshold_paired, rate_at_threshold
from mltest.stats.units import prepare

if TYPE_CHECKING:
    from mltest.metrics.sample import Sample
    from mltest.stats.estimate import Estimate

__all__ = ["FAMILIES", "METRICS"]

_ALSO = {"sensitivity_at_specificity": "recall_at_specificity", "specificity_at_sensitivity": "specificity_at_recall"}
_CURVES = {"precision_at_recall": "precision_recall", "recall_at_precision": "precision_recall"}
_TYPICAL = (
    "precision_at_recall@0.8",
    "recall_at_precision@0.8",
    "recall_at_specificity@0.9",
    "specificity_at_recall@0.9",
)


def _at_level(rule: str, level: float, name: str) -> Metric:
    def alone(sample: Sample, seed: int) -> Estimate:
        return at_threshold(rule, level, sample.truth, sample.score, sample.weight, sample.cluster, seed=seed)

    def paired(ours: Sample, theirs: Sample, seed: int) -> Estimate:
        scores = ours.score, theirs.score
        return at_threshold_paired(rule, level, ours.truth, *scores, ours.weight, ours.cluster, seed=seed)

    def value(sample: Sample, _seed: int) -> Estimate:
        return rate_at_threshold(rule, level, sample.truth, sample.score, sample.weight, sample.cluster)

    return Metric(
        name=name,
        higher_is_better=True,
        tasks=TWO_CLASSES,
        needs="score",
        estimate=alone,
        paired=paired,
        gain=lambda sample, _dummy, seed: shifted(alone(sample, seed), _by_chance(rule, level, sample)),
        dummy="prior",
        gain_is=f"{name} less that of scores by chance",
        curve=_CURVES.get(rule, "roc"),
        value=value,
    )


def _by_chance(rule: str, level: float, sample: Sample) -> float:
    """What scores that know nothing reach in large samples."""
    units = prepare(sample.rows, sample.weight)
    prevalence = units.mean(units.take(np.asarray(sample.truth)))
    if rule == "precision_at_recall":
        return prevalence
    return float(prevalence >= level) if rule == "recall_at_precision" else 1 - level


def _family(name: str) -> Callable[[str], Metric]:
    def made(given: str) -> Metric:
        try:
            level = float(given)
        except ValueError:
            level = 0.0
        if not 0 < level < 1:
            what = name.rpartition("_")[2]
            asked = f"{name}@{given}" if given else name
            msg = f"{asked}: after an @ stands the {what} to reach, between 0 and 1, such as {name}@0.9"
            raise UsageError(msg)
        return _at_level(_ALSO.get(name, name), level, f"{name}@{given}")

    return made


# what stands after an @ in a name makes the metric
FAMILIES = {
    name: _family(name)
    for name in ("precision_at_recall", "recall_at_precision", "recall_at_specificity", "specificity_at_recall", *_ALSO)
}

METRICS = {name: FAMILIES[name.partition("@")[0]](name.partition("@")[2]) for name in _TYPICAL}
