from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mltest
from mltest import UsageError, checks
from mltest.message import failure_text
from tests.faults.data_faults import FAULTS, clean

ENGINES = {
    "pandas": lambda frame: frame.to_pandas(),
    "polars": lambda frame: frame,
    "lazy": lambda frame: frame.lazy(),
    "pyarrow": lambda frame: frame.to_arrow(),
}
TRAIN = pl.DataFrame({"x": [1.0, 2.0, 3.0, None], "kind": ["a", "b", None, "d"], "n": [1, 2, 3, 4]})
TEST = pl.DataFrame({"x": [2.0, None, 3.0, 9.0], "kind": ["b", "d", "c", "a"], "n": [2, 4, 3, 9]})


def shared(train, test, **told):
    result = checks.no_leakage(train, test, **told)
    (found,) = [found for found in result.measurements if found.name == "shared_rows"]
    return round(found.value * found.n)


def word_of(result, rule):
    names = {"rows": "shared_rows", "entities": "shared_entities", "time": "not_after_train", "near": "near_duplicates"}
    pairs = zip(result.measurements, result.verdicts, strict=True)
    return next(word for found, word in pairs if found.name == names[rule])


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


@pytest.mark.parametrize("name", FAULTS)
def test_engines_agree_to_the_last_digit(name):
    splits = FAULTS[name].spoil(clean())
    first, *others = [
        checks.no_leakage(make(splits.train), make(splits.test), **splits.told) for make in ENGINES.values()
    ]
    for other in others:
        assert other.to_plain() | {"seconds": 0} == first.to_plain() | {"seconds": 0}


def test_rows_are_shared_where_all_features_are_equal(engine):
    assert shared(engine(TRAIN), engine(TEST)) == 2


def test_splits_of_two_engines_can_be_compared():
    for first in ENGINES.values():
        for second in ENGINES.values():
            assert shared(first(TRAIN), second(TEST)) == 2


def test_the_sentence_claims_no_more_than_was_looked_at():
    result = checks.no_leakage(TRAIN, TEST.tail(2))
    assert result.verdict == "passed"
    assert result.sentence == "0 of 2 test rows occur in train"
    assert "no leak" not in failure_text(result)


def test_target_entity_and_time_do_not_make_rows_different():
    extra = {"id": [1, 2], "at": [date(2026, 1, 1), date(2026, 1, 2)], "y": ["no", "yes"]}
    train = TRAIN.slice(0, 2).with_columns(**{name: pl.Series(values) for name, values in extra.items()})
    test = train.with_columns(id=pl.col("id") + 9, at=pl.col("at") + timedelta(days=9), y=pl.col("y").reverse())
    result = checks.no_leakage(train, test, entity="id", time="at")
    assert word_of(result, "rows") == "passed"
    result = checks.no_leakage(train.drop("y"), test.drop("y"), entity="id", time="at")
    assert word_of(result, "rows") == "failed"


@pytest.mark.parametrize(
    ("first", "second", "equal"),
    [
        ([0.0], [-0.0], True),
        ([float("nan")], [None], True),
        ([1], [1.0], True),
        ([1], [1.5], False),
        ([float("inf")], [float("inf")], True),
        (["caf\u00e9"], ["cafe\u0301"], True),
        (["a"], ["A"], False),
        ([[1, 2]], [[1, 2]], True),
        ([[1, 2]], [[2, 1]], False),
        ([{"k": 1}], [{"k": 1}], True),
        ([date(2026, 1, 1)], [datetime(2026, 1, 1)], True),  # noqa: DTZ001
        ([None], ["a"], False),
    ],
)
def test_when_two_values_are_equal(first, second, equal):
    train = pl.DataFrame({"x": first, "n": [1]}, strict=False)
    test = pl.DataFrame({"x": second, "n": [1]}, strict=False)
    assert shared(train, test) == int(equal)


def test_the_same_instant_in_two_zones_is_the_same():
    east = timezone(timedelta(hours=2))
    at = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert shared(pd.DataFrame({"at": [at]}), pd.DataFrame({"at": [at.astimezone(east)]})) == 1


def test_whole_numbers_of_different_sizes_are_compared_by_value():
    large = pl.DataFrame({"n": pl.Series([2**63 + 1, 1], dtype=pl.UInt64)})
    assert shared(large, pl.DataFrame({"n": [1, 2]})) == 1
    assert shared(large.cast(pl.Float64), large) == 2


def test_columns_of_several_types_are_compared_with_their_types():
    train = pd.DataFrame({"x": pd.Series([1, "a", None, 2.5], dtype=object)})
    test = pd.DataFrame({"x": pd.Series(["1", "a", None, 2.5, 1], dtype=object)})
    assert shared(train, test) == 4


