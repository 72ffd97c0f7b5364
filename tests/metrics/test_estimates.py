"""Known intervals, weights, clusters, and what every metric must hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mltest
from mltest.errors import UsageError
from mltest.metrics.metric import negate, shifted
from mltest.metrics.registry import names, resolve
from mltest.stats.estimate import Estimate

RNG = np.random.default_rng(5)
Y = RNG.integers(0, 2, 400)
SCORE = np.clip(0.4 * Y + 0.6 * RNG.random(400), 0.001, 0.999)
OTHER = np.clip(SCORE + RNG.normal(0, 0.15, 400), 0.001, 0.999)
NUMBERS = RNG.normal(3, 1, 400)
CLUSTER = np.arange(400) // 4
# queries need clusters and several labels a matrix: test_ranking.py, test_multilabel.py
OF_ROWS = [name for name in names() if resolve(name).unit != "queries" and resolve(name).tasks != ("multilabel",)]


def evaluation_for(metric, answer="first", **options):
    if "regression" in metric.tasks:
        prediction = NUMBERS + {"first": SCORE, "second": OTHER}[answer] - 0.5
        return mltest.Evaluation(NUMBERS, prediction=prediction, **options)
    return mltest.Evaluation(Y, score={"first": SCORE, "second": OTHER}[answer], **options)


@pytest.mark.parametrize("name", OF_ROWS)
def test_estimate_lies_within_its_bounds(name):
    metric = resolve(name)
    found = metric.estimate(evaluation_for(metric), 0)
    assert found.low < found.value < found.high
    assert all(type(number) is float for number in (found.low, found.value, found.high))


@pytest.mark.parametrize("name", OF_ROWS)
def test_equal_weights_change_nothing(name):
    metric = resolve(name)
    plain, weighted = (
        metric.estimate(evaluation_for(metric, weight=weight), 0) for weight in (None, np.full(400, 7.0))
    )
    assert (weighted.value, weighted.low, weighted.high) == pytest.approx(
        (plain.value, plain.low, plain.high), rel=1e-9
    )


@pytest.mark.parametrize("name", OF_ROWS)
def test_rows_of_weight_zero_do_not_exist(name):
    metric = resolve(name)
    kept = np.arange(400) % 3 != 0
    weighted = metric.estimate(evaluation_for(metric, weight=kept.astype(float)), 0)
    taken = metric.estimate(evaluation_for(metric).take(kept), 0)
    assert (weighted.value, weighted.low, weighted.high) == pytest.approx(
        (taken.value, taken.low, taken.high), rel=1e-9
    )


@pytest.mark.parametrize("name", OF_ROWS)
def test_copies_of_a_row_in_one_cluster_are_worth_one_row(name):
    """Each row four times, and told so: the interval stays about as wide; untold it halves."""
    metric = resolve(name)
    part = evaluation_for(metric).take(np.repeat(np.arange(400), 4))
    columns = {"prediction": part.prediction} if "regression" in metric.tasks else {"score": part.score}
    told = metric.estimate(mltest.Evaluation(part.y, cluster=np.repeat(np.arange(400), 4), **columns), 0)
    untold = metric.estimate(part, 0)
    once = metric.estimate(evaluation_for(metric), 0)
    assert told.value == pytest.approx(once.value, rel=1e-9)
    assert told.high - told.low == pytest.approx(once.high - once.low, rel=0.12)
    # where a threshold is chosen among few rows the width falls a little faster than by the root
    assert untold.high - untold.low == pytest.approx((once.high - once.low) / 2, rel=0.2 if "@" in name else 0.12)


@pytest.mark.parametrize("name", OF_ROWS)
def test_swapping_two_models_turns_the_difference(name):
    metric = resolve(name)
    ours, theirs = evaluation_for(metric), evaluation_for(metric, "second")
    there, back = metric.paired(ours, theirs, 0), metric.paired(theirs, ours, 0)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low), rel=1e-9)


@pytest.mark.parametrize("name", OF_ROWS)
@pytest.mark.parametrize("options", [{}, {"weight": 1.0 + np.arange(400) % 3}, {"cluster": CLUSTER}])
def test_difference_is_the_difference_of_both_values(name, options):
    metric = resolve(name)
    ours, theirs = evaluation_for(metric, **options), evaluation_for(metric, "second", **options)
    found = metric.paired(ours, theirs, 0)
    apart = metric.estimate(ours, 0).value - metric.estimate(theirs, 0).value
    assert found.value == pytest.approx(apart, abs=1e-12)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("name", OF_ROWS)
def test_same_answers_differ_by_nothing(name):
    metric = resolve(name)
    found = metric.paired(evaluation_for(metric), evaluation_for(metric), 0)
    assert found.value == 0
    assert found.low <= 0 <= found.high
    assert found.high - found.low < 0.03


@pytest.mark.parametrize(
    ("name", "y", "prediction", "low", "high"),
    [
        ("accuracy", [1] * 50, [1] * 45 + [0] * 5, 0.801166997, 0.959763410),
        ("recall", [1] * 50 + [0] * 9, [1] * 45 + [0] * 14, 0.801166997, 0.959763410),
        ("specificity", [0] * 50 + [1] * 9, [0] * 45 + [1] * 14, 0.801166997, 0.959763410),
        ("precision", [1] * 45 + [0] * 5 + [1] * 9, [1] * 50 + [0] * 9, 0.801166997, 0.959763410),
        ("f1", [1] * 100 + [0] * 10, [1] * 80 + [0] * 20 + [1] * 10, 0.786958768, 0.886633726),
        ("jaccard", [1] * 100 + [0] * 10, [1] * 80 + [0] * 20 + [1] * 10, 0.648748573, 0.796354037),
        ("balanced_accuracy", [1] * 100 + [0] * 40, [1] * 90 + [0] * 40 + [1] * 10, 0.755157375, 0.876075433),
        ("error_rate", [0] * 59, [0] * 59, 0.0, 0.0495076099),
    ],
)
def test_known_intervals(name, y, prediction, low, high):
    evaluation = mltest.Evaluation(y, prediction=prediction, positive=1)
    found = resolve(name).estimate(evaluation, 0)
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-6)


def test_known_loss_interval():
    y = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1]
    p = [0.9, 0.2, 0.7, 0.6, 0.1, 0.4, 0.8, 0.3, 0.95, 0.5, 0.05, 0.85, 0.35, 0.15, 0.65, 0.75, 0.6, 0.45, 0.25, 0.99]
    found = resolve("log_loss").estimate(mltest.Evaluation(y, score=p), 0)
    assert (found.value, found.low, found.high) == pytest.approx((0.333727982, 0.245704191, 0.446302870), rel=1e-6)


def test_detail_says_what_was_counted():
    evaluation = mltest.Evaluation([1] * 50 + [0] * 9, prediction=[1] * 45 + [0] * 14)
    assert resolve("recall").estimate(evaluation, 0).detail == "45 of 50 positives"
    assert resolve("accuracy").estimate(evaluation, 0).detail == "54 of 59 rows"
    assert resolve("error_rate").estimate(evaluation, 0).detail == "5 of 59 rows wrong"


@pytest.mark.parametrize(
    ("name", "y", "detail"),
    [
        ("recall", [0] * 30, "no positives"),
        ("specificity", [1] * 30, "no negatives"),
        ("roc_auc", [0] * 30, "no positives"),
        ("roc_auc", [1] * 30, "no negatives"),
        ("average_precision", [0] * 30, "no positives"),
        ("precision", [1] * 30, "no predicted positives"),
    ],
)
def test_one_class_alone_has_no_value(name, y, detail):
    evaluation = mltest.Evaluation(y, prediction=[0] * 30, score=np.linspace(0, 0.4, 30), positive=1)
    found = resolve(name).estimate(evaluation, 0)
    assert found.value is None
    assert detail in found.detail


@pytest.mark.parametrize("name", ["log_loss", "brier", "neg_log_loss"])
def test_decision_values_are_no_probabilities(name):
    evaluation = mltest.Evaluation(Y, prediction=Y, score=4 * SCORE - 2)
    with pytest.raises(UsageError, match="needs probabilities; the scores go from "):
        resolve(name).estimate(evaluation, 0)


def test_probabilities_that_do_not_sum_to_one_are_refused():
    matrix = np.full((30, 3), 1 / 3)
    matrix[4] = (0.5, 0.5, 0.5)
    evaluation = mltest.Evaluation(list("abc") * 10, score=matrix)
    with pytest.raises((UsageError, mltest.ModelError), match=r"row 4|sum to 1"):
        resolve("log_loss").estimate(evaluation, 0)


@given(st.floats(-5, 5), st.floats(0.01, 2), st.floats(-3, 3))
@settings(max_examples=30, deadline=None)
def test_turning_twice_and_shifting_back_is_the_same(value, width, by):
    found = Estimate(
        value=value,
        low=value - width,
        high=value + 2 * width,
        method="example",
        n=9,
        bounds=lambda alpha: (value - width / alpha, value + width / alpha),
    )
    turned = negate(negate(found))
    assert (turned.value, turned.low, turned.high) == (found.value, found.low, found.high)
    assert turned.bounds(0.05) == found.bounds(0.05)
    assert negate(found).bounds(0.05)[0] == -found.bounds(0.05)[1]
    assert shifted(shifted(found, by), -by).value == pytest.approx(value)
    assert shifted(found, by).bounds(0.1)[1] == pytest.approx(found.bounds(0.1)[1] - by)
