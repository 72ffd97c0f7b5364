"""The ledger of a project: what a session appends to it, and what it tells of earlier looks."""

from __future__ import annotations

import json

import pytest

from mltest.errors import UsageError
from mltest.policy.settings import read_settings

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


@pytest.mark.once
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
    assert told["balanced_accuracy"]["meets"] is True


GATE = '[tool.mltest]\nledger = "mltest-ledger.jsonl"\nlooks = "gate"\n'
GATED = """
import mltest, numpy as np, pytest
from pathlib import Path

CANDIDATE = int(Path("candidate").read_text())
Y = np.arange(400) % 2
SCORE = np.random.default_rng(CANDIDATE).normal(size=400) + 2 * Y
HOLDOUT = mltest.Evaluation(Y, score=SCORE, prediction=(SCORE > 1).astype(int))

def test_clean():
    mltest.assert_metric(HOLDOUT, "roc_auc", at_least=0.7)

def test_near_its_limit():
    low = mltest.checks.metric(HOLDOUT, "balanced_accuracy", at_least=0.5).measurements[0].low
    mltest.assert_metric(HOLDOUT, "balanced_accuracy", at_least=low - 0.001)

def test_number_alone():
    mltest.assert_metric(HOLDOUT, "recall", at_least=0.6, decision="point")

def test_callable():
    def hits(y, prediction):
        return float(np.mean(y == prediction))
    mltest.assert_metric(HOLDOUT, hits, at_least=0.5, higher_is_better=True)
"""


@pytest.fixture
def gated(project):
    return project({"pyproject.toml": GATE, "test_lending.py": GATED, "candidate": "0"})


def records(run):
    return {record["label"]: record for record in run.records}


def test_the_adjusted_bound_decides_where_it_was_asked_to(gated):
    assert judge(gated, 0).exit_code == 0
    run = judge(gated, 1)
    found = records(run)
    near = found["balanced_accuracy"]
    assert run.exit_code == 1
    assert (near["verdict"], near["reason"]) == ("inconclusive", "not-confirmed-after-looks")
    assert "candidate 2 on these rows, 1 of the earlier ones passed: at the error of 1.2 %" in near["because"]
    assert (found["roc_auc"]["verdict"], found["recall"]["verdict"], found["hits"]["verdict"]) == ("passed",) * 3
    assert "also at the error of 1.2 % that is left" in found["roc_auc"]["because"]
    assert "looks     balanced_accuracy: candidate 2 on the same rows, 1 passed before;" in run.text
    assert "error left 1.2 %, no longer met by that bound (and 3 more)" in run.text


def test_what_the_gate_held_back_has_not_passed_for_the_next_candidate(gated):
    for candidate in range(3):
        told = looks(judge(gated, candidate))
    assert [line["outcome"] for line in lines(gated) if line["metric"] == "balanced_accuracy"] == [
        "passed",
        "inconclusive",
        "inconclusive",
    ]
    assert (told["balanced_accuracy"]["passed_before"], told["roc_auc"]["passed_before"]) == (1, 2)


def test_the_first_candidate_is_judged_as_without_a_ledger(gated):
    run = judge(gated, 0)
    assert {record["verdict"] for record in run.records} == {"passed"}
    assert "  looks " not in run.text


def test_bounds_that_evidence_does_not_keep_are_adjusted_where_the_test_ran(gated):
    for candidate in range(2):
        run = judge(gated, candidate)
    for label in ("balanced_accuracy", "hits"):
        interval, told = records(run)[label]["interval"], looks(run)[label]
        assert told["adjusted_low"] < interval["low"] < interval["high"] < told["adjusted_high"]
        assert told["reason"] is None


def test_a_bootstrap_cannot_tell_a_bound_at_a_small_error(gated):
    for candidate in range(6):
        run = judge(gated, candidate)
    found = records(run)["hits"]
    assert (found["verdict"], found["reason"]) == ("inconclusive", "looks-not-adjustable")
    assert "replicates of a bootstrap" in found["because"]


def test_many_candidates_exhaust_the_test_set(gated):
    judge(gated, 0)
    line = next(one for one in lines(gated) if one["metric"] == "roc_auc")
    with (gated.path / "mltest-ledger.jsonl").open("a") as ledger:
        for at in range(60):
            ledger.write(json.dumps({**line, "candidate": f"sha256:{at:064x}"}) + "\n")
    run = judge(gated, 1)
    found = records(run)["roc_auc"]
    assert (found["verdict"], found["reason"]) == ("inconclusive", "test-set-exhausted")
    assert "no error is left; fresh rows would settle it" in found["because"]
    assert "candidate 62 on the same rows, 61 passed before; no error is left, collect fresh rows" in run.text


def test_a_gate_that_cannot_count_passes_nothing(gated):
    (gated.path / "mltest-ledger.jsonl").write_text("<<<<<<< HEAD\n")
    run = judge(gated, 0)
    assert run.exit_code == 1
    assert "the looks at these rows cannot be counted: mltest-ledger.jsonl line 1" in run.text
    assert not any(record["verdict"] == "passed" for record in run.records)


@pytest.mark.parametrize(
    ("settings", "text"),
    [('looks = "gate"', 'name one, ledger = "mltest-ledger.jsonl"'), ('looks = "x"', "'report' or 'gate'")],
)
def test_a_gate_by_looks_needs_a_ledger(tmp_path, settings, text):
    (tmp_path / "mltest.toml").write_text(settings)
    with pytest.raises(UsageError, match=text):
        read_settings(tmp_path)


def test_the_terminal_tells_of_looks_in_one_line(lending):
    for candidate in range(3):
        run = judge(lending, candidate)
    (line,) = [line for line in run.text.splitlines() if line.startswith("  looks ")]
    assert line.startswith("  looks     roc_auc: candidate 3 on the same rows, 2 passed before; error left 0.42 %")
