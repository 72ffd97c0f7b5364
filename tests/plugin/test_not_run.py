"""Whatever was planned and did not run is in the evidence, with its reason."""

from __future__ import annotations

import json

import pytest

TESTS = """
import pytest, mltest

def test_a(): mltest.require(1, at_most=2, name="a")
@pytest.mark.slow
def test_b(): mltest.require(1, at_most=2, name="b")
def test_c(): mltest.require({c}, at_most=2, name="c")
def test_d(): mltest.require(1, at_most=2, name="d")
"""
MARKS = {"pytest.ini": "[pytest]\nmarkers =\n    slow\n"}


def files(c: int = 1) -> dict[str, str]:
    return {"test_x.py": TESTS.format(c=c), **MARKS}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-k", "not test_b"], "deselected_keyword"),
        (["-m", "not slow"], "deselected_mark"),
        (["--deselect", "test_x.py::test_b"], "deselected_option"),
    ],
)
@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_deselected(project, arguments, reason, workers):
    run = project(files()).run(*arguments, *workers)
    assert run.not_run() == {"test_x.py::test_b": reason}
    assert run.object("verdict")["completeness"] == {
        "planned": 4,
        "executed": 3,
        "not_run": 1,
        "unplanned": 0,
        "without_check": 0,
        "by_reason": {reason: 1},
        "holds": True,
    }
    assert run.object("verdict")["gate"] == "allow_conditional"
    assert run.exit_code == 0


@pytest.mark.parametrize("option", ["-x", "--maxfail=1"])
def test_stopped_early(project, option):
    run = project(files(c=9)).run(option)
    assert run.not_run() == {"test_x.py::test_d": "stopped_early"}
    assert run.exit_code == 1


@pytest.mark.once
def test_stopped_early_in_workers_is_not_a_lost_test(project):
    run = project(files(c=9)).run("-x", "-n2")
    assert set(run.not_run().values()) <= {"stopped_early"}
    assert "was lost" not in run.text
    assert run.exit_code != 0


def test_a_required_test_may_not_be_left_out(project):
    required = TESTS.format(c=1).replace("@pytest.mark.slow", "@pytest.mark.mltest(required=True)")
    run = project({"test_x.py": required}).run("-k", "not test_b")
    assert run.object("verdict")["gate"] == "block"
    assert run.exit_code == 1


def test_fixture_failure_is_named(project):
    broken = """
import pytest, mltest
@pytest.fixture
def data(): raise OSError("gone")
def test_a(data): mltest.require(1, at_most=2, name="a")
"""
    run = project({"test_x.py": broken}).run("--mltest-report", "out")
    assert run.not_run() == {"test_x.py::test_a": "setup_failed"}
    assert run.object("verdict")["gate"] == "block"
    assert run.exit_code == 1


def test_xfail_without_running(project):
    pending = "import pytest, mltest\n@pytest.mark.xfail(run=False)\ndef test_a(): mltest.require(1, at_most=2)\n"
    run = project({"test_x.py": pending}).run("--mltest-report", "out")
    assert run.not_run() == {"test_x.py::test_a": "xfail_not_run"}


def test_a_file_that_cannot_be_collected(project):
    run = project({**files(), "test_y.py": "import nowhere\n", "mltest.toml": ""}).run(
        "--continue-on-collection-errors"
    )
    assert run.not_run() == {"test_y.py": "collection_error"}
    assert run.object("verdict")["gate"] == "block"
    assert run.exit_code == 1


def test_last_failed_is_a_condition(project):
    """pytest drops the other tests before any hook sees them, so the option itself is the reason."""
    made = project({"test_x.py": TESTS.format(c=9), **MARKS})
    made.pytester.runpytest_inprocess("-p", "no:randomly")
    (made.path / "test_x.py").write_text(TESTS.format(c=1))
    made.pytester.runpytest_inprocess("-p", "no:randomly", "--lf")
    newest = max(made.path.glob(".mltest/runs/*"))
    verdict = json.loads((newest / "verdict.json").read_text())
    assert verdict["gate"] == "allow_conditional"
    assert [reason["code"] for reason in verdict["reasons"]] == ["partial_selection"]
