from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression

import mltest
from mltest.model.reproducible import assert_reproducible, reproducible

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[:300], Y[:300]
FOREST = {"n_estimators": 3, "max_depth": 3}


def test_a_seeded_forest_is_the_same_forest():
    result = assert_reproducible(RandomForestClassifier(**FOREST, random_state=1), X, Y, tolerance="bitwise")
    assert (result.reason, result.because, result.findings) == ("same-model", "the same answers", ())
    assert (result.measurements[0].value, result.measurements[0].method) == (0, "census")


def test_an_unseeded_forest_is_another_one_each_time():
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_reproducible(RandomForestClassifier(**FOREST), X, Y, tolerance="bitwise")
    result = caught.value.result
    assert result.reason == "other-model"
    assert result.advice == "set random_state=: it is None, so that every fit draws anew"
    assert (result.findings[0].rule, result.findings[0].where) == ("refit", "predict_proba")
    assert result.findings[0].count == result.measurements[0].value > 0


def noisy(size):
    def fit(features, target):
        model = LinearRegression().fit(features, target)
        shift = size * np.random.default_rng().random()
        return lambda table: model.predict(table) + shift

    return fit


def test_a_named_tolerance_forgives_the_last_digits():
    assert reproducible(noisy(1e-9), X, X[:, 0], tolerance="float32").verdict == "passed"
    result = reproducible(noisy(1e-9), X, X[:, 0], tolerance="bitwise")
    assert (result.verdict, result.measurements[0].value > 250) == ("failed", True)
    assert result.advice.endswith("take seed=, and seed everything with it that draws random numbers")


def test_a_callable_is_given_one_seed_twice():
    seeds = []

    def fit(features, target, seed):
        seeds.append(seed)
        return RandomForestClassifier(**FOREST, random_state=seed).fit(features, target)

    assert reproducible(fit, X, Y, tolerance="bitwise").verdict == "passed"
    assert len(seeds) == 2
    assert len(set(seeds)) == 1


def test_labels_are_compared_as_they_are():
    answers = iter(["yes", "no"])

    def fit(features, target):
        word = next(answers)
        return lambda table: np.array([word] * len(table), dtype=object)

    result = reproducible(fit, X, Y, tolerance="float64")
    assert result.measurements[0].value == 300
    assert result.because == "first in row 0: ['yes'] and ['no']"


def test_one_object_that_is_fitted_again_cannot_hide_it():
    class Model:
        def predict(self, table):
            return np.full(len(table), self.value)

    model, values = Model(), iter([1.0, 2.0])

    def fit(features, target):
        model.value = next(values)
        return model

    assert reproducible(fit, X, X[:, 0], tolerance="float64").verdict == "failed"


def test_most_seeds_reach_the_limit():
    forest = RandomForestClassifier(**FOREST, random_state=1)
    result = assert_reproducible(forest, X, Y, tolerance="bitwise", metric="accuracy", at_least=0.7)
    reached, mean, sd, differing = result.measurements
    assert (reached.method, reached.n, reached.unit) == ("normal_tolerance", 10, "trainings")
    assert reached.value == pytest.approx(mean.value - 1.2815515655446004 * sd.value)
    assert reached.low == pytest.approx(mean.value - 2.354640131829059 * sd.value)
    assert sd.low < sd.value < sd.high
    assert (differing.name, differing.value) == ("differing rows", 0)
    assert result.verdicts == ("passed", "not_applicable", "not_applicable", "passed")
    assert [curve.kind for curve in result.curves] == ["seeds"]


def test_seeds_that_do_not_reach_it():
    forest = RandomForestClassifier(**FOREST, random_state=1)
    result = reproducible(forest, X, Y, tolerance="bitwise", metric="log_loss", at_most=0.01, seeds=5)
    assert (result.verdict, result.reason) == ("failed", "bound-misses")
    unsure = reproducible(
        forest, X, Y, tolerance="bitwise", metric="accuracy", at_least=result_of(forest), seeds=5, share=0.6
    )
    assert unsure.verdict == "inconclusive"
    assert unsure.n_to_settle is None or unsure.n_to_settle > 5
    assert unsure.advice == "train with more seeds: seeds="


def result_of(forest):
    found = reproducible(forest, X, Y, tolerance="bitwise", metric="accuracy", at_least=0.5, seeds=5, share=0.6)
    return found.measurements[0].value - 1e-6


def test_a_seed_without_effect_is_told():
    result = reproducible(
        LogisticRegression(max_iter=5000), X[:, :2], Y, tolerance="bitwise", metric="accuracy", at_least=0.5
    )
    assert (result.verdict, result.flags) == ("passed", ("seed_has_no_effect",))


def test_seeds_are_not_tried_where_one_seed_gives_two_models():
    result = reproducible(RandomForestClassifier(**FOREST), X, Y, tolerance="bitwise", metric="accuracy", at_least=0.1)
    assert (result.verdict, len(result.measurements)) == ("failed", 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tolerance": "bitwice"}, "nearest is 'bitwise'"),
        ({"at_least": 0.5}, "limits of a metric; name it with metric="),
        ({"metric": "accuracy"}, "give exactly one of"),
        ({"metric": "accuracy", "at_least": 0.5, "seeds": 4}, "seeds=4.*at least 5"),
        ({"metric": "accuracy", "at_least": 0.5, "share": 0.1}, "share=0.1"),
        ({"metric": "accuracy", "at_least": 0.5, "fit": noisy(0)}, "cannot be trained with other seeds"),
        ({"metric": "rmse", "at_most": 0.5}, "does not fit a binary target"),
    ],
)
def test_wrong_arguments(given, message):
    call = {"fit": RandomForestClassifier(**FOREST, random_state=0), "tolerance": "bitwise"} | given
    with pytest.raises(mltest.UsageError, match=message):
        reproducible(call.pop("fit"), X, Y, **call)
