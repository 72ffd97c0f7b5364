"""``ml_baseline``, ``assert_golden`` and ``--mltest-update-baselines``, as a project meets them."""

from __future__ import annotations

import polars as pl
import pytest

UPDATE = "--mltest-update-baselines"
TESTS = """
import json, pathlib
import numpy as np, polars as pl, pytest
import mltest
from mltest.model.golden import assert_golden

given = json.loads((pathlib.Path(__file__).parent / "given.json").read_text())

@pytest.fixture(scope="session")
def holdout():
    y = np.arange(400) % 2
    score = np.clip(0.4 * y + 0.6 * np.random.default_rng(1).random(400) + given["shift"] * (1 - 2 * y), 0, 1)
    table = pl.DataFrame({"x": np.arange(400) + given["data"]})
    return mltest.Evaluation(y, score=score, table=table)

def test_no_worse(holdout, ml_baseline):
    approved = ml_baseline("production", holdout, metrics=["roc_auc"])
    mltest.assert_not_worse(holdout, approved, "roc_auc", margin=0.05)

def test_golden(holdout):
    assert_golden(holdout, "golden")
"""


@pytest.fixture(autouse=True)
def not_on_ci(monkeypatch):
    monkeypatch.delenv("CI", raising=False)


@pytest.fixture
def made(project):
    found = project({"checks/test_x.py": TESTS})
    give(found)
    return found


def give(made, *, shift=0.0, data=0):
    (made.path / "checks" / "given.json").write_text(f'{{"shift": {shift}, "data": {data}}}')


def kept(made):
    return {path.name: path.read_bytes() for path in (made.path / "checks" / "baselines").glob("*")}


def words(run):
    return {name.partition("::")[2]: verdict for name, verdict in run.verdicts().items()}


def test_nothing_approved_yet(made):
    run = made.run()
    assert run.exit_code == 1
    assert set(run.verdicts().values()) == {"inconclusive"}
    assert {record["reason"] for record in run.records} == {"no-baseline"}
    run.result.stdout.fnmatch_lines(["*nothing was approved yet as baseline 'production'*"])
    assert f'pytest "checks/test_x.py" {UPDATE}' in " ".join(run.text.replace("\nE ", " ").split())
    assert kept(made) == {}


def test_approve_then_compare(made):
    approving = made.run(UPDATE)
    assert approving.exit_code == 0, approving.text
    files = kept(made)
    assert sorted(files) == ["golden.parquet", "production.parquet"]
    flags = {record["check"]: record["flags"] for record in approving.records}
    assert flags["model.golden"] == ["baseline_rewritten"]
    assert any("approved in this run" in record["sentence"] for record in approving.records)

    same = made.run()
    assert same.exit_code == 0, same.text
    assert set(same.verdicts().values()) == {"passed"}
    seen = {read["id"]: read for read in same.object("run")["data_seen"]}
    assert seen["baseline production"]["rows"] == 400

    give(made, shift=0.4)
    worse = made.run()
    assert worse.exit_code == 1
    assert set(words(worse).values()) == {"failed"}
    worse.result.stdout.fnmatch_lines(["*below production, required no worse by more than 0.05*"])
    assert kept(made) == files


@pytest.mark.once
def test_workers_approve_the_same_files(made):
    assert made.run(UPDATE, "-n2").exit_code == 0
    by_workers = kept(made)
    assert sorted(by_workers) == ["golden.parquet", "production.parquet"]
    assert made.run(UPDATE).exit_code == 0
    assert kept(made) == by_workers


def test_changed_data_is_told_and_never_compared(made):
    made.run(UPDATE)
    give(made, data=1)
    run = made.run()
    assert run.exit_code == 1
    reasons = {record["check"]: (record["verdict"], record["reason"]) for record in run.records}
    assert reasons == {
        "model.not_worse": ("failed", "baseline-of-other-rows"),
        "model.golden": ("failed", "not-comparable"),
    }
    assert "baseline 'production' was approved on other rows than these" in run.text
    assert "other columns of the table are not" in run.text


def test_what_was_measured_when_approved_is_kept(made):
    made.run(UPDATE)
    about = pl.read_parquet(made.path / "checks" / "baselines" / "production.parquet")["approved"][0]
    assert '"metrics": {"roc_auc": 0.' in about


@pytest.mark.parametrize("value", ["true", "1", "yes"])
def test_ci_never_approves(made, monkeypatch, value):
    monkeypatch.setenv("CI", value)
    run = made.run(UPDATE)
    assert run.exit_code == 4
    run.result.stderr.fnmatch_lines([f"*{UPDATE}: refused, since CI is set*"])
    assert kept(made) == {}


@pytest.mark.parametrize("value", ["", "false", "False"])
def test_what_is_no_ci(made, monkeypatch, value):
    monkeypatch.setenv("CI", value)
    assert made.run(UPDATE).exit_code == 0
    assert len(kept(made)) == 2


def test_ci_compares_with_what_was_approved(made, monkeypatch):
    made.run(UPDATE)
    monkeypatch.setenv("CI", "true")
    assert made.run().exit_code == 0


def test_wrong_use_is_a_usage_error(project):
    text = """
def test_a(ml_baseline):
    ml_baseline("production", [0, 1])
def test_b(ml_baseline):
    import mltest
    ml_baseline("../production", mltest.Evaluation([0, 1], prediction=[0, 1]))
"""
    run = project({"test_x.py": text}).run()
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(["*must be an Evaluation*", "*a file's name*"])
