"""A locked plan: what was promised is recorded once, and every later run is held to it, bit by bit."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.policy.plan import lock_bytes, read_lock

TESTS = """
import mltest, pytest
LIMIT = {limit}

@pytest.fixture(scope="session")
def shared():
    mltest.require(3, at_most=5, name="judged by a shared fixture")

@pytest.mark.mltest(owner="risk", severity="{severity}")
def test_size(shared):
    "Agreed with operations in OP-7."
    mltest.require({value}, at_most=LIMIT, name="size")

def test_rows():
    mltest.require([1] * 60, at_least=0.9, name="answered")
    mltest.require(2, between=(1, 3), name="replicas")

def test_plain():
    assert True
"""


def files(limit=10, value=4, severity="block", **more):
    test = TESTS.format(limit=limit, value=value, severity=severity)
    return {"tests/test_x.py": test, "mltest.toml": 'project = "planned"\n', **more}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """The plan.lock over the tests as they are, recorded once: it holds no path but relative ones."""
    folder = tmp_path_factory.mktemp("planned")
    for name, text in files().items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    return (folder / "plan.lock").read_text(encoding="utf-8")


@pytest.fixture
def locked(project, recorded, monkeypatch):
    """A project with a plan.lock over the tests as they are."""

    def make():
        made = project(files(**{"plan.lock": recorded}))
        monkeypatch.chdir(made.path)
        return made

    return make


def write(made, **changes):
    for name, text in files(**changes).items():
        (made.path / name).write_text(text, encoding="utf-8")


def lock_of(made):
    return read_lock((made.path / "plan.lock").read_bytes()).plan


def test_the_lock_holds_every_demand_and_nothing_that_was_found(project, monkeypatch):
    made = project(files(value=77))
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    plan = lock_of(made)
    assert [entry["id"] for entry in plan["checks"]] == [
        "tests/test_x.py::fixture shared#own.require:judged by a shared fixture",
        "tests/test_x.py::test_rows#own.require:answered",
        "tests/test_x.py::test_rows#own.require:replicas",
        "tests/test_x.py::test_size#own.require:size",
    ]
    size = plan["checks"][-1]
    assert size["comparator"] == "<="
    assert size["threshold"] == {"kind": "literal", "value": 10}
    assert (size["severity"], size["owner"], size["rationale"]) == ("block", "risk", "Agreed with operations in OP-7.")
    assert "77" not in json.dumps({name: value for name, value in size.items() if name != "source"})
    assert not list(made.path.glob(".mltest/runs/*"))
    assert not list(made.path.glob(".mltest/plans/*"))


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_the_same_lock_however_it_is_recorded(locked, workers):
    made = locked()
    first = (made.path / "plan.lock").read_bytes()
    assert main(["plan", "--check", "--", "-p", "no:cacheprovider", *workers]) == 0
    assert (made.path / "plan.lock").read_bytes() == first


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_a_run_that_keeps_to_the_plan_matches(locked, workers):
    run = locked().run(*workers)
    described, verdict = run.object("run"), run.object("verdict")
    assert (described["plan_status"], described["differences"]) == ("matched", [])
    assert described["plan_digest"] == described["lock_digest"]
    assert verdict["completeness"]["planned"] == 4
    assert verdict["gate"] == "allow"
    assert all(record["entry"] for record in run.records)


@pytest.mark.parametrize(
    "changes",
    [{"limit": 11}, {"limit": 9}, {"limit": 10.5}, {"severity": "warn"}],
    ids=["loosened", "tightened", "by a little", "severity"],
)
def test_a_run_that_demands_otherwise_is_exploratory(locked, changes):
    made = locked()
    write(made, **changes)
    run = made.run()
    assert run.object("run")["plan_status"] == "differs"
    assert any("test_size" in line["id"] for line in run.object("run")["differences"])
    assert run.object("verdict")["gate"] == "void"
    assert run.exit_code == 0, "in the dev profile the status follows the verdicts"
    assert made.run("--mltest-locked").exit_code == 1


def test_loosened_limits_come_first(locked):
    made = locked()
    write(made, limit=11)
    (made.path / "tests" / "test_new.py").write_text(
        "import mltest\ndef test_n(): mltest.require(1, at_most=2, name='n')\n"
    )
    lines = made.run().object("run")["differences"]
    assert lines[0]["direction"] == "loosened"
    assert "size" in lines[0]["id"]
    assert {line["kind"] for line in lines} >= {"threshold_loosened", "added"}


def test_a_limit_that_is_only_known_at_run_time_is_caught(project, monkeypatch):
    text = "import mltest, os\ndef test_a(): mltest.require(1, at_most=float(os.environ.get('LIMIT', 2)), name='a')\n"
    made = project({"tests/test_x.py": text})
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    assert made.run().object("run")["plan_status"] == "matched"
    monkeypatch.setenv("LIMIT", "2.0000000000000004")
    run = made.run()
    assert run.object("run")["plan_status"] == "differs"
    assert run.records[0]["entry"] is None
    assert "unplanned" in run.records[0]["flags"]


def test_an_edited_helper_differs_even_where_the_limits_are_the_same(project, monkeypatch):
    made = project(
        {
            "limits.py": "LIMIT = 5\n",
            "tests/test_x.py": "import limits, mltest\ndef test_a(): mltest.require(1, at_most=limits.LIMIT)\n",
            "pytest.ini": "[pytest]\npythonpath = .\n",
        }
    )
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    (made.path / "limits.py").write_text("# a word\nLIMIT = 5\n")
    assert made.run().object("run")["plan_status"] == "differs"


def test_a_plain_test_may_come_and_go_without_touching_the_plan(locked):
    made = locked()
    (made.path / "tests" / "test_plain.py").write_text("def test_more(): assert True\n")
    run = made.run()
    assert run.object("run")["plan_status"] == "matched"
    assert run.object("verdict")["completeness"]["planned"] == 4


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-k", "not test_size"], "deselected_keyword"),
        (["--deselect", "tests/test_x.py::test_size"], "deselected_option"),
        (["tests/test_x.py::test_rows", "tests/test_x.py::test_plain"], "not_collected_path"),
    ],
)
def test_what_the_plan_promised_and_did_not_run_has_its_reason(locked, arguments, reason):
    run = locked().run(*arguments)
    assert run.not_run()["tests/test_x.py::test_size#own.require:size"] == reason
    assert run.object("verdict")["completeness"]["holds"]
    assert run.object("verdict")["gate"] == "void"
    assert run.exit_code == 0, "in the dev profile the status follows the verdicts"


def test_a_check_that_was_not_reached_is_told(project, monkeypatch):
    text = """
