from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest.errors import UsageError
from mltest.metrics.callables import callable_metric

RNG = np.random.default_rng(8)
Y = RNG.normal(size=120)
GUESS = Y + RNG.normal(size=120) / 2
WEIGHT = 1.0 + np.arange(120) % 3


class WorstDecile:
    """A callable object that cannot be hashed."""

    __hash__ = None

    def __call__(self, y, prediction, *, sample_weight=None):
        return np.quantile(np.abs(y - prediction), 0.9)


def error(y, prediction):
    return np.abs(y - prediction).mean()


def weighted_error(y, prediction, sample_weight=None):
    return np.average(np.abs(y - prediction), weights=sample_weight)


def test_interval_agrees_with_the_one_of_the_named_metric():
    evaluation = mltest.Evaluation(Y, prediction=GUESS)
    ours = callable_metric(error, higher_is_better=False).estimate(evaluation, 1)
    named = mltest.checks.metric(evaluation, "mae", at_most=1.0).measurements[0]
    assert ours.value == pytest.approx(named.value, rel=1e-12)
    assert (ours.low, ours.high) == pytest.approx((named.low, named.high), abs=0.01)
    assert ours.seed == 1


def test_same_seed_same_interval():
    evaluation = mltest.Evaluation(Y, prediction=GUESS)
    metric = callable_metric(WorstDecile(), higher_is_better=False)
    first, again, other = (metric.estimate(evaluation, seed) for seed in (1, 1, 2))
    assert (first.low, first.high) == (again.low, again.high) != (other.low, other.high)


def test_weights_reach_a_callable_that_takes_them():
    evaluation = mltest.Evaluation(Y, prediction=GUESS, weight=WEIGHT)
    found = callable_metric(weighted_error, higher_is_better=False).estimate(evaluation, 1)
    assert found.value == pytest.approx(np.average(np.abs(Y - GUESS), weights=WEIGHT))


def test_weights_that_a_callable_cannot_take_are_an_error():
    evaluation = mltest.Evaluation(Y, prediction=GUESS, weight=WEIGHT)
    with pytest.raises(UsageError, match="metric error takes no sample_weight="):
        callable_metric(error, higher_is_better=False).estimate(evaluation, 1)


def test_clusters_are_drawn_whole():
    told = mltest.Evaluation(np.repeat(Y, 4), prediction=np.repeat(GUESS, 4), cluster=np.repeat(np.arange(120), 4))
    untold = mltest.Evaluation(np.repeat(Y, 4), prediction=np.repeat(GUESS, 4))
    metric = callable_metric(error, higher_is_better=False)
    wide, narrow = (metric.estimate(evaluation, 1) for evaluation in (told, untold))
    assert wide.high - wide.low > 1.7 * (narrow.high - narrow.low)


def test_difference_is_resampled_row_by_row():
    ours, theirs = mltest.Evaluation(Y, prediction=GUESS), mltest.Evaluation(Y, prediction=GUESS + 0.001)
    metric = callable_metric(error, higher_is_better=False)
    found = metric.paired(ours, theirs, 1)
    assert found.value == pytest.approx(error(Y, GUESS) - error(Y, GUESS + 0.001))
    assert found.high - found.low < 0.001


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_value_that_is_no_finite_number_satisfies_nothing(value):
    evaluation = mltest.Evaluation(Y, prediction=GUESS)
    result = mltest.checks.metric(evaluation, lambda y, prediction: value, at_least=-9.0)
    assert (result.verdict, result.reason) == ("error", "nonfinite")


@pytest.mark.parametrize("value", ["good", None, [1.0, 2.0], np.zeros(3)])
def test_anything_but_a_number_is_an_error(value):
    evaluation = mltest.Evaluation(Y, prediction=GUESS)
    with pytest.raises(UsageError, match="must return one number"):
        callable_metric(lambda y, prediction: value, higher_is_better=True).estimate(evaluation, 1)


@pytest.mark.parametrize("value", [np.float32(0.5), np.array(0.5), np.array([0.5]), 1])
def test_numbers_of_numpy_become_python_numbers(value):
    evaluation = mltest.Evaluation(Y, prediction=GUESS)
    found = callable_metric(lambda y, prediction: value, higher_is_better=True).estimate(evaluation, 1)
    assert type(found.value) is float


def test_what_the_callable_raises_reaches_its_author():
    def broken(y, prediction):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        callable_metric(broken, higher_is_better=True).estimate(mltest.Evaluation(Y, prediction=GUESS), 1)


def test_scorer_that_does_not_fit_is_an_error_in_words():
    evaluation = mltest.Evaluation(Y - 9, prediction=GUESS)
    with pytest.raises(UsageError, match="neg_mean_gamma_deviance does not fit these rows"):
        mltest.checks.metric(evaluation, "neg_mean_gamma_deviance", at_least=0.0)
