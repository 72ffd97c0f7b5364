from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pandera.pandas as for_pandas
import pandera.polars as for_polars
import polars as pl
import pytest
from pandera.config import config_context

import mltest
from mltest import UsageError, checks
from mltest.message import failure_text

COLUMNS = {
    "income": [31.0, -4.0, None, 18.0, 22.5, 40.0],
    "region": ["north", "south", "south", "moon", "west", "north"],
    "customer": [1, 2, 3, 3, 5, 6],
}
ENGINES = {
    "pandas": lambda frame: frame.to_pandas(),
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pyarrow": lambda frame: frame.to_arrow(),
}
PANDERAS = {"for_pandas": for_pandas, "for_polars": for_polars}


def loans(module, **options):
    return module.DataFrameSchema(
        {
            "income": module.Column(float, module.Check.ge(0)),
            "region": module.Column(str, module.Check.isin(["north", "south", "west"])),
            "customer": module.Column(int, unique=True),
        },
        name="loans",
        **options,
    )


def broken(result):
    return [(item.rule, item.where, item.what, item.count) for item in result.findings]


@pytest.fixture(params=PANDERAS)
def pa(request):
    return PANDERAS[request.param]


@pytest.fixture(params=ENGINES)
def table(request):
    return ENGINES[request.param](pl.DataFrame(COLUMNS))


def test_each_engine_and_each_kind_of_schema_find_the_same(pa, table):
    result = checks.schema(table, loans(pa))
    assert broken(result) == [
        ("unique", "customer", "values that occur more than once", 2),
        ("nulls", "income", "null, though not nullable", 1),
        ("values", "income", "breaks greater_than_or_equal_to(0)", 1),
        ("values", "region", "breaks isin(['north', 'south', 'west'])", 1),
    ]
    assert result.verdict == "failed"
    assert result.sentence == "loans: 4 of 12 rules broken, required none (n = 6)"
    assert [finding.rate for finding in result.findings] == [2 / 6, 1 / 6, 1 / 6, 1 / 6]
    assert result.measurements[0].value == 4
    assert [found.value for found in result.measurements[1:]] == [2 / 6, 1 / 6, 1 / 6, 1 / 6]


def test_a_table_that_meets_the_schema_passes_in_every_engine(pa, table):
    result = checks.schema(table, for_all_is_well(pa))
    assert (result.verdict, result.findings, result.measurements[0].value) == ("passed", (), 0)
    assert result.sentence == "region: none of 4 rules broken, required none (n = 6)"


def for_all_is_well(pa):
    return pa.DataFrameSchema({"region": pa.Column(str, pa.Check.str_length(4, 5))}, name="region")


def test_a_model_class_is_a_schema(table):
    class Loans(for_polars.DataFrameModel):
        income: float = for_polars.Field(ge=0, nullable=True)

    class LoansOfPandas(for_pandas.DataFrameModel):
        income: float = for_pandas.Field(ge=0, nullable=True)

    for model in (Loans, LoansOfPandas):
        assert broken(checks.schema(table, model)) == [("values", "income", "breaks greater_than_or_equal_to(0)", 1)]
    assert checks.schema(table, Loans).label == "Loans"


def test_columns_missing_extra_and_out_of_order(pa):
    schema = pa.DataFrameSchema(
        {"a": pa.Column(int), "b": pa.Column(int), "income": pa.Column(int)}, strict=True, ordered=True
    )
    table = pl.DataFrame({"b": [1], "a": [2], "incme": [3]})
    assert set(broken(checks.schema(table, schema))) == {
        ("columns", "income", "missing; nearest is 'incme'", None),
        ("columns", "incme", "not in the schema", None),
        ("columns", "b", "out of order", None),
        ("columns", "a", "out of order", None),
    }


def test_wrong_types_name_both_and_are_never_tolerated(pa):
    schema = pa.DataFrameSchema({"age": pa.Column(int), "zip": pa.Column(str)})
    result = checks.schema(pl.DataFrame({"age": ["31", "45"], "zip": ["00100", "10115"]}), schema, max_rate=1)
    (finding,) = result.findings
    assert (finding.rule, finding.where, finding.count) == ("types", "age", None)
    assert "demanded" in finding.what
    assert "int64" in finding.what.lower()
    assert result.verdict == "failed"


