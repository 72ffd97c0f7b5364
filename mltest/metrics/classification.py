"""Metrics of predicted labels: shares of rows, F1 and Jaccard, and their averages over classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mltest.metrics.losses import SKILL
from mltest.metrics.metric import CLASSES, TWO_CLASSES, Metric, negate, shifted
from mltest.metrics.sample import FloatArray, Sample, class_codes
from mltest.stats import fmeasure, influence
from mltest.stats.estimate import Estimate
from mltest.stats.paired import paired_hits
from mltest.stats.proportion import proportion
from mltest.stats.skill import skill
from mltest.stats.units import prepare, rows_of

__all__ = ["METRICS"]

Hits = Callable[[Sample], NDArray[np.bool_]]
OfLabels = Callable[..., Estimate]
Alone = Callable[[Sample, int], Estimate]
Comparison = Callable[[Sample, Sample, int], Estimate]


def _all_rows(sample: Sample) -> NDArray[np.bool_]:
    return np.ones(sample.rows, dtype=bool)


def _right(sample: Sample) -> NDArray[np.bool_]:
    return np.asarray(sample.prediction == sample.y, dtype=bool)


def _wrong(sample: Sample) -> NDArray[np.bool_]:
    return np.asarray(sample.prediction != sample.y, dtype=bool)


def _positives(sample: Sample) -> NDArray[np.bool_]:
    return sample.truth


def _negatives(sample: Sample) -> NDArray[np.bool_]:
    return ~sample.truth


def _found(sample: Sample) -> NDArray[np.bool_]:
    return sample.predicted


def _left_alone(sample: Sample) -> NDArray[np.bool_]:
    return ~sample.predicted


def _share(name: str, hits: Hits, among: Hits, unit: str, *, tasks: tuple[str, ...]) -> Metric:
    """A share of right answers among rows that are the same for every model: Tango's interval compares two."""

    def paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
        counted = among(ours)
        weight, groups = _within(ours, counted)
        return paired_hits(hits(ours)[counted], hits(theirs)[counted], weight, groups)

    return Metric(
        name=name,
        higher_is_better=True,
        tasks=tasks,
        needs="prediction",
        estimate=lambda sample, _seed: _share_of(sample, hits, among, unit),
        paired=paired,
        gain=paired,
        unit=unit,
        best_share=1.0,
        losses=lambda sample: _misses(~hits(sample), among(sample)),
    )


def _misses(wrong: NDArray[np.bool_], counted: NDArray[np.bool_]) -> FloatArray:
    """One for each wrong row, zero for each right one, NaN for those that do not count."""
    return np.where(counted, wrong, np.nan)


def _share_of(sample: Sample, hits: Hits, among: Hits, unit: str) -> Estimate:
    counted = among(sample)
    found = proportion(hits(sample)[counted], *_within(sample, counted))
    if found.value is None:
        return replace(found, detail=f"no {unit}")
    return replace(found, detail=_counted(found.detail, unit))


def _within(sample: Sample, counted: NDArray[np.bool_]) -> tuple[Any, Any]:
    return rows_of(sample.weight, counted, "weight"), rows_of(sample.cluster, counted, "cluster")


def _counted(detail: str | None, unit: str) -> str | None:
    """``112 of 412`` with what was counted."""
    if detail is None or " of " not in detail:
        return detail
    return f"{detail.removesuffix(' rows')} {unit}"


def _error_rate(accuracy: Metric) -> Metric:
    return replace(
        accuracy,
        name="error_rate",
        higher_is_better=False,
        estimate=lambda sample, _seed: _share_of(sample, _wrong, _all_rows, "rows wrong"),
        paired=lambda ours, theirs, seed: negate(accuracy.paired(ours, theirs, seed)),
        gain=lambda sample, dummy, _seed: skill(_wrong(sample), _wrong(dummy), sample.weight, sample.cluster),
        gain_is=SKILL,
        best_share=0.0,
    )


