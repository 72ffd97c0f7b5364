from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mltest.errors import UsageError
from mltest.inputs.tables import read, rows_of_index
from tests.inputs.engines import ENGINES, every_engine

COLUMNS = {"age": [31, 45, None], "region": ["north", None, "south"], "share": [0.5, float("nan"), 1.5]}


@pytest.mark.parametrize("engine", ENGINES)
def test_reads_the_same_values_from_every_engine(engine):
    table = read(every_engine(COLUMNS)[engine])
    assert table.names == ("age", "region", "share")
    assert table.rows == 3
    np.testing.assert_array_equal(table.column("age"), [31, 45, np.nan])
    assert table.column("region").tolist() == ["north", None, "south"]
    np.testing.assert_array_equal(table.column("share"), [0.5, np.nan, 1.5])
    assert [table.nulls(name).tolist() for name in table.names] == [
        [False, False, True],
        [False, True, False],
        [False, True, False],
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_takes_rows_and_selects_columns_in_the_callers_engine(engine):
    data = every_engine(COLUMNS)[engine]
    kind = pl.DataFrame if engine == "polars-lazy" else type(data)
    table = read(data)
    chosen = table.select(["share", "age"])
    assert isinstance(chosen, kind)
    assert read(chosen).names == ("share", "age")
    assert table.take([2, 0]).column("region").tolist() == ["south", "north"]
    assert table.take(np.array([True, False, False])).rows == 1


def test_reads_an_array_by_the_numbers_of_its_columns():
    table = read(np.array([[1.0, 2.0], [np.nan, 4.0]]))
    assert table.is_array
    assert table.names == ("0", "1")
    assert table.nulls("0").tolist() == [False, True]
    np.testing.assert_array_equal(table.select(["1"]), [[2.0], [4.0]])
    assert table.frame.columns == ["0", "1"]


def test_a_lazy_table_is_collected_once():
    asked = []

    def counted(frame):
        asked.append(1)
        return frame

    lazy = pl.LazyFrame({"a": [1, 2]}).map_batches(counted, schema={"a": pl.Int64})
    table = read(lazy)
    table.column("a")
    table.select(["a"])
    assert asked == [1]


def test_pandas_columns_that_are_numbers_keep_their_labels():
    table = read(pd.DataFrame({0: [1, 2], 1: [3, 4]}))
    assert table.names == ("0", "1")
    assert table.column("1").tolist() == [3, 4]
    assert list(table.select(["1", "0"]).columns) == [1, 0]


def test_reads_nullable_categorical_and_time_columns():
    frame = pd.DataFrame(
        {
            "whole": pd.array([1, None], dtype="Int64"),
            "flag": pd.array([True, None], dtype="boolean"),
            "text": pd.array(["a", None], dtype="string"),
            "group": pd.Categorical(["u", None]),
            "at": pd.to_datetime(["2020-01-01", None]).tz_localize("Europe/Paris"),
            "mixed": [1, "x"],
            "none": [None, None],
            "flags": [True, None],
        }
    )
    table = read(frame)
    np.testing.assert_array_equal(table.column("whole"), [1.0, np.nan])
    assert table.column("flag").tolist() == [True, None]
    assert table.column("text").tolist() == ["a", None]
    assert table.column("group").tolist() == ["u", None]
    assert table.column("at")[0] == np.datetime64("2019-12-31T23:00")
    assert np.isnat(table.column("at")[1])
    assert table.column("mixed").tolist() == [1, "x"]
    assert table.nulls("none").all()
    assert table.nulls("flags").tolist() == [False, True]


def test_dictionary_of_arrow_reads_its_nulls():
    table = read(pa.table({"group": pa.array(["a", None, "b"]).dictionary_encode()}))
    assert table.column("group").tolist() == ["a", None, "b"]


def test_large_whole_numbers_beside_nulls_stay_exact():
    large = 2**60 + 1
    assert read(pl.DataFrame({"id": [large, None]})).column("id").tolist() == [large, None]


@pytest.mark.parametrize("empty", [pd.DataFrame({"a": []}), pl.DataFrame({"a": []}), np.empty((0, 2))])
def test_refuses_a_table_without_rows(empty):
    with pytest.raises(UsageError, match="train has no rows"):
        read(empty, "train")


@pytest.mark.parametrize("empty", [pd.DataFrame(index=[1]), pl.DataFrame(), np.empty((2, 0))])
def test_refuses_a_table_without_columns(empty):
    with pytest.raises(UsageError, match="data has no columns"):
        read(empty)


@pytest.mark.parametrize(
    "twice",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]),
    ],
)
def test_refuses_columns_of_the_same_name(twice):
    with pytest.raises(UsageError, match=r"columns of the same name: '[a1]' 2 times"):
        read(twice)


@pytest.mark.parametrize("wrong", [{"a": [1]}, [[1]], "train.csv", None, pl.Series([1])])
def test_refuses_what_is_no_table(wrong):
    with pytest.raises(UsageError, match="not a table; give a pandas"):
        read(wrong)


def test_refuses_a_flat_array():
    with pytest.raises(UsageError, match=r"array of shape \(3,\)"):
        read(np.ones(3))


def test_a_missing_column_names_the_nearest():
    with pytest.raises(UsageError) as error:
        read(pl.DataFrame({"age": [1], "region": [1], "tenure": [1], "x": [1]}), "test").column("tenur")
    assert str(error.value) == "test has no column 'tenur'; nearest is 'tenure' (4 columns: age, region, tenure, ...)"


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda columns: np.column_stack(list(columns.values()))])
def test_a_snapshot_is_out_of_reach_of_later_changes(make):
    data = make({"0": [1.0, 2.0], "1": [3.0, 4.0]})
    kept = read(data).snapshot()
    if isinstance(data, pl.DataFrame):
        data[0, "0"] = 9.0
    elif isinstance(data, pd.DataFrame):
        data.loc[0, "0"] = 9.0
        data["2"] = 0
    else:
        data[0, 0] = 9.0
    assert kept.column("0").tolist() == [1.0, 2.0]
    assert kept.names == ("0", "1")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, lambda columns: np.column_stack(list(columns.values()))])
def test_what_a_model_gets_is_its_own(make):
    table = read(make({"0": [1.0, 2.0], "1": [3.0, 4.0]}))
    given = table.select(table.names)
    if isinstance(given, np.ndarray):
        given[:] = 0
    else:
        given[0, "0"] = 9.0
        if isinstance(given, pd.DataFrame):
            given["1"] = 0.0
    assert table.column("0").tolist() == [1.0, 2.0]
    assert table.column("1").tolist() == [3.0, 4.0]


def test_a_column_cannot_be_written_through():
    data = np.ones((2, 2))
    with pytest.raises(ValueError, match="read-only"):
        read(data).column("0")[0] = 5
    data[0, 0] = 2  # the caller still may


@pytest.mark.parametrize("index", [[True], [3], [-4], [0.5], [[0]]])
def test_refuses_rows_that_are_not_there(index):
    with pytest.raises(UsageError, match=r"mask|row|rows"):
        rows_of_index(np.array(index), 3)


def test_no_rows_may_be_taken():
    assert rows_of_index([], 3).tolist() == []
