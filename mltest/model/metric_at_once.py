"""Part of `assert_metric`: the metrics whose slices are all estimated in one pass over the rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.metrics.metric import CLASSES
from mltest.metrics.registry import resolve
from mltest.stats import sliced
from mltest.stats.sliced_areas import areas

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.slices import Slices
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate
    from mltest.stats.units import IntArray

__all__ = ["at_once"]

Recipe = Callable[["Evaluation", "Slices"], "list[Estimate]"]


def at_once(evaluation: Evaluation, metric: Metric, parts: Slices) -> list[Estimate] | None:
    """The estimate of each slice; None where each has to be estimated by itself."""
    recipe = _RECIPES.get(metric.estimate)
    plain = evaluation.weight is None and evaluation.cluster is None and evaluation.task in CLASSES
    if recipe is None or not plain:
        return None
    return recipe(evaluation, parts)


def _kept(evaluation: Evaluation, key: Any, make: Callable[[], Any]) -> Any:
    """What other metrics of the same rows have worked out already."""
    if key not in evaluation.kept:
        evaluation.kept[key] = make()
    return evaluation.kept[key]


def _right(evaluation: Evaluation, parts: Slices) -> tuple[IntArray, IntArray]:
    def make() -> tuple[IntArray, IntArray]:
        right = np.asarray(evaluation.prediction == evaluation.y, dtype=bool)
        return sliced.hits(right, parts.codes, len(parts.labels))

    found: tuple[IntArray, IntArray] = _kept(evaluation, ("right", parts), make)
    return found


def _counts(evaluation: Evaluation, parts: Slices) -> sliced.Counts:
    def make() -> sliced.Counts:
        return sliced.counts(evaluation.truth, evaluation.predicted, parts.codes, len(parts.labels))

    found: sliced.Counts = _kept(evaluation, ("counts", parts), make)
    return found


def _accuracy(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    return sliced.shares(*_right(evaluation, parts), unit="rows")


def _error_rate(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    right, rows = _right(evaluation, parts)
    return sliced.shares(rows - right, rows, unit="rows wrong")


def _recall(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    table = _counts(evaluation, parts)
    return sliced.shares(table.tp, table.tp + table.fn, unit="positives")


def _specificity(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    table = _counts(evaluation, parts)
    return sliced.shares(table.tn, table.tn + table.fp, unit="negatives")


def _precision(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    table = _counts(evaluation, parts)
    return sliced.shares(table.tp, table.tp + table.fp, unit="predicted positives")


def _area(evaluation: Evaluation, parts: Slices) -> list[Estimate]:
    rows = _kept(evaluation, "score order", lambda: sliced.ordered(evaluation.truth, evaluation.score))
    return areas(rows, parts.codes, len(parts.labels))


_BY_NAME: dict[str, Recipe] = {
    "accuracy": _accuracy,
    "error_rate": _error_rate,
    "recall": _recall,
    "specificity": _specificity,
    "precision": _precision,
    "f1": lambda evaluation, parts: sliced.f1s(_counts(evaluation, parts)),
    "jaccard": lambda evaluation, parts: sliced.jaccards(_counts(evaluation, parts)),
    "roc_auc": _area,
}
# by how it is estimated, not by name: a callable may be called "recall" too
_RECIPES: dict[Any, Recipe] = {resolve(name).estimate: recipe for name, recipe in _BY_NAME.items()}