def _of_positive(name: str, estimate: Callable[[Sample], Estimate], unit: str) -> Metric:
    """A rate of the positive class whose denominator depends on the model: influence values compare two."""

    def paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
        return influence.paired_confusion(name, ours.truth, ours.predicted, theirs.predicted, ours.weight, ours.cluster)

    return Metric(
        name=name,
        higher_is_better=True,
        tasks=TWO_CLASSES,
        needs="prediction",
        estimate=lambda sample, _seed: estimate(sample),
        paired=paired,
        gain=paired,
        dummy="positive",
        gain_is="difference to always answering the positive class",
        unit=unit,
        best_share=1.0,
        losses=lambda sample: _misses(
            sample.truth != sample.predicted,
            sample.predicted if name == "precision" else sample.truth | sample.predicted,
        ),
    )


def _of_classes(name: str, measure: str, estimate: OfLabels) -> Metric:
    """A function of the whole confusion table."""

    def alone(sample: Sample, _seed: int) -> Estimate:
        return estimate(sample.y, sample.prediction, sample.weight, sample.cluster)

    def paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
        answers = ours.prediction, theirs.prediction
        return influence.paired_confusion(measure, ours.y, *answers, ours.weight, ours.cluster)

    return Metric(
        name=name,
        higher_is_better=True,
        tasks=CLASSES,
        needs="prediction",
        estimate=alone,
        paired=paired,
        gain=_over_dummy(paired, alone, _BY_CHANCE.get(measure)),
        losses=lambda sample: _wrong(sample).astype(np.float64),
    )


def _over_dummy(paired: Comparison, alone: Alone, by_chance: Callable[[Sample], float] | None) -> Comparison:
    """The paired difference; a dummy that never predicts a class, and so has no value, counts as a random guess."""

    def gain(sample: Sample, dummy: Sample, seed: int) -> Estimate:
        found = paired(sample, dummy, seed)
        if found.value is not None or by_chance is None:
            return found
        return shifted(alone(sample, seed), by_chance(sample))

    return gain


def _class_shares(sample: Sample) -> FloatArray:
    units = prepare(sample.rows, sample.weight)
    counts = np.bincount(units.take(class_codes(sample.y, sample.classes)), units.weight)
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def _one_over_classes(sample: Sample) -> float:
    return 1 / int((_class_shares(sample) > 0).sum())


def _sum_of_squares(sample: Sample) -> float:
    shares = _class_shares(sample)
    return float(shares @ shares)


_BY_CHANCE: dict[str, Callable[[Sample], float]] = {
    "macro_precision": _one_over_classes,
    "weighted_precision": _sum_of_squares,
    "mcc": lambda _: 0.0,
}


def _precision(sample: Sample) -> Estimate:
    return _share_of(sample, _positives, _found, "predicted positives")


def _f1(sample: Sample) -> Estimate:
    return fmeasure.f1(sample.truth, sample.predicted, sample.weight, sample.cluster)


def _jaccard(sample: Sample) -> Estimate:
    return fmeasure.jaccard(sample.truth, sample.predicted, sample.weight, sample.cluster)


def _declared() -> Iterator[Metric]:
    for name in ("accuracy", "precision_micro", "recall_micro", "recall_weighted", "f1_micro"):
        yield _share(name, _right, _all_rows, "rows", tasks=CLASSES)
    yield _error_rate(_share("accuracy", _right, _all_rows, "rows", tasks=CLASSES))
    yield _share("recall", _found, _positives, "positives", tasks=TWO_CLASSES)
    yield _share("specificity", _left_alone, _negatives, "negatives", tasks=TWO_CLASSES)
    yield _of_positive("precision", _precision, "predicted positives")
    yield _of_positive("f1", _f1, "rows")
    yield _of_positive("jaccard", _jaccard, "rows")
    yield _of_classes("balanced_accuracy", "macro_recall", influence.macro_recall)
    yield _of_classes("recall_macro", "macro_recall", influence.macro_recall)
    yield _of_classes("precision_macro", "macro_precision", influence.macro_precision)
    yield _of_classes("precision_weighted", "weighted_precision", influence.weighted_precision)
    yield _of_classes("f1_macro", "macro_f1", influence.macro_f1)
    yield _of_classes("f1_weighted", "weighted_f1", influence.weighted_f1)
    yield _of_classes("jaccard_macro", "macro_jaccard", influence.macro_jaccard)
    yield _of_classes("jaccard_weighted", "weighted_jaccard", influence.weighted_jaccard)
    yield _of_classes("matthews_corrcoef", "mcc", influence.mcc)


METRICS = {metric.name: metric for metric in _declared()}
