"""The ML Test Score: the smallest of four sums, and what gives a test its points."""

from __future__ import annotations

import pytest

from mltest.policy.controls import catalogue
from mltest.policy.ml_test_score import ml_test_score
from tests.policy.control_evidence import attested, judged, planned, results, run

KNOWN = catalogue()
TESTS = [row for row in KNOWN.rows if row.framework == "ML Test Score"]


def whole(verdict: str = "passed", **given):
    """One check for each of the 28 tests, of its first kind, in the lock and executed."""
    names = [f"t{at}" for at in range(len(TESTS))]
    entries = [planned(name, row.check_kinds[0], row.id) for name, row in zip(names, TESTS, strict=True)]
    records = [judged(name, verdict, kind=row.check_kinds[0], **given) for name, row in zip(names, TESTS, strict=True)]
    return {"plan": {"checks": entries}, "run": run(), "results": results(*records)}


def score(evidence, attestations=(), *, approved=True, previous=None):
    objects = (evidence["plan"], evidence["run"], evidence["results"])
    return ml_test_score(KNOWN, *objects, attestations, approved=approved, previous=previous)


def points(found, control="Data 1"):
    tests = [test for section in found["sections"] for test in section["tests"]]
    return next(test for test in tests if test["control_id"] == control)


def test_there_are_four_sections_of_seven():
    found = score(whole())
    assert [len(section["tests"]) for section in found["sections"]] == [7, 7, 7, 7]
    assert [section["name"] for section in found["sections"]] == ["data", "model", "infrastructure", "monitoring"]


def test_a_direct_mapping_gives_one_and_any_other_half_at_most():
    evidence = whole()
    found = score(evidence, previous=evidence)
    by_strength = {"direct": 1.0, "partial": 0.5, "record": 0.5, "manual": 0.0}
    for row in TESTS:
        assert points(found, row.control_id)["points"] == by_strength[row.strength]
    sums = [section["sum"] for section in found["sections"]]
    assert sums == [4.0, 5.5, 5.0, 6.5]
    assert found["score"] == min(sums)
    assert found["text"] == (
        "ML Test Score 4 of 7: data 4, model 5.5, infrastructure 5, monitoring 6.5; the score is the smallest"
    )


def test_it_rewards_testing_and_not_passing_and_says_so():
    failing = whole("failed")
    found = score(failing, previous=failing)
    assert found["score"] == 4.0
    assert [section["failed"] for section in found["sections"]] == [7, 7, 7, 7]
    assert "a failed check counts like one that passed" in found["note"]


@pytest.mark.parametrize(
    ("approved", "previous", "entry"),
    [
        (False, whole(), "sha256:e"),
        (True, None, "sha256:e"),
        (True, {**whole(), "results": results()}, "sha256:e"),
        (True, whole(entry=None), "sha256:e"),
        (True, whole(), None),
    ],
    ids=["not approved", "first run", "not executed before", "other demand before", "other demand now"],
)
def test_once_is_not_repeatedly(approved, previous, entry):
    found = score(whole(entry=entry), approved=approved, previous=previous)
    assert (found["score"], points(found)["why"]) == (0, "executed, but not repeatedly under an approved plan")


def test_a_check_that_errs_gives_nothing():
    evidence = whole("error")
    assert score(evidence, previous=evidence)["score"] == 0


def test_an_unexpired_attestation_gives_half():
    everything = [attested(row.id) for row in TESTS]
    found = score({"plan": {"checks": []}, "run": run(), "results": results()}, everything)
    assert [section["sum"] for section in found["sections"]] == [3.5, 3.5, 3.5, 3.5]
    expired = [attested(row.id, expires="2026-11-20") for row in TESTS]
    found = score({"plan": {"checks": []}, "run": run(), "results": results()}, expired)
    assert (found["score"], points(found)["why"]) == (0, "its attestation is expired or dated after this run")


def test_an_attestation_takes_nothing_from_what_was_executed():
    evidence = whole()
    found = score(evidence, [attested(row.id) for row in TESTS], previous=evidence)
    assert [section["sum"] for section in found["sections"]] == [4.5, 5.5, 5.0, 6.5]


@pytest.mark.parametrize(
    ("given", "step"),
    [
        (
            {"evidence": {"plan": {"checks": []}, "run": run(), "results": results()}},
            "mark a check of kind data.schema or ",
        ),
        ({"evidence": {**whole(), "results": results()}}, "run the marked check, for 1 once"),
        ({"evidence": whole(entry=None)}, "put its check into plan.lock (`mltest plan`)"),
        ({"evidence": whole(), "approved": False}, "have the plan approved (`mltest approve`)"),
        ({"evidence": whole()}, "run its check again"),
        ({"evidence": whole(), "previous": {**whole(), "results": results()}}, "keep its check for a second run"),
    ],
)
def test_what_would_raise_the_smallest(given, step):
    found = score(**given)
    first = next(line for line in found["raise"] if line.startswith("Data 1 "))
    assert first.startswith(f"Data 1 (Feature expectations in a schema): {step}")
    assert first.endswith("an entry in manual_controls.toml gives 0.5")


def test_only_the_smallest_section_is_told_how_to_rise():
    evidence = whole()
    found = score(evidence, previous=evidence)
    assert [line.partition(" (")[0] for line in found["raise"]] == ["Data 6"]
    equal = score({"plan": {"checks": []}, "run": run(), "results": results()})
    assert equal["raise"][0].startswith("the sums of data, model, infrastructure and monitoring are equal")
    assert len(equal["raise"]) == 29


def test_no_score_where_the_framework_is_not_shown():
    evidence = whole()
    assert ml_test_score(KNOWN.only(["gdpr"]), evidence["plan"], evidence["run"], evidence["results"]) is None
