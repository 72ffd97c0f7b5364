from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

import mltest
from mltest import checks
from mltest.metrics.registry import names, resolve

RNG = np.random.default_rng(9)
Y = RNG.integers(0, 2, 1500)
NUMBERS = RNG.normal(5, 1, 1500)
# rankings have rows of many queries, and several labels to a row have tests of their own
OF_ROWS = [name for name in names() if resolve(name).unit != "queries" and resolve(name).tasks != ("multilabel",)]


def answers(name, noise, seed):
    rng = np.random.default_rng(seed)
    if "regression" in resolve(name).tasks:
        y = rng.permutation(NUMBERS)
        return mltest.Evaluation(y, prediction=y + noise * rng.normal(size=1500))
    y = rng.permutation(Y)
    return mltest.Evaluation(y, score=np.clip(0.5 + 0.4 * (y - 0.5) + noise / 2 * rng.normal(size=1500), 0.01, 0.99))


@pytest.mark.parametrize("name", OF_ROWS)
def test_a_gap_is_seen_and_equal_sides_pass_for_every_metric(name):
    test = answers(name, 0.9, 1)
    assert checks.not_overfit(answers(name, 0.3, 2), test, name, gap_at_most=0.03).verdict == "failed"
    assert checks.not_overfit(answers(name, 0.9, 3), test, name, gap_at_most=0.5).verdict == "passed"


@pytest.mark.parametrize("name", OF_ROWS)
def test_doing_better_on_the_test_rows_is_no_gap(name):
    result = checks.not_overfit(answers(name, 0.9, 1), answers(name, 0.3, 2), name, gap_at_most=0.0)
    assert result.verdict == "passed"
    assert result.measurements[0].value < 0


def shares(hits, rows):
    return mltest.Evaluation([1] * rows, prediction=[1] * hits + [0] * (rows - hits), positive=1)


def test_known_interval_of_a_gap_of_shares():
    result = checks.not_overfit(shares(56, 70), shares(48, 80), "accuracy", gap_at_most=0.05)
    found = result.measurements[0]
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0765641915, 0.313644584), rel=1e-6)
    assert (found.name, found.method) == ("accuracy gap", "gap_descriptive")
    assert result.verdict == "failed"
    assert [(curve.kind, curve.y) for curve in result.curves] == [("train_test", (0.8, 0.6))]


def test_failure_message():
    with pytest.raises(mltest.CheckFailed) as caught:
        mltest.assert_not_overfit(shares(56, 70), shares(48, 80), "accuracy", gap_at_most=0.05)
    result = caught.value.result
    assert str(caught.value).startswith("accuracy gap 0.200 (train 0.800, test 0.600), required at most 0.05\n")
    assert result.because == "even the lower bound 0.077 misses it"
    assert result.measurements[0].detail == "row noise only: the model has seen the training rows"
    assert result.advice.startswith("compare with a simpler model")


def test_memorising_tree_on_real_rows():
    x, y = load_breast_cancer(return_X_y=True)
    rng = np.random.default_rng(0)
    y = np.where(rng.random(len(y)) < 0.2, 1 - y, y)
    seen = np.arange(len(y)) % 2 == 0
    tree, stump = (DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x[seen], y[seen]) for depth in (None, 1))
    verdicts = [
        checks.not_overfit(
            mltest.evaluate(model, x[seen], y[seen]),
            mltest.evaluate(model, x[~seen], y[~seen]),
            "accuracy",
            gap_at_most=0.15,
        ).verdict
        for model in (tree, stump)
    ]
    assert verdicts == ["failed", "passed"]


def test_same_rows_twice_are_refused():
    test = answers("roc_auc", 0.5, 1)
    with pytest.raises(mltest.UsageError, match="train and test are the same 1500 rows"):
        checks.not_overfit(test, test, "roc_auc", gap_at_most=0.1)
    with pytest.raises(mltest.UsageError, match="train and test are the same 1500 rows"):
        checks.not_overfit(test, answers("roc_auc", 0.5, 1), "roc_auc", gap_at_most=0.1)


def test_halves_that_look_alike_are_not_the_same_rows():
    y = [0, 1] * 100
    score = np.clip(np.array(y) * 0.3 + np.random.default_rng(1).random(200) * 0.7, 0, 1)
    whole = mltest.Evaluation(y, score=4 * score - 2)  # decision values: there are no labels to compare
    first, second = whole.take(range(100)), whole.take(range(100, 200))
    assert checks.not_overfit(first, second, "roc_auc", gap_at_most=0.5).verdict == "passed"
    with pytest.raises(mltest.UsageError, match="the same 100 rows"):
        checks.not_overfit(first, whole.take(range(100)), "roc_auc", gap_at_most=0.5)


def test_one_class_is_inconclusive():
    test = mltest.Evaluation([0] * 50, score=np.linspace(0, 0.4, 50))
    result = checks.not_overfit(answers("roc_auc", 0.5, 1), test, "roc_auc", gap_at_most=0.1)
    assert (result.verdict, result.curves) == ("inconclusive", ())
    assert result.sentence.startswith("roc_auc gap not estimable (train 0.")


def test_point_decision_is_shown():
    result = checks.not_overfit(shares(12, 15), shares(9, 15), "accuracy", gap_at_most=0.3, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


@pytest.mark.parametrize("gap", [-0.1, float("nan"), None, "0.1"])
def test_gap_must_be_zero_or_more(gap):
    with pytest.raises(mltest.UsageError, match="gap_at_most"):
        checks.not_overfit(shares(12, 15), shares(9, 15), "accuracy", gap_at_most=gap)


def test_callable_needs_a_direction():
    train, test = answers("mae", 0.1, 1), answers("mae", 0.9, 2)

    def error(y, prediction):
        return np.abs(y - prediction).mean()

    with pytest.raises(mltest.UsageError, match="say which way a callable is better"):
        checks.not_overfit(train, test, error, gap_at_most=0.1)
    result = checks.not_overfit(
        train.take(range(200)), test.take(range(200)), error, gap_at_most=0.1, higher_is_better=False
    )
    assert result.verdict == "failed"


def test_a_loss_without_spread_is_told_as_what_it_is():
    y = np.arange(200) % 7 + 0.25
    train = mltest.Evaluation(y, prediction=y)
    test = mltest.Evaluation(y, prediction=y + np.linspace(0, 0.4, 200))
    result = checks.not_overfit(train, test, "mae", gap_at_most=0.05)
    assert result.verdict == "inconclusive"
    assert result.because == "no interval: train: all 200 values are 0 and their range is not known"
    assert result.measurements[0].flags == ("zero_variance",)
    few = mltest.Evaluation(y[:9], prediction=y[:9] + np.arange(9))
    assert checks.not_overfit(few, test, "mae", gap_at_most=0.05).because.startswith("too few rows for an interval: ")
