"""What mltest says stands in pytest's own JUnit file, serial and from several workers."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

TESTS = """
import pytest, mltest

def test_one(): mltest.require(1, at_most=2, name="a")
def test_two():
    mltest.require(1, at_most=2, name="a")
    mltest.require(2, at_most=2, name="b")
def test_bad(): mltest.require(9, at_most=2, name="c")
@pytest.mark.xfail
def test_expected(): mltest.require(9, at_most=2, name="d")
@pytest.mark.mltest(severity="warn")
def test_warns(): mltest.require(9, at_most=2, name="e")
def test_own_property(record_property):
    record_property("mine", "kept")
    mltest.require(1, at_most=2, name="f")
def test_without(): pass
@pytest.fixture(scope="session")
def shared():
    mltest.require(1, at_most=2, name="g")
def test_uses(shared): pass
@pytest.mark.skip(reason="later")
def test_skipped(): mltest.require(1, at_most=2, name="h")
"""


@pytest.fixture(params=[[], pytest.param(["-n2"], marks=pytest.mark.once)], ids=["serial", "-n2"])
def written(project, request):
    made = project({"test_x.py": TESTS})
    run = made.run("--junit-xml=junit.xml", "-o", "junit_family=xunit1", *request.param)
    return run, ET.parse(made.path / "junit.xml").getroot()


def properties(case):
    return {row.get("name"): row.get("value") for row in case.iterfind("properties/property")}


def test_each_test_has_its_properties_and_the_suite_its_root(written):
    run, tree = written
    (suite,) = tree.iter("testsuite")
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    assert len(list(suite.iter("testcase"))) == len(cases) == 9
    one = properties(cases["test_one"])
    root = properties(suite)["mltest.root"]
    assert root.startswith("sha256:")
    assert len(root) == 71
    assert properties(suite)["mltest.decision"] == run.object("verdict")["gate"]
    assert (one["mltest.check"], one["mltest.kind"]) == ("test_x.py::test_one#own.require:a", "model.performance")
    assert {name: one[f"mltest.{name}"] for name in ("verdict", "gate", "value", "threshold", "n", "severity")} == {
        "verdict": "passed",
        "gate": "ok",
        "value": "1",
        "threshold": "2",
        "n": "1",
        "severity": "block",
    }
    two = properties(cases["test_two"])
    assert [two[f"mltest.{at}.metric"] for at in (1, 2)] == ["a", "b"]
    assert "mltest.verdict" not in two
    assert properties(cases["test_own_property"])["mine"] == "kept"
    assert properties(cases["test_own_property"])["mltest.verdict"] == "passed"
    assert properties(cases["test_without"]) == {}
    assert properties(suite)["mltest.check"].endswith("#own.require:g")


def test_what_failed_is_said_to_have_failed_whatever_pytest_makes_of_it(written):
    _, tree = written
    cases = {case.get("name"): case for case in tree.iter("testcase")}
    assert {
        name: properties(cases[name])["mltest.verdict"] for name in ("test_bad", "test_expected", "test_warns")
    } == {
        "test_bad": "failed",
        "test_expected": "failed",
        "test_warns": "failed",
    }
    assert cases["test_bad"].find("failure") is not None
    assert cases["test_expected"].find("skipped") is not None
    assert properties(cases["test_skipped"])["mltest.verdict"] == "not_run"
    assert properties(cases["test_warns"])["mltest.gate"] == "warn"


def test_counts_and_other_parts_of_the_file_stay_as_pytest_has_them(project):
    made = project({"test_x.py": TESTS})
    made.run("--junit-xml=plain.xml", "-o", "junit_family=xunit1", "-p", "no:mltest")
    plain = ET.parse(made.path / "plain.xml").getroot().find("testsuite")
    made.run("--junit-xml=ours.xml", "-o", "junit_family=xunit1")
    ours = ET.parse(made.path / "ours.xml").getroot().find("testsuite")
    assert ours.get("tests") == plain.get("tests")
    assert ours.get("name") == plain.get("name")
