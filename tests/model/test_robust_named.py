"""Perturbations by name: noise, missing, typos and units, on tables of any engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import mltest
from mltest.inputs.tables import read
from mltest.model.robust import assert_robust, robust
from mltest.model.robust_named import NAMES, perturbation_named
from mltest.model.robust_typos import mistyped

RNG = np.random.default_rng(6)
ROWS = 500
CITY = np.array(["Berlin", "Gent", "Oslo"], dtype=object)[RNG.integers(0, 3, ROWS)]
COLUMNS = {
    "amount": RNG.lognormal(3, 1, ROWS),
    "age": RNG.integers(18, 90, ROWS).astype(np.int8),
    "flag": RNG.random(ROWS) < 0.5,
    "note": np.array([f"paid late in {city} and once more" for city in CITY], dtype=object),
    "y": RNG.integers(0, 2, ROWS),
}
FEATURES = ["amount", "age", "flag", "note"]
HOLED = {
    **COLUMNS,
    "amount": [None if at % 7 == 0 else value for at, value in enumerate(COLUMNS["amount"].tolist())],
    "note": [None if at % 5 == 0 else value for at, value in enumerate(COLUMNS["note"])],
}
ENGINES = {
    "pandas": pd.DataFrame,
    "pandas_labelled": lambda columns: pd.DataFrame(columns, index=np.arange(ROWS)[::-1] * 3),
    "polars": pl.DataFrame,
    "nullable": lambda columns: pd.DataFrame(columns).convert_dtypes(),
    "pyarrow": lambda columns: pl.DataFrame(columns).to_arrow(),
}


def made(table, name, seed=1, features=FEATURES):
    return perturbation_named(name, "assert_robust").of(read(table), features, seed, "place")


def column(table, name):
    return read(table).column(name)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_engines_agree_and_the_callers_table_stays(engine, name):
    table, expected = ENGINES[engine](HOLED), made(pl.DataFrame(HOLED), name)
    before = read(table).snapshot()
    found = made(table, name)
    assert type(found) is type(table)
    for label in read(table).names:
        kept, again = before.column(label).tolist(), column(table, label).tolist()
        assert str(kept) == str(again)
        assert str(column(found, label).tolist()) == str(column(expected, label).tolist())
    if hasattr(table, "index"):
        assert found.index.equals(table.index)


@pytest.mark.parametrize("name", NAMES)
def test_target_and_flags_are_left_alone_and_missing_stays_missing(name):
    table = pl.DataFrame(HOLED)
    found = made(table, name)
    assert found["y"].equals(table["y"])
    assert found.columns == table.columns
    if name != "missing":
        assert found["flag"].equals(table["flag"])
        for label in FEATURES:
            assert found[label].is_null().equals(table[label].is_null())
        kept = [label for label in FEATURES if (name, label) != ("units", "age")]
        assert [found[label].dtype for label in kept] == [table[label].dtype for label in kept]


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_decides(name):
    table = pl.DataFrame(COLUMNS)
    assert_frame_equal(made(table, name), made(table, name))
    assert not made(table, name).equals(made(table, name, seed=2))


def test_noise_has_the_size_that_it_says():
    values = RNG.normal(50, 4, size=(40_000, 1))
    for name, size in (("noise", 0.1), ("noise@0.5", 0.5)):
        moved = made(values, name, features=["0"]) - values
        assert moved.std() == pytest.approx(4 * size, rel=0.03)
    outlier = np.append(RNG.normal(size=999), 1e6)[:, None]
    assert np.abs(made(outlier, "noise", features=["0"]) - outlier).max() < 1


def test_noise_keeps_whole_numbers_whole_and_within_their_range():
    found, age = made(pd.DataFrame(COLUMNS), "noise@1"), COLUMNS["age"]
    assert found["age"].dtype == np.int8
    assert found["age"].min() >= age.min()
    assert found["age"].max() <= age.max()
    assert (found["age"] != age).mean() > 0.9
    whole = np.array([[0, 1], [1, 0]] * 50)
    assert made(whole, "noise", features=["0", "1"]).dtype == whole.dtype


def test_missing_empties_its_share_of_cells_of_every_type():
    table = pl.DataFrame({name: np.resize(values, 20_000) for name, values in COLUMNS.items()})
    for name, share in (("missing", 0.05), ("missing@0.3", 0.3)):
        found = made(table, name)
        assert [found[label].null_count() / 20_000 for label in FEATURES] == pytest.approx([share] * 4, rel=0.1)
        assert found.schema == table.schema
    whole = np.arange(400).reshape(100, 4)
    assert np.isnan(made(whole, "missing", features=["0", "1", "2", "3"])).mean() == pytest.approx(0.05, abs=0.03)
    small = np.ones((100, 1), np.float32)
    assert made(small, "missing@0.5", features=["0"]).dtype == np.float32


def test_units_change_one_number_of_every_row():
    values = RNG.normal(size=(300, 3)) + 5
    ratio = made(values, "units", features=["0", "1", "2"]) / values
    assert sorted(set(ratio.round(6).ravel())) == [1, 1000]
    assert ((ratio > 2).sum(axis=1) == 1).all()
    assert ((ratio > 2).sum(axis=0) > 60).all()
    inches = made(values, "units@2.54", features=["1"]) / values
    assert inches[:, 1] == pytest.approx(2.54)
    assert (inches[:, [0, 2]] == 1).all()
    # 18 * 1000 is more than the type holds
    assert made(pd.DataFrame(COLUMNS), "units", features=["age"])["age"].tolist() == (COLUMNS["age"] * 1000.0).tolist()


def test_typos_are_small_errors_in_a_share_of_words():
    text = np.array(["the quick brown fox jumps over a lazy dog again"] * 4000 + [None, "", " "], dtype=object)
    found = mistyped(text, 0.05, np.random.default_rng(0))
    assert found[-3:].tolist() == [None, "", " "]
    pairs = list(zip(text[:-3], found[:-3], strict=True))
    assert np.mean([a != b for a, b in pairs]) == pytest.approx(1 - 0.95**10, abs=0.04)
    single = mistyped(np.array(["Antwerp"] * 500, dtype=object), 1.0, np.random.default_rng(0))
    assert all(value != "Antwerp" and abs(len(value) - 7) <= 1 and value[0] in "AnSQ" for value in single)
    assert len(set(single)) > 20


def test_declared_categories_are_not_mistyped():
    table = pl.DataFrame(COLUMNS).with_columns(city=pl.Series(CITY).cast(pl.Categorical))
    assert made(table, "typos", features=["city", "note"])["city"].equals(table["city"])
    with pytest.raises(mltest.UsageError, match="it changes text, and none of the 2 columns"):
        made(table, "typos", features=["city", "amount"])


@pytest.mark.parametrize(("name", "allowed"), [("units@-1", "units@1000"), ("typos@2", "typos@0.05")])
def test_amounts_have_limits(name, allowed):
    with pytest.raises(mltest.UsageError, match=f"above 0.*such as {allowed}"):
        perturbation_named(name, "assert_robust")


def decide(table):
    return table["amount"].fill_null(0).to_numpy() > 20


def test_by_name_beside_callables_and_twice_the_same():
    table = pl.DataFrame(COLUMNS).drop("y")
    several = {"ours": lambda rows: rows.with_columns(amount=pl.col("amount") + 0.01), "a little": "noise@0.05"}
    result = assert_robust(decide, table, several, change_at_most=0.1)
    assert [found.slice for found in result.measurements] == ["ours", "a little"]
    listed = robust(decide, table, ["noise", "missing@0.01"], change_at_most=0.2)
    assert [found.slice for found in listed.measurements] == ["noise", "missing@0.01"]
    again = robust(decide, table, ["noise", "missing@0.01"], change_at_most=0.2)
    assert listed.measurements == again.measurements
    assert robust(decide, table.lazy(), "noise", change_at_most=0.2).measurements[0] == listed.measurements[0]


def test_columns_with_numbers_for_names():
    table = pd.DataFrame(RNG.normal(size=(200, 2)))
    for name in ("noise", "missing", "units"):
        result = robust(lambda rows: rows[0].fillna(0).to_numpy() > 0, table, name, change_at_most=1.0)
        assert result.verdict == "passed"
        assert result.measurements[0].value < 0.5
