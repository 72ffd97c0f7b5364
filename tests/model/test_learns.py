from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeClassifier

import mltest
from mltest.model.learns import assert_learns, learns
from mltest.model.learns_permuted import permuted
from mltest.model.learns_trial import Trial

RNG = np.random.default_rng(3)
X = RNG.normal(size=(200, 3))
Y = (X[:, 0] + 0.5 * RNG.normal(size=200) > 0).astype(int)
NOISE = RNG.integers(0, 2, 200)


@pytest.mark.parametrize(("as_good", "expected"), [(0, 0.005), (9, 0.05), (199, 1.0)])
def test_known_p(as_good, expected):
    scores = np.where(np.arange(199) < as_good, 0.8, 0.5)
    assert Trial("fit", 0.8, scores, np.arange(199) - 99.0).p == pytest.approx(expected, rel=1e-12)


def test_real_rows_teach_something():
    x, y = load_breast_cancer(return_X_y=True)
    result = assert_learns(DecisionTreeClassifier(max_depth=2), x, y, "roc_auc", permutations=39)
    assert (result.verdict, result.reason, result.requirement.limit) == ("passed", "beats-permuted", 0.05)
    p, true, chance = result.measurements
    assert (p.value, p.n, p.method) == (0.025, 39, "label_permutation")
    assert true.value > 0.8
    assert abs(chance.value - 0.5) < 0.1
    assert [curve.label for curve in result.curves] == ["permuted labels", "true labels"]
    assert all(len(curve.x) <= 60 for curve in result.curves)


@pytest.mark.parametrize("metric", ["r2", "rmse", "neg_mean_absolute_error"])
def test_numbers_whichever_way_is_better(metric):
    x, y = load_diabetes(return_X_y=True)
    result = learns(Ridge(), x, y, metric, permutations=19)
    assert (result.verdict, result.measurements[0].value) == ("passed", 0.05)


def test_one_good_feature_is_enough():
    """Half of the fits on permuted labels would rank the true test labels as well."""
    assert learns(LogisticRegression(), X[:, :1], Y, "roc_auc", permutations=39).measurements[0].value == 0.025


def test_noise_is_not_learnt():
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_learns(DecisionTreeClassifier(), X, NOISE, "accuracy", permutations=39)
    result = caught.value.result
    assert result.reason == "permuted-as-good"
    assert result.because.endswith(f"of 39 fits on permuted labels did as well, p = {result.measurements[0].value:.3f}")


@pytest.mark.parametrize("metric", ["accuracy", "recall", "roc_auc"])
def test_a_fit_that_knows_the_answers_is_suspected(metric):
    def fit(features, target):
        return lambda table: 1 / (1 + np.exp(-5 * table[:, 0]))

    result = learns(fit, X, Y, metric, permutations=39)
    assert (result.verdict, result.reason, result.flags) == ("failed", "leak-suspected", ("leak_suspected",))
    assert result.findings[0].rule == "permuted"


def test_a_constant_answer_is_no_leak():
    def fit(features, target):
        return lambda table: np.array(["no"] * len(table), dtype=object)

    result = learns(fit, X, np.where(Y, "yes", "no"), "accuracy", positive="yes", permutations=19)
    assert (result.verdict, result.reason, result.measurements[0].value) == ("failed", "permuted-as-good", 1.0)


@pytest.mark.parametrize("metric", ["recall", "precision", "log_loss", "average_precision"])
def test_no_metric_alarms_on_chance(metric):
    rare = (X[:, 0] > 0.8).astype(int)
    result = learns(LogisticRegression(), X, rare, metric, permutations=39)
    assert result.reason == "beats-permuted"


def test_the_error_of_the_first_kind_is_kept():
    """Labels without meaning pass in 5 % of cases: 80 trials, at most 4 binomial errors above."""
    rng = np.random.default_rng(8)
    passed = 0
    for _ in range(80):
        x, y = rng.normal(size=(40, 1)), rng.normal(size=40)
        passed += learns(_slope, x, y, "mse", permutations=19).verdict == "passed"
    assert passed <= 80 * 0.05 + 4 * np.sqrt(80 * 0.05 * 0.95)