def test_nullable_types_of_pandas_equal_the_plain_ones():
    plain = pd.DataFrame({"n": [1.0, np.nan, 3.0], "s": ["a", None, "c"], "b": [True, False, True]})
    nullable = plain.convert_dtypes()
    categories = plain.assign(s=plain["s"].astype("category"))
    assert shared(plain, nullable) == shared(plain, categories) == 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", None])), min_size=1, max_size=12),
)
def test_shared_rows_are_those_a_set_would_find(train, test):
    frames = [
        pl.DataFrame({"n": [n for n, _ in rows], "s": [s for _, s in rows]}, schema={"n": pl.Int64, "s": pl.String})
        for rows in (train, test)
    ]
    assert shared(*frames) == sum(row in set(train) for row in test)


def test_few_distinct_rows_decide_nothing():
    train = pl.DataFrame({"a": [0, 0, 1, 1, 2], "b": [0, 0, 1, 1, 2]})
    result = checks.no_leakage(train, pl.DataFrame({"a": [0, 7], "b": [0, 7]}))
    assert (result.verdict, result.flags) == ("inconclusive", ("low_cardinality",))
    assert "2 of 3 distinct train rows repeat in train" in result.because
    assert checks.no_leakage(train, pl.DataFrame({"a": [7], "b": [7]})).verdict == "passed"


def test_ids_in_both_splits_are_shown_hashed_only(engine):
    train = pl.DataFrame({"x": [1.0, 2.0, 3.0], "patient": ["P-0815", "P-0816", None]})
    test = pl.DataFrame({"x": [4.0, 5.0, 6.0], "patient": ["P-0815", "P-0815", "P-4711"]})
    result = checks.no_leakage(engine(train), engine(test), entity="patient")
    (finding,) = result.findings
    assert (finding.rule, finding.where, finding.count, finding.rate) == ("entities", "patient", 1, 0.5)
    assert "2 test rows" in finding.what
    assert "entities_missing" in result.flags
    assert "P-0815" not in json.dumps(result.to_plain())


def test_a_test_without_any_id_is_undecided():
    train, test = pl.DataFrame({"x": [1], "id": ["a"]}), pl.DataFrame({"x": [2], "id": [None]})
    result = checks.no_leakage(train, test, entity="id")
    assert (result.verdict, result.measurements[0].value) == ("inconclusive", None)


def days(*numbers):
    return [datetime(2026, 1, number, tzinfo=UTC) for number in numbers]


@pytest.mark.parametrize(
    ("train", "test", "verdict", "early"),
    [
        (days(1, 2), days(3, 4), "passed", 0),
        (days(1, 2), days(2, 4), "failed", 1),
        (days(1, 9), days(3, 4), "failed", 2),
        ([2019, 2020], [2021, 2022], "passed", 0),
        ([1.5, 2.5], [2.5, 3.5], "failed", 1),
        ([date(2026, 1, 1), None], [date(2026, 1, 2), date(2026, 1, 3)], "inconclusive", 0),
        ([None, None], [date(2026, 1, 2), date(2026, 1, 3)], "inconclusive", 0),
    ],
)
def test_test_must_lie_after_train(train, test, verdict, early, engine):
    frames = [pl.DataFrame({"x": x, "at": at}) for x, at in (([1, 2], train), ([3, 4], test))]
    result = checks.no_leakage(*map(engine, frames), time="at")
    assert (result.verdict, result.measurements[2].value) == (verdict, early)


def test_a_time_zone_in_one_split_only_is_refused():
    train, test = pl.DataFrame({"x": [1], "at": days(1)}), pl.DataFrame({"x": [2], "at": [datetime(2026, 1, 2)]})  # noqa: DTZ001
    with pytest.raises(UsageError, match=r"'at' has a time zone in one table and none in the other"):
        checks.no_leakage(train, test, time="at")


def test_time_as_text_is_refused():
    table = pl.DataFrame({"x": [1], "at": ["2026-01-01"]})
    with pytest.raises(UsageError, match=r"time='at' is a column of String"):
        checks.no_leakage(table, table, time="at")


def test_rows_that_differ_by_rounding_are_near():
    rng = np.random.default_rng(0)
    train = pl.DataFrame({"x": rng.normal(size=300), "y": 1e6 * rng.normal(size=300), "s": ["a"] * 300})
    near = train.head(20).with_columns(x=pl.col("x") + 1e-5, y=(pl.col("y") / 10).round() * 10)
    far = train.slice(20, 20).with_columns(x=pl.col("x") + 0.01)
    test = pl.concat([near, far])
    result = checks.no_leakage(train, test, near_duplicates=True)
    assert word_of(result, "rows") == "passed"
    assert result.findings[0].count >= 18
    assert checks.no_leakage(train, far, near_duplicates=True).verdict == "passed"


