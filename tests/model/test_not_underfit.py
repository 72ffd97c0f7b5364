from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression

import mltest
from mltest import checks
from mltest.metrics.registry import names, resolve

RNG = np.random.default_rng(10)
# a constant answer has all recall or none; rankings and several labels to a row have tests of their own
NO_GAIN = {"recall", "specificity", "recall_at_threshold@0.5", "specificity_at_threshold@0.5"}
OF_ROWS = [name for name in names() if resolve(name).unit != "queries" and resolve(name).tasks != ("multilabel",)]
OF_ROWS = [name for name in OF_ROWS if name not in NO_GAIN]
Y = np.repeat([0, 0, 1, 0, 1], 200)
TRAIN = mltest.Evaluation(Y, prediction=Y)
NUMBERS = RNG.normal(5, 1, 1000)
NUMBERS_TRAIN = mltest.Evaluation(NUMBERS + 0.1, prediction=NUMBERS)


def sides(name, noise):
    rng = np.random.default_rng(2)
    if "regression" in resolve(name).tasks:
        return NUMBERS_TRAIN, mltest.Evaluation(NUMBERS, prediction=NUMBERS + noise * rng.normal(size=1000))
    score = np.clip(0.5 + 0.4 * (Y - 0.5) + noise / 2 * rng.normal(size=1000), 0.01, 0.99)
    return TRAIN, mltest.Evaluation(Y, score=score)


@pytest.mark.parametrize("name", OF_ROWS)
def test_model_that_knows_something_gains_and_noise_does_not(name):
    assert checks.not_underfit(*sides(name, 0.2), name, gain_at_least=0.05).verdict == "passed"
    train, test = sides(name, 0.2)
    shuffled = np.random.default_rng(3).permutation(test.rows)
    given = {"prediction": test.prediction[shuffled]}
    if test.task == "binary":
        given["score"] = test.score[shuffled]
    noise = checks.not_underfit(train, mltest.Evaluation(test.y, **given), name, gain_at_least=0.2)
    assert noise.verdict == "failed"


def test_specificity_has_nothing_to_gain_over_a_dummy_that_always_says_no():
    result = checks.not_underfit(*sides("specificity", 0.9), "specificity", gain_at_least=0.05)
    assert result.verdict == "failed"
    assert result.measurements[2].value == 1.0


def test_precision_gains_over_the_share_of_positives():
    found = checks.not_underfit(*sides("precision", 0.3), "precision", gain_at_least=0.1).measurements
    assert found[2].value == pytest.approx(0.4)
    assert found[0].value == pytest.approx(found[1].value - 0.4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 0.3),  # 0.9 right, the dummy 0.6
        ("error_rate", 0.75),  # 0.1 wrong of the dummy's 0.4
        ("recall", 0.75),
        ("f1", 2 * 0.75 / 1.75 - 2 * 0.4 / 1.4),
        ("balanced_accuracy", 0.375),
        ("matthews_corrcoef", 600 * 300 / np.sqrt(300.0 * 400 * 600 * 700)),
    ],
)
def test_what_the_gain_is(name, expected):
    prediction = np.where(np.arange(1000) >= 900, 0, Y)
    result = checks.not_underfit(TRAIN, mltest.Evaluation(Y, prediction=prediction), name, gain_at_least=0.01)
    assert result.measurements[0].value == pytest.approx(expected)


def test_gain_of_areas_and_losses():
    _, test = sides("roc_auc", 0.5)
    area = checks.not_underfit(TRAIN, test, "roc_auc", gain_at_least=0.1).measurements
    assert area[0].value == pytest.approx(area[1].value - 0.5)
    assert area[0].low == pytest.approx(area[1].low - 0.5)
    precision = checks.not_underfit(TRAIN, test, "average_precision", gain_at_least=0.1).measurements
    assert precision[0].value == pytest.approx(precision[1].value - 0.4)
    loss = checks.not_underfit(TRAIN, test, "log_loss", gain_at_least=0.1).measurements
    assert loss[2].value == pytest.approx(-0.4 * np.log(0.4) - 0.6 * np.log(0.6))
    assert loss[0].value == pytest.approx(1 - loss[1].value / loss[2].value)
    signed = checks.not_underfit(TRAIN, test, "neg_log_loss", gain_at_least=0.1).measurements
    assert (signed[0].value, signed[0].low) == (loss[0].value, loss[0].low)


