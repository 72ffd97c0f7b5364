"""What a run shows about a control: by marked checks of a fitting kind that were executed, and by nothing else."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from mltest.evidence.canonical import canonical
from mltest.policy.control_checks import VERDICTS, claimed_checks
from mltest.policy.control_coverage import GRADES, coverage, covered_controls
from mltest.policy.control_tables import GRADE_TEXTS, MEANINGS, framework_tables
from mltest.policy.controls import catalogue
from tests.policy.control_evidence import attested, collected, judged, planned, results, run

ACT = "EU AI Act/Art. "
PARTIAL = f"{ACT}15(1)"  # model.performance;model.robustness;model.regression;artifact.safety
DIRECT = f"{ACT}9(8)"  # model.performance;model.slices;governance.record
MANUAL = f"{ACT}4a(1)"  # governance.manual;model.fairness
RECORD = f"{ACT}17(1)(k)"  # governance.record
APPROVAL = "ISO/IEC 42001/A.3.2"  # governance.approval, record
LINEAGE = "ISO/IEC 42001/A.7.5"  # data.lineage, record
MIXED = f"{ACT}9(2)(c)"  # monitoring.drift;governance.record, partial
KNOWN = catalogue().only(["eu-ai-act", "iso-iec-42001"])


def row_of(control, entries, found, attestations=(), **given):
    locked = given.pop("locked", True)
    rows = covered_controls(KNOWN, {"checks": entries}, run(locked=locked), found, attestations, **given)
    return next(row for row in rows if row.control.id == control)


def notes_of(control, entries, found, attestations=(), **given):
    tables = framework_tables(
        KNOWN, {"checks": entries}, run(day=given.pop("day", "2028-01-01")), found, attestations, **given
    )
    rows = [row for table in tables for group in table["groups"] for row in group["rows"]]
    return next(row for row in rows if row["id"] == control)["notes"]


@pytest.mark.parametrize(("control", "grade"), [(PARTIAL, "partial"), (DIRECT, "direct")])
@pytest.mark.parametrize("verdict", ["passed", "failed", "inconclusive"])
def test_an_executed_check_of_a_fitting_kind_is_evidence_whatever_its_verdict(control, grade, verdict):
    row = row_of(control, [planned("a", "model.performance", control)], results(judged("a", verdict)))
    assert (row.grade, row.evidence, row.counts[verdict]) == (grade, True, 1)


@pytest.mark.parametrize("verdict", ["error", "not_applicable"])
def test_a_check_that_measured_nothing_is_counted_and_is_no_evidence(verdict):
    row = row_of(PARTIAL, [planned("a", "model.performance", PARTIAL)], results(judged("a", verdict)))
    assert (row.grade, row.evidence, row.counts[verdict]) == ("untested", False, 1)


def test_a_check_that_did_not_run_is_counted_and_is_no_evidence():
    row = row_of(PARTIAL, [planned("a", "model.performance", PARTIAL)], results(not_run=("tests/test_m.py::a",)))
    assert (row.grade, row.evidence, row.counts["not_run"]) == ("untested", False, 1)


def test_a_check_of_another_kind_does_not_count_and_says_why():
    entries, found = [planned("a", "data.leakage", DIRECT)], results(judged("a", kind="data.leakage"))
    row = row_of(DIRECT, entries, found)
    assert (row.grade, row.counted, [check.id for check in row.misfits]) == ("untested", (), ["tests/test_m.py::a#c:a"])
    (note,) = notes_of(DIRECT, entries, found)
    fitting = "model.performance; model.slices; governance.record"
    which = "1 check of kind data.leakage, which is not among"
    assert note == f"does not count: {which} {fitting}: tests/test_m.py::a#c:a"


def test_a_check_of_a_fitting_kind_that_nobody_marked_does_not_count_and_is_named():
    entries, found = [planned("a")], results(judged("a"))
    assert row_of(PARTIAL, entries, found).grade == "untested"
    assert notes_of(PARTIAL, entries, found) == [
        "1 check of a kind that fits, not marked with this control: tests/test_m.py::a#c:a"
    ]


def test_a_check_over_slices_is_of_the_kind_slices_too():
    control = f"{ACT}13(3)(b)(v)"  # model.slices;model.fairness
    for entry in (planned("a", "model.performance", control, demands={"by": "region"}),
                  planned("a", "model.performance", control, slices=["north"])):  # fmt: skip
        assert row_of(control, [entry], results(judged("a"))).grade == "partial"
    sliced = results(judged("a", slices=[{"name": "north"}]))
    assert row_of(control, [collected("a", control)], sliced, locked=False).grade == "partial"
    assert row_of(control, [planned("a", "model.performance", control)], results(judged("a"))).grade == "untested"


def test_what_other_kinds_of_check_call_slices_are_none():
    """The parts of a leakage check or the routes of a service stand in the same field of a record."""
    found = results(judged("a", slices=[{"name": "entities"}], kind="data.leakage"))
    row = row_of(DIRECT, [planned("a", "data.leakage", DIRECT)], found)
    assert (row.grade, row.misfits[0].kinds) == ("untested", ("data.leakage",))


def test_a_check_whose_kind_is_a_default_is_not_pointed_out():
    """``mltest.require`` takes any number: marked it counts, for that is the project's claim."""
    found = results(judged("a", check="own.require"))
    assert notes_of(PARTIAL, [planned("a", check="own.require")], found) == []
    assert row_of(PARTIAL, [planned("a", "model.performance", PARTIAL, check="own.require")], found).grade == "partial"


