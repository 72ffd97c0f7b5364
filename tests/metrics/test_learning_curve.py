from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

import mltest
from mltest import checks
from mltest.metrics.learning_curve import LearningCurve
from mltest.metrics.registry import resolve

RNG = np.random.default_rng(2)
X = RNG.normal(size=(1200, 10))
Y = (X.sum(axis=1) + RNG.normal(size=1200) > 0).astype(int)
SEEN = np.arange(1200) < 400


def sides(model, y=Y):
    fitted = model.fit(X[SEEN], y[SEEN])
    return mltest.evaluate(fitted, X[SEEN], y[SEEN]), mltest.evaluate(fitted, X[~SEEN], y[~SEEN])


@pytest.mark.parametrize("check", [
    lambda *sides, fit: checks.not_overfit(*sides, "accuracy", gap_at_most=0.5, fit=fit),
    lambda *sides, fit: checks.not_underfit(*sides, "accuracy", gain_at_least=0.05, fit=fit),
])  # fmt: skip
def test_a_fit_goes_on_learning(check):
    result = check(*sides(LogisticRegression()), fit=LogisticRegression())
    train, test = (curve for curve in result.curves if curve.kind == "learning_curve")
    assert train.x == test.x
    assert train.x == pytest.approx((50, 100, 200, 400), abs=1)
    assert train.y[0] > test.y[0]
    assert test.y[-1] > test.y[0]
    assert result.flags == ("still_improving",)
    found = result.measurements[-1]
    assert found.name == "Brier score saved by the second half of the training rows"
    assert (result.verdict, result.verdicts[-1], found.low > 0) == ("passed", "not_applicable", True)


def test_known_saving_of_squared_error():
    y = X[:, 0] + 0.1 * RNG.normal(size=1200)
    train, test = sides(DecisionTreeRegressor(max_depth=4, random_state=0), y)
    result = checks.not_underfit(train, test, "r2", gain_at_least=0.05, fit=DecisionTreeRegressor(max_depth=4))
    assert result.measurements[-1].name.startswith("squared error saved")
    curve = LearningCurve(resolve("r2"))
    half, whole = (mltest.Evaluation(y[~SEEN], prediction=y[~SEEN] + off) for off in (0.3, 0.1))
    curve.add(0.5, train, half)
    curve.add(1.0, train, whole)
    assert curve.gain.value == pytest.approx(0.3**2 - 0.1**2)


def test_more_rows_that_make_it_worse_are_marked_and_decide_nothing():
    calls = []

    def fit(features, target, seed):
        calls.append(len(target))
        good = LogisticRegression().fit(features, target)
        if len(target) < 400:
            return good
        return LogisticRegression().fit(features[:, ::-1] ** 2, target)

    result = checks.not_underfit(*sides(LogisticRegression()), "accuracy", gain_at_least=0.05, fit=fit)
    assert calls[3::4] == [400] * 5
    assert calls[:4] == pytest.approx([50, 100, 200, 400], abs=1)
    assert (result.verdict, result.flags) == ("passed", ("worse_with_more_rows",))


def test_a_model_without_probabilities_counts_wrong_labels():
    result = checks.not_underfit(*sides(LinearSVC()), "accuracy", gain_at_least=0.05, fit=LinearSVC())
    assert result.measurements[-1].name.startswith("error rate saved")


def test_fits_need_rows():
    y = np.array([0, 1] * 100)
    train, test = mltest.Evaluation(y, prediction=y), mltest.Evaluation(y, prediction=np.roll(y, 1))
    with pytest.raises(mltest.UsageError, match=r"needs the rows to fit on; give evaluations made by mltest.evaluate"):
        checks.not_overfit(train, test, "accuracy", gap_at_most=0.05, fit=Ridge())
