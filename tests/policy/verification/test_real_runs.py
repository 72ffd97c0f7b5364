"""Runs of the plugin, however they end, are consistent; verification rejects no honest run."""

from __future__ import annotations

import json

import pytest

from mltest import cli

TESTS = """
import os, mltest, pytest

@pytest.fixture(scope="session")
def shared():
    mltest.require(3, at_most=5, name="judged by a shared fixture")

def test_size(shared):
    mltest.require({value}, at_most={limit}, name="size")

@pytest.mark.slow
def test_rows():
    mltest.require([1] * 60, at_least=0.9, name="answered")
    mltest.require(2, between=(1, 3), name="replicas")

@pytest.mark.skipif({skip}, reason="not today")
def test_skipped():
    mltest.require(1, at_most=2, name="one")

@pytest.mark.xfail(condition={xfail}, reason="known")
def test_known():
    mltest.require(1, at_most={known}, name="known")

def test_plain():
    {plain}
"""
INI = {"pytest.ini": "[pytest]\nmarkers =\n    slow\n", "mltest.toml": 'project = "planned"\n'}


AS_PLANNED = {"value": 4, "limit": 10, "skip": False, "xfail": False, "known": 2, "plain": "assert True"}


def text(**changes):
    return TESTS.format(**{**AS_PLANNED, **changes})


def verified(run, capfdbinary):
    capfdbinary.readouterr()
    status = cli.main(["verify", str(run.folder), "--json"])
    told = json.loads(capfdbinary.readouterr().out)
    return status, told["findings"], told["grade"]


CASES = {
    "as planned": ({}, []),
    "workers": ({}, ["-n2"]),
    "a limit loosened": ({"limit": 11}, []),
    "a check that fails": ({"value": 77}, []),
    "stopped": ({"value": 77}, ["-x"]),
    "deselected": ({}, ["-k", "not size"]),
    "by mark": ({}, ["-m", "not slow"]),
    "by id": ({}, ["test_x.py::test_rows"]),
    "skipped": ({"skip": True}, []),
    "xfail": ({"xfail": True, "known": 0}, []),
    "broken": ({"plain": "raise OSError(3)"}, []),
    "a worker dies": ({"plain": "os._exit(3)"}, ["-n2"]),
}


WITHOUT_LOCK = ("as planned", "a check that fails", "deselected", "broken")


@pytest.fixture(scope="module")
def lock(tmp_path_factory):
    """The plan of the tests as planned, recorded once."""
    folder = tmp_path_factory.mktemp("planned")
    for file, content in {"test_x.py": text(), **INI}.items():
        (folder / file).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert cli.main(["plan", "--", "-p", "no:cacheprovider"]) == 0
    return (folder / "plan.lock").read_text(encoding="utf-8")


def case(name, *, locked):
    return pytest.param(name, locked, marks=[pytest.mark.once] if "-n2" in CASES[name][1] else [])


@pytest.mark.parametrize(
    ("name", "locked"),
    [*(case(name, locked=True) for name in CASES), *(case(name, locked=False) for name in WITHOUT_LOCK)],
)
def test_an_honest_run_is_consistent(name, locked, lock, project, capfdbinary):
    changes, options = CASES[name]
    made = project({"test_x.py": text(**changes), **INI, **({"plan.lock": lock} if locked else {})})
    status, findings, grade = verified(made.run(*options), capfdbinary)
    assert (status, findings) == (0, [])
    assert grade == "E0"


def test_an_abandoned_run_is_said_to_be_one(project, capfdbinary):
    made = project(
        {"test_x.py": "import os, mltest\ndef test_a():\n    mltest.require(1, at_most=2, name='a')\n    os._exit(3)\n"}
    )
    run = made.run(subprocess=True)
    status, findings, _ = verified(run, capfdbinary)
    assert status == 3
    assert findings[0]["code"] == "MLV18"
    assert "an abandoned run" in findings[0]["text"]
