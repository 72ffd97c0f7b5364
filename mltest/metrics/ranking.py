"""Metrics of the order within a query: NDCG, MAP and MRR; the evaluation's clusters are the queries."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.metric import CLASSES, NUMBERS, Metric
from mltest.metrics.sample import Array, FloatArray, Sample, finite_column, place
from mltest.stats.ranking_metrics import (
    PerQuery,
    average_precisions,
    mean_over_queries,
    ndcgs,
    paired_queries,
    reciprocal_ranks,
)

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate

__all__ = ["FAMILIES", "METRICS"]

OfQueries = Callable[..., PerQuery]


def _of_queries(name: str, values: OfQueries) -> Metric:
    def alone(sample: Sample, _seed: int) -> Estimate:
        return mean_over_queries(_per_query(name, values, sample))

    def paired(ours: Sample, theirs: Sample, _seed: int) -> Estimate:
        return paired_queries(*(_per_query(name, values, sample) for sample in (ours, theirs)))

    return Metric(
        name=name,
        higher_is_better=True,
        tasks=(*CLASSES, *NUMBERS),
        needs="score",
        estimate=alone,
        paired=paired,
        gain=paired,
        dummy="prior",
        gain_is="difference to one score for all rows",
        unit="queries",
    )


def _per_query(name: str, values: OfQueries, sample: Sample) -> PerQuery:
    return values(_relevance(name, sample), _order(name, sample), _queries(name, sample), sample.weight)


def _relevance(name: str, sample: Sample) -> FloatArray:
    if sample.task == "binary":
        return sample.truth.astype(np.float64)
    return finite_column(sample.y, f"the relevance that {name} reads from the target")


def _order(name: str, sample: Sample) -> FloatArray:
    if sample.task == "binary":
        return np.asarray(sample.score, dtype=np.float64)
    return finite_column(sample.prediction, f"the score that {name} orders rows by")


def _queries(name: str, sample: Sample) -> Array:
    if sample.cluster is not None:
        return sample.cluster
    msg = (
        f"{name} orders the rows of a query, and nothing says which rows{place(sample)} are one; "
        "give the evaluation cluster= the column of query ids"
    )
    raise UsageError(msg)


def _first_places(name: str, values: OfQueries) -> Callable[[str], Metric]:
    def made(given: str) -> Metric:
        if not given.isdecimal() or int(given) < 1:
            msg = f"{name}@{given}: after an @ stands how many first places count, such as {name}@10"
            raise UsageError(msg)
        return _of_queries(f"{name}@{given}", partial(values, k=int(given)))

    return made


# what stands after an @ in a name makes the metric
FAMILIES = {
    name: _first_places(name, values)
    for name, values in (("ndcg", ndcgs), ("map", average_precisions), ("mrr", reciprocal_ranks))
}

METRICS = {
    metric.name: metric
    for metric in (
        _of_queries("ndcg", ndcgs),
        _of_queries("map", average_precisions),
        _of_queries("mrr", reciprocal_ranks),
        FAMILIES["ndcg"]("10"),
        FAMILIES["map"]("10"),
        FAMILIES["mrr"]("10"),
    )
}
