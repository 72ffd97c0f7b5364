"""Rows that no artifact names as they stand are pinned by a lock like those that one does."""

from __future__ import annotations

import pytest

from mltest.cli import main
from mltest.policy.plan import read_lock

SETTINGS = """
[tool.mltest]
project = "rows"
{more}
[tool.mltest.artifacts]
test = {{uri = "test.csv", policy = "{policy}"}}
"""
# OTHER is what the environment makes of the rows after the lock: no test changes for it.
TESTS = """
import os
import mltest, pytest

OTHER = os.environ.get("OTHER", "")

def holdout(table):
    pl = pytest.importorskip("polars")
    table = table.filter(pl.col("region") == "north") if OTHER == "filter" else table.filter(pl.col("region") != "x")
    if OTHER == "labels":
        table = table.with_columns(y=pl.col("said"))
    weight = [0.0 if OTHER == "weight" and row else 1.0 for row in range(table.height)]
    given = {{"pandas": table.to_pandas, "polars": lambda: table}}.get({kind!r}, lambda: None)()
    said = 1 - table["said"].to_numpy() if OTHER == "candidate" else table["said"].to_numpy()
    return mltest.Evaluation(table["y"].to_numpy(), prediction=said, table=given, positive=1, weight=weight)

@pytest.fixture
def rows(ml_artifacts):
    return holdout(ml_artifacts["test"])

def test_rows(rows):
    mltest.assert_metric(rows, "accuracy", at_least=0.1)

@mltest.check("acme.share")
def share(evaluation):
    return float(evaluation.y.mean())

def test_own(rows):
    share(rows, at_most=0.9)

def test_values():
    mltest.require([1.0 if OTHER else 0.99] * 60, at_least=0.5, name="latency")
"""


def table() -> str:
    lines = [f"{'north' if row % 3 else 'south'},{row % 2},{row % 2 if row % 7 else 1 - row % 2}" for row in range(200)]
    return "region,y,said\n" + "\n".join(lines) + "\n"


@pytest.fixture
def locked(project, monkeypatch):
    """A project whose fixture makes rows by hand, with a lock over it."""

    def make(kind="numpy", *, policy="pinned", more="", words=()):
        files = {
            "pyproject.toml": SETTINGS.format(policy=policy, more=more),
            "test.csv": table(),
            "test_x.py": TESTS.format(kind=kind),
        }
        made = project(files)
        monkeypatch.chdir(made.path)
        assert main(["plan", "--", "-p", "no:cacheprovider", *words]) == 0
        return made, read_lock((made.path / "plan.lock").read_bytes()).plan

    return make


def inputs_of(plan):
    return {entry["id"].rpartition("#")[2]: entry.get("inputs") for entry in plan["checks"]}


ROWS = {"numpy": {"target", "weight"}, "polars": {"data", "target", "weight"}, "pandas": {"data", "target", "weight"}}


@pytest.mark.parametrize("kind", ROWS)
def test_rows_made_by_hand_are_pinned_and_answers_are_not(locked, kind):
    _, plan = locked(kind)
    found = inputs_of(plan)
    assert set(found["model.metric:accuracy"]) == ROWS[kind]
    assert found["acme.share:share"] == found["model.metric:accuracy"]
    assert found["own.require:latency"] is None
    assert plan["settings"].get("unnamed_data") is None


@pytest.mark.parametrize(("kind", "words"), [("numpy", []), ("pandas", []), ("polars", []), ("polars", ["-n2"])])
def test_a_run_on_the_same_rows_matches(locked, kind, words):
    made, _ = locked(kind)
    run = made.run(*words)
    assert (run.object("run")["plan_status"], run.object("run")["differences"]) == ("matched", [])


@pytest.mark.parametrize("other", ["filter", "labels", "weight"])
def test_other_rows_are_another_plan(locked, monkeypatch, other):
    made, _ = locked()
    monkeypatch.setenv("OTHER", other)
    run = made.run("--mltest-locked")
    lines = run.object("run")["differences"]
    assert run.object("run")["plan_status"] == "differs"
    assert [line["kind"] for line in lines] == ["data_replaced", "data_replaced"]
    changed = "target, weight" if other == "filter" else {"labels": "target"}.get(other, other)
    assert lines[1]["text"] == f"test_x.py::test_rows#model.metric:accuracy: other rows than planned: {changed}"
    assert run.object("verdict")["gate"] == "void"


def test_another_candidate_is_the_same_plan(locked, monkeypatch):
    made, _ = locked()
    monkeypatch.setenv("OTHER", "candidate")
    assert made.run().object("run")["plan_status"] == "matched"


LIVE = {"the setting": {"more": 'unnamed_data = "moving"'}, "a moving table": {"policy": "moving"}}


@pytest.mark.parametrize("live", LIVE)
def test_live_data_are_not_pinned_and_the_plan_says_so(locked, monkeypatch, live):
    made, plan = locked(**LIVE[live])
    assert inputs_of(plan)["model.metric:accuracy"] == {"target": "moving", "weight": "moving"}
    monkeypatch.setenv("OTHER", "filter")
    assert made.run().object("run")["plan_status"] == "matched"


def test_a_part_of_the_tests_of_live_data_differs_in_nothing(locked):
    made, _ = locked(policy="moving")
    assert made.run("-k", "values").object("run")["differences"] == []


def test_pinned_no_longer_after_the_lock_is_another_plan(locked):
    made, _ = locked()
    settings = made.path / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"rows"', '"rows"\nunnamed_data = "moving"'))
    lines = made.run().object("run")["differences"]
    assert [(line["kind"], line["field"]) for line in lines] == [("rule_weakened", "unnamed_data")]
    assert lines[0]["text"] == "settings: unnamed_data pinned -> moving"


def test_diff_of_two_runs_tells_that_rows_differ(locked, monkeypatch, capsys):
    made, _ = locked()
    first = made.run().folder
    monkeypatch.setenv("OTHER", "filter")
    second = made.run().folder
    capsys.readouterr()
    assert main(["diff", str(first), str(second), "--fail-on", "inputs"]) == 1
    assert "other rows: target, weight, n 200 -> 133" in capsys.readouterr().out


def test_diff_takes_the_evidence_of_a_locked_run(locked, capsys):
    made, _ = locked()
    made.run("--mltest-report", "reports")
    capsys.readouterr()
    assert main(["diff", "reports/evidence.json", "reports/evidence.json"]) == 0
    assert capsys.readouterr().out == "no difference\n"
    assert main(["diff", "plan.lock", "reports/evidence.json"]) == 0
