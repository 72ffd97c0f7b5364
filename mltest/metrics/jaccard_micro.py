"""The Jaccard index of all classes together: with one label a row it is a function of accuracy alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mltest.metrics.classification import METRICS as OF_CLASSES
from mltest.stats.delta import Influence, difference
from mltest.stats.units import prepare

if TYPE_CHECKING:
    from mltest.metrics.sample import Sample
    from mltest.stats.estimate import Bounds, Estimate

__all__ = ["METRICS"]

_ACCURACY = OF_CLASSES["accuracy"]


def _index(accuracy: float | None) -> float | None:
    """A wrong row is missed by one class and predicted by another: a / (a + 2 (1 - a)), which increases."""
    return None if accuracy is None else accuracy / (2 - accuracy)


def _indices(bounds: Bounds) -> Bounds:
    def transformed(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return _index(low), _index(high)

    return transformed


def _alone(sample: Sample, seed: int) -> Estimate:
    found = _ACCURACY.estimate(sample, seed)
    return replace(
        found,
        value=_index(found.value),
        low=_index(found.low),
        high=_index(found.high),
        scale=None,
        se=None,
        bounds=None if found.bounds is None else _indices(found.bounds),
    )


def _influence(of: Sample, answers: Sample) -> Influence:
    units = prepare(of.rows, of.weight, of.cluster)
    right = units.take(np.asarray(answers.prediction == of.y, dtype=np.float64))
    accuracy = units.mean(right)
    return Influence(value=_index(accuracy), phi=(right - accuracy) * 2 / (2 - accuracy) ** 2, units=units)


def _paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
    return difference(_influence(ours, ours), _influence(ours, theirs), value_range=(-1.0, 1.0))


METRICS = {
    "jaccard_micro": replace(
        _ACCURACY, name="jaccard_micro", estimate=_alone, paired=_paired, gain=_paired, best_share=None
    )
}
