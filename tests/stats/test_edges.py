"""Every estimate on small and odd samples: a sound interval or a reason, never a warning or a traceback."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltest.stats import influence
from mltest.stats.auc import delong, delong_paired, macro_ovr
from mltest.stats.average_precision import average_precision, average_precision_paired
from mltest.stats.fmeasure import f1, jaccard
from mltest.stats.mean import hall_t
from mltest.stats.multilabel import averaged
from mltest.stats.operating_point import at_threshold
from mltest.stats.paired import paired_hits, paired_losses
from mltest.stats.power import minimum_detectable, n_to_settle, pvalue_at_least, pvalue_at_most
from mltest.stats.proportion import accuracy, precision, proportion, recall
from mltest.stats.ranking_metrics import average_precisions, mean_over_queries, ndcgs, reciprocal_ranks
from mltest.stats.skill import explained_variance, r2, skill

ESTIMATORS = {
    "proportion": lambda y, x, z, **more: proportion(y, **more),
    "accuracy": lambda y, x, z, **more: accuracy(y, x > 0, **more),
    "recall": lambda y, x, z, **more: recall(y, x > 0, **more),
    "precision": lambda y, x, z, **more: precision(y, x > 0, **more),
    "f1": lambda y, x, z, **more: f1(y, x > 0, **more),
    "jaccard": lambda y, x, z, **more: jaccard(y, x > 0, **more),
    "hall_t": lambda y, x, z, **more: hall_t(x, **more),
    "hall_t_in_range": lambda y, x, z, **more: hall_t(x, value_range=(-9, 9), minimum=0, **more),
    "mcc": lambda y, x, z, **more: influence.mcc(y, x > 0, **more),
    "macro_f1": lambda y, x, z, **more: influence.macro_f1(x, z, **more),
    "macro_recall": lambda y, x, z, **more: influence.macro_recall(x, z, **more),
    "weighted_precision": lambda y, x, z, **more: influence.weighted_precision(x, z, **more),
    "fbeta": lambda y, x, z, **more: influence.fbeta(y, x > 0, 2, **more),
    "paired_mcc": lambda y, x, z, **more: influence.paired_confusion("mcc", y, x > 0, z > 0, **more),
    "delong": lambda y, x, z, **more: delong(y, x, minimum=0, **more),
    "delong_paired": lambda y, x, z, **more: delong_paired(y, x, z, minimum=0, **more),
    "macro_ovr": lambda y, x, z, **more: macro_ovr(y, np.column_stack([x, z]), minimum=0, **more),
    "average_precision": lambda y, x, z, **more: average_precision(y, x, minimum=0, **more),
    "average_precision_paired": average_precision_paired,
    "at_threshold": lambda y, x, z, **more: at_threshold("recall_at_precision", 0.5, y, x, seed=1, **more),
    "labels_together": lambda y, x, z, **more: averaged("f1", "micro", np.c_[x > 0, y], np.c_[z > 0, y], **more),
    "labels_by_share": lambda y, x, z, **more: averaged("recall", "weighted", np.c_[x > 0, y], np.c_[z > 0, y], **more),
    # a query is one unit with one weight; what is left here are its odd sizes
    "ndcg": lambda y, x, z, **more: mean_over_queries(ndcgs(y, x, z)),
    "map": lambda y, x, z, **more: mean_over_queries(average_precisions(y, x, z)),
    "mrr": lambda y, x, z, **more: mean_over_queries(reciprocal_ranks(y, x, z, k=2)),
    "paired_hits": lambda y, x, z, **more: paired_hits(x > 0, z > 0, **more),
    "paired_losses": lambda y, x, z, **more: paired_losses(x, z, minimum=0, **more),
    "skill": lambda y, x, z, **more: skill(abs(x), abs(z), minimum=0, **more),
    "r2": lambda y, x, z, **more: r2(x, z, minimum=0, **more),
    "explained_variance": lambda y, x, z, **more: explained_variance(x, z, minimum=0, **more),
}

rows = st.lists(st.tuples(st.booleans(), st.integers(-2, 2), st.integers(-2, 2)), min_size=1, max_size=30)


@pytest.mark.parametrize("name", ESTIMATORS)
@settings(max_examples=25)
@given(sample=rows, weighted=st.booleans(), clusters=st.sampled_from([0, 1, 2, 5, 9]))
def test_every_estimate_is_sound(name, sample, weighted, clusters):
    y, x, z = (
        np.array(part, dtype=kind) for part, kind in zip(zip(*sample, strict=True), (bool, float, float), strict=True)
    )
    more = {
        "sample_weight": (np.arange(len(y)) % 3 + (0.0 if len(y) > 1 else 1.0)) if weighted else None,
        "groups": np.arange(len(y)) % clusters if clusters else None,
    }
    estimate = ESTIMATORS[name](y, x, z, **more)
    numbers = (estimate.value, estimate.low, estimate.high)
    assert all(number is None or (type(number) is float and math.isfinite(number)) for number in numbers)
    assert (estimate.low is None) == (estimate.high is None) == (estimate.bounds is None)
    if estimate.low is None:
        assert estimate.flags
        assert estimate.detail
    else:
        assert estimate.low <= estimate.value <= estimate.high
        assert estimate.bounds(0.05) == (estimate.low, estimate.high)
        assert estimate.bounds(1e-12)[0] <= estimate.low
        assert estimate.high <= estimate.bounds(1e-12)[1]
    for limit in (-1.0, 0.0, 0.3, 1.0):
        assert 0 <= pvalue_at_least(estimate, limit) <= 1
        assert 0 <= pvalue_at_most(estimate, limit) <= 1
        assert type(n_to_settle(estimate, limit)) in (int, type(None))
        assert type(minimum_detectable(estimate, limit)) in (float, type(None))
        assert type(minimum_detectable(estimate, limit, "at_most")) in (float, type(None))
