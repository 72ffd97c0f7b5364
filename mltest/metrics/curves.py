"""The picture of a metric: a few dozen points made of aggregates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mltest.result import Curve
from mltest.stats.auc import roc_curve_points

if TYPE_CHECKING:
    from mltest.metrics.metric import Metric
    from mltest.metrics.sample import Sample

__all__ = ["curves_of"]

BINS = 20


def curves_of(metric: Metric, sample: Sample, label: str | None = None) -> tuple[Curve, ...]:
    """The curves that belong to a metric; none where it has none."""
    if metric.curve is None:
        return ()
    draw = {"roc": _roc, "precision_recall": _precision_recall, "predicted_actual": _predicted_actual}
    x, y = draw[metric.curve](sample)
    return (Curve(kind=metric.curve, label=label or sample.model_name, x=x, y=y),) if x else ()


def _roc(sample: Sample) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return roc_curve_points(sample.truth, sample.score)


def _precision_recall(sample: Sample) -> tuple[tuple[float, ...], tuple[float, ...]]:
    from mltest.stats.average_precision import precision_recall_points

    return precision_recall_points(sample.truth, sample.score)


def _predicted_actual(sample: Sample) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean prediction against mean actual value in bins of about as many rows."""
    predicted = np.asarray(sample.prediction, dtype=np.float64)
    actual = np.asarray(sample.y, dtype=np.float64)
    edges = np.unique(np.quantile(predicted, np.linspace(0, 1, BINS + 1)[1:-1]))
    places = np.searchsorted(edges, predicted, side="right")
    weight = np.ones(len(predicted)) if sample.weight is None else sample.weight
    total = np.bincount(places, weight, minlength=len(edges) + 1)
    kept = total > 0
    means = (np.bincount(places, weight * column, len(total))[kept] / total[kept] for column in (predicted, actual))
    x, y = (tuple(column.tolist()) for column in means)
    return x, y