@pytest.mark.parametrize(
    ("max_rate", "verdict", "against"), [(0, "failed", 4), (0.2, "failed", 1), (0.34, "passed", 0)]
)
def test_max_rate_tolerates_a_share_of_rows_for_each_rule(pa, table, max_rate, verdict, against):
    result = checks.schema(table, loans(pa), max_rate=max_rate)
    assert (result.verdict, result.measurements[0].value) == (verdict, against)
    assert result.requirement.margin == (max_rate or None)
    assert len(result.findings) == 4
    assert sum("(tolerated)" in finding.what for finding in result.findings) == 4 - against


def test_a_tolerated_result_says_so(table):
    result = checks.schema(table, loans(for_polars), max_rate=0.5)
    assert result.because == "no rule is broken; 4 are broken within what is tolerated"
    assert "in more than 50 % of rows" in result.sentence


def boom(*_):
    raise ZeroDivisionError("the value was 4711")


def test_a_check_that_raises_is_an_error_and_hides_nothing(pa, table):
    schema = loans(pa, checks=[pa.Check(boom, name="ratio_of_sums")])
    result = checks.schema(table, schema)
    assert result.verdict == "error"
    assert broken(result)[0] == ("values", "table", "ratio_of_sums raised ZeroDivisionError", None)
    assert len(result.findings) == 5
    assert result.verdicts[0] == "error"
    assert "4711" not in json.dumps(result.to_plain())


def test_a_raise_on_a_column_of_the_wrong_type_is_put_down_to_the_type(pa):
    schema = pa.DataFrameSchema(
        {"age": pa.Column(int, pa.Check(boom, name="plausible")), "sex": pa.Column(str)},
        checks=pa.Check(boom, name="together"),
    )
    result = checks.schema(pl.DataFrame({"age": ["31"]}), schema)
    assert result.verdict == "failed"
    whats = [finding.what for finding in result.findings]
    assert "plausible raised ZeroDivisionError, with age broken" in whats
    assert "together raised ZeroDivisionError, with age, sex broken" in whats


def test_a_check_that_answers_for_the_whole_column_has_no_rate(pa, table):
    def positive(given):
        if isinstance(given, pd.Series):
            return bool((given > 0).all())
        return given.lazyframe.select((pl.col(given.key) > 0).all()).collect().item()

    schema = pa.DataFrameSchema(
        {
            "income": pa.Column(float, pa.Check(positive, name="all_positive"), nullable=True),
            "region": pa.Column(str, pa.Check.isin(["north"])),
        }
    )
    result = checks.schema(table, schema, max_rate=0.9)
    assert ("values", "income", "breaks all_positive", None) in broken(result)
    assert result.verdict == "failed"


def test_rows_of_a_frame_check_are_counted(pa):
    if pa is for_pandas:
        check = pa.Check(lambda frame: frame["low"] <= frame["high"], name="low <= high")
    else:
        check = pa.Check(lambda data: data.lazyframe.select(pl.col("low") <= pl.col("high")), name="low <= high")
    schema = pa.DataFrameSchema({"low": pa.Column(int), "high": pa.Column(int)}, checks=check)
    result = checks.schema(pl.DataFrame({"low": [1, 5, 9], "high": [2, 4, 8]}), schema)
    assert broken(result) == [("values", "table", "breaks low <= high", 2)]


def test_columns_that_must_be_unique_together(pa):
    schema = pa.DataFrameSchema({"a": pa.Column(int), "b": pa.Column(int)}, unique=["a", "b"])
    result = checks.schema(pl.DataFrame({"a": [1, 1, 1], "b": [1, 1, 2]}), schema)
    assert broken(result) == [("unique", "a, b", "rows that occur more than once", 2)]


def test_coerced_columns_are_named(pa):
    schema = pa.DataFrameSchema({"age": pa.Column(int)}, coerce=True, name="people")
    result = checks.schema(pl.DataFrame({"age": ["31", "45"]}), schema)
    assert result.verdict == "passed"
    assert "coerced" in result.flags
    assert "coerced before the check: age (" in result.because
    assert "coerced" not in checks.schema(pl.DataFrame({"age": [31, 45]}), schema).flags


def test_values_that_cannot_be_coerced_are_of_the_wrong_type(pa):
    schema = pa.DataFrameSchema({"age": pa.Column(int, coerce=True)})
    result = checks.schema(pl.DataFrame({"age": ["31", "old"]}), schema, max_rate=1)
    assert [(finding.rule, finding.where) for finding in result.findings] == [("types", "age")]
    assert result.verdict == "failed"


