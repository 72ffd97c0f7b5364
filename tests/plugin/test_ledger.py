"""The ledger of a project: what a session appends to it, and what it tells of earlier looks."""

from __future__ import annotations

import json

import pytest

SETTINGS = '[tool.mltest]\nledger = "mltest-ledger.jsonl"\nreport = "reports"\n'
TESTS = """
import mltest, numpy as np, pytest
from pathlib import Path

CANDIDATE = int(Path("candidate").read_text())
Y = np.arange(400) % 2
SCORE = np.random.default_rng(CANDIDATE).normal(size=400) + 2 * Y
HOLDOUT = mltest.Evaluation(Y, score=SCORE)

def test_ranks():
    mltest.assert_metric(HOLDOUT, "roc_auc", at_least=0.85)

def test_log_loss_of_nothing():
    mltest.require(3, at_most=5, name="retries")
"""


@pytest.fixture
def lending(project):
    return project({"pyproject.toml": SETTINGS, "test_lending.py": TESTS, "candidate": "0"})


def judge(lending, candidate, *arguments):
    (lending.path / "candidate").write_text(str(candidate))
    return lending.run(*arguments)


def lines(lending):
    path = lending.path / "mltest-ledger.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def looks(run):
    return {told["metric"]: told for told in run.object("run")["looks"]}


def test_each_candidate_is_one_look_and_the_fifth_knows_of_four(lending):
    for candidate in range(4):
        first = judge(lending, candidate)
    assert len(lines(lending)) == 4
    assert looks(first)["roc_auc"]["k"] == 4
    judge(lending, 2)
    assert len(lines(lending)) == 4
    fifth = looks(judge(lending, 5))["roc_auc"]
    assert (fifth["k"], fifth["passed_before"], fifth["candidates"]) == (5, 4, 5)
    assert fifth["alpha_adj"] == 0.05 / (5 * 2**4)
    assert fifth["error_rate"] == 1.0


def test_the_adjusted_bound_is_wider_and_decides_nothing(lending):
    for candidate in range(3):
        run = judge(lending, candidate)
    (record,) = [record for record in run.records if record["check"] == "model.metric"]
    told = looks(run)["roc_auc"]
    assert told["adjusted_low"] < record["interval"]["low"] < record["interval"]["high"] < told["adjusted_high"]
    assert told["meets"] is (told["adjusted_low"] >= 0.85)
    assert run.exit_code == 0


def test_evidence_says_how_often_the_holdout_was_used_and_the_page_too(lending):
    for candidate in range(2):
        run = judge(lending, candidate)
    ((use),) = run.object("verdict")["data_use"]
    assert (use["evaluations"], use["digest"]) == (2, lines(lending)[0]["holdout"])
    page = (lending.path / "reports" / "index.html").read_text()
    assert "This holdout has judged 2 candidates" in page
    assert "2, 1 of the earlier ones passed" in page


def test_only_the_controller_writes(lending):
    run = judge(lending, 0, "-n2")
    assert len(lines(lending)) == 1
    assert looks(run)["roc_auc"]["k"] == 1


def test_without_the_setting_there_is_no_ledger(project):
    other = project({"pyproject.toml": "[tool.mltest]\nseed = 1\n", "test_lending.py": TESTS, "candidate": "0"})
    run = other.run()
    assert "looks" not in run.object("run")
    assert run.object("verdict")["data_use"] == []
    assert lines(other) == []


def test_a_broken_ledger_costs_the_status_and_is_left_as_it_is(lending):
    judge(lending, 0)
    path = lending.path / "mltest-ledger.jsonl"
    broken = path.read_text() + "<<<<<<< HEAD\n"
    path.write_text(broken)
    run = judge(lending, 1)
    assert run.exit_code == 1
    assert "mltest-ledger.jsonl line 2 is not a look" in run.text
    assert path.read_text() == broken


def test_a_ledger_that_cannot_be_written_costs_the_status(lending):
    (lending.path / "mltest-ledger.jsonl").mkdir()
    run = judge(lending, 0)
    assert run.exit_code == 1
    assert "the ledger was left as it is" in run.text


def test_no_line_is_written_where_evidence_could_not_be(lending, monkeypatch):
    import mltest.plugin.closing

    def refuse(*_):
        raise OSError("no room")

    monkeypatch.setattr(mltest.plugin.closing, "write_run", refuse)
    assert judge(lending, 0).exit_code == 1
    assert lines(lending) == []


SLICES = """
import mltest, numpy as np, polars as pl

Y = np.arange(600) % 2
SCORE = np.random.default_rng(0).normal(size=600) + 2 * Y
ROWS = {"score": SCORE, "prediction": (SCORE > 1).astype(int)}
HOLDOUT = mltest.Evaluation(Y, table=pl.DataFrame({"region": ["n", "s", "w"] * 200}), **ROWS)

def test_regions():
    mltest.assert_metric(HOLDOUT, "accuracy", at_least=0.7, by="region")

def test_number_alone():
    mltest.assert_metric(HOLDOUT, "recall", at_least=0.6, decision="point")

def test_average():
    mltest.assert_metric(HOLDOUT, "balanced_accuracy", at_least=0.6)
"""


def test_slices_of_one_look_are_one_look_and_all_must_meet(project):
    told = looks(project({"pyproject.toml": SETTINGS, "test_slices.py": SLICES}).run())
    assert (told["accuracy"]["k"], told["accuracy"]["label"], told["accuracy"]["meets"]) == (
        1,
        "accuracy by region",
        True,
    )
    assert (told["recall"]["meets"], told["recall"]["reason"]) == (None, None)
    assert told["balanced_accuracy"]["adjusted_low"] is None
    assert "mover_wilson cannot be made again" in told["balanced_accuracy"]["reason"]
