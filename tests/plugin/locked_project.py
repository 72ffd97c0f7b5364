"""A project under a locked plan whose tests skip, break, stop or die when the environment asks, without an edit."""

from __future__ import annotations

SETTINGS = "[pytest]\nmarkers =\n    slow\npythonpath = .\n"
ACTS = '''
import os, signal, pytest

def act(where):
    """ACT=where=what: what is to happen when a test comes by."""
    asked, _, what = os.environ.get("ACT", "").partition("=")
    if asked != where:
        return False
    if what == "skip":
        pytest.skip("no data today", allow_module_level=where.startswith("import "))
    if what == "importorskip":
        pytest.importorskip("nowhere_at_all")
    if what == "fail":
        pytest.fail("stop here")
    if what == "assert":
        assert where == "", "broken"
    if what == "raise":
        raise OSError("gone")
    if what == "raise once" and not os.path.exists("raised"):
        open("raised", "w").close()
        raise OSError("gone")
    if what == "import":
        import nowhere_at_all
    if what == "die":
        os._exit(0)
    if what == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    if what == "exit":
        pytest.exit("enough", returncode=0)
    return what
'''
CONFTEST = """
import os, pytest
from acts import act

XFAIL = {"xfail": {}, "strict": {"strict": True}, "not run": {"run": False}}
act("conftest of " + os.environ.get("PYTEST_XDIST_WORKER", "main"))

def pytest_collection_modifyitems(items):
    name, _, what = os.environ.get("MARK", "").partition("=")
    for item in items:
        if item.name == name:
            item.add_marker(pytest.mark.skip if what == "skip" else pytest.mark.xfail(**XFAIL[what]))
    if act("collection") == "drop":
        items[:] = [item for item in items if item.name != "test_two"]

@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    if item.name == "test_two" and act("session") == "stop":
        item.session.shouldstop = "time is up"

@pytest.fixture(scope="session")
def shared():
    import mltest
    act("shared")
    mltest.require(3, at_most=5, name="shared")

@pytest.fixture
def table():
    act("table")
    return [1] * 60
"""
FIRST = """
import mltest, pytest
from acts import act

def test_one():
    mltest.require(1, at_most=2, name="one")

@pytest.mark.slow
def test_two():
    act("before")
    mltest.require(9 if act("two") == "miss" else 1, at_most=2, name="two")
    if act("between") == "return":
        return
    mltest.require(1, at_most=2, name="second")
    for n in range(1 if act("after") == "more" else 0):
        mltest.require(1, at_most=2, name="more")

@pytest.mark.parametrize("n", [1, 2, 3])
def test_param(n):
    mltest.require(n, at_most=5, name="n")

class TestGroup:
    def test_in_class(self, shared):
        mltest.require(1, at_most=2, name="in class")
"""
SECOND = """
import unittest
import mltest
from acts import act

act("import test_b")

class TestCase(unittest.TestCase):
    def test_unit(self):
        act("unit")
        mltest.require(1, at_most=2, name="unit")

def test_table(table):
    mltest.require(table, at_least=0.9, name="table")

def test_subtests(subtests):
    for value in range(3):
        with subtests.test(value=value):
            act(f"subtest {value}")
            mltest.require(value, at_most=5, name=f"value {value}")

def test_last():
    mltest.require(1, at_most=2, name="last")
"""
FILES = {
    "pytest.ini": SETTINGS,
    "acts.py": ACTS,
    "conftest.py": CONFTEST,
    "tests/test_a.py": FIRST,
    "tests/test_b.py": SECOND,
}
A, B = "tests/test_a.py::", "tests/test_b.py::"
TWO, SECOND_OF_TWO = f"{A}test_two#own.require:two", f"{A}test_two#own.require:second"
SHARED = "conftest.py::fixture shared#own.require:shared"
IN_CLASS = f"{A}TestGroup::test_in_class#own.require:in class"
TABLE, LAST, UNIT = (
    f"{B}test_table#own.require:table",
    f"{B}test_last#own.require:last",
    f"{B}TestCase::test_unit#own.require:unit",
)
SUBTESTS = tuple(f"{B}test_subtests#own.require:value {value}" for value in range(3))
PARAMS = tuple(f"{A}test_param[{n}]#own.require:n" for n in (1, 2, 3))
BOTH = (TWO, SECOND_OF_TWO)
ALL_OF_B = (UNIT, TABLE, *SUBTESTS, LAST)
EVERY = (SHARED, IN_CLASS, f"{A}test_one#own.require:one", *PARAMS, *BOTH, *ALL_OF_B)
AFTER_TWO = (SHARED, IN_CLASS, *PARAMS, *ALL_OF_B)
