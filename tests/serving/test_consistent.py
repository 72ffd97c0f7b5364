"""The call itself: what it is asked, what it says, and that it leaves everything as it was."""

from __future__ import annotations

import os
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mltest
from mltest import CheckFailed, ModelError, UsageError, checks
from mltest.message import failure_text
from mltest.serving import routes_subprocess
from tests.faults.serving_faults import BatchScaled, Clean, FailsAlone, applications

QUICK = {"subprocess": False}


def words(result: mltest.Result) -> dict[str, str]:
    pairs = zip(result.measurements, result.verdicts, strict=True)
    return {found.name.removeprefix("mismatch by "): word for found, word in pairs}


def details(result: mltest.Result) -> dict[str, str | None]:
    return {found.name.removeprefix("mismatch by "): found.detail for found in result.measurements}


def amounts(table):
    """Answers from one column of any engine's table."""
    column = table["amount"]
    return np.asarray(column.to_numpy()) * 2


GOLDEN = """\
40 of 40 rows differ by chunks on data, required at most 0

  measured   40 (counted in full; 40 of 40 rows differ; largest difference 62.46 at row 0
             (relative 1.887 at row 11, 9.2e+18 ULP at row 4); n = 40)
  required   at most 0
  verdict    failed: mismatch by chunks: 40 misses the demand; counted in full
  worst      chunks: first at row 0; largest difference 62.46 at row 0: 40 (100 %)
  inputs     data sha256:2cad90cb

  next       take means, ranks and categories from training, never from the rows that are
             asked together
  evidence   serving.consistent
  explain    mltest explain serving.consistent"""


def test_failure_reads_like_this():
    with pytest.raises(CheckFailed) as caught:
        mltest.assert_consistent(BatchScaled(), on=applications(), routes=["chunks", "json"])
    text = failure_text(caught.value.result)
    assert text == GOLDEN
    assert str(caught.value).startswith(text.partition("  evidence")[0])
    assert max(map(len, str(caught.value).splitlines())) <= 92


def test_named_routes_that_do_not_apply_leave_it_inconclusive():
    result = checks.consistent(amounts, on=applications(), routes=["reload", "json"])
    assert words(result) == {"reload": "inconclusive", "json": "passed"}
    assert (result.verdict, result.label) == ("inconclusive", "reload+json")
    assert result.sentence == "reload could not be asked on data, required at most 0"
    assert "a plain function has no file" in result.because


def test_routes_that_do_not_apply_by_default_are_shown_with_their_reason():
    result = checks.consistent(amounts, on=applications())
    assert result.verdict == "passed"
    assert words(result)["reload"] == words(result)["subprocess"] == "not_applicable"
    assert details(result)["reload"] == "a plain function has no file"


def test_nothing_to_ask_is_not_applicable_and_never_passed():
    left_out = dict.fromkeys(["single_row", "json", "csv", "threads"], False)
    result = checks.consistent(lambda rows: rows[:, 0], on=np.array([[1]]), routes=left_out)
    assert (result.verdict, result.reason) == ("not_applicable", "no-route-applies")
    assert "chunks: one row cannot be parted" in result.because
    assert set(result.verdicts) == {"not_applicable"}


def test_rows_asked_are_shown():
    result = checks.consistent(Clean(), on=applications(), routes={"single_row": 8, **QUICK})
    found = next(found for found in result.measurements if found.name == "mismatch by single_row")
    assert (found.n, found.flags) == (8, ("asked_rows",))
    assert found.detail is not None
    assert "0 of 8 rows differ, asked of 40 evenly spaced" in found.detail
    assert next(found for found in result.measurements if found.name == "mismatch by chunks").n == 40


def test_no_answer_by_a_route_is_a_failure_with_the_error():
    result = checks.consistent(FailsAlone(), on=applications(), routes=["single_row"])
    assert result.verdict == "failed"
    assert result.sentence == "no answer by single_row on data, required at most 0"
    assert result.findings[0].what == "FailsAlone.predict on 1 row raised ValueError: need at least 2 rows"


def test_a_model_that_cannot_be_saved_fails_the_reload():
    model = Clean()
    model.link = lambda value: value
    result = checks.consistent(model, on=applications(), routes=["reload", "subprocess"])
    assert words(result) == {"reload": "failed", "subprocess": "failed"}
    assert result.findings[0].what.startswith("Clean cannot be saved as .pkl: ")


class FirstColumn:
    """Answers without a dataframe library, so that a fresh interpreter starts fast."""

    def predict(self, rows):
        return rows[:, 0]


