"""Tables of one engine under a schema of another."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pandera.pandas as for_pandas
import pandera.polars as for_polars
import polars as pl
import pytest

from mltest import UsageError, checks

COLUMNS = {"income": [31.0, -4.0], "region": ["north", "moon"]}
ENGINES = {
    "pandas": lambda frame: frame.to_pandas(),
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pyarrow": lambda frame: frame.to_arrow(),
}
PANDERAS = {"for_pandas": for_pandas, "for_polars": for_polars}


def loans(module):
    return module.DataFrameSchema({"income": module.Column(float, module.Check.ge(0))})


def broken(result):
    return [(item.rule, item.where, item.what, item.count) for item in result.findings]


@pytest.fixture(params=PANDERAS)
def pa(request):
    return PANDERAS[request.param]


def test_the_conversion_is_said(pa):
    engine = "pandas" if pa is for_pandas else "polars"
    flags = {name: checks.schema(make(pl.DataFrame(COLUMNS)), loans(pa)).flags for name, make in ENGINES.items()}
    assert flags.pop(engine) == ()
    if engine == "polars":
        assert flags.pop("lazy") == ()
    else:
        assert flags.pop("lazy") == ("converted_polars_to_pandas",)
    assert flags == {name: (f"converted_{name}_to_{engine}",) for name in flags}


@pytest.mark.parametrize("rows", [1, 7])
def test_a_numpy_matrix_has_numbered_columns(pa, rows):
    schema = pa.DataFrameSchema({"0": pa.Column(float), "1": pa.Column(float, pa.Check.lt(5))})
    result = checks.schema(np.arange(2.0 * rows).reshape(rows, 2), schema)
    assert result.flags == (f"converted_numpy_to_{'pandas' if pa is for_pandas else 'polars'}",)
    assert result.verdict == ("passed" if rows == 1 else "failed")


@pytest.mark.parametrize("dtype", ["int64", "Int64", "int64[pyarrow]"])
def test_a_converted_column_takes_the_form_that_the_pandas_schema_names(dtype):
    schema = for_pandas.DataFrameSchema({"n": for_pandas.Column(dtype)})
    assert checks.schema(pl.DataFrame({"n": [1, 2, 3]}), schema).verdict == "passed"
    assert checks.schema(pl.DataFrame({"n": [1.0, 2.0]}), schema).findings[0].rule == "types"
    assert checks.schema(pl.DataFrame({"n": pl.Series([1, 2], dtype=pl.Int32)}), schema).findings[0].rule == "types"


def test_whole_numbers_with_nulls_stay_whole_numbers():
    table = pl.DataFrame({"n": [2**60 + 1, None], "b": [True, None]})
    nullable = for_pandas.DataFrameSchema(
        {
            "n": for_pandas.Column("Int64", for_pandas.Check.eq(2**60 + 1), nullable=True),
            "b": for_pandas.Column("boolean", nullable=True),
        }
    )
    assert checks.schema(table, nullable).verdict == "passed"
    floats = for_pandas.DataFrameSchema({"n": for_pandas.Column("float64", nullable=True)})
    assert checks.schema(table, floats).findings[0].what == "Int64, demanded float64"


def test_times_and_categories_survive_the_conversion():
    table = pl.DataFrame(
        {
            "at": pl.Series([datetime(2026, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC")),
            "grade": pl.Series(["A"], dtype=pl.Categorical),
        }
    )
    schema = for_pandas.DataFrameSchema(
        {"at": for_pandas.Column("datetime64[ns, UTC]"), "grade": for_pandas.Column("category")}
    )
    assert checks.schema(table, schema).verdict == "passed"
    naive = for_pandas.DataFrameSchema({"at": for_pandas.Column("datetime64[ns]")})
    assert checks.schema(table, naive).findings[0].rule == "types"


def test_nan_of_pandas_is_null_in_polars():
    table = pd.DataFrame({"x": [1.0, np.nan, np.inf]})
    schema = for_polars.DataFrameSchema({"x": for_polars.Column(float, for_polars.Check.lt(10), nullable=False)})
    assert {(item.rule, item.count) for item in checks.schema(table, schema).findings} == {("nulls", 1), ("values", 1)}


def test_a_pandas_column_without_a_value_takes_the_type_that_is_demanded():
    schema = for_polars.DataFrameSchema({"x": for_polars.Column(float, nullable=True)})
    assert checks.schema(pd.DataFrame({"x": [None, None]}, dtype=object), schema).verdict == "passed"


def test_pandas_labels_that_are_no_text_and_an_index():
    schema = for_pandas.DataFrameSchema(
        {7: for_pandas.Column(int, for_pandas.Check.ge(0))}, index=for_pandas.Index(int, unique=True, name="row")
    )
    table = pd.DataFrame({7: [1, -1]}, index=pd.Index([3, 3], name="row"))
    assert broken(checks.schema(table, schema)) == [
        ("unique", "row", "values that occur more than once", 2),
        ("values", "7", "breaks greater_than_or_equal_to(0)", 1),
    ]


def test_labels_that_repeat_in_an_index_that_nobody_asked_for():
    schema = for_pandas.DataFrameSchema({"x": for_pandas.Column(int, for_pandas.Check.ge(0))})
    table = pd.DataFrame({"x": [1, -1, -2]}, index=[0, 0, 0])
    assert broken(checks.schema(table, schema)) == [("values", "x", "breaks greater_than_or_equal_to(0)", 2)]
    assert list(table.index) == [0, 0, 0]


def test_columns_that_fit_no_polars_type_are_named():
    table = pd.DataFrame({"fine": [1, 2], "mixed": pd.Series([1, "a"], dtype=object)})
    schema = for_polars.DataFrameSchema({"fine": for_polars.Column(int)})
    with pytest.raises(UsageError, match=r"data: 'mixed' cannot be turned into Polars"):
        checks.schema(table, schema)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"income": float}, r"got a builtins dict; give a pandera DataFrameSchema or DataFrameModel"),
        (pl.DataFrame, r"got the class polars DataFrame"),
        (for_pandas.Column(int), r"got a pandera Column"),
        (None, r"got a builtins NoneType"),
    ],
)
def test_what_is_no_schema_is_refused(wrong, said):
    with pytest.raises(UsageError, match=said):
        checks.schema(pl.DataFrame(COLUMNS), wrong)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (pl.DataFrame(COLUMNS).clear(), "no rows"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "columns of the same name: 'a' 2 times"),
        ([1, 2, 3], "not a table"),
    ],
)
def test_what_is_no_table_is_refused(data, said):
    with pytest.raises(UsageError, match=said):
        checks.schema(data, loans(for_polars))