def test_gain_of_a_root_is_of_the_roots():
    found = checks.not_underfit(*sides("rmse", 0.3), "rmse", gain_at_least=0.1).measurements
    assert found[0].value == pytest.approx(1 - found[1].value / found[2].value)
    assert found[0].low < found[0].value < found[0].high


def test_r2_is_measured_against_the_mean_of_the_training_rows():
    x, y = load_diabetes(return_X_y=True)
    seen = np.arange(len(y)) % 2 == 0
    model = LinearRegression().fit(x[seen], y[seen])
    train, test = mltest.evaluate(model, x[seen], y[seen]), mltest.evaluate(model, x[~seen], y[~seen])
    result = mltest.assert_not_underfit(train, test, "r2", gain_at_least=0.3)
    errors, dummy = (model.predict(x[~seen]) - y[~seen]) ** 2, (y[seen].mean() - y[~seen]) ** 2
    assert result.measurements[0].value == pytest.approx(1 - errors.mean() / dummy.mean())


def test_failure_message():
    test = mltest.Evaluation(Y, prediction=np.zeros(1000, int))
    with pytest.raises(mltest.CheckFailed) as caught:
        mltest.assert_not_underfit(TRAIN, test, "accuracy", gain_at_least=0.05)
    result = caught.value.result
    assert str(caught.value).startswith("accuracy gain 0.000 over a dummy (always 0), required at least 0.05\n")
    assert result.because == "even the upper bound 0.003 misses it"
    assert result.measurements[0].detail.startswith("difference to the dummy; model 0.600, dummy 0.600; ")


def test_callable_gains_in_its_own_unit_whichever_way_is_better():
    def error(y, prediction):
        return np.abs(y - prediction).mean()

    train, test = sides("mae", 0.2)
    test = test.take(range(200))
    result = checks.not_underfit(train, test, error, gain_at_least=0.1, higher_is_better=False)
    assert result.verdict == "passed"
    assert result.measurements[0].value == pytest.approx(result.measurements[2].value - result.measurements[1].value)
    with pytest.raises(mltest.UsageError, match="say which way a callable is better"):
        checks.not_underfit(train, test, error, gain_at_least=0.1)


def test_several_classes():
    y = np.array(["a", "b", "c"] * 100)
    answer = np.where(np.arange(300) % 10 == 0, "a", y)
    train, test = mltest.Evaluation(y, prediction=y), mltest.Evaluation(y, prediction=answer)
    for name in ("accuracy", "f1_macro", "matthews_corrcoef", "balanced_accuracy"):
        assert checks.not_underfit(train, test, name, gain_at_least=0.2).verdict == "passed"


@pytest.mark.parametrize("gain", [float("nan"), None, "0.1", float("inf")])
def test_gain_must_be_a_number(gain):
    with pytest.raises(mltest.UsageError, match="gain_at_least"):
        checks.not_underfit(*sides("accuracy", 0.2), "accuracy", gain_at_least=gain)


def test_targets_must_be_of_one_task():
    with pytest.raises(mltest.UsageError, match="the training target is regression, the test target binary"):
        checks.not_underfit(NUMBERS_TRAIN, sides("accuracy", 0.2)[1], "accuracy", gain_at_least=0.1)


def test_point_decision_is_shown():
    result = checks.not_underfit(*sides("accuracy", 0.2), "accuracy", gain_at_least=0.1, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


@pytest.mark.parametrize("name", ["neg_log_loss", "average_precision", "log_loss", "accuracy"])
def test_the_first_line_has_at_most_80_columns(name):
    test = mltest.Evaluation(Y, score=np.clip(0.3 + 0.2 * Y, 0, 1))
    result = checks.not_underfit(TRAIN, test, name, gain_at_least=0.05)
    assert len(result.sentence) <= 80
    assert result.sentence.startswith(f"{name} gain ")
    assert "over a dummy" in result.sentence
    assert result.measurements[2].name.startswith(f"{name} of dummy (")
