from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest.judge import judge
from mltest.metrics.registry import resolve
from mltest.model.better import assert_better, better
from mltest.result import Measurement, Requirement

RNG = np.random.default_rng(6)
Y = RNG.integers(0, 2, 600)
SCORE = np.clip(0.4 * Y + 0.6 * RNG.random(600), 0, 1)
WORSE = np.clip(SCORE + RNG.normal(0, 0.4, 600), 0, 1)
NUMBERS = RNG.normal(5, 1, 600)


def sides(name):
    """A better candidate and a baseline."""
    if "regression" in resolve(name).tasks:
        return tuple(mltest.Evaluation(NUMBERS, prediction=NUMBERS + by * (SCORE - 0.4)) for by in (1, 3))
    return mltest.Evaluation(Y, score=SCORE), mltest.Evaluation(Y, score=WORSE)


def counted(gained, lost, rows):
    y = [1] * rows
    old = [1] * (rows - gained) + [0] * gained
    new = [0] * lost + [1] * (rows - lost)
    return (mltest.Evaluation(y, prediction=new, positive=1), mltest.Evaluation(y, prediction=old, positive=1))


METRICS = [
    *("accuracy", "recall", "error_rate", "f1", "matthews_corrcoef", "balanced_accuracy"),
    *("roc_auc", "average_precision", "log_loss", "neg_log_loss", "brier", "mae", "rmse", "r2"),
]


@pytest.mark.parametrize("name", METRICS)
def test_better_candidate_passes_and_its_mirror_fails_whatever_the_direction(name):
    good, bad = sides(name)
    passed, failed = better(good, bad, name), better(bad, good, name)
    assert (passed.verdict, failed.verdict) == ("passed", "failed")
    assert passed.measurements[0].value > 0 > failed.measurements[0].value
    assert passed.measurements[0].low == pytest.approx(-failed.measurements[0].high, rel=1e-9)


@pytest.mark.parametrize("name", METRICS)
def test_nothing_is_better_than_itself(name):
    candidate, _ = sides(name)
    result = better(candidate, candidate, name)
    assert result.verdict in ("failed", "inconclusive")
    assert result.measurements[0].value == 0
    assert "equals baseline" in result.sentence


def test_known_interval_of_right_and_wrong():
    result = better(*counted(12, 2, 50), "accuracy", by_at_least=0.05)
    found = result.measurements[0]
    assert (found.name, found.method) == ("accuracy improvement", "tango")
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0854743825, 0.320413386), rel=1e-6)
    assert result.verdict == "passed"
    loss = better(*counted(12, 2, 50), "error_rate", by_at_least=0.05).measurements[0]
    assert (loss.value, loss.low, loss.high) == pytest.approx((0.2, 0.0854743825, 0.320413386), rel=1e-6)


@pytest.mark.parametrize(("least", "word"), [(0.0854, "passed"), (0.0856, "inconclusive"), (0.3205, "failed")])
def test_the_bound_decides(least, word):
    assert better(*counted(12, 2, 50), "accuracy", by_at_least=least).verdict == word


def improvement(value, low, high):
    return Measurement(name="x improvement", value=value, low=low, high=high, method="tango", n=90)


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.1, 0.3, "inconclusive"),  # strictly more is demanded: the bound at the limit does not pass
        (np.nextafter(0.1, 1).item(), 0.3, "passed"),
        (0.0, 0.1, "failed"),
        (0.0, np.nextafter(0.1, 1).item(), "inconclusive"),
    ],
)
def test_better_is_strictly_above(low, high, word):
    demand = Requirement(metric="x", comparison="better", limit=0.1)
    assert judge(improvement(0.1, low, high), demand).word == word


@pytest.mark.parametrize(("value", "word"), [(0.0, "failed"), (1e-300, "passed")])
def test_strictly_above_zero_by_the_estimate_alone(value, word):
    demand = Requirement(metric="x", comparison="better", limit=0.0, decision="point")
    assert judge(improvement(value, None, None), demand).word == word


def test_failure_message():
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_better(*counted(5, 45, 200), "accuracy")
    text = str(caught.value)
    assert text.splitlines()[0] == "accuracy of candidate is 0.200 below baseline, required better"
    assert "required   better than the baseline\n" in text
    assert "even the upper bound -0.148 misses it" in text
    with pytest.raises(mltest.Inconclusive, match=r"required better by more than 0.01"):
        assert_better(*counted(12, 8, 200), "accuracy", by_at_least=0.01)


def test_what_would_settle_it_is_told():
    result = better(*counted(12, 8, 200), "accuracy")
    assert (result.verdict, result.reason) == ("inconclusive", "bound-straddles")
    assert result.n_to_settle > 200
    assert result.detectable > 0.02
    assert "rows would settle it" in result.because


def test_incomparable_evaluations_fail():
    good, bad = mltest.Evaluation(Y, score=SCORE), mltest.Evaluation(1 - Y, score=SCORE)
    result = better(good, bad, "roc_auc")
    assert (result.verdict, result.reason) == ("failed", "not-comparable")
    assert result.findings[0].where == "labels"


def test_folds_of_a_cross_validation_known_answer():
    """Accuracies whose differences are the ten of the specification, in thousandths."""
    gains = [20, 10, 30, -5, 15, 20, 12, 8, 25, 10]
    pairs = [counted(max(gain, 0), max(-gain, 0), 1000) for gain in gains]
    new, old = zip(*pairs, strict=True)
    result = better(list(new), list(old), "accuracy", train_rows=9000)
    found = result.measurements[0]
    assert (found.value, found.low, found.high) == pytest.approx((0.0145, 0.00616917153, 0.0228308285), rel=1e-6)
    assert (found.method, found.n, found.unit) == ("nadeau_bengio", 10, "folds")
    assert result.verdict == "passed"
    assert "over 10 folds" in result.sentence
    assert "held-out test set" in found.detail


def test_more_folds_are_no_promise():
    new, old = zip(*[counted(gain, 9, 1000) for gain in (20, 10, 0, 5, 15)], strict=True)
    result = better(list(new), list(old), "accuracy", train_rows=4000)
    assert (result.verdict, result.n_to_settle) == ("inconclusive", None)
    assert "held-out test set" in result.advice


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda a, b: better([a], [b, b], "accuracy", train_rows=5), "two lists of as many evaluations"),
        (lambda a, b: better([a], b, "accuracy", train_rows=5), "got 1 folds and no list"),
        (lambda a, b: better([a] * 5, [b] * 5, "accuracy"), "say how many rows each fold's model was"),
        (lambda a, b: better(a, b, "accuracy", train_rows=5), "is for folds"),
        (lambda a, b: better([a, "x"], [b, b], "accuracy", train_rows=5), r"candidate\[1\]=\): must be an Evaluation"),
        (lambda a, b: better(a, b, "accuracy", by_at_least=-0.1), r"assert_not_worse\(..., margin=0.1\)"),
        (lambda a, b: better(a, b, "accuracy", by_at_least=float("nan")), "finite number"),
        (lambda a, b: better(a, b, lambda y, p: 0.0), "say which way a callable is better"),
        (lambda a, b: better(a, b, "acuracy"), "nearest is 'accuracy'"),
        (lambda a, b: better(a, b, "rmse"), "does not fit a binary target"),
        (lambda a, b: better(a, b, "accuracy", decision="maybe"), "allowed are 'interval' and 'point'"),
    ],
)
def test_wrong_arguments(call, said):
    with pytest.raises(mltest.UsageError, match=said):
        call(*counted(5, 6, 60))
