"""Rates of the positive class at a threshold that ships: ``recall_at_threshold@0.35`` and its kin."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mltest.errors import UsageError
from mltest.metrics import classification

if TYPE_CHECKING:
    from mltest.metrics.metric import Metric
    from mltest.metrics.sample import Sample
    from mltest.stats.estimate import Estimate

__all__ = ["FAMILIES", "METRICS"]

_RATES = {"precision": "precision_recall", "recall": "roc", "specificity": "roc", "f1": "precision_recall"}


@dataclass(frozen=True, slots=True, eq=False)
class _Called:
    """A sample whose rows are called positive from a threshold on, whatever it predicts itself."""

    sample: Sample
    threshold: float

    @property
    def predicted(self) -> Any:
        return np.asarray(self.sample.score >= self.threshold)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sample, name)


def _at(rate: str, threshold: float, name: str) -> Metric:
    of_labels = classification.METRICS[rate]

    def called(sample: Sample) -> Sample:
        return cast("Sample", _Called(sample, threshold))

    def alone(sample: Sample, seed: int) -> Estimate:
        return of_labels.estimate(called(sample), seed)

    def paired(ours: Sample, theirs: Sample, seed: int) -> Estimate:
        return of_labels.paired(called(ours), called(theirs), seed)

    def gain(sample: Sample, dummy: Sample, seed: int) -> Estimate:
        return of_labels.gain(called(sample), dummy, seed)

    losses = of_labels.losses
    return replace(
        of_labels,
        name=name,
        needs="score",
        estimate=alone,
        paired=paired,
        gain=gain,
        curve=_RATES[rate],
        losses=None if losses is None else lambda sample: losses(called(sample)),
    )


def _family(rate: str) -> Callable[[str], Metric]:
    name = f"{rate}_at_threshold"

    def made(given: str) -> Metric:
        try:
            threshold = float(given)
        except ValueError:
            threshold = math.nan
        if not math.isfinite(threshold):
            asked = f"{name}@{given}" if given else name
            msg = f"{asked}: after an @ stands the score from which rows are called positive, such as {name}@0.35"
            raise UsageError(msg)
        return _at(rate, threshold, f"{name}@{given}")

    return made


# what stands after an @ in a name makes the metric
FAMILIES = {f"{rate}_at_threshold": _family(rate) for rate in _RATES}

METRICS = {f"{name}@0.5": made("0.5") for name, made in FAMILIES.items()}