def _slope(features, target):
    slope = float(np.cov(features[:, 0], target)[0, 1] / np.var(features[:, 0]))
    return lambda table: slope * table[:, 0]


def test_it_repeats_and_leaves_the_rows_alone():
    before = X.copy(), Y.copy()
    first, second = (learns(DecisionTreeClassifier(), X, Y, "accuracy", permutations=19) for _ in range(2))
    assert first.measurements == second.measurements
    assert (before[0] == X).all()
    assert (before[1] == Y).all()


def test_whole_clusters_are_held_out_and_permuted():
    who = np.repeat(np.arange(50), 4)
    risk = RNG.normal(size=50)
    table = pd.DataFrame({"a": risk[who] + 0.01 * RNG.normal(size=200), "who": who, "y": (RNG.random(50) < 0.5)[who]})
    # labels are one to a customer and have nothing to do with the features, which name the customer
    result = learns(DecisionTreeClassifier(), table, "y", "accuracy", cluster="who", permutations=19)
    assert result.verdict == "failed"
    table["y"] = risk[who] > 0
    assert learns(DecisionTreeClassifier(), table, "y", "accuracy", cluster="who", permutations=19).verdict == "passed"


def test_permuting_clusters():
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(10), 3)
    of_cluster = np.repeat(np.arange(10), 3)
    moved = permuted(of_cluster, cluster, rng)
    assert (moved.reshape(10, 3) == moved.reshape(10, 3)[:, :1]).all()
    assert sorted(moved) == sorted(of_cluster)
    blocks = permuted(np.arange(30), cluster, rng).reshape(10, 3)
    assert (np.diff(blocks, axis=1) == 1).all()
    assert not (blocks[:, 0] == np.arange(0, 30, 3)).all()
    with pytest.raises(mltest.UsageError, match="cannot be permuted"):
        permuted(np.arange(21), np.repeat(np.arange(6), np.arange(1, 7)), rng)
    with pytest.raises(mltest.UsageError, match="makes 2 clusters"):
        permuted(np.arange(4), np.array([0, 0, 1, 1]), rng)


def test_a_table_of_its_own_to_score_on():
    frame = pd.DataFrame(X, columns=list("abc")).assign(y=np.where(Y, "yes", "no"))
    result = learns(
        LogisticRegression(), frame[:120], "y", "roc_auc", test=frame[120:], positive="yes", permutations=19
    )
    assert result.verdict == "passed"
    assert result.measurements[1].n == 80
    assert set(result.inputs) == {"train data", "test data"}
    with pytest.raises(mltest.UsageError, match="name the column of the target"):
        learns(LogisticRegression(), X, Y, "recall", test=X)


def test_a_score_that_cannot_be_had_is_inconclusive():
    result = learns(
        lambda features, target: lambda table: np.zeros(len(table), int), X, Y, "precision", permutations=19
    )
    assert result.verdict == "inconclusive"
    assert result.sentence.endswith("not estimable, required p at most 0.05")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"permutations": 18}, "permutations=18.*at least 19"),
        ({"permutations": True}, "permutations=True"),
        ({"p_at_most": 0.001}, r"199 permutations can show p = 0.005 at best; give permutations=999"),
        ({"p_at_most": 1.0}, "must lie between 0 and 1"),
        ({"p_at_most": float("nan")}, "p_at_most"),
        ({"metric": "roc_acu"}, "nearest is 'roc_auc'"),
        ({"metric": "mae"}, "does not fit a binary target"),
        ({"metric": lambda y, p: 0.0}, "say which way a callable is better"),
        ({"fit": LogisticRegression}, "is the class LogisticRegression"),
        ({"data": X[:1], "target": Y[:1]}, "cannot be split"),
    ],
)
def test_wrong_arguments(given, message):
    call = {"fit": LogisticRegression(), "data": X, "target": Y, "metric": "accuracy"} | given
    with pytest.raises(mltest.UsageError, match=message):
        learns(call.pop("fit"), call.pop("data"), call.pop("target"), call.pop("metric"), **call)
