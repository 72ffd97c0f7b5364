"""How a verdict shows in pytest: outcome, summary line, exit status."""

from __future__ import annotations

import pytest

INCONCLUSIVE = "import mltest\ndef test_a(): mltest.require([1] * 45 + [0] * 5, at_least=0.9, name='share')\n"


def test_pass_leaves_exit_status_zero(project):
    run = project({"test_x.py": "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"}).run()
    assert run.exit_code == 0
    assert run.object("verdict")["gate"] == "allow"
    run.result.stdout.fnmatch_lines(
        ["*gate      allow", "*checks    1 passed", "*1 planned = 1 executed", "*root      sha256:*"]
    )


def test_inconclusive_fails_by_default(project):
    run = project({"test_x.py": INCONCLUSIVE}).run()
    assert run.exit_code == 1
    assert list(run.verdicts().values()) == ["inconclusive"]
    run.result.stdout.fnmatch_lines(["*mltest.Inconclusive: share 0.900, required at least 0.90*"])


@pytest.mark.parametrize("where", ["option", "setting"])
def test_inconclusive_may_warn(project, where):
    settings = {"mltest.toml": 'inconclusive = "warn"\n'} if where == "setting" else {}
    run = project({"test_x.py": INCONCLUSIVE, **settings}).run(
        *(["--mltest-inconclusive=warn"] if not settings else [])
    )
    assert run.exit_code == 0
    assert list(run.verdicts().values()) == ["inconclusive"]
    assert run.object("verdict")["gate"] == "allow_conditional"
    run.result.stdout.fnmatch_lines(["*1 warned*"])


@pytest.mark.parametrize(("severity", "gate"), [("warn", "allow_conditional"), ("info", "allow")])
def test_a_low_severity_raises_and_warns(project, severity, gate):
    text = f"""
import pytest, mltest
@pytest.mark.mltest(severity="{severity}")
def test_a():
    mltest.require(9, at_most=2, name="a")
    raise RuntimeError("the assertion must have raised before this line")
"""
    run = project({"test_x.py": text}).run()
    assert run.exit_code == 0
    assert [(r["verdict"], r["severity"]) for r in run.records] == [("failed", severity)]
    assert run.object("verdict")["gate"] == gate
    run.result.stdout.fnmatch_lines(["*1 warned*"])


def test_an_expected_failure_still_blocks(project):
    text = "import pytest, mltest\n@pytest.mark.xfail\ndef test_a(): mltest.require(9, at_most=2, name='a')\n"
    run = project({"test_x.py": text}).run()
    run.result.assert_outcomes(xfailed=1)
    assert run.records[0]["flags"] == ["xfail"]
    assert run.object("verdict")["gate"] == "block"
    assert run.exit_code == 1


def test_a_failed_subtest_fails_the_run(project):
    text = """
import mltest
def test_a(subtests):
    with subtests.test(): mltest.require(9, at_most=2, name="a")
"""
    run = project({"test_x.py": text}).run()
    assert run.exit_code == 1
    assert list(run.verdicts().values()) == ["failed"]


def test_the_summary_line_starts_with_the_sentence(project):
    run = project({"test_x.py": "import mltest\ndef test_a(): mltest.require(9, at_most=2, name='a')\n"}).run("-rf")
    run.result.stdout.fnmatch_lines(["FAILED test_x.py::test_a - a 9, required at most 2"])


def test_no_frame_of_mltest_is_shown(project):
    run = project({"test_x.py": "import mltest\ndef test_a(): mltest.require(9, at_most=2, name='a')\n"}).run()
    assert "assertion.py" not in run.text
    run.result.stdout.fnmatch_lines([">*mltest.require(9, at_most=2, name='a')", "E   mltest.CheckFailed: a 9, *"])


def test_a_caught_failure_is_still_in_the_evidence(project):
    text = """
import mltest, pytest
def test_a():
    with pytest.raises(mltest.CheckFailed): mltest.require(9, at_most=2, name="a")
"""
    run = project({"test_x.py": text}).run()
    run.result.assert_outcomes(passed=1)
    assert list(run.verdicts().values()) == ["failed"]
    assert run.exit_code == 1


def test_a_twin_records_nothing(project):
    text = "import mltest\ndef test_a(): assert mltest.checks.require(9, at_most=2, name='a').verdict == 'failed'\n"
    run = project({"test_x.py": text}).run("--mltest-report", "out")
    assert run.records == []
    run.result.assert_outcomes(passed=1)


def test_a_session_without_mltest_leaves_no_trace(project):
    run = project({"test_x.py": "def test_a(): pass\n"}).run()
    assert run.folder is None
    assert not list(run.result.stdout.lines) or "mltest ===" not in run.text


def test_collect_only_is_no_run(project):
    run = project({"test_x.py": "import mltest\ndef test_a(): mltest.require(9, at_most=2)\n"}).run("--collect-only")
    assert run.folder is None
    assert run.exit_code == 0
