from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import mltest
from mltest.metrics.registry import resolve
from mltest.model.robust import assert_robust, robust

RNG = np.random.default_rng(1)
FRAME = pd.DataFrame(RNG.normal(size=(1000, 3)), columns=["a", "b", "c"])
FRAME["y"] = np.where(FRAME["a"] + 0.3 * RNG.normal(size=1000) > 0, "yes", "no")
MODEL = LogisticRegression().fit(FRAME[["a", "b", "c"]], FRAME["y"])
FEATURES = FRAME.drop(columns="y")


def noise(table, seed):
    table["a"] += np.random.default_rng(seed).normal(0, 0.02, len(table))
    return table


def unit(table):
    return table.assign(a=-100 * table["a"])


def missing(table):
    return table.assign(b=np.nan)


def test_known_share_of_changed_decisions():
    rows = np.arange(400.0).reshape(400, 1)
    result = assert_robust(lambda table: table[:, 0] > 200, rows, lambda table: table + 3, change_at_most=0.05)
    found = result.measurements[0]
    assert (found.value, found.method, found.name) == (3 / 400, "clopper_pearson", "changed decisions")
    assert found.detail == "1 column changed in 400 of 400 rows; 3 of 400"


def test_small_noise_passes_and_another_unit_fails():
    assert robust(MODEL, FEATURES, noise, change_at_most=0.05).verdict == "passed"
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_robust(MODEL, FEATURES, {"noise": noise, "unit": unit}, change_at_most=0.05)
    result = caught.value.result
    assert result.verdicts == ("passed", "failed")
    assert result.sentence.startswith("changed decisions 0.9")
    assert result.sentence.endswith("under unit, required at most 0.05")


def test_the_rows_are_not_changed():
    before = FRAME.copy(deep=True)
    array = FEATURES.to_numpy().copy()
    kept = array.copy()

    def in_place(table):
        table[:, 0] += 0.01
        return table

    robust(MODEL, FRAME, noise, change_at_most=0.05, target="y")
    robust(lambda table: table[:, 0] > 0, array, in_place, change_at_most=0.05)
    pd.testing.assert_frame_equal(FRAME, before)
    assert (array == kept).all()


@pytest.mark.parametrize(("metric", "verdict"), [("roc_auc", "passed"), ("accuracy", "passed"), ("log_loss", "passed")])
def test_a_metric_may_lose_little(metric, verdict):
    result = robust(MODEL, FRAME, noise, change_at_most=0.03, target="y", metric=metric, positive="yes")
    assert result.verdict == verdict
    assert result.measurements[0].name == f"{metric} loss"
    spoilt = robust(MODEL, FRAME, unit, change_at_most=0.03, target="y", metric=metric, positive="yes")
    assert (spoilt.verdict, spoilt.measurements[0].value > 0.3) == ("failed", True)


def test_the_loss_is_the_paired_difference():
    result = robust(MODEL, FRAME, noise, change_at_most=0.03, target="y", metric="accuracy")
    before = mltest.evaluate(MODEL, FRAME, "y", positive="yes")
    seen = {}

    def again(table, seed):
        seen["table"] = noise(table, seed)
        return seen["table"]

    again.__qualname__ = "noise"
    robust(MODEL, FRAME, again, change_at_most=0.03, target="y", metric="accuracy")
    after = mltest.evaluate(MODEL, seen["table"], FRAME["y"].to_numpy(), positive="yes", features=["a", "b", "c"])
    compared = resolve("accuracy").paired(after, before, 0)
    found = result.measurements[0]
    assert (found.value, found.low, found.high) == pytest.approx((-compared.value, -compared.high, -compared.low))


def test_a_model_that_raises_on_perturbed_rows_fails():
    result = robust(MODEL, FEATURES, {"noise": noise, "missing": missing}, change_at_most=0.05)
    assert (result.verdict, result.reason, result.verdicts) == ("failed", "no-answer", ("passed", "failed"))
    assert result.sentence == "no answer under missing, required at most 0.05"
    assert "raised ValueError: Input X contains NaN" in result.findings[0].what
    with pytest.raises(mltest.ModelError, match=r"LogisticRegression.predict on 1000 rows"):
        robust(MODEL, missing(FEATURES), noise, change_at_most=0.05)


def test_numbers_change_by_their_mean_size():
    model = LinearRegression().fit(FRAME[["a", "b"]], 2 * FRAME["a"])
    table = pl.from_pandas(FEATURES)
    result = robust(model, table, lambda rows: rows.with_columns(a=pl.col("a") + 0.1), change_at_most=0.3)
    assert result.measurements[0].value == pytest.approx(0.2)
    assert result.verdict == "passed"
    ignored = robust(
        lambda rows: rows["a"].to_numpy(), table, lambda rows: rows.with_columns(b=pl.lit(0.0)), change_at_most=0.0
    )
    assert (ignored.verdict, ignored.measurements[0].value) == ("passed", 0.0)


def test_few_rows_cannot_tell():
    result = robust(MODEL, FEATURES[:20], noise, change_at_most=0.01)
    assert result.verdict == "inconclusive"
    assert robust(MODEL, FEATURES[:20], noise, change_at_most=0.01, decision="point").flags == ("no_error_control",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table, "changed no cell of the 3 columns that the model gets"),
        (lambda table: table.head(3), "returned 3 rows for 1 000"),
        (lambda table: table.drop(columns="a"), "lost the column 'a' that the model gets"),
        (lambda table: table.assign(z=1), "added the column 'z'"),
        (lambda table: table.sort_values("a"), "in another order"),
        (lambda table: None, "returned None"),
        (lambda table: 1 / 0, "raised ZeroDivisionError on 1000 rows of data"),
        ({}, "is empty"),
        (3, "must be one of noise, missing, typos, units, a callable"),
        ("nois", "no such perturbation; nearest is 'noise'; those with a name are noise, missing, typos, units"),
        ("noise@", "after an @ stands the noise in standard deviations of each column, above 0, such as noise@0.1"),
        ("missing@1.5", "after an @ stands the share of cells"),
        (["noise", noise], "two are called 'noise'"),
        ("typos", "it changes text, and none of the 3 columns that the model gets holds text"),
    ],
)
def test_what_is_no_perturbation(change, message):
    with pytest.raises(mltest.UsageError, match=message):
        robust(MODEL, FEATURES, change, change_at_most=0.05)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"change_at_most": -0.1}, "must be 0 or more"),
        ({"change_at_most": float("nan")}, "finite"),
        ({"metric": "accuracy"}, "a metric needs labels; give target="),
        ({"metric": "mae", "target": "y"}, "does not fit a binary target"),
        ({"metric": lambda y, p: 0.0, "target": "y"}, "say which way a callable is better"),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(mltest.UsageError, match=message):
        robust(MODEL, FRAME, noise, **{"change_at_most": 0.05} | given)


def test_perturbations_that_miss_show_both_p_values():
    found = robust(MODEL, FEATURES, {"clean": noise, "fault": unit}, change_at_most=0.05).measurements
    told = {each.slice: (each.p, each.p_adjusted) for each in found}
    assert told["clean"] == (None, None)
    assert told["fault"][1] == 2 * told["fault"][0] < 0.05
    (alone,) = robust(MODEL, FEATURES, unit, change_at_most=0.05).measurements
    assert (alone.p, alone.p_adjusted) == (None, None)
