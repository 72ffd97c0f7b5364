"""``tolerance=`` as a number: how far trainings with other seeds may lie apart."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

import mltest
from mltest.evidence.canonical import canonical
from mltest.model.reproducible import assert_reproducible, reproducible

RNG = np.random.default_rng(2)
X = RNG.normal(size=(300, 4))
Y = X[:, 0] + 0.5 * RNG.normal(size=300) > 0
VALUE = X @ [1.0, 2.0, 0.0, 0.0]
FOREST = RandomForestClassifier(n_estimators=3, max_depth=3, random_state=0)


def shifted(size):
    """A model whose answers lie a uniform draw of the seed apart."""

    def fit(features, target, seed):
        model = LinearRegression().fit(features, target)
        shift = size * np.random.default_rng(seed).random()
        return lambda table: model.predict(table) + shift

    return fit


def test_answers_within_the_tolerance_pass_and_others_fail():
    assert assert_reproducible(shifted(0.01), X, VALUE, tolerance=0.02).verdict == "passed"
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_reproducible(shifted(1.0), X, VALUE, tolerance=0.02)
    result = caught.value.result
    found = result.measurements[0]
    assert (found.name, found.value, found.method, found.n) == ("rows apart", found.n, "census", found.n)
    assert result.verdicts == ("failed", "passed")
    assert result.sentence == (
        f"{found.n} of {found.n} rows are answered more than 0.02 apart by 10 trainings of fit, required none"
    )
    assert result.label == "answers within 0.02"


def test_the_known_distance_of_answers():
    drawn = []

    def fit(features, target, seed):
        drawn.append(seed / 2**32)
        return lambda table: np.where(np.arange(len(table)) == 0, seed / 2**32, 1.0)

    result = reproducible(fit, X, VALUE, tolerance=0.001, seeds=7)
    others = drawn[2:]
    assert (result.measurements[0].value, len(others)) == (1, 7)
    largest = max(others) - min(others)
    assert result.measurements[0].detail.startswith(f"at most {largest:.3f}")
    assert reproducible(fit, X, VALUE, tolerance=largest + 1e-9, seeds=7).verdict == "passed"


def test_probabilities_of_every_class_are_compared():
    loose, strict = (reproducible(FOREST, X, Y, tolerance=tolerance) for tolerance in (0.999, 0.01))
    assert (loose.verdict, strict.verdict) == ("passed", "failed")
    assert 0 < strict.measurements[0].value <= strict.measurements[0].n < 300


def test_with_a_metric_the_scores_lie_within_it_of_their_mean():
    result = reproducible(FOREST, X, Y, tolerance=0.2, metric="roc_auc", seeds=12)
    found = result.measurements[0]
    assert (result.verdict, found.name, found.unit, found.n) == ("passed", "roc_auc from its mean", "trainings", 12)
    scores = np.array(result.curves[0].y)
    assert (len(scores), result.curves[0].label) == (12, "roc_auc, distance from the mean")
    assert found.value == pytest.approx(1.6448536 * np.sqrt((scores**2).sum() / 11), rel=1e-6)
    assert reproducible(FOREST, X, Y, tolerance=0.001, metric="roc_auc").verdict == "failed"
    near = reproducible(FOREST, X, Y, tolerance=float(found.value) * 1.1, metric="roc_auc", seeds=12)
    assert (near.verdict, near.n_to_settle > 12) == ("inconclusive", True)


def test_a_fit_that_seeds_do_not_touch_is_told():
    def fit(features, target, seed):
        return LinearRegression().fit(features, target)

    result = reproducible(fit, X, VALUE, tolerance=1e-6)
    assert (result.verdict, result.flags) == ("passed", ("seed_has_no_effect",))


def test_the_same_seed_must_still_give_the_same_model():
    def fit(features, target, seed):
        shift = 0.001 * np.random.default_rng().random()
        return lambda table: np.full(len(table), shift)

    result = reproducible(fit, X, VALUE, tolerance=0.5)
    assert (result.verdict, result.reason) == ("failed", "other-model")


def test_twice_gives_the_same_bytes():
    results = [reproducible(FOREST, X, Y, tolerance=0.1, metric="roc_auc").to_plain() for _ in range(2)]
    for plain in results:
        plain.pop("seconds", None)
    assert canonical(results[0]) == canonical(results[1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tolerance": 0}, 'must be above 0; the very same answers are tolerance="bitwise"'),
        ({"tolerance": -1.0}, "must be above 0"),
        ({"tolerance": float("nan")}, "must be a finite number"),
        ({"tolerance": True}, "must be a number above 0, or one of bitwise, float64"),
        ({"tolerance": None}, "must be a number above 0, or one of bitwise, float64"),
        ({"tolerance": "float46"}, "nearest is 'float64'"),
        ({"tolerance": 0.1, "seeds": 4}, "whole number of at least 5"),
        ({"tolerance": 0.1, "metric": "roc_auc", "at_least": 0.9}, "demand both in two calls"),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(mltest.UsageError, match=message):
        reproducible(FOREST, X, Y, **given)


def test_what_cannot_lie_apart_is_refused():
    with pytest.raises(mltest.UsageError, match=r"LinearRegression cannot be trained with other seeds.*such as"):
        reproducible(LinearRegression(), X, VALUE, tolerance=0.1)

    def words(features, target, seed):
        return lambda table: np.full(len(table), "yes", dtype=object)

    with pytest.raises(mltest.UsageError, match="answers object such as 'yes', which lie no number apart"):
        reproducible(words, X, Y, tolerance=0.1)
