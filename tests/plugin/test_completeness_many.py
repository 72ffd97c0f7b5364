"""Under a locked plan of reruns, of many tests, and of tests whose ids no later run has."""

from __future__ import annotations

import pytest

from mltest.cli import main
from mltest.policy.plan import read_lock
from tests.plugin.test_completeness_locked import held

RERUN = """
import mltest, pathlib, pytest
@pytest.mark.flaky(reruns=2)
def test_flaky():
    seen = pathlib.Path("seen")
    first = not seen.exists()
    seen.touch()
    if {breaks}:
        assert not first
    mltest.require(9 if first else 1, at_most=2, name="value")
"""


@pytest.mark.once
@pytest.mark.parametrize("breaks", [True, False], ids=["breaks", "misses"])
@pytest.mark.parametrize(("rule", "gate"), [("all", "block"), ("any", "allow")])
def test_reruns_that_the_plan_grants(project, monkeypatch, breaks, rule, gate):
    files = {"test_x.py": RERUN.format(breaks=breaks), "mltest.toml": f'[policy]\nrerun_rule = "{rule}"\n'}
    made = project(files)
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    (made.path / "seen").unlink(missing_ok=True)
    run = made.run("-p", "rerunfailures", "--mltest-profile=merge")
    verdict = held(run)
    assert (verdict["gate"], run.exit_code) == (gate, 0 if gate == "allow" else 1)
    assert "MLC04" in {reason["code"] for reason in verdict["reasons"]}


MANY = """
import mltest, pytest

@pytest.mark.parametrize("n", range({first}, {last}))
def test_many(n):
    mltest.require(n, at_most=10_000, name="n")
"""


@pytest.mark.once
def test_many_tests_in_workers(project, monkeypatch):
    made = project({f"test_{at}.py": MANY.format(first=at, last=at + 100) for at in range(0, 600, 100)})
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    run = made.run("-n2", "--mltest-profile=merge")
    assert len({record["id"] for record in run.records}) == len(run.records) == 600
    assert (held(run)["gate"], run.exit_code) == ("allow", 0)


def test_ids_that_no_later_run_has_are_told(project, monkeypatch, capsys):
    text = """
import mltest, pytest
@pytest.mark.parametrize("model", [object()], ids=repr)
def test_a(model): mltest.require(1, at_most=2, name="a")
"""
    made = project({"test_x.py": text})
    monkeypatch.chdir(made.path)
    assert main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    assert "MLC07 parameter id test_x.py::test_a[<object object at 0x" in capsys.readouterr().err
    assert len(read_lock((made.path / "plan.lock").read_bytes()).plan["checks"]) == 1