import os, mltest
def test_a():
    mltest.require(1, at_most=2, name="first")
    if not os.environ.get("SHORT"):
        mltest.require(1, at_most=2, name="second")
"""
    made = project({"tests/test_x.py": text})
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    monkeypatch.setenv("SHORT", "1")
    run = made.run()
    assert run.not_run() == {"tests/test_x.py::test_a#own.require:second": "check_not_reached"}
    assert run.object("verdict")["gate"] == "block"


def test_an_edited_lock_stops_the_session_before_any_test(locked):
    made = locked()
    path = made.path / "plan.lock"
    path.write_bytes(path.read_bytes().replace(b'"value": 10', b'"value": 99'))
    run = made.run()
    assert run.exit_code == 4
    assert run.folder is None
    assert "MLP04" in run.result.stderr.str()


def test_a_suite_that_breaks_gives_no_plan(project, monkeypatch, capsys):
    made = project(
        {"tests/test_x.py": "import mltest\ndef test_a():\n    mltest.require(1, at_most=2, name='a')\n    1 / 0\n"}
    )
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 3
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert not (made.path / "plan.lock").exists()


def test_a_test_that_was_left_out_of_the_recording_is_not_in_the_plan(locked):
    made = locked()
    assert main(["plan", "--", "-p", "no:cacheprovider", "-k", "rows"]) == 0
    assert {entry["nodeid"] for entry in lock_of(made)["checks"]} == {"tests/test_x.py::test_rows"}


def test_check_writes_nothing_and_says_what_changed(locked, capsys):
    made = locked()
    before = (made.path / "plan.lock").read_bytes()
    write(made, limit=20)
    assert main(["plan", "--check", "--", "-p", "no:cacheprovider"]) == 1
    assert "10 -> 20" in capsys.readouterr().out
    assert (made.path / "plan.lock").read_bytes() == before


def test_the_merge_profile_binds_on_ci_once_a_lock_is_committed(locked, monkeypatch):
    made = locked()
    monkeypatch.setenv("CI", "true")
    assert made.run().object("run")["profile"] == "merge"
    (made.path / "plan.lock").unlink()
    assert made.run().object("run")["profile"] == "dev"


def test_locked_without_a_lock_does_not_open(project):
    run = project(files()).run("--mltest-locked")
    assert run.object("verdict")["gate"] == "void"
    assert run.exit_code == 1


def test_lock_bytes_are_reviewable_and_stable(locked):
    text = (locked().path / "plan.lock").read_bytes()
    assert lock_bytes(read_lock(text).plan) == text
    assert text.endswith(b"}\n")
