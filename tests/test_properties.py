"""What holds for every table of labels and predictions, asked of the public checks."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mltest
from mltest.checks import metric, not_worse

LABELS = ("accuracy", "error_rate", "recall", "specificity", "precision", "f1", "jaccard", "balanced_accuracy",
          "matthews_corrcoef", "f1_macro", "f1_weighted", "precision_macro")  # fmt: skip
SCORES = ("roc_auc", "average_precision", "log_loss", "brier")
NUMBERS = ("mae", "mse", "rmse", "mape", "r2")
MANY = ("accuracy", "error_rate", "balanced_accuracy", "f1_macro", "f1_weighted", "f1_micro", "precision_macro",
        "matthews_corrcoef", "log_loss", "brier", "roc_auc_ovr")  # fmt: skip
LOSSES = ("error_rate", "log_loss", "brier", *NUMBERS[:4])
NEGATED = {
    "neg_log_loss": "log_loss",
    "neg_brier_score": "brier",
    "neg_mean_absolute_error": "mae",
    "neg_mean_squared_error": "mse",
    "neg_root_mean_squared_error": "rmse",
    "neg_mean_absolute_percentage_error": "mape",
}
SEEDS = st.integers(0, 2**32)
# each of these is asked of every metric; together they see several hundred tables
FEW = settings(max_examples=10)


class Rows(NamedTuple):
    """Labels and answers; scores are rounded, so that some are tied."""

    y: np.ndarray
    prediction: np.ndarray
    score: np.ndarray | None
    weight: np.ndarray
    cluster: np.ndarray

    def take(self, index):
        return Rows(*(None if part is None else part[index] for part in self))

    def evaluation(self, *, weighted=False, clustered=False, **given):
        parts = {"weight": self.weight} if weighted else {}
        parts |= {"cluster": self.cluster} if clustered else {}
        return mltest.Evaluation(self.y, prediction=self.prediction, score=self.score, **parts, **given)


def two_classes(seed, n=80):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rng.uniform(0.2, 0.8)).astype(int)
    y[:15], y[15:30] = 0, 1
    score = np.round(1 / (1 + np.exp(-rng.normal(size=n) - rng.uniform(0, 2) * (2 * y - 1))), 2)
    return Rows(y, (score >= 0.5).astype(int), score, rng.integers(1, 4, n).astype(float), rng.integers(0, 30, n))


def three_classes(seed, n=90):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, n)
    y[:45] = np.arange(45) % 3
    logits = rng.normal(size=(n, 3)) + rng.uniform(0, 2) * np.eye(3)[y]
    proba = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return Rows(y, proba.argmax(1), proba, rng.integers(1, 4, n).astype(float), rng.integers(0, 30, n))


def numbers(seed, n=60):
    rng = np.random.default_rng(seed)
    y = np.round(rng.lognormal(0, 1, n) + 0.5, 3)
    return Rows(y, y + rng.normal(0, 0.4, n), None, rng.integers(1, 4, n).astype(float), rng.integers(0, 20, n))


KINDS = [
    *((two_classes, name) for name in (*LABELS, *SCORES)),
    *((three_classes, name) for name in MANY),
    *((numbers, name) for name in NUMBERS),
]
EVERY = pytest.mark.parametrize(("rows_of", "name"), KINDS, ids=[f"{rows.__name__}-{name}" for rows, name in KINDS])


def found(evaluation, name, limit=0.5):
    """The measurement; where a limit is not the matter, any will do."""
    side = "at_most" if name in LOSSES else "at_least"
    return metric(evaluation, name, **{side: limit}).measurements[0]


def triple(measurement):
    return [math.nan if part is None else part for part in (measurement.value, measurement.low, measurement.high)]


def same(one, other, rel=1e-9):
    assert triple(one) == pytest.approx(triple(other), rel=rel, abs=1e-9, nan_ok=True)


@EVERY
@FEW
@given(seed=SEEDS, weighted=st.booleans(), clustered=st.booleans())
def test_the_order_of_rows_does_not_matter(rows_of, name, seed, weighted, clustered):
    rows = rows_of(seed)
    turned = rows.take(np.random.default_rng(seed + 1).permutation(len(rows.y)))
    given = {"weighted": weighted, "clustered": clustered}
    same(found(rows.evaluation(**given), name), found(turned.evaluation(**given), name))


@pytest.mark.parametrize("name", MANY)
@FEW
@given(seed=SEEDS)
def test_the_names_of_classes_do_not_matter(name, seed):
    rows = three_classes(seed)
    order = np.random.default_rng(seed + 1).permutation(3)
    names = np.array(["ash", "birch", "cedar"])[order]
    # columns of the scores follow the sorted names
    renamed = mltest.Evaluation(
        names[rows.y], prediction=names[rows.prediction], score=rows.score[:, np.argsort(order)]
    )
    same(found(rows.evaluation(), name), found(renamed, name))


@pytest.mark.parametrize("name", [*LABELS, *SCORES])
@FEW
@given(seed=SEEDS)
def test_the_names_of_two_classes_do_not_matter(name, seed):
    rows = two_classes(seed)
    words = np.array(["yes", "no"])
    renamed = mltest.Evaluation(words[rows.y], prediction=words[rows.prediction], score=rows.score, positive="no")
    same(found(rows.evaluation(), name), found(renamed, name))


@EVERY
@FEW
@given(seed=SEEDS)
def test_a_row_of_weight_k_has_the_value_of_k_rows(rows_of, name, seed):
    rows = rows_of(seed)
    repeated = rows.take(np.repeat(np.arange(len(rows.y)), rows.weight.astype(int)))
    weighed = found(rows.evaluation(weighted=True), name)
    assert weighed.value == pytest.approx(found(repeated.evaluation(), name).value, rel=1e-9, abs=1e-9)


@EVERY
@FEW
@given(seed=SEEDS, factor=st.sampled_from([0.001, 0.5, 7.0, 1e6]))
def test_weights_count_up_to_a_factor(rows_of, name, seed, factor):
    rows = rows_of(seed)
    scaled = rows._replace(weight=factor * rows.weight)
    same(found(rows.evaluation(weighted=True), name), found(scaled.evaluation(weighted=True), name))


@EVERY
@FEW
@given(seed=SEEDS, limits=st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)))
def test_a_milder_demand_is_never_judged_harder(rows_of, name, seed, limits):
    evaluation = rows_of(seed).evaluation()
    better = {"failed": 0, "inconclusive": 1, "passed": 2}
    at_least = [better[metric(evaluation, name, at_least=limit).verdict] for limit in sorted(limits)]
    at_most = [better[metric(evaluation, name, at_most=limit).verdict] for limit in sorted(limits)]
    assert at_least[0] >= at_least[1]
    assert at_most[0] <= at_most[1]


@pytest.mark.parametrize("name", ["accuracy", "error_rate", "recall", "specificity", "precision"])
@FEW
@given(seed=SEEDS, parts=st.integers(1, 7))
def test_counts_of_any_partition_add_up_to_the_whole(name, seed, parts):
    import polars as pl

    from mltest.stats.proportion import proportion

    rows = two_classes(seed)
    table = pl.DataFrame({"part": np.random.default_rng(seed + 1).integers(0, parts, len(rows.y))})
    sliced = metric(rows.evaluation(table=table), name, at_least=0.5, by="part", min_rows=1).measurements
    counted = [(round((part.value or 0.0) * part.n), part.n) for part in sliced]
    merged = proportion((float(sum(x for x, _ in counted)), float(sum(n for _, n in counted))))
    whole = found(rows.evaluation(), name)
    if whole.n:
        assert (merged.value, merged.low, merged.high) == (whole.value, whole.low, whole.high)


@pytest.mark.parametrize("name", NEGATED)
@FEW
@given(seed=SEEDS, limit=st.floats(0.01, 2.0), weighted=st.booleans())
def test_a_loss_and_its_negation_judge_alike(name, seed, limit, weighted):
    rows = two_classes(seed) if NEGATED[name] in SCORES else numbers(seed)
    evaluation = rows.evaluation(weighted=weighted)
    loss = metric(evaluation, NEGATED[name], at_most=limit)
    gain = metric(evaluation, name, at_least=-limit)
    assert gain.verdict == loss.verdict
    one, other = gain.measurements[0], loss.measurements[0]
    assert (one.value, one.low, one.high) == (-other.value, -other.high, -other.low)


@given(seed=SEEDS, limit=st.floats(0.01, 0.99), weighted=st.booleans(), clustered=st.booleans())
def test_hits_and_misses_judge_alike(seed, limit, weighted, clustered):
    evaluation = two_classes(seed).evaluation(weighted=weighted, clustered=clustered)
    right, wrong = found(evaluation, "accuracy"), found(evaluation, "error_rate")
    assert (wrong.value, wrong.low, wrong.high) == pytest.approx((1 - right.value, 1 - right.high, 1 - right.low))
    verdicts = [
        metric(evaluation, name, **demand).verdict
        for name, demand in (("accuracy", {"at_least": limit}), ("error_rate", {"at_most": 1 - limit}))
    ]
    # limits of 1 - limit are rounded: only a bound within one rounding of it may tell them apart
    near = min(abs(bound - limit) for bound in (right.low, right.high))
    assert verdicts[0] == verdicts[1] or near < 1e-9


@given(seed=SEEDS)
def test_a_rising_function_of_scores_ranks_alike(seed):
    rows = two_classes(seed)
    raised = rows._replace(score=rows.score**3 / 2)
    for name in ("roc_auc", "average_precision"):
        same(found(rows.evaluation(), name), found(raised.evaluation(), name))


@pytest.mark.parametrize("name", ["accuracy", "recall", "roc_auc", "log_loss", "brier", "f1", "matthews_corrcoef"])
@FEW
@given(seed=SEEDS)
def test_swapping_candidate_and_baseline_negates_the_difference(name, seed):
    ours, other = two_classes(seed), two_classes(seed + 1)
    theirs = ours._replace(score=other.score, prediction=other.prediction)
    there = not_worse(ours.evaluation(), theirs.evaluation(), name, margin=0.1).measurements[0]
    back = not_worse(theirs.evaluation(), ours.evaluation(), name, margin=0.1).measurements[0]
    turned = [-part for part in triple(back)]
    assert triple(there) == pytest.approx([turned[0], turned[2], turned[1]], rel=1e-7, abs=1e-9, nan_ok=True)


@EVERY
@FEW
@given(seed=SEEDS, weighted=st.booleans(), clustered=st.booleans())
def test_an_estimate_lies_between_its_bounds(rows_of, name, seed, weighted, clustered):
    value, low, high = triple(found(rows_of(seed).evaluation(weighted=weighted, clustered=clustered), name))
    assert math.isnan(low) or low - 1e-12 <= value <= high + 1e-12
