"""A waived miss stays a miss: the test goes on and is no pass, the gate is conditional, and the waiver ends."""

from __future__ import annotations

import pytest

TESTS = """
import mltest

def test_size():
    mltest.require({value}, at_most=10, name="size")
    mltest.require(1, at_most=2, name="after it")
"""
WAIVER = """
schema = "mltest/waivers/v1"

[[waiver]]
id = "W-1"
check = "{check}"
covers = ["failed"]
reason = "The new index is larger until the migration is over"
risk = "Start-up takes longer than promised"
requested_by = "search"
approved_by = "{approver}"
approved_at = 2026-01-02T09:00:00Z
expires = {expires}
bound = {{ metric = "size", no_worse_than = {bound} }}
"""
CHECK = "tests/test_x.py::test_size#own.require:size"
LONG = 'inconclusive = "fail"\n[policy]\nmax_waiver_days = 100000\n'


@pytest.fixture
def waived(project):
    def make(*arguments, value=12, check=CHECK, approver="validation", expires="2126-01-01", bound=15):
        made = project(
            {
                "tests/test_x.py": TESTS.format(value=value),
                "waivers.toml": WAIVER.format(check=check, approver=approver, expires=expires, bound=bound),
                "mltest.toml": LONG,
            }
        )
        return made.run(*arguments)

    return make


@pytest.mark.parametrize("workers", [[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def test_a_covered_miss_does_not_fail_the_session_and_is_no_pass(waived, workers):
    run = waived(*workers)
    assert run.exit_code == 0
    assert run.verdicts() == {CHECK: "failed", "tests/test_x.py::test_size#own.require:after it": "passed"}
    verdict = run.object("verdict")
    assert verdict["gate"] == "allow_conditional"
    assert [(cell["id"], cell["waiver"], cell["waiver_state"]) for cell in verdict["outcomes"] if cell["waiver"]] == [
        (CHECK, "W-1", "valid")
    ]
    run.result.stdout.fnmatch_lines(["*failed, waived by W-1: size 12, required at most 10*", "*1 waived*"])
    assert not run.result.parseoutcomes().get("passed")


@pytest.mark.parametrize(
    "broken",
    [
        {"expires": "2026-01-03"},
        {"bound": 11},
        {"approver": "search"},
        {"check": "tests/test_x.py::test_other#own.require:size"},
    ],
    ids=["expired", "worse than its bound", "approved by who asked", "another check"],
)
def test_what_no_waiver_covers_fails_as_it_would_without(waived, broken):
    run = waived(**broken)
    assert run.exit_code == 1
    assert run.object("verdict")["gate"] == "block"
    run.result.stdout.fnmatch_lines(["*1 failed*"])


def test_a_waiver_that_is_not_needed_changes_nothing(waived):
    run = waived(value=3)
    assert run.exit_code == 0
    assert run.object("verdict")["gate"] == "allow"


def test_a_mistake_in_the_file_stops_the_session(project):
    text = WAIVER.format(check=CHECK, approver="v", expires="2126-01-01", bound=1).replace("expires", "expire")
    run = project({"tests/test_x.py": TESTS.format(value=1), "waivers.toml": text}).run()
    assert run.exit_code == 4
    assert "did you mean `expires`" in run.result.stderr.str() or "nearest is 'expires'" in run.result.stderr.str()


def test_the_kept_waiver_decides_again_without_the_file(waived, monkeypatch):
    from mltest.cli import main

    run = waived()
    (run.folder.parents[2] / "waivers.toml").unlink()
    assert main(["gate", str(run.folder)]) == 0