def test_rows_that_pandera_would_drop_are_counted(pa, table):
    schema = loans(pa, drop_invalid_rows=True)
    result = checks.schema(table, schema)
    assert (result.verdict, len(result.findings)) == ("failed", 4)
    assert "drop_invalid_rows_ignored" in result.flags
    assert schema.drop_invalid_rows


def test_a_check_that_only_warns_is_listed_and_passes(pa, table):
    schema = pa.DataFrameSchema({"region": pa.Column(str, pa.Check.isin(["north"], raise_warning=True))})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = checks.schema(table, schema)
    assert result.verdict == "passed"
    assert broken(result) == [("values", "region", "breaks isin(['north']) (only warns)", 4)]


def test_pandera_switched_off_does_not_switch_off_the_check(pa, table):
    with config_context(validation_enabled=False, validation_depth="SCHEMA_ONLY"):
        assert checks.schema(table, loans(pa)).verdict == "failed"


def test_the_backend_of_pandera_that_miscounts_is_refused(monkeypatch):
    monkeypatch.setattr("pandera.config.CONFIG.use_narwhals_backend", True, raising=False)
    with pytest.raises(UsageError, match="PANDERA_USE_NARWHALS_BACKEND"):
        checks.schema(pl.DataFrame(COLUMNS), loans(for_polars))


def test_a_pattern_of_names_covers_each_column_it_matches(pa):
    schema = pa.DataFrameSchema({"^x_.+$": pa.Column(float, pa.Check.ge(0), regex=True)})
    result = checks.schema(pl.DataFrame({"x_1": [1.0, -1.0], "x_2": [-1.0, -1.0]}), schema)
    assert [(finding.where, finding.count) for finding in result.findings] == [("x_2", 2), ("x_1", 1)]


def test_a_pattern_tells_what_is_extra_and_where_it_belongs(pa):
    schema = pa.DataFrameSchema({"^x_.+$": pa.Column(int, regex=True), "y": pa.Column(int)}, strict=True, ordered=True)
    table = pl.DataFrame({"x_1": [1], "y": [1], "x_2": [1], "z": [1]})
    assert {(item.where, item.what) for item in checks.schema(table, schema).findings} == {
        ("y", "out of order"),
        ("x_2", "out of order"),
        ("z", "not in the schema"),
    }


def test_a_pattern_that_matches_nothing_is_a_missing_column(pa):
    schema = pa.DataFrameSchema({"^x_.+$": pa.Column(float, regex=True)})
    (finding,) = checks.schema(pl.DataFrame({"y": [1.0]}), schema).findings
    assert (finding.rule, finding.what) == ("columns", "no column matches this pattern")


def staged(pa, **options):
    return pa.DataFrameSchema(
        {
            "income": pa.Column(float),
            "defaulted": pa.Column(bool, metadata={"environments": ["training", "monitoring"]}),
        },
        **options,
    )


def test_a_column_is_due_only_in_its_environments(pa):
    serving = pl.DataFrame({"income": [31.0, 22.0]})
    assert checks.schema(serving, staged(pa)).verdict == "failed"
    assert checks.schema(serving, staged(pa), environment="training").verdict == "failed"
    with pytest.raises(UsageError, match=r"no column of the schema is declared for it; nearest is 'training'"):
        checks.schema(serving, staged(pa), environment="trainin")


def test_a_label_that_reaches_serving_is_an_extra_column(pa):
    schema = pa.DataFrameSchema(
        {
            "income": pa.Column(float, metadata={"environments": ["training", "serving"]}),
            "defaulted": pa.Column(bool, metadata={"environments": ["training"]}),
        },
        strict=True,
        unique=["income", "defaulted"],
    )
    served = pl.DataFrame({"income": [31.0, 31.0]})
    assert checks.schema(served, schema, environment="serving").verdict == "passed"
    result = checks.schema(served.with_columns(defaulted=True), schema, environment="serving")
    assert broken(result) == [("columns", "defaulted", "not in the schema", None)]
    assert set(schema.columns) == {"income", "defaulted"}