def test_without_a_lock_every_check_of_a_marked_test_counts():
    found = results(judged("a"), judged("a", "failed", id="tests/test_m.py::a#d", kind="model.robustness"))
    row = row_of(PARTIAL, [collected("a", PARTIAL)], found, locked=False)
    assert [check.id[-3:] for check in row.counted] == ["c:a", "a#d"]
    assert (row.counts["passed"], row.counts["failed"]) == (1, 1)


def test_under_a_lock_a_check_that_nobody_planned_shows_nothing():
    row = row_of(PARTIAL, [collected("a", PARTIAL)], results(judged("a", entry=None)))
    assert (row.grade, row.counted) == ("untested", ())
    assert notes_of(PARTIAL, [collected("a", PARTIAL)], results(judged("a", entry=None)))[0] == (
        "does not count: tests/test_m.py::a called no planned check"
    )


def test_a_test_that_calls_no_check_shows_nothing():
    row = row_of(PARTIAL, [collected("a", PARTIAL)], results(), locked=False)
    assert (row.grade, row.counted, row.silent[0].id) == ("untested", (), "tests/test_m.py::a")


@pytest.mark.parametrize("entry", [collected("a", PARTIAL), planned("a", "model.performance", PARTIAL)])
def test_a_test_that_breaks_is_an_error_and_no_evidence(entry):
    broken = judged("a", "error", id="tests/test_m.py::a#pytest", kind="governance.record", entry=None)
    for locked in (True, False):
        row = row_of(PARTIAL, [entry], results(broken), locked=locked)
        assert (row.grade, row.counts["error"]) == ("untested", 1)


def test_the_worst_attempt_counts():
    found = results(judged("a", "failed"), judged("a", attempt=2))
    assert row_of(PARTIAL, [planned("a", "model.performance", PARTIAL)], found).counts["failed"] == 1


def test_a_manual_row_needs_a_person_whatever_was_measured():
    entries, found = [planned("a", "model.fairness", MANUAL)], results(judged("a", kind="model.fairness"))
    row = row_of(MANUAL, entries, found)
    assert (row.grade, row.evidence) == ("untested", True)
    assert notes_of(MANUAL, entries, found) == [
        "missing: an entry in manual_controls.toml that has not expired; the checks beside it are no substitute"
    ]
    assert row_of(MANUAL, entries, found, [attested(MANUAL)]).grade == "manual"