TABLE = pl.DataFrame({"age": [1.0, 2.0], "income": [1.0, 2.0], "deny": ["no", "yes"]})


@pytest.mark.parametrize(
    ("train", "test", "told", "said"),
    [
        (TABLE.clear(), TABLE, {}, "train has no rows"),
        (TABLE, TABLE.clear(), {}, "test has no rows"),
        (TABLE, TABLE, {"target": "denied"}, "train has no column 'denied'; nearest is 'deny'"),
        (TABLE, TABLE.drop("age"), {"entity": "age"}, "test has no column 'age'"),
        (TABLE, TABLE.drop("age"), {}, "test has no column 'age'"),
        (TABLE.drop("age"), TABLE, {}, "test has the column 'age' that train has not"),
        (TABLE, TABLE, {"target": "deny", "entity": "deny"}, "given as target and as entity"),
        (TABLE, TABLE, {"target": 3}, r"target=3\): give the name of a column"),
        (TABLE.select("deny"), TABLE.select("deny"), {"target": "deny"}, "no column is left to compare"),
        (TABLE, TABLE.cast({"age": pl.String}), {}, "'age' is Float64 in train and String in test"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), TABLE, {}, "columns of the same name"),
        ("train.csv", TABLE, {}, "not a table"),
        (np.arange(3), TABLE, {}, "two dimensions"),
        (TABLE.with_columns(deny=pl.lit("no")), TABLE, {"target": "deny"}, "has one value only in train"),
        (TABLE.with_columns(deny=None), TABLE, {"target": "deny"}, "missing in 2 of 2 rows"),
    ],
)
def test_what_cannot_be_compared_is_refused(train, test, told, said):
    with pytest.raises(UsageError, match=said):
        checks.no_leakage(train, test, **told)


def test_arrays_are_tables():
    train, test = np.arange(12.0).reshape(4, 3), np.arange(9.0, 18.0).reshape(3, 3)
    result = checks.no_leakage(train, test)
    assert result.sentence == "1 of 3 test rows occur in train, required none"


def test_one_row_in_each_split():
    result = checks.no_leakage(TABLE.head(1), TABLE.tail(1))
    assert result.verdict == "passed"


def test_a_target_in_train_only():
    result = checks.no_leakage(clean().train, clean().test.drop("deny"), target="deny", entity="applicant_id")
    assert word_of(result, "rows") == "passed"


def test_the_callers_tables_stay_as_they_are():
    splits = clean()
    train, test = splits.train.to_pandas(), splits.test.to_pandas()
    before = train.copy(deep=True), test.copy(deep=True)
    checks.no_leakage(train, test, near_duplicates=True, **splits.told)
    pd.testing.assert_frame_equal(train, before[0])
    pd.testing.assert_frame_equal(test, before[1])


def test_two_runs_give_the_same_result():
    splits = clean()
    one, two = (checks.no_leakage(splits.train, splits.test, **splits.told).to_plain() for _ in range(2))
    assert {**one, "seconds": 0} == {**two, "seconds": 0}


def test_a_failed_rule_is_told_before_an_open_one():
    train = pl.DataFrame({"x": [1, 2], "id": ["a", "b"], "at": [1, 2]})
    test = pl.DataFrame({"x": [3, 4], "id": [None, None], "at": [2, 3]}, schema_overrides={"id": pl.String})
    result = checks.no_leakage(train, test, entity="id", time="at")
    assert result.verdict == "failed"
    assert result.sentence == "1 of 2 test rows are not later than the last train row, required none"
    assert result.reason == "time-leak"


def test_the_failure_message():
    train = pl.DataFrame({"x": [1.0, 2.0, 3.0, 4.0], "patient": ["P1", "P2", "P3", "P4"], "day": [1, 2, 3, 4]})
    test = pl.DataFrame({"x": [5.0, 2.0], "patient": ["P1", "P5"], "day": [5, 6]})
    with pytest.raises(mltest.CheckFailed) as failure:
        mltest.assert_no_leakage(train, test, entity="patient", time="day")
    assert failure_text(failure.value.result) == GOLDEN


GOLDEN = """\
1 of 2 test rows occur in train, required none

  measured   2 (counted in full; looked at rows, entities, time; n = 2)
  required   at most 0
  verdict    failed: 1 of 2 test rows occur in train; 1 of 2 patient of test occur in train;
             0 of 2 test rows are not later than the last train row
  worst      test: rows occur in train: 1 (50 %)
             patient: ids in both splits, 1 test rows; sha256 fbeae7c1: 1 (50 %)
  inputs     test sha256:50cd214f, train sha256:8cb3679c

  next       drop the shared rows from test and measure again: scores on them tell memory,
             not skill
  evidence   data.no_leakage
  explain    mltest explain data.no_leakage"""
