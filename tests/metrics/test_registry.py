from __future__ import annotations

import functools

import pytest
from sklearn.metrics import fbeta_score, get_scorer, get_scorer_names, make_scorer

import mltest
from mltest.errors import UsageError
from mltest.metrics.registry import names, resolve


@pytest.mark.parametrize("name", get_scorer_names())
def test_every_scorer_name_is_known_and_higher_is_better(name):
    metric = resolve(name)
    assert metric.name == name
    assert metric.higher_is_better is True


@pytest.mark.parametrize("name", ["log_loss", "brier", "rmse", "mae", "mse", "mape", "pinball", "error_rate"])
def test_of_a_loss_by_its_own_name_lower_is_better(name):
    assert resolve(name).higher_is_better is False


def test_a_loss_is_found_by_the_name_of_its_function_too():
    assert resolve("mean_absolute_error").name == "mean_absolute_error"
    assert resolve("brier_score_loss").higher_is_better is False


def test_names_are_listed_sorted():
    assert list(names()) == sorted(names())
    assert {"roc_auc", "neg_log_loss", "log_loss", "rmse"} <= set(names())


def test_unknown_name_says_the_nearest():
    with pytest.raises(UsageError) as caught:
        resolve("roc_acu", call="assert_metric")
    assert str(caught.value) == (
        "assert_metric(metric='roc_acu'): no such metric; nearest is 'roc_auc' (mltest list metrics)"
    )


@pytest.mark.parametrize("wrong", [None, 3, ["roc_auc"], 0.5])
def test_neither_name_nor_callable_is_refused(wrong):
    with pytest.raises(UsageError, match="give a metric's name or a callable"):
        resolve(wrong, call="assert_metric")


def test_direction_that_contradicts_the_name_is_refused():
    with pytest.raises(UsageError, match="of log_loss lower is better"):
        resolve("log_loss", higher_is_better=True)
    assert resolve("log_loss", higher_is_better=False).name == "log_loss"
    with pytest.raises(UsageError, match="allowed are True and False"):
        resolve("log_loss", higher_is_better="yes")


class Cost:
    """A callable object; its class cannot be hashed."""

    __hash__ = None

    def __call__(self, y, prediction):
        return float((y != prediction).mean())


def cost(y, prediction, rate=1.0):
    return rate * float((y != prediction).mean())


@pytest.mark.parametrize(
    ("metric", "name"),
    [
        (cost, "cost"),
        (Cost(), "Cost"),
        (functools.partial(cost, rate=2.0), "cost"),
        (lambda y, prediction: 0.0, "callable"),
        (Cost().__call__, "__call__"),
    ],
)
def test_a_callable_is_called_by_its_own_name(metric, name):
    found = resolve(metric, higher_is_better=False)
    assert (found.name, found.higher_is_better) == (name, False)


def test_a_scorer_object_is_asked_for_its_own_score():
    y, prediction = [0, 1, 1, 0, 1] * 20, [0, 1, 0, 0, 1] * 20
    evaluation = mltest.Evaluation(y, prediction=prediction)
    scorer = make_scorer(fbeta_score, beta=2)
    assert resolve(scorer).beside(evaluation).value == pytest.approx(fbeta_score(y, prediction, beta=2))
    assert resolve(get_scorer("accuracy")).beside(evaluation).value == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("name", "y", "said"),
    [
        ("recall", ["a", "b", "c"] * 4, "averaged over classes it is recall_macro, recall_weighted or recall_micro"),
        ("roc_auc", ["a", "b", "c"] * 4, "for several classes there is roc_auc_ovr"),
        ("rmse", ["a", "b", "c"] * 4, "it does not fit a multiclass target"),
        ("recall", [0.5, 1.5, 2.25] * 4, "it does not fit a regression target; for one there are mae, rmse, mape, r2"),
        ("r2", [0, 1] * 6, "it does not fit a binary target"),
    ],
)
def test_metric_that_does_not_fit_the_task_names_those_that_do(name, y, said):
    evaluation = mltest.Evaluation(y, prediction=y)
    with pytest.raises(UsageError) as caught:
        resolve(name).refuse_misfit(evaluation, "assert_metric")
    assert said in str(caught.value)
