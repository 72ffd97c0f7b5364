"""Metrics of scores and probabilities: areas under curves, log loss and Brier score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.metrics.losses import mean_loss
from mltest.metrics.metric import CLASSES, TWO_CLASSES, Metric, negated, shifted
from mltest.metrics.sample import FloatArray, Sample, class_codes, probabilities, true_probability
from mltest.stats import auc
from mltest.stats import average_precision as precision_curve
from mltest.stats.delta import Influence, difference
from mltest.stats.units import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mltest.stats.estimate import Estimate

__all__ = ["METRICS"]

HALF = 0.5
_AREA, _PLACED = ("roc_auc", "estimate"), ("roc_auc", "influence")


def _area(sample: Sample, _seed: int) -> Estimate:
    kept: dict[Any, Any] = getattr(sample, "kept", {})
    if _AREA not in kept:
        kept[_AREA] = auc.delong(sample.truth, sample.score, sample.weight, sample.cluster)
    found: Estimate = kept[_AREA]
    return found


def _area_paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
    placed = _placed(ours, theirs)
    return auc.delong_paired(ours.truth, ours.score, theirs.score, ours.weight, ours.cluster, placed=placed)


def _placed(ours: Sample, theirs: Sample) -> Influence | None:
    """The baseline's part of the comparison, made once however many candidates are compared with it."""
    kept: dict[Any, Any] | None = getattr(theirs, "kept", None)
    rows = [(side.truth, side.weight, side.cluster) for side in (ours, theirs)]
    if kept is None or not all(_same(mine, other) for mine, other in zip(*rows, strict=True)):
        return None
    if _PLACED not in kept:
        kept[_PLACED] = auc.auc_influence(theirs.truth, theirs.score, theirs.weight, theirs.cluster)
    found: Influence = kept[_PLACED]
    return found


def _same(mine: Any, other: Any) -> bool:
    return mine is other or (mine is not None and other is not None and np.array_equal(mine, other))


def _misplaced(sample: Sample) -> FloatArray:
    """For each row the share of the other class that its score stands on the wrong side of."""
    found = auc.auc_influence(sample.truth, sample.score)
    if found.value is None:
        return np.full(sample.rows, np.nan)
    positives = np.count_nonzero(sample.truth) / sample.rows
    placed = found.value + found.phi * np.where(sample.truth, positives, 1 - positives)
    return np.clip(1 - placed, 0.0, 1.0)


def _several(sample: Sample) -> FloatArray:
    if sample.task == "binary":
        score = np.asarray(sample.score, dtype=np.float64)
        return np.column_stack([-score, score])
    return np.asarray(sample.score, dtype=np.float64)


def _codes(sample: Sample) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return sample.truth.astype(np.int64) if sample.task == "binary" else class_codes(sample.y, sample.classes)


def _areas(sample: Sample, _seed: int) -> Estimate:
    return auc.macro_ovr(_codes(sample), _several(sample), sample.weight, sample.cluster)


def _areas_influence(sample: Sample) -> Influence:
    codes, columns = _codes(sample), _several(sample)
    size = columns.shape[1]
    each = [auc.auc_influence(codes == k, columns[:, k], sample.weight, sample.cluster) for k in range(size)]
    absent = [found for found in each if found.value is None]
    if absent:
        return absent[0]
    return Influence(
        value=sum(found.value or 0.0 for found in each) / size,
        phi=np.sum([found.phi for found in each], axis=0) / size,
        units=each[0].units,
    )


def _average_precision(sample: Sample, _seed: int) -> Estimate:
    return precision_curve.average_precision(sample.truth, sample.score, sample.weight, sample.cluster)


def _average_precision_paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
    left, right = (
        precision_curve.average_precision_influence(ours.truth, sample.score, ours.weight, ours.cluster)
        for sample in (ours, theirs)
    )
    return difference(left, right)


def _prevalence(sample: Sample) -> float:
    units = prepare(sample.rows, sample.weight, sample.cluster)
    return units.mean(units.take(sample.truth))


def _log_losses(sample: Sample) -> FloatArray:
    losses: FloatArray = -np.log(true_probability(sample, "log_loss"))
    return losses


def _brier_losses(sample: Sample) -> FloatArray:
    given = np.asarray(probabilities(sample, "brier"), dtype=np.float64)
    if sample.task == "binary":
        return (given - sample.truth) ** 2
    # sum over classes of (p - 1[y = k])^2, without the matrix of ones
    right = given[np.arange(len(given)), class_codes(sample.y, sample.classes)]
    losses: FloatArray = (given**2).sum(axis=1) - 2 * right + 1
    return np.maximum(losses, 0.0)


def _ranking(
    name: str,
    estimate: Callable[[Sample, int], Estimate],
    paired: Callable[[Sample, Sample, int], Estimate],
    chance: Callable[[Sample], float],
    *,
    tasks: tuple[str, ...] = TWO_CLASSES,
    gain_is: str,
    curve: str | None = None,
    losses: Callable[[Sample], FloatArray] | None = None,
) -> Metric:
    """A metric of the order of scores; its dummy gives every row the same score."""
    return Metric(
        name=name,
        higher_is_better=True,
        tasks=tasks,
        needs="score",
        estimate=estimate,
        paired=paired,
        gain=lambda sample, _dummy, seed: shifted(estimate(sample, seed), chance(sample)),
        dummy="prior",
        gain_is=gain_is,
        curve=curve,
        losses=losses,
    )


def _declared() -> Iterator[Metric]:
    yield _ranking(
        "roc_auc", _area, _area_paired, lambda _: HALF, gain_is="roc_auc - 0.5", curve="roc", losses=_misplaced
    )
    yield _ranking(
        "roc_auc_ovr",
        _areas,
        lambda ours, theirs, _seed: difference(_areas_influence(ours), _areas_influence(theirs)),
        lambda _: HALF,
        tasks=CLASSES,
        gain_is="roc_auc_ovr - 0.5",
    )
    yield _ranking(
        "average_precision",
        _average_precision,
        _average_precision_paired,
        _prevalence,
        gain_is="average_precision - share of positives",
        curve="precision_recall",
    )
    log_loss = mean_loss("log_loss", _log_losses, tasks=CLASSES, needs="proba", dummy="prior")
    brier = mean_loss(
        "brier",
        _brier_losses,
        tasks=CLASSES,
        needs="proba",
        dummy="prior",
        loss_range=lambda sample: (0.0, 1.0 if sample.task == "binary" else 2.0),
    )
    yield from (log_loss, brier)
    yield negated(log_loss, "neg_log_loss")
    yield negated(brier, "neg_brier_score")


METRICS = {metric.name: metric for metric in _declared()}
