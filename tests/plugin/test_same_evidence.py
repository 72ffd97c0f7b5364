"""The evidence is the same, but for times and process ids, however the tests were run."""

from __future__ import annotations

import pytest

FILES = {
    "conftest.py": """
import os
def pytest_collection_modifyitems(items):
    if "REVERSED" in os.environ:
        items.reverse()
""",
    "test_numbers.py": """
import pytest, mltest

@pytest.fixture(scope="session")
def shared():
    mltest.require(3, at_most=5, name="judged by a shared fixture")

@pytest.mark.parametrize("value", [1, 2, 3])
def test_value(value, shared):
    mltest.require(value, at_most=2, name="value")

def test_twice():
    mltest.require(1, at_most=2, name="value")
    mltest.require(2, at_most=2, name="value")

def test_rows(ml_rng):
    mltest.require(ml_rng.normal(size=200), at_least=-0.5, name="mean of noise")

@pytest.mark.mltest(severity="warn", owner="risk", controls=["eu-ai-act:15.1"])
def test_warns():
    mltest.require(9, at_most=2, name="value")

@pytest.mark.skip(reason="no data yet")
def test_skipped():
    mltest.require(1, at_most=2, name="value")

@pytest.mark.xfail(reason="known")
def test_expected():
    mltest.require(9, at_most=2, name="value")

def test_plain():
    assert True
""",
    "test_more.py": """
import mltest, pytest

def test_breaks():
    raise KeyError("a name that must not be kept")

def test_in_threads():
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: mltest.require(n, at_most=99, name=f"n{n}"), range(20)))

@pytest.fixture
def judged_at_the_end():
    yield
    mltest.require(1, at_most=2, name="in the teardown")

def test_with_teardown(judged_at_the_end):
    pass

def test_subtests(subtests):
    for value in range(4):
        with subtests.test(value=value):
            mltest.require(value, at_most=2, name=f"value {value}")
""",
}
COUNTS = {"passed": 30, "failed": 4, "error": 1}


@pytest.fixture
def serial(project):
    return project(FILES).run()


def test_serial_run_records_everything(serial):
    words = list(serial.verdicts().values())
    assert {word: words.count(word) for word in set(words)} == COUNTS
    assert serial.not_run() == {"test_numbers.py::test_skipped": "skipped"}
    assert serial.object("results")["without_check"] == ["test_numbers.py::test_plain"]
    assert serial.exit_code == 1


@pytest.mark.parametrize("arguments", [["-n0"], ["-n2"], ["-n2", "--dist=loadfile"]], ids=" ".join)
def test_workers_leave_the_same_evidence(project, serial, arguments):
    again = project(FILES).run(*arguments)
    assert again.comparable() == serial.comparable()
    assert again.exit_code == serial.exit_code


def test_second_run_leaves_the_same_evidence(project, serial):
    assert project({}).run().comparable() == serial.comparable()


def test_another_order_leaves_the_same_evidence(project, serial, monkeypatch):
    monkeypatch.setenv("REVERSED", "1")
    assert project({}).run().comparable() == serial.comparable()


def test_another_seed_changes_what_chance_decides(project, serial):
    other = project({}).run("--mltest-seed", "7")
    one, two = ({r["id"]: r.get("value") for r in run.records} for run in (serial, other))
    assert {name for name in one if one[name] != two[name]} == {"test_numbers.py::test_rows#own.require:mean of noise"}


def test_texts_of_foreign_exceptions_are_not_kept(serial):
    record = next(record for record in serial.records if record["verdict"] == "error")
    assert record["because"] == "KeyError at test_more.py:5"
    kept = "".join(path.read_text() for path in serial.folder.rglob("*") if path.is_file())
    assert "a name that must not be kept" not in kept


def test_a_rerun_keeps_every_attempt(project):
    files = {
        "test_flaky.py": """
import mltest, pathlib
def test_flaky():
    seen = pathlib.Path("seen")
    first = not seen.exists()
    seen.touch()
    mltest.require(9 if first else 1, at_most=2, name="value")
"""
    }
    run = project(files).run("--reruns=1", "-p", "rerunfailures")
    assert [(r["attempt"], r["verdict"], r["flags"]) for r in run.records] == [
        (1, "failed", []),
        (2, "passed", ["rerun"]),
    ]
    assert run.object("verdict")["gate"] == "block"
    assert run.exit_code == 1
