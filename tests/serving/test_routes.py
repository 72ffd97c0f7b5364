"""Each route catches what it is there for, and stays quiet on the clean twin."""

from __future__ import annotations

import pytest

import mltest
from mltest import checks
from mltest.serving.routes import ROUTES
from tests.faults.serving_faults import CHECK, FAULTS, LeansOnGlobal, LeansOnItself, applications, as_array

HERE = {"subprocess": False}  # it has tests of its own, since it starts an interpreter


def failed_routes(result: mltest.Result) -> set[str]:
    pairs = zip(result.measurements, result.verdicts, strict=True)
    return {found.name.removeprefix("mismatch by ") for found, word in pairs if word == "failed"}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_caught_by_its_routes_and_by_no_other(name):
    fault = FAULTS[name]
    result = checks.consistent(fault.broken(), on=fault.table(), routes=HERE)
    assert (result.check, result.verdict) == (CHECK, "failed")
    assert failed_routes(result) == fault.caught_by
    assert {finding.where for finding in result.findings} == fault.caught_by


@pytest.mark.parametrize("name", FAULTS)
def test_clean_twin_is_consistent_by_every_route(name):
    fault = FAULTS[name]
    result = checks.consistent(fault.clean(), on=fault.table(), routes=HERE)
    assert result.verdict == "passed", result.findings
    assert not result.findings
    assert [found.name for found in result.measurements] == [
        f"mismatch by {name}" for name in ROUTES if name not in HERE
    ]


def test_subprocess_catches_a_global_that_a_fresh_interpreter_does_not_have():
    rows = as_array()
    result = checks.consistent(LeansOnGlobal().fit(rows), on=rows, routes=["reload", "subprocess"])
    assert failed_routes(result) == {"subprocess"}
    assert result.measurements[1].value == len(rows)


def test_subprocess_is_quiet_on_the_twin_that_keeps_it_on_itself():
    rows = as_array()
    assert checks.consistent(LeansOnItself().fit(rows), on=rows, routes=["subprocess"]).verdict == "passed"


def test_every_route_has_a_fault():
    caught = {route for fault in FAULTS.values() for route in fault.caught_by} | {"subprocess"}
    assert caught == set(ROUTES)
    assert len(applications())
