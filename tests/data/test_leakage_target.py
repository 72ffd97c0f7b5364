from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine

from mltest import checks
from mltest.data.leakage_cells import Target, cells_of, target_of
from mltest.data.leakage_scores import score
from mltest.inputs.tables import read
from mltest.stats.auc import delong


def told_by(table, target="y"):
    """The measurements of the features, by name, and the verdict of each."""
    cut = table.height - 1
    result = checks.no_leakage(table.head(cut), table.slice(cut), target=target)
    pairs = zip(result.measurements, result.verdicts, strict=True)
    return {found.slice: (found, word) for found, word in pairs if found.name in ("roc_auc", "r2")}


def noise(rows, seed=0):
    rng = np.random.default_rng(seed)
    return rng, pl.DataFrame({"number": rng.normal(size=rows), "kind": rng.choice(list("abcdef"), rows)})


def binary(rows, seed=0, share=0.3):
    rng, table = noise(rows, seed)
    return rng, table.with_columns(y=pl.Series(np.where(rng.random(rows) < share, "yes", "no")))


def test_noise_tells_nothing():
    found = told_by(binary(600)[1])
    assert {word for _, word in found.values()} == {"passed"}
    assert all(abs(one.value - 0.5) < 0.06 for one, _ in found.values())


@pytest.mark.parametrize(
    "leak",
    [
        pl.col("y").alias("leak"),
        (pl.col("y") == "yes").alias("leak"),
        (pl.col("y") == "yes").cast(pl.Float64).alias("leak"),
        pl.when(pl.col("y") == "yes").then(None).otherwise(1.5).alias("leak"),
        pl.when(pl.col("y") == "yes").then(pl.lit("b")).otherwise(pl.col("kind") + "!").alias("leak"),
        (pl.col("number") * 0.01 + (pl.col("y") == "yes").cast(pl.Float64) * float("1e9")).alias("leak"),
        pl.when(pl.col("y") == "yes").then(float("inf")).otherwise(pl.col("number")).alias("leak"),
        pl.when(pl.col("y") == "yes").then(pl.date(2026, 1, 1)).otherwise(pl.date(2025, 1, 1)).alias("leak"),
        ((pl.col("y") == "yes") ^ (pl.int_range(pl.len()) % 97 == 0)).alias("leak"),
    ],
)
def test_a_feature_that_gives_a_class_away_is_found(leak):
    found = told_by(binary(900)[1].with_columns(leak))
    assert {name for name, (_, word) in found.items() if word == "failed"} == {"leak"}


def test_several_classes():
    rng, table = noise(900)
    table = table.with_columns(y=pl.Series(rng.choice(["a", "b", "c", "d"], 900, p=[0.4, 0.3, 0.15, 0.15])))
    table = table.with_columns(leak=pl.col("y").replace_strict({"a": 1, "b": 2, "c": 3, "d": 4}))
    found = told_by(table)
    assert {name: word for name, (_, word) in found.items()} == {"leak": "failed", "number": "passed", "kind": "passed"}


@pytest.mark.parametrize("heavy", [False, True])
@pytest.mark.parametrize("rows", [250, 3000])
def test_a_copied_quantity_is_found_whatever_its_tail(heavy, rows):
    rng, table = noise(rows)
    y = np.exp(2.5 * rng.normal(size=rows)) if heavy else rng.normal(size=rows)
    found = told_by(table.with_columns(y=y, leak=y * -3.0 + 7))
    assert {name: word for name, (_, word) in found.items()} == {"leak": "failed", "number": "passed", "kind": "passed"}


def test_an_id_of_each_row_tells_nothing():
    _, table = binary(600)
    found = told_by(table.with_columns(id=pl.int_range(pl.len()).cast(pl.String)))
    assert found["id"][1] == "passed"
    assert abs(found["id"][0].value - 0.5) < 0.06


def test_honest_strong_features_stay_quiet():
    for load in (load_breast_cancer, load_wine, load_diabetes):
        table = pl.from_pandas(load(as_frame=True).frame).sample(fraction=1.0, shuffle=True, seed=0)
        assert "failed" not in {word for _, word in told_by(table, "target").values()}


def test_too_few_rows_for_a_leak_are_undecided_and_for_none_they_pass():
    _, table = binary(80, share=0.4)
    found = told_by(table.with_columns(leak=pl.col("y") == "yes"))
    assert {name: word for name, (_, word) in found.items()} == {
        "leak": "inconclusive",
        "number": "passed",
        "kind": "passed",
    }


def test_a_class_of_a_few_rows_is_undecided():
    _, table = noise(200)
    found = told_by(table.with_columns(y=pl.Series(["yes"] * 5 + ["no"] * 195)))
    assert {word for _, word in found.values()} == {"inconclusive"}
    assert found["number"][0].detail == "class yes has 5 rows; 10 are needed"


def test_constant_and_empty_columns_tell_nothing():
    _, table = binary(400)
    found = told_by(table.with_columns(same=1.0, empty=pl.lit(None, pl.Float64), gone=pl.lit(None, pl.String)))
    assert [found[name][0].value for name in ("same", "empty", "gone")] == [0.5, 0.5, 0.5]
    assert {word for _, word in found.values()} == {"passed"}


def test_the_area_of_each_fold_is_that_of_delong():
    """Counts of cells give the same area and nearly the same error as the scores of the rows."""
    _, table = binary(1500)
    table = read(table.with_columns(x=pl.col("number") + (pl.col("y") == "yes")))
    target = target_of(table, "y")
    cells, n_cells = cells_of(table, "x", target)
    found = score(cells, n_cells, target)
    areas, variances = zip(*_by_delong(cells, target), strict=True)
    assert found.value == pytest.approx(np.mean(areas), rel=1e-12)
    assert found.bounds is not None
    logit = np.log(found.value / (1 - found.value))
    se = np.sqrt(sum(variances)) / 5 / (found.value * (1 - found.value))
    assert np.log(found.low / (1 - found.low)) == pytest.approx(logit - 1.6448536 * se, rel=0.02)


def _by_delong(cells, target: Target):
    y = target.codes == 1
    for fold in range(5):
        out, inside = target.fold != fold, target.fold == fold
        mean = y[out].mean()
        sums, rows = (
            np.bincount(cells[out], y[out], cells.max() + 1),
            np.bincount(cells[out], minlength=cells.max() + 1),
        )
        estimate = delong(y[inside], ((sums + 10 * mean) / (rows + 10))[cells[inside]])
        yield (
            estimate.value,
            (estimate.se * (estimate.value * (1 - estimate.value) if estimate.scale == "logit" else 1)) ** 2,
        )


def test_false_alarms_on_noise_and_at_the_limit():
    """No alarm in 60 tables of noise; at a true area of 0.95, at most 5 % (and some slack for 120 tables)."""
    assert not [
        seed for seed in range(60) if "failed" in {word for _, word in told_by(binary(150, seed, 0.4)[1]).values()}
    ]
    distance = 1.6448536 * np.sqrt(2)  # the normal shift with area 0.95
    alarms = 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        y = rng.random(500) < 0.4
        table = pl.DataFrame({"x": rng.normal(size=500) + distance * y, "y": y})
        alarms += told_by(table)["x"][1] == "failed"
    assert alarms <= 12
