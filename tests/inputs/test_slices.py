from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.inputs.slices import slices, slices_of
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


@pytest.mark.parametrize("engine", ENGINES)
def test_measurements_are_cut_at_their_rounded_quartiles(engine):
    income = [*(np.arange(1001) * 0.0123).tolist(), None]
    made = slices(every_engine({"income": income})[engine], "income")
    assert [label for label, _ in made] == [
        "income=below 3.08",
        "income=[3.08, 6.15)",
        "income=[6.15, 9.22)",
        "income=9.22 or more",
        "income=<null>",
    ]
    inside = np.array(income[:-1])[made[1][1]]
    assert (inside.min() >= 3.08, inside.max() < 6.15, len(inside)) == (True, True, 249)


def test_whole_numbers_are_cut_where_it_is_asked_for():
    made = slices_of(pl.DataFrame({"age": range(100)}), ["age"], parts={"age": 2})
    assert made.labels == ("age=below 49.5", "age=49.5 or more")
    assert made.sizes.tolist() == [50, 50]


def test_cuts_are_those_of_the_reference_and_its_parts_are_due():
    reference = pl.DataFrame({"income": np.linspace(0, 100, 1001)})
    made = slices_of(
        pl.DataFrame({"income": [1.0, 26.0, 51.5, -np.inf]}), ["income"], parts={"income": 4}, reference=reference
    )
    assert made.labels == ("income=below 25.0", "income=[25.0, 50.0)", "income=[50.0, 75.0)")
    assert made.demanded == (*made.labels, "income=75.0 or more")
    assert made.codes.tolist() == [0, 1, 2, 0]


def test_many_equal_numbers_make_fewer_parts_and_none_is_empty():
    column = np.r_[np.zeros(90), np.linspace(1, 2, 30) + 1e-3]
    made = slices(pl.DataFrame({"debt": column}), "debt")
    assert [len(rows) for _, rows in made] == [90, 30]
    constant = slices_of(pl.DataFrame({"x": [1.5] * 5}), ["x"], parts={"x": 3})
    assert constant.labels == ("x=1.5 or more",)


@pytest.mark.parametrize(
    ("by", "options", "message"),
    [
        (["region"], {"parts": {"region": 4}}, "only a column of numbers can be cut into 4 parts"),
        (["region"], {"reference": pl.DataFrame({"region": ["n"]})}, "there are none to cut"),
        (["x"], {"parts": {"x": 2}, "reference": pl.DataFrame({"y": [1]})}, "reference has no column 'x'"),
    ],
)
def test_refuses_cuts_that_make_no_sense(by, options, message):
    with pytest.raises(UsageError, match=message):
        slices_of(pl.DataFrame({"region": ["n", "s"], "x": [1, 2]}), by, **options)


@pytest.mark.parametrize("engine", ENGINES)
def test_text_that_shows_late_and_categories_read_as_text(engine):
    late = ["a"] * 12_000 + ["é", None, "b"]
    made = slices(every_engine({"k": late})[engine], "k")
    assert [(label, len(rows)) for label, rows in made] == [("k=a", 12_000), ("k=b", 1), ("k=é", 1), ("k=<null>", 1)]


@pytest.mark.parametrize(
    "column", [pd.Series(["y", None, "x"], dtype="category"), pl.Series(["y", None, "x"], dtype=pl.Categorical)]
)
def test_categories_are_in_the_order_of_their_text(column):
    table = (pd if isinstance(column, pd.Series) else pl).DataFrame({"k": column})
    assert plain(slices(table, "k")) == [("k=x", [2]), ("k=y", [0]), ("k=<null>", [1])]


def test_whole_numbers_far_apart_and_negative_ones():
    data = pl.DataFrame({"k": [-5, 10**18, -5, -3]})
    assert plain(slices(data, "k")) == [("k=-5", [0, 2]), ("k=-3", [3]), (f"k={10**18}", [1])]
    assert [label for label, _ in slices(pl.DataFrame({"k": [-5, -5, -4]}), "k")] == ["k=-5", "k=-4"]


def test_more_combinations_than_rows():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 300, (2, 500))
    made = slices(pl.DataFrame({"a": a, "b": b}), ["a", "b"])
    assert sum(len(rows) for _, rows in made) == 500
    assert all(label == f"a={a[at]}, b={b[at]}" for label, rows in made for at in rows)


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