def test_a_child_that_ends_says_its_last_lines(monkeypatch):
    notebook = types.ModuleType("notebook_of_the_training")
    notebook.OfNotebook = type("OfNotebook", (FirstColumn,), {"__module__": notebook.__name__})
    monkeypatch.setitem(sys.modules, notebook.__name__, notebook)
    result = checks.consistent(notebook.OfNotebook(), on=np.ones((3, 2)), routes=["reload", "subprocess"])
    assert words(result) == {"reload": "passed", "subprocess": "failed"}
    what = result.findings[0].what
    assert what.startswith("OfNotebook.predict in a fresh interpreter ended with exit code 1; last lines: ")
    assert what.endswith("ModuleNotFoundError: No module named 'notebook_of_the_training'")


def test_a_child_without_an_answer_in_time_is_ended(monkeypatch):
    monkeypatch.setattr(routes_subprocess, "TIMEOUT", 1e-3)
    result = checks.consistent(FirstColumn(), on=np.ones((3, 2)), routes=["subprocess"])
    assert result.verdict == "failed"
    assert "gave no answer within 0.001 s; it printed nothing" in result.findings[0].what


def test_first_differing_row_is_counted_in_the_callers_table():
    class OneRow(Clean):
        def predict(self, table):
            answer = np.array(super().predict(table))
            if len(table) == 1:
                answer[table["amount"].to_numpy() == applications()["amount"][26]] += 1
            return answer

    result = checks.consistent(OneRow(), on=applications(), routes={"single_row": 4, "reload": False, **QUICK})
    assert result.findings[0].count == 1
    assert "first at row 26" in result.findings[0].what


@pytest.mark.parametrize(
    "engine", [pd.DataFrame, pl.DataFrame, pl.LazyFrame, lambda data: pl.DataFrame(data).to_arrow()]
)
def test_every_engine_is_asked_by_every_route(engine):
    result = checks.consistent(amounts, on=engine(applications().to_dict(orient="list")), routes=QUICK)
    assert result.verdict == "passed"
    assert {name for name, word in words(result).items() if word != "passed"} == {"reload"}


def test_arrays_are_asked_by_the_routes_that_need_no_names():
    result = checks.consistent(lambda rows: rows.sum(axis=1), on=np.array([[1.5, np.nan], [2.5, 3.0]]), routes=QUICK)
    assert result.verdict == "passed"
    skipped = {name for name, word in words(result).items() if word == "not_applicable"}
    assert skipped == {"reload", "column_order", "extra_column", "parquet"}


def odd_columns() -> dict[str, pd.Series]:
    times = pd.date_range("2024-03-30", periods=6, freq="7h", tz="Europe/Berlin")
    return {
        "empty": pd.Series([None] * 6, dtype=object),
        "mixed": pd.Series([1, "a", 2.5, None, True, "b"], dtype=object),
        "nullable": pd.Series([1, None, 3, 4, None, 6], dtype="Int64"),
        "flags": pd.Series([True, None, False, True, None, True], dtype="boolean"),
        "when": pd.Series(times),
        "kind": pd.Series(pd.Categorical(["a", "b", None, "a", "b", "a"], categories=["c", "b", "a"])),
        "infinite": pd.Series([1.0, np.inf, -np.inf, 2.0, 3.0, np.nan]),
        "text": pd.Series(["x", None, "y", "z", "x", "y"]),
    }


@pytest.mark.parametrize("name", odd_columns())
def test_odd_columns_get_a_right_answer_or_a_reason(name):
    column = odd_columns()[name]
    table = pd.DataFrame({"amount": np.arange(6.0), name: column})
    before = table.copy(deep=True)
    result = checks.consistent(amounts, on=table, routes=QUICK)
    assert result.verdict == "passed", result.findings
    pd.testing.assert_frame_equal(table, before)


def test_infinity_and_mixed_columns_say_which_route_cannot_carry_them():
    table = pd.DataFrame({"amount": np.arange(6.0), **odd_columns()})
    found = details(checks.consistent(amounts, on=table, routes=QUICK))
    assert found["json"] == "JSON has no infinity, and column 'infinite' holds one"
    assert str(found["parquet"]).startswith("Parquet cannot hold the table: Arrow")


def test_categories_and_times_reach_the_model_as_they_were():
    table = pd.DataFrame({name: odd_columns()[name] for name in ("when", "kind")}).assign(amount=1.0)
    types = [str(kind) for kind in table.dtypes]

    def typed(rows):
        assert [str(kind) for kind in rows[table.columns].dtypes] == types
        return rows["kind"].cat.codes + rows["when"].dt.hour

    assert checks.consistent(typed, on=table, routes=["json", "csv", "parquet"]).verdict == "passed"


