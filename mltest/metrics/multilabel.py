"""Metrics of several labels a row, under the names they have for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.metrics.losses import mean_loss
from mltest.metrics.metric import Metric, negate
from mltest.stats import multilabel
from mltest.stats.delta import difference
from mltest.stats.mean import hall_t
from mltest.stats.paired import paired_hits, paired_losses
from mltest.stats.proportion import proportion

if TYPE_CHECKING:
    import numpy as np

    from mltest.metrics.sample import FloatArray, Sample
    from mltest.stats.estimate import Estimate

__all__ = ["joined"]

TASK = "multilabel"
_AVERAGES: tuple[multilabel.Average, ...] = ("micro", "macro", "weighted")


def joined(single: Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics of one label a row, those that have a form for several with both, and those for several alone."""
    several = {metric.name: metric for metric in _declared()}
    both = {name: _either(metric, several[name]) if name in several else metric for name, metric in single.items()}
    return {**several, **both}


def _either(single: Metric, several: Metric) -> Metric:
    """By the task of the rows."""

    def of(sample: Sample) -> Metric:
        return several if sample.task == TASK else single

    return replace(
        single,
        tasks=(*single.tasks, TASK),
        estimate=lambda sample, seed: of(sample).estimate(sample, seed),
        paired=lambda ours, theirs, seed: of(ours).paired(ours, theirs, seed),
        gain=lambda sample, dummy, seed: of(sample).gain(sample, dummy, seed),
        losses=lambda sample: (of(sample).losses or _wrong)(sample),
    )


def _of_rows(name: str, estimate: Callable[[Sample], Estimate], paired: Callable[[Sample, Sample], Estimate]) -> Metric:
    return Metric(
        name=name,
        higher_is_better=True,
        tasks=(TASK,),
        needs="prediction",
        estimate=lambda sample, _seed: estimate(sample),
        paired=lambda ours, theirs, _seed: paired(ours, theirs),
        gain=lambda sample, dummy, _seed: paired(sample, dummy),
        losses=_wrong,
    )


def _wrong(sample: Sample) -> FloatArray:
    return multilabel.hamming_losses(sample.y, sample.prediction)


def _hits(sample: Sample) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return multilabel.subset_hits(sample.y, sample.prediction)


def _subset_accuracy(sample: Sample) -> Estimate:
    return proportion(_hits(sample), sample.weight, sample.cluster)


def _subset_paired(ours: Sample, theirs: Sample) -> Estimate:
    return paired_hits(_hits(ours), _hits(theirs), ours.weight, ours.cluster)


def _subset_error() -> Metric:
    return replace(
        _of_rows(
            "error_rate",
            lambda sample: proportion(~_hits(sample), sample.weight, sample.cluster),
            lambda ours, theirs: negate(_subset_paired(ours, theirs)),
        ),
        higher_is_better=False,
        gain=lambda sample, dummy, _seed: _subset_paired(sample, dummy),
    )


def _mean_of_rows(ratio: str) -> Metric:
    def values(sample: Sample) -> tuple[FloatArray, int]:
        return multilabel.row_ratios(ratio, sample.y, sample.prediction)

    def estimate(sample: Sample) -> Estimate:
        each, undefined = values(sample)
        found = hall_t(each, sample.weight, sample.cluster, value_range=(0.0, 1.0))
        if not undefined:
            return found
        told = f"{undefined} rows have nothing to count and count 0"
        return replace(found, detail=f"{told}; {found.detail}" if found.detail else told)

    def paired(ours: Sample, theirs: Sample) -> Estimate:
        sides = values(ours)[0], values(theirs)[0]
        return paired_losses(*sides, ours.weight, ours.cluster, value_range=(0.0, 1.0))

    return _of_rows(f"{ratio}_samples", estimate, paired)


def _average(ratio: str, average: multilabel.Average) -> Metric:
    def estimate(sample: Sample) -> Estimate:
        return multilabel.averaged(ratio, average, sample.y, sample.prediction, sample.weight, sample.cluster)

    def paired(ours: Sample, theirs: Sample) -> Estimate:
        sides = [
            multilabel.averaged_influence(ratio, average, ours.y, side.prediction, ours.weight, ours.cluster)
            for side in (ours, theirs)
        ]
        return difference(sides[0], sides[1], value_range=(-1.0, 1.0))

    return _of_rows(f"{ratio}_{average}", estimate, paired)


def _declared() -> Iterator[Metric]:
    yield _of_rows("accuracy", _subset_accuracy, _subset_paired)
    yield _subset_error()
    yield mean_loss(
        "hamming_loss",
        _wrong,
        tasks=(TASK,),
        needs="prediction",
        dummy="majority",
        loss_range=lambda _sample: (0.0, 1.0),
    )
    for ratio in multilabel.RATIOS:
        yield _mean_of_rows(ratio)
        for average in _AVERAGES:
            yield _average(ratio, average)
