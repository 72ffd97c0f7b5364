"""Nothing that goes wrong half-way is silently green, and what was measured before is on disk."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

DYING = """
import os, signal, pytest, mltest

def test_before(): mltest.require(1, at_most=2, name="before")
def test_dies():
    mltest.require(1, at_most=2, name="measured just before")
    {how}
@pytest.mark.parametrize("n", range(3))
def test_after(n): mltest.require(n, at_most=5, name="after")
"""


@pytest.mark.once
@pytest.mark.parametrize("how", ["os._exit(0)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_worker_that_dies_fails_the_session(project, how):
    run = project({"test_x.py": DYING.format(how=how)}).run("-n2")
    assert run.exit_code == 1
    verdicts = run.verdicts()
    assert verdicts["test_x.py::test_dies#pytest"] == "error"
    assert verdicts["test_x.py::test_dies#own.require:measured just before"] == "passed"
    assert sum(name.startswith("test_x.py::test_after") for name in verdicts) == 3
    assert run.object("verdict")["gate"] == "block"


@pytest.mark.once
def test_no_worker_left_is_not_green(project):
    run = project({"test_x.py": DYING.format(how="os._exit(0)")}).run("-n1", "--max-worker-restart=0")
    assert run.exit_code != 0
    assert run.object("verdict")["gate"] in ("block", "void")
    assert set(run.not_run().values()) <= {"worker_lost", "stopped_early"}


def test_what_was_measured_before_a_kill_is_on_disk(project):
    made = project({"test_x.py": DYING.format(how="import time; time.sleep(60)")})
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_x.py"]
    session = subprocess.Popen(command, cwd=made.path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        journal = wait_for_line(made.path, "measured just before")
    finally:
        os.kill(session.pid, signal.SIGKILL)
        session.wait()
    results = [event for event in map(json.loads, journal.read_text().splitlines()) if event["event"] == "result"]
    assert [event["result"]["label"] for event in results] == ["before", "measured just before"]
    folder = journal.parent
    assert (folder / "begin.json").exists()
    assert not (folder / "root.json").exists()


def wait_for_line(path, text):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for journal in path.glob(".mltest/runs/*/journal-main.jsonl"):
            if text in journal.read_text():
                return journal
        time.sleep(0.05)
    raise AssertionError("the journal never got the line")


def test_an_abandoned_run_is_told_from_none(project, capsys):
    from mltest.cli import main

    test_what_was_measured_before_a_kill_is_on_disk(project)
    folder = next(iter(sorted((p for p in os.scandir(".mltest/runs")), key=lambda p: p.name))).path
    assert main(["gate", folder]) == 3
    assert "abandoned run" in capsys.readouterr().err


@pytest.mark.once
def test_a_result_that_cannot_be_serialised_fails_its_test(project):
    files = {
        "test_x.py": """
import numpy, enum, mltest
class Word(enum.StrEnum):
    BLOCK = "block"
def test_numpy(): mltest.Measurement(name="x", value=numpy.float64(1))
def test_enum(): mltest.Measurement(name=Word.BLOCK, value=1)
def test_fine(): mltest.require(numpy.float64(1), at_most=2, name="x")
"""
    }
    run = project(files).run("-n2")
    assert run.exit_code == 1
    run.result.assert_outcomes(passed=1, failed=2)
    assert [r["verdict"] for r in run.records] == ["error", "passed", "error"] or sorted(
        r["verdict"] for r in run.records
    ) == ["error", "error", "passed"]
    assert "TypeError" in json.dumps(run.records)


def test_a_result_that_never_reaches_the_journal_fails_the_session(project):
    files = {
        "test_x.py": "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n",
        "conftest.py": """
import mltest.evidence.journal as journal
write = journal.Journal.write
def losing(self, event, **values):
    if event != "result":
        write(self, event, **values)
journal.Journal.write = losing
""",
    }
    run = project(files).run(subprocess=True)
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(["*1 of 1 results of test_x.py::test_a did not reach the journal*"])


def test_a_folder_that_cannot_be_written_lets_no_check_run(project):
    made = project({"test_x.py": "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"})
    (made.path / ".mltest").write_text("a file is in the way")
    run = made.run(subprocess=True)
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(["*EvidenceError: cannot write evidence to *"])


def test_an_internal_error_of_ours_keeps_the_summary_and_costs_the_status(project):
    files = {
        "test_x.py": "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n",
        "conftest.py": """
import mltest.plugin.closing as closing
def broken(*a, **k): raise RuntimeError("planted")
closing.promise_of = broken
""",
    }
    run = project(files).run(subprocess=True)
    assert run.exit_code == 1
    run.result.stdout.fnmatch_lines(
        ["*problem*the evidence could not be written*", "*RuntimeError: planted*", "*1 passed*"]
    )
