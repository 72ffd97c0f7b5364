from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mltest.errors import UsageError
from mltest.inputs.rowwise import cluster_codes, read_target, read_weight
from mltest.inputs.tables import read
from tests.inputs.engines import ENGINES, every_engine


@pytest.mark.parametrize("engine", ENGINES)
def test_a_target_is_read_by_name_from_every_engine(engine):
    table = read(every_engine({"deny": ["no", "yes"], "x": [1, 2]})[engine])
    assert read_target("deny", table).tolist() == ["no", "yes"]


@pytest.mark.parametrize(
    "given",
    [
        [1, 0],
        (1, 0),
        np.array([[1], [0]]),
        pd.Series([1, 0], index=[7, 3]),
        pd.array([1, 0], dtype="Int64"),
        pl.Series([1, 0]),
        pd.Series([1, 0], dtype=object),
    ],
)
def test_a_target_is_read_by_position(given):
    target = read_target(given, None)
    assert target.tolist() == [1, 0]
    assert target.dtype.kind == "i"


def test_the_callers_array_is_not_the_evaluations():
    given = np.array([1, 0])
    target = read_target(given, None)
    given[0] = 7
    assert target.tolist() == [1, 0]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ([1.0, np.nan, np.nan], "2 of 3 rows, first in row 1"),
        (["a", None], "1 of 2 rows, first in row 1"),
        (pd.Series([True, None], dtype="boolean"), "1 of 2 rows, first in row 1"),
        (pd.Series([pd.NA, 1], dtype="Int64"), "1 of 2 rows, first in row 0"),
        (pd.Categorical([None, "a"]), "1 of 2 rows, first in row 0"),
    ],
)
def test_a_target_with_gaps_says_how_many_and_where(given, where):
    with pytest.raises(UsageError, match=where):
        read_target(given, None)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, "a", "a"], r"mixes types: number \(first in row 0\) and str \(first in row 1\)"),
        ([True, 2], "mixes types: bool"),
        (np.array(["2024-01-01"], dtype="datetime64[D]"), "of type datetime64"),
        ([[1, 2], [3]], "different lengths"),
        ([[1, 2], [3, 4]], "give one value a row"),
        ([], "is empty"),
        ({"a": 1}, "is a dict; give a list"),
        (3.5, "is a float; give a list"),
        ("deny", "no table was given"),
    ],
)
def test_refuses_what_is_no_target(given, message):
    with pytest.raises(UsageError, match=message):
        read_target(given, None)


def test_a_target_of_another_length_is_refused():
    with pytest.raises(UsageError, match="2 values for 3 rows"):
        read_target([1, 0], read(np.ones((3, 1))))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([1, -1, 2], "1 values that are negative or not finite, first -1.0 in row 1"),
        ([1, np.inf, np.nan], "2 values .* first inf in row 1"),
        ([0, 0, 0], "0 in all 3 rows"),
        (["a", "b", "c"], "weights are numbers"),
        ([1, 2], "2 values for 3 rows"),
    ],
)
def test_refuses_weights_that_cannot_count(given, message):
    with pytest.raises(UsageError, match=message):
        read_weight(given, None, 3)


@pytest.mark.parametrize("given", [["b", "a", "b"], np.array([7, 3, 7]), pd.Categorical(["z", "y", "z"])])
def test_clusters_are_numbered_in_order_of_appearance(given):
    assert cluster_codes(given, None, 3).tolist() == [0, 1, 0]


def test_a_row_without_a_cluster_is_refused():
    with pytest.raises(UsageError, match="cluster is missing in 1 of 2 rows, first in row 1"):
        cluster_codes(["a", None], None, 2)