class Unruly(Clean):
    """Prints, forks, changes its input, and answers with a table whose index is its own."""

    def predict(self, table):
        print("asked for", len(table))  # noqa: T201
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        answer = pd.DataFrame({"score": np.array(table["amount"]) * 2}, index=range(100, 100 + len(table)))
        table["amount"] = 0.0
        return answer


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # what the model does is its own affair
def test_an_unruly_model_reaches_neither_the_data_nor_the_verdict(capsys):
    table = applications()
    before = table.copy(deep=True)
    routes = ["reload", "chunks", "shuffled", "json", "csv"]
    assert checks.consistent(Unruly(), on=table, routes=routes).verdict == "passed"
    pd.testing.assert_frame_equal(table, before)
    assert "asked for 40" in capsys.readouterr().out


def test_an_array_that_the_model_changes_in_place_stays_as_it_was():
    rows = np.arange(12.0).reshape(6, 2)

    def greedy(given):
        given *= 2
        return given[:, 0]

    result = checks.consistent(greedy, on=rows, routes=QUICK)
    assert result.verdict == "passed"
    assert rows[1].tolist() == [2.0, 3.0]


def test_nothing_is_left_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    interval = sys.getswitchinterval()
    assert checks.consistent(FirstColumn(), on=np.ones((3, 2))).verdict == "passed"
    assert list(Path(tmp_path).iterdir()) == []
    assert sys.getswitchinterval() == interval


class Declared:
    """Says which columns it was fitted on, and refuses others as scikit-learn's estimators do."""

    feature_names_in_ = np.array(["age", "amount"], dtype=object)

    def predict(self, table):
        if list(table.columns) != list(self.feature_names_in_):
            raise ValueError("The feature names should match those that were passed during fit.")
        return table["amount"]


def test_declared_features_are_selected_and_refusals_are_no_failures():
    result = checks.consistent(Declared(), on=applications(), routes=["column_order", "extra_column", "shuffled"])
    assert result.verdict == "passed"
    assert words(result) == {"shuffled": "passed", "column_order": "not_applicable", "extra_column": "not_applicable"}
    assert str(details(result)["column_order"]).startswith("refuses: ValueError: The feature names should match")


def test_a_missing_feature_names_the_nearest_column():
    with pytest.raises(UsageError, match=r"no column 'amount'; nearest is 'amounts'"):
        checks.consistent(Declared(), on=applications().rename(columns={"amount": "amounts"}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"routes": ["jsn"]}, r"no route 'jsn'; nearest is 'json'"),
        ({"routes": "json"}, "give a list of names"),
        ({"routes": [["json"]]}, "no route"),
        ({"routes": []}, "leaves no route to ask"),
        ({"routes": {"json": 0}}, "must be a number of rows, True for all or False for none"),
        ({"tolerance": "float46"}, r"nearest is 'float64'"),
        ({"mismatch_at_most": -1}, "a whole number of rows, or a share"),
        ({"mismatch_at_most": 1.5}, "a whole number of rows, or a share"),
        ({"mismatch_at_most": float("nan")}, "must be a finite number"),
        ({"mismatch_at_most": 40}, "only 40 rows are asked"),
        ({"mismatch_at_most": 10, "routes": {"single_row": 5}}, "only 5 rows are asked"),
        ({"on": applications().head(0)}, "no rows"),
        ({"on": pd.DataFrame([[1, 2]], columns=["a", "a"])}, "same name"),
        ({"on": [1, 2, 3]}, "not a table"),
        ({"trained": "model.skops"}, "load_model"),
        ({"trained": Clean}, "give a fitted object"),
        ({"trained": 3}, "not callable"),
        ({"served": 3}, "not callable"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(change, message):
    given = {"trained": Clean(), "on": applications(), **change}
    with pytest.raises(UsageError, match=message):
        checks.consistent(given.pop("trained"), given.pop("served", None), **given)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda table: None, "returned None"),
        (lambda table: [1, 2], "returned 2 answers for 40 rows"),
        (lambda table: 1 / 0, "raised ZeroDivisionError"),
        (lambda table: 3.0, r"returned shape \(\)"),
    ],
)
def test_a_trained_model_without_an_answer_is_an_error_of_its_own(answer, message):
    with pytest.raises(ModelError, match=rf"<lambda> on 40 rows.*{message}"):
        checks.consistent(answer, on=applications())


def test_a_real_pipeline_is_consistent_by_every_route():
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = applications()
    prepare = make_column_transformer((StandardScaler(), ["amount", "age"]), (OneHotEncoder(), ["region"]))
    model = make_pipeline(prepare, LogisticRegression()).fit(table, np.where(table["amount"] > 120, "yes", "no"))
    result = mltest.assert_consistent(model, on=table.assign(unused=1))
    assert set(result.verdicts) == {"passed"}
    assert result.sentence == "0 of 40 rows differ by 12 routes on data, required at most 0"
    assert failure_text(result).count("passed") > 1