def test_checks_without_a_name_are_told_apart(pa):
    lambdas = {
        for_pandas: (lambda s: s > 2, lambda s: s > 1),
        for_polars: (
            lambda data: data.lazyframe.select(pl.col(data.key) > 2),
            lambda data: data.lazyframe.select(pl.col(data.key) > 1),
        ),
    }[pa]
    schema = pa.DataFrameSchema({"x": pa.Column(int, [pa.Check(one) for one in lambdas])})
    assert broken(checks.schema(pl.DataFrame({"x": [1, 2, 3]}), schema)) == [
        ("values", "x", "breaks check 1 (a lambda)", 2),
        ("values", "x", "breaks check 2 (a lambda)", 1),
    ]


@pytest.mark.parametrize("wrong", [-0.1, 1.5, float("nan"), "0.1", True])
def test_a_rate_that_is_no_share_is_refused(wrong):
    with pytest.raises(UsageError, match=r"max_rate"):
        checks.schema(pl.DataFrame(COLUMNS), loans(for_polars), max_rate=wrong)


def test_a_parser_that_fails_is_named():
    schema = for_pandas.DataFrameSchema({"x": for_pandas.Column(int)}, parsers=for_pandas.Parser(boom))
    with pytest.raises(UsageError, match=r"pandera cannot apply the schema to this table: ZeroDivisionError"):
        checks.schema(pd.DataFrame({"x": [1]}), schema)


def test_the_callers_table_and_schema_stay_as_they_are():
    table = pd.DataFrame({"age": ["31", "45"], "extra": [1, 2]})
    before = table.copy(deep=True)
    schema = for_pandas.DataFrameSchema(
        {"age": for_pandas.Column(int, for_pandas.Check.ge(40))}, coerce=True, strict="filter"
    )
    kept = repr(schema)
    assert checks.schema(table, schema).findings[0].count == 1
    pd.testing.assert_frame_equal(table, before)
    assert repr(schema) == kept
    assert schema.columns["age"].checks[0].n_failure_cases is None
    assert "get_backend" not in vars(schema)


def test_no_value_of_the_table_enters_the_result(pa):
    secret = "4929-1234-5678"
    schema = pa.DataFrameSchema(
        {"card": pa.Column(str, [pa.Check.isin(["a"]), pa.Check.str_length(1, 3)], unique=True)}
    )
    result = checks.schema(pl.DataFrame({"card": [secret, secret, "a"]}), schema)
    assert result.verdict == "failed"
    assert secret not in json.dumps(result.to_plain())


def test_many_broken_rules_stay_few_findings():
    columns = {f"c{at}": for_polars.Column(int, for_polars.Check.gt(at)) for at in range(60)}
    result = checks.schema(pl.DataFrame({name: [0] * 3 for name in columns}), for_polars.DataFrameSchema(columns))
    assert (len(result.findings), result.findings_total, len(result.measurements)) == (20, 60, 21)
    assert result.measurements[0].value == 60


def test_a_million_failing_rows_are_counted_without_printing_them(pa):
    table = pl.DataFrame({"x": np.full(1_000_000, -1.5)})
    schema = pa.DataFrameSchema({"x": pa.Column(float, [pa.Check.ge(0), pa.Check.lt(-2)], unique=True)})
    result = checks.schema(table, schema)
    assert [finding.count for finding in result.findings] == [1_000_000] * 3


def test_the_failure_message():
    schema = for_polars.DataFrameSchema(
        {
            "income": for_polars.Column(float, for_polars.Check.ge(0), nullable=True),
            "region": for_polars.Column(str, for_polars.Check.isin(["north", "south"])),
            "tenure": for_polars.Column(int),
        },
        name="loans",
    )
    table = pl.DataFrame(COLUMNS).rename({"customer": "tenur"})
    with pytest.raises(mltest.CheckFailed) as failure:
        mltest.assert_schema(table, schema)
    assert failure_text(failure.value.result) == GOLDEN


GOLDEN = """\
loans: 3 of 10 rules broken, required none (n = 6)

  measured   3 (counted in full; 3 of 10 rules; n = 6)
  required   at most 0
  verdict    failed: tenure: missing; nearest is 'tenur'; and 2 more
  worst      tenure: missing; nearest is 'tenur'
             region: breaks isin(['north', 'south']): 2 (33.33 %)
             income: breaks greater_than_or_equal_to(0): 1 (16.67 %)
  inputs     data sha256:3ee03cff

  evidence   data.schema
  explain    mltest explain data.schema"""
