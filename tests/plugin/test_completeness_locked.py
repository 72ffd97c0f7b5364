"""Under a locked plan every check is executed or not run for its reason, and running less is never greener."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mltest.cli import main
from tests.plugin import locked_project as of

GATES = ("allow", "allow_conditional", "block", "void")
WORKERS = pytest.mark.parametrize(
    "workers", [(), pytest.param(("-n2",), marks=pytest.mark.once)], ids=["serial", "-n2"]
)


@pytest.fixture(scope="module")
def lock(tmp_path_factory):
    """The bytes of the plan, recorded once."""
    folder = tmp_path_factory.mktemp("planned")
    for name, text in of.FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    command = [sys.executable, "-m", "mltest", "plan", "--", "-p", "no:cacheprovider"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return (folder / "plan.lock").read_bytes()


@pytest.fixture
def locked(project, lock, monkeypatch):
    """Runs the project under its lock; ``act`` and ``mark`` are what happens on the way."""
    monkeypatch.delenv("CI", raising=False)

    def make(*arguments, act="", mark="", profile="merge", subprocess=False, cache=False, **changed):
        for name, asked in (("ACT", act), ("MARK", mark)):
            monkeypatch.setenv(name, asked)
        files = {name: text for name, text in {**of.FILES, **changed}.items() if text is not None}
        made = project({**files, "plan.lock": lock.decode()})
        given = (
            f"--mltest-profile={profile}",
            *(("-p", "cacheprovider", "-p", "stepwise") if cache else ()),
            *arguments,
        )
        return made.run(*given, subprocess=subprocess)

    return make


def held(run):
    """The verdict, after the identity was counted by hand: each id once, and none twice."""
    planned = {entry["id"]: entry["nodeid"] for entry in run.object("plan")["checks"]}
    results, verdict = run.object("results"), run.object("verdict")
    recorded = {record["id"] for record in results["records"]}
    missed = {row["id"] for row in results["not_run"]}
    for identity, node in planned.items():
        done = identity in recorded or f"{node}#pytest" in recorded
        assert done or identity in missed, identity
        assert not (identity in recorded and identity in missed), identity
    whole = verdict["completeness"]
    assert whole["holds"]
    assert whole["planned"] == len(planned) == whole["executed"] + whole["not_run"]
    assert sum(whole["by_reason"].values()) == whole["not_run"] == len(missed & set(planned))
    return verdict


def blocked(verdict):
    return {reason["id"] for reason in verdict["reasons"] if reason["gate"] == "block" and "id" in reason}


def voids(verdict):
    return {reason["code"]: reason["text"] for reason in verdict["reasons"] if reason["gate"] == "void"}


@WORKERS
def test_the_whole_plan(locked, workers):
    run = locked(*workers)
    verdict = held(run)
    assert set(run.verdicts()) == set(of.EVERY)
    assert (verdict["gate"], run.object("run")["plan_status"], run.exit_code) == ("allow", "matched", 0)


SELECTIONS = [
    (("-k", "not test_two"), of.BOTH, "deselected_keyword", "-k 2"),
    (("-m", "not slow"), of.BOTH, "deselected_mark", "-m 2"),
    (("--deselect", "tests/test_a.py::test_two"), of.BOTH, "deselected_option", "--deselect 2"),
    (("-k", "not shared and not in_class"), (of.SHARED, of.IN_CLASS), "deselected_keyword", "-k 2"),
    (("tests/test_a.py",), of.ALL_OF_B, "not_collected_path", "paths 6"),
    (("--ignore=tests/test_b.py",), of.ALL_OF_B, "not_collected_path", "paths 6"),
    (
        ("tests/test_b.py", "tests/test_a.py::TestGroup"),
        (of.EVERY[2], *of.PARAMS, *of.BOTH),
        "not_collected_path",
        "paths 6",
    ),
]


@pytest.mark.parametrize("selection", SELECTIONS, ids=[" ".join(row[0]) for row in SELECTIONS])
@pytest.mark.parametrize("profile", ["dev", "merge"])
def test_a_part_of_the_plan_is_no_decision(locked, selection, profile):
    arguments, missed, reason, shown = selection
    run = locked(*arguments, profile=profile)
    verdict = held(run)
    assert run.not_run() == dict.fromkeys(missed, reason)
    assert verdict["gate"] == "void"
    ran = len(of.EVERY) - len(missed)
    assert voids(verdict) == {"MLC01": f"{ran} of {len(of.EVERY)} planned checks ran; {len(missed)} not run ({shown})"}
    assert run.exit_code == (0 if profile == "dev" else 1)
    assert blocked(verdict) == (set() if profile == "dev" else set(missed))


@pytest.mark.once
def test_a_part_of_the_plan_in_workers_is_whole_evidence(locked):
    run = locked("-k", "not test_two", "-n2")
    assert voids(held(run)).keys() == {"MLC01"}
    assert main(["verify", str(run.folder)]) == 0


NOT_RUN = [
    ({"mark": "test_two=skip"}, of.BOTH, "skipped", None),
    ({"act": "before=skip"}, of.BOTH, "skipped", "no data today"),
    ({"act": "between=skip"}, of.BOTH[1:], "skipped", "no data today"),
    (
        {"act": "before=importorskip"},
        of.BOTH,
        "skipped",
        "could not import 'nowhere_at_all': No module named 'nowhere_at_all'",
    ),
    ({"act": "import test_b=skip"}, of.ALL_OF_B, "skipped", "no data today"),
    (
        {"act": "import test_b=importorskip"},
        of.ALL_OF_B,
        "skipped",
        "could not import 'nowhere_at_all': No module named 'nowhere_at_all'",
    ),
    ({"mark": "test_two=not run"}, of.BOTH, "xfail_not_run", "[NOTRUN] "),
    ({"act": "table=raise"}, (of.TABLE,), "setup_failed", "OSError at acts.py:18"),
    ({"act": "shared=raise"}, (of.SHARED, of.IN_CLASS), "setup_failed", "OSError at acts.py:18"),
    ({"act": "before=assert"}, of.BOTH, "check_not_reached", None),
    ({"act": "before=fail"}, of.BOTH, "check_not_reached", None),
    ({"act": "between=assert"}, of.BOTH[1:], "check_not_reached", None),
    ({"act": "between=return"}, of.BOTH[1:], "check_not_reached", None),
    ({"act": "two=miss"}, of.BOTH[1:], "check_not_reached", None),
    ({"act": "two=miss", "mark": "test_two=xfail"}, of.BOTH[1:], "check_not_reached", None),
    ({"act": "between=raise", "mark": "test_two=xfail"}, of.BOTH[1:], "check_not_reached", None),
    ({"act": "subtest 1=assert"}, of.SUBTESTS[1:2], "check_not_reached", None),
    ({"act": "subtest 1=skip"}, of.SUBTESTS[1:2], "check_not_reached", None),
    ({"act": "unit=fail"}, (of.UNIT,), "check_not_reached", None),
]


@pytest.mark.parametrize(("asked", "missed", "reason", "detail"), NOT_RUN, ids=[str(row[0]) for row in NOT_RUN])
def test_what_did_not_run_blocks_and_says_why(locked, asked, missed, reason, detail):
    run = locked(profile="dev" if reason in ("skipped", "xfail_not_run") else "merge", **asked)
    verdict = held(run)
    assert run.not_run() == dict.fromkeys(missed, reason)
    assert detail in (None, run.object("results")["not_run"][0]["detail"])
    assert verdict["gate"] == "block"
    assert blocked(verdict) >= set(missed)
    assert run.exit_code == 1


@pytest.mark.once
@pytest.mark.parametrize("asked", ["import test_b=importorskip", "subtest 1=assert"])
def test_what_did_not_run_in_workers_has_the_same_reason(locked, asked):
    serial, parallel = locked(act=asked), locked("-n2", act=asked)
    assert parallel.not_run() == serial.not_run()
    assert parallel.verdicts() == serial.verdicts()
    assert held(parallel)["gate"] == held(serial)["gate"] == "block"
    assert parallel.exit_code == 1


def test_a_miss_under_xfail_stays_one_whatever_pytest_says(locked):
    run = locked(act="two=miss", mark="test_two=xfail")
    assert run.verdicts()[of.TWO] == "failed"
    assert "MLC05" in {reason["code"] for reason in held(run)["reasons"]}
    assert run.exit_code == 1


def test_a_check_that_passes_under_xfail(locked):
    assert locked(mark="test_two=xfail").exit_code == 0
    strict = locked(mark="test_two=strict")
    assert held(strict)["gate"] == "allow"
    assert strict.exit_code == 1, "pytest's own status is never lowered"


@pytest.mark.parametrize("more", [(), ("--continue-on-collection-errors",)], ids=["", "continue"])
def test_a_broken_import(locked, more):
    run = locked(*more, act="import test_b=import")
    verdict = held(run)
    assert {run.not_run()[identity] for identity in of.ALL_OF_B} == {"collection_error"}
    assert set(run.not_run().values()) == {"collection_error"} | (set() if more else {"stopped_early"})
    assert verdict["gate"] in ("block", "void")
    assert run.exit_code in (1, 2)


@pytest.mark.parametrize("option", ["-x", "--maxfail=1", "--sw"])
def test_a_session_that_ends_at_the_first_miss(locked, option):
    run = locked(option, act="two=miss", cache=True)
    assert run.not_run() == {**dict.fromkeys(of.AFTER_TWO, "stopped_early"), of.SECOND_OF_TWO: "check_not_reached"}
    assert voids(held(run))["MLC01"].startswith("2 of 14 planned checks ran; 12 not run (check not reached 1, -x 11)")
    assert run.exit_code != 0


@pytest.mark.once
def test_the_first_miss_in_workers(locked):
    run = locked("-x", "-n2", act="two=miss")
    assert set(run.not_run().values()) <= {"stopped_early", "check_not_reached"}
    assert held(run)["gate"] in ("block", "void")
    assert run.exit_code != 0


@pytest.mark.parametrize("option", ["--lf", "--sw"])
def test_only_what_failed_last_time(locked, option):
    locked(act="before=fail", cache=True)
    if option == "--sw":
        locked("--sw", act="before=fail", cache=True)
    run = locked(option, cache=True)
    assert set(run.not_run().values()) == {"not_collected_cache"}
    assert set(run.verdicts()) >= set(of.BOTH)
    assert voids(held(run)).keys() == {"MLC01"}
    assert run.exit_code == 1


STOPS = [
    ("session=stop", "time is up"),
    ("between=interrupt", "interrupted"),
    ("between=exit", "pytest.exit was called"),
]


@pytest.mark.parametrize(("act", "detail"), STOPS, ids=[row[0] for row in STOPS])
def test_a_session_that_is_stopped(locked, act, detail):
    run = locked(act=act, subprocess=True)
    verdict = held(run)
    missed = {row["id"]: (row["reason"], row["detail"]) for row in run.object("results")["not_run"]}
    assert missed == dict.fromkeys(
        (*of.AFTER_TWO, *(of.BOTH[1:] if "between" in act else ())), ("stopped_early", detail)
    )
    assert verdict["gate"] == "void"
    assert run.exit_code != 0, "also where the plugin asked for 0"


def test_tests_that_a_conftest_drops_without_a_word(locked):
    run = locked(act="collection=drop")
    assert run.not_run() == dict.fromkeys(of.BOTH, "deselected_plugin")
    assert voids(held(run)).keys() == {"MLC01"}


@pytest.mark.once
def test_a_worker_that_dies_leaves_errors(locked):
    run = locked("-n2", act="between=die")
    verdict = held(run)
    assert run.not_run() == {}
    assert run.verdicts()[f"{of.A}test_two#pytest"] == "error"
    assert {cell["id"]: cell["verdict"] for cell in verdict["outcomes"]}[of.SECOND_OF_TWO] == "error"
    assert blocked(verdict) == {of.SECOND_OF_TWO, f"{of.A}test_two#pytest"}
    assert run.exit_code == 1


@pytest.mark.once
@pytest.mark.parametrize("what", ["die", "raise"])
def test_a_conftest_that_breaks_in_one_worker(locked, what, monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the session that runs this test
    run = locked("-n2", "--max-worker-restart=1", act=f"conftest of gw1={what}", subprocess=True)
    assert run.exit_code != 0 or held(run)["gate"] == "allow"
    if run.folder is not None and (run.folder / "verdict.json").exists():
        held(run)


def test_more_checks_than_were_planned(locked):
    run = locked(act="after=more", profile="dev")
    assert held(run)["completeness"]["unplanned"] == 1
    assert voids(held(run))["MLP02"].startswith("plan differs: 0 changed, 1 added, 0 missing (first: ")
    assert locked(act="after=more").exit_code == 1


CHANGES = [
    ({"tests/test_a.py": of.FIRST.replace("[1, 2, 3]", "[1, 2, 3, 4]")}, "added", of.PARAMS[0].replace("[1]", "[4]")),
    ({"tests/test_a.py": of.FIRST.replace("[1, 2, 3]", "[1, 2]")}, "removed", of.PARAMS[2]),
    ({"tests/test_a.py": of.FIRST.replace("test_one", "test_uno")}, "removed", of.EVERY[2]),
    (
        {"tests/test_a.py": of.FIRST.replace("test_one", "test_uno")},
        "added",
        of.EVERY[2].replace("test_one", "test_uno"),
    ),
    ({"tests/test_b.py": of.SECOND.replace("def test_last", "def last")}, "removed", of.LAST),
    ({"tests/test_b.py": None, "tests/test_c.py": of.SECOND}, "removed", of.LAST),
    ({"tests/test_b.py": None, "tests/test_c.py": of.SECOND}, "added", of.LAST.replace("test_b", "test_c")),
]


@pytest.mark.parametrize(("changed", "kind", "identity"), CHANGES, ids=[f"{row[1]} {row[2]}" for row in CHANGES])
def test_tests_that_came_went_or_moved(locked, changed, kind, identity):
    run = locked(profile="dev", **changed)
    verdict = held(run)
    assert run.object("run")["plan_status"] == "differs"
    assert (kind, identity) in {(line["kind"], line["id"]) for line in run.object("run")["differences"]}
    assert "MLP02" in voids(verdict)
    if kind == "removed":
        assert run.not_run()[identity] == "not_collected_gone"
        assert " 0 missing" not in voids(verdict)["MLP02"]


def test_a_test_that_nobody_looked_for_is_not_missing_from_the_suite(locked):
    run = locked("tests/test_a.py", **{"tests/test_b.py": of.SECOND.replace("def test_last", "def last")})
    assert run.object("run")["differences"] == []
    assert run.not_run()[of.LAST] == "not_collected_path"


@pytest.mark.parametrize("where", ["before", "table"])
def test_an_attempt_that_broke_counts_where_no_rerun_was_granted(locked, where):
    run = locked("--reruns=1", "-p", "rerunfailures", act=f"{where}=raise once")
    node = f"{of.A}test_two" if where == "before" else f"{of.B}test_table"
    tries = [(record["attempt"], record["verdict"]) for record in run.records if record["id"] == f"{node}#pytest"]
    assert tries == [(1, "error"), (2, "passed")]
    assert held(run)["gate"] == "void", "the reruns are not in the plan"
    assert f"{node}#pytest" in blocked(held(run))
    assert run.exit_code == 1


def test_a_check_at_import_time_is_an_error(project, monkeypatch):
    text = "import mltest\n{more}def test_a(): mltest.require(1, at_most=2, name='a')\n"
    made = project({"test_x.py": text.format(more="")})
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    (made.path / "test_x.py").write_text(text.format(more="mltest.require(1, at_most=2, name='too early')\n"))
    for workers in ((), ("-n2",)):
        run = made.run(*workers, subprocess=True)
        early = next(record for record in run.records if not record["node"])
        assert (early["verdict"], early["because"]) == (
            "error",
            "MLP09 check #own.require:too early ran before the plan was sealed",
        )
        assert blocked(held(run)) == {"#own.require:too early"}
        assert run.exit_code == 1
    assert main(["plan", "--check", "--", "-p", "no:cacheprovider"]) == 3


@pytest.mark.once
def test_one_run_for_each_environment_is_no_run_of_a_plan(locked):
    run = locked("--dist=each", "--tx=2*popen", subprocess=True)
    assert (run.exit_code, run.folder) == (4, None)
    run.result.stderr.fnmatch_lines(["*--dist=each*refused in the profile merge*"])


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan"])
def test_a_session_that_only_looks_leaves_no_run(locked, option):
    run = locked(option)
    assert (run.exit_code, run.folder) == (0, None)


@pytest.mark.once
def test_two_sessions_at_once_do_not_meet(project, lock):
    made = project({**of.FILES, "plan.lock": lock.decode()})
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "ACT", "MARK")}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--mltest-profile=merge"]
    sessions = [subprocess.Popen(command, cwd=made.path, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [session.wait(timeout=120) for session in sessions] == [0, 0]
    folders = list(made.path.glob(".mltest/runs/*"))
    assert [json.loads((folder / "verdict.json").read_bytes())["gate"] for folder in folders] == ["allow", "allow"]


@pytest.mark.once
@pytest.mark.parametrize("act", ["two=miss", "before=raise"])
@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    left_out=st.sets(
        st.sampled_from(["test_one", "test_two", "test_param", "in_class", "unit", "table", "last"]), min_size=1
    )
)
def test_running_less_is_never_greener(locked, act, left_out):
    words = " and ".join(f"not {name}" for name in sorted(left_out))
    gates = [held(locked(*more, act=act, profile="dev"))["gate"] for more in ((), ("-k", words))]
    assert GATES.index(gates[1]) >= GATES.index(gates[0])