@pytest.mark.parametrize(
    ("given", "grade"),
    [
        ({}, "manual"),
        ({"expires": "2026-11-21"}, "manual"),
        ({"expires": "2026-11-20"}, "untested"),
        ({"at": "2026-11-22T00:00:00Z"}, "untested"),
        ({"expires": dt.date(2026, 11, 20)}, "untested"),
        ({"expires": dt.date(2027, 1, 1), "at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, "manual"),
        ({"at": "2026-11-22T00:30:00+02:00"}, "manual"),
        ({"at": "2026-11-21T23:30:00-02:00"}, "untested"),
        ({"control": "eu-ai-act:4a.1"}, "manual"),
        ({"control": "gdpr:5.2"}, "untested"),
    ],
)
def test_an_attestation_holds_through_its_last_day(given, grade):
    assert row_of(MANUAL, [], results(), [attested(MANUAL, **given)]).grade == grade


def test_an_expired_attestation_is_told():
    notes = notes_of(MANUAL, [], results(), [attested(MANUAL)])
    assert notes[0] == (
        "attested by k.ito (named, not proven) on 2026-10-30, expired on 2027-10-30: "
        "Oversight procedure OP-7 exercised on 3 cases; document OP-7.pdf, sha256 5f2c"
    )


def test_a_person_may_attest_what_no_check_measured():
    row = row_of(PARTIAL, [], results(), [attested(PARTIAL)])
    assert (row.grade, row.evidence) == ("manual", False)
    executed = [planned("a", "model.performance", PARTIAL)], results(judged("a"))
    assert row_of(PARTIAL, *executed, [attested(PARTIAL)]).grade == "partial"


@pytest.mark.parametrize(
    ("control", "approved", "records", "grade"),
    [
        (RECORD, False, True, "record"),
        (RECORD, True, False, "untested"),
        (APPROVAL, False, True, "untested"),
        (APPROVAL, True, True, "record"),
        (LINEAGE, True, True, "untested"),
        (MIXED, True, True, "untested"),
        (DIRECT, True, True, "untested"),
    ],
)
def test_the_run_is_the_record_that_some_rows_want(control, approved, records, grade):
    found = results(judged("a")) if records else results()
    row = row_of(control, [planned("a")], found, approved=approved)
    assert (row.grade, row.evidence) == (grade, False)


def test_a_partial_row_that_asks_for_records_only_is_a_record_at_most():
    known = catalogue().only(["21 CFR Part 11"])
    rows = coverage(known, {"checks": []}, run(), results(judged("a")))
    assert next(row["grade"] for row in rows if row["control_id"] == "11.10(b)") == "record"


def test_a_passing_check_of_a_partial_row_names_the_missing_part():
    (note,) = notes_of(PARTIAL, [planned("a", "model.performance", PARTIAL)], results(judged("a")))
    assert note == (
        "missing: nothing was executed of kind model.robustness or model.regression or artifact.safety; "
        "the checks show a part of what is asked, the rest needs other evidence"
    )


def test_a_failing_check_is_evidence_that_says_no():
    notes = notes_of(DIRECT, [planned("a", "model.performance", DIRECT)], results(judged("a", "failed")))
    assert notes == ["1 of these checks failed: the evidence is there, and it says no"]


@pytest.mark.parametrize(("day", "told"), [("2026-11-21", True), ("2027-12-01", True), ("2027-12-02", False)])
def test_a_row_that_does_not_apply_yet_says_from_when(day, told):
    assert ("applies from 2027-12-02" in notes_of(PARTIAL, [], results(), day=day)) is told


def test_rows_of_the_verdict_have_the_fields_of_the_specification():
    entries = [planned("b", "model.performance", PARTIAL), planned("a", "model.regression", PARTIAL)]
    rows = coverage(KNOWN, {"checks": entries}, run(), results(judged("a"), judged("b", "failed")))
    assert len(rows) == len(KNOWN.rows)
    assert next(row for row in rows if row["control_id"] == "Art. 15(1)") == {
        "framework": "EU AI Act",
        "control_id": "Art. 15(1)",
        "strength": "partial",
        "checks": ["tests/test_m.py::a#c:a", "tests/test_m.py::b#c:b"],
        "counts": dict.fromkeys(VERDICTS, 0) | {"passed": 1, "failed": 1},
        "grade": "partial",
    }
    assert json.loads(canonical(rows)) == rows


def test_tables_hold_every_row_grouped_by_strength_and_count_no_share():
    tables = framework_tables(KNOWN, {"checks": []}, run(), results())
    assert [table["short"] for table in tables] == ["eu-ai-act", "iso-iec-42001"]
    for table in tables:
        assert [group["strength"] for group in table["groups"]] == ["direct", "partial", "record", "manual"]
        assert table["grades"] == dict.fromkeys(GRADES, 0) | {"untested": sum(table["grades"].values())}
        assert sum(len(group["rows"]) for group in table["groups"]) == table["grades"]["untested"]
    assert "%" not in json.dumps(tables)
    assert set(GRADE_TEXTS) == set(GRADES)
    assert set(MEANINGS) == set(GRADES) - {"untested"}


def test_more_than_three_checks_are_counted_and_not_all_named():
    names = "abcde"
    notes = notes_of(PARTIAL, [planned(name) for name in names], results(*map(judged, names)))
    assert notes[0].startswith("5 checks of a kind that fits")
    assert notes[0].endswith("tests/test_m.py::c#c:c and 2 more")


def test_checks_come_by_id():
    entries = [planned("b"), planned("a"), collected("c")]
    assert [check.id for check in claimed_checks({"checks": entries}, run(), results())] == [
        "tests/test_m.py::a#c:a",
        "tests/test_m.py::b#c:b",
        "tests/test_m.py::c",
    ]
