from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor

import mltest
from mltest.errors import UsageError
from mltest.metrics.dummy import dummy_for
from mltest.metrics.registry import resolve

TRAIN = ["b"] * 5 + ["a"] * 3 + ["c"] * 2
TEST = ["a", "b", "c"] * 20


def test_majority_and_shares_are_those_of_the_training_labels():
    train = mltest.Evaluation(TRAIN, prediction=TRAIN)
    test = mltest.Evaluation(TEST, prediction=TEST)
    dummy = dummy_for(train, test, "prior")
    theirs = DummyClassifier(strategy="prior").fit(np.zeros((10, 1)), TRAIN)
    assert dummy.prediction.tolist() == theirs.predict(np.zeros((60, 1))).tolist()
    assert dummy.proba[0].tolist() == pytest.approx(theirs.predict_proba(np.zeros((1, 1)))[0].tolist())


def test_weights_of_the_training_rows_count():
    train = mltest.Evaluation(TRAIN, prediction=TRAIN, weight=[1] * 5 + [9] * 3 + [0] * 2)
    test = mltest.Evaluation(TEST, prediction=TEST)
    assert dummy_for(train, test, "majority").prediction[0] == "a"
    assert dummy_for(train, test, "prior").proba[0].tolist() == pytest.approx([27 / 32, 5 / 32, 0])


@pytest.mark.parametrize("kind", ["mean", "median"])
def test_middle_of_the_training_target(kind):
    y = np.array([1.5, 2.5, 4.0, 10.25])
    train = mltest.Evaluation(y, prediction=y)
    test = mltest.Evaluation(y + 1, prediction=y)
    theirs = DummyRegressor(strategy=kind).fit(np.zeros((4, 1)), y).predict(np.zeros((4, 1)))
    assert dummy_for(train, test, kind).prediction.tolist() == theirs.tolist()


def test_weighted_median_is_a_value_of_the_heavier_half():
    y = np.array([1.5, 2.5, 4.0, 10.25])
    train = mltest.Evaluation(y, prediction=y, weight=[1, 1, 1, 9])
    assert dummy_for(train, train, "median").prediction[0] == 10.25


def test_score_of_the_dummy_says_nothing_about_the_order():
    y = [0, 1] * 30
    train, test = mltest.Evaluation([0, 0, 1] * 10, score=[0.1] * 30), mltest.Evaluation(y, score=np.linspace(0, 1, 60))
    dummy = dummy_for(train, test, "prior")
    assert set(dummy.score.tolist()) == {1 / 3}
    assert resolve("roc_auc").estimate(dummy, 0).value == 0.5
    assert not dummy.predicted.any()


def test_training_label_that_the_test_does_not_know_is_an_error():
    train = mltest.Evaluation(TRAIN, prediction=TRAIN)
    test = mltest.Evaluation(["a", "b"] * 30, prediction=["a", "b"] * 30, positive="a")
    with pytest.raises(UsageError, match="have the class 'c'"):
        dummy_for(train, test, "majority")
