from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.inputs.slices import slices
from tests.inputs.engines import ENGINES, every_engine


def plain(made):
    return [(label, rows.tolist()) for label, rows in made]


@pytest.mark.parametrize("engine", ENGINES)
def test_by_one_column_with_null_last(engine):
    data = every_engine({"region": ["north", None, "east", "north"]})[engine]
    assert plain(slices(data, "region")) == [("region=east", [2]), ("region=north", [0, 3]), ("region=<null>", [1])]


@pytest.mark.parametrize("engine", ENGINES)
def test_crossed_columns_leave_out_what_no_row_has(engine):
    data = every_engine({"region": ["n", "s", "n", "s"], "tenure": [3, 10, None, 10]})[engine]
    assert plain(slices(data, ["region", "tenure"])) == [
        ("region=n, tenure=3", [0]),
        ("region=n, tenure=<null>", [2]),
        ("region=s, tenure=10", [1, 3]),
    ]


def test_numbers_are_in_the_order_of_numbers():
    assert [label for label, _ in slices(pl.DataFrame({"k": [10, 9, 100]}), "k")] == ["k=9", "k=10", "k=100"]


def test_days_and_truth_values_read_as_themselves():
    data = pl.DataFrame({"day": [dt.date(2024, 1, 2)], "new": [True]})
    assert plain(slices(data, ["day", "new"])) == [("day=2024-01-02, new=True", [0])]


def test_an_array_is_cut_by_its_column_number():
    assert plain(slices(np.array([[1.0, 5.0], [2.0, 5.0]]), "0")) == [("0=1", [0]), ("0=2", [1])]


def test_mixed_values_of_equal_text_stay_apart():
    made = plain(slices(pd.DataFrame({"k": [1, "1", 1]}), "k"))
    assert sorted(made) == [("k='1'", [1]), ("k=1", [0, 2])]


def test_many_different_numbers_must_be_cut_first():
    with pytest.raises(UsageError, match="'income': the column has 30 different numbers; cut it"):
        slices(pl.DataFrame({"income": np.linspace(0, 1, 30)}), "income")


def test_whole_numbers_with_a_null_are_no_measurements():
    data = pl.DataFrame({"branch": [*range(30), None]})
    assert len(slices(data, "branch")) == 31


@pytest.mark.parametrize(
    ("by", "message"),
    [("regio", "nearest is 'region'"), ([], "give a column name"), (["region"] * 2, "different ones")],
)
def test_refuses_what_cannot_be_cut(by, message):
    with pytest.raises(UsageError, match=message):
        slices(pl.DataFrame({"region": ["n"]}), by)


def test_refuses_values_that_cannot_be_told_apart():
    with pytest.raises(UsageError, match="cannot be told apart"):
        slices(pd.DataFrame({"k": [[1], [2]]}), "k")


def test_says_when_there_is_no_table():
    with pytest.raises(UsageError, match=r"give table= to mltest.Evaluation"):
        slices(None, "region")


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 3)), min_size=1, max_size=40))
def test_each_row_is_in_exactly_one_slice(rows):
    data = pl.DataFrame({"g": [g for g, _ in rows], "k": [k for _, k in rows]}, schema={"g": pl.String, "k": pl.Int64})
    made = slices(data, ["g", "k"])
    assert sorted(at for _, index in made for at in index.tolist()) == list(range(len(rows)))
    for label, index in made:
        assert {f"g={rows[at][0] or '<null>'}, k={rows[at][1]}" for at in index} == {label}
        assert index.tolist() == sorted(index.tolist())
