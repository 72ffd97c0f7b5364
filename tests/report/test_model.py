from __future__ import annotations

# ruff: noqa: E501 - data that reads best in rows
import pytest

from mltest.errors import EvidenceError
from mltest.report.model import Report
from tests.report import evidence_samples as samples


@pytest.mark.parametrize("missing", ["plan", "run", "results", "verdict", "root", "evidence_root", "schema"])
def test_evidence_that_lacks_a_part_is_refused_by_its_name(missing):
    evidence = samples.allowed(2)
    del evidence[missing]
    with pytest.raises(EvidenceError, match=missing):
        Report.of(evidence)


@pytest.mark.parametrize(
    ("place", "broken", "says"),
    [
        (("verdict", "gate"), None, "verdict.gate is missing"),
        (("results", "records"), {}, "results.records must be a list"),
        (("plan", "checks"), [{"nodeid": "x"}], r"plan.checks\[0\] has no id"),
        (
            ("results", "records"),
            [{"id": "a#b", "verdict": "green"}],
            "record a#b: verdict 'green'; allowed are passed",
        ),
        (("root", "plan"), "sha256:12", "root.plan is 'sha256:12'"),
    ],
)
def test_evidence_that_is_broken_is_refused_with_its_place(place, broken, says):
    evidence = samples.allowed(2)
    evidence[place[0]][place[1]] = broken
    with pytest.raises(EvidenceError, match=says):
        Report.of(evidence)


def test_evidence_that_is_no_dictionary_is_refused():
    with pytest.raises(EvidenceError, match="evidence is a list"):
        Report.of([])


def test_a_root_that_is_no_digest_is_refused_since_it_stands_on_each_printed_page():
    evidence = samples.allowed(1) | {"evidence_root": 'sha256:";} body{display:none}'}
    with pytest.raises(EvidenceError, match="evidence_root"):
        Report.of(evidence)


def test_of_several_attempts_the_worst_counts_and_is_shown_once():
    again = samples.record("test_flaky", "passed") | {"attempt": 2}
    report = Report.of(samples.evidence([samples.record("test_flaky", "failed"), again]))
    assert [entry.word for entry in report.failed] == ["failed"]
    assert report.checks == "1 check"
    assert "attempt 1 of 2; the worst one counts" in report.failed[0].notes


def test_a_record_with_the_fields_of_the_design_alone_is_shown():
    record = {
        "id": "tests/test_pd.py::test_auc#auc", "attempt": 1, "verdict": "passed", "reason": "bound-meets", "value": 0.8123,
        "interval": {"low": 0.8011, "high": None, "confidence": 0.95, "method": "delong_logit"}, "n": 20000,
    }  # fmt: skip
    evidence = samples.allowed(1)
    evidence["results"]["records"] = [record]
    (family,) = Report.of(evidence).families
    (entry,) = family.entries
    assert (entry.name, entry.value, entry.bounds, entry.n) == ("Auc", "0.812", "at least 0.801", "20 000")


def test_numbers_that_json_wrote_without_decimals_are_still_estimates():
    found = samples.measurement(1, 1, 1, name="recall", method="clopper_pearson", n=12)
    (family,) = Report.of(samples.evidence([samples.record("test_all", measured=[found])])).families
    assert family.entries[0].value == "1.000"


def test_nothing_is_blank_where_nothing_is_known():
    evidence = samples.evidence([samples.record("test_x", "error", measured=[], demand=None, because="", sentence="")])
    evidence["run"] = {"schema": "mltest/run/v1"}
    report = Report.of(evidence)
    (entry,) = report.failed
    assert entry.measured == "nothing was measured"
    assert entry.because == "error: not recorded"
    facts = [*report.surroundings.source, *report.surroundings.run, *report.surroundings.environment]
    assert all(fact.text for fact in facts)
    assert {fact.text for fact in report.surroundings.source} == {"not recorded"}


@pytest.mark.parametrize(
    ("gate", "headline"),
    [
        ("allow", "Gate: allow"),
        ("allow_conditional", "Gate: allow, with conditions (0)"),
        ("block", "Gate: block (0)"),
        ("void", "Gate: no decision (exploratory)"),
    ],
)
def test_the_gate_is_told_in_words(gate, headline):
    assert Report.of(samples.evidence([samples.passing(1)], gate=gate)).decision.headline == headline


def test_a_reason_without_a_check_is_told_as_it_stands():
    evidence = samples.evidence([], gate="void", reasons=[{"code": "empty", "text": "no check was called in this run"}])
    report = Report.of(evidence)
    assert report.decision.why == ("No check was called in this run.",)
    assert report.families == ()


def test_a_required_test_that_did_not_run_is_the_reason_when_it_is_the_worst():
    missing = samples.not_run_rows()[:1]
    reasons = [{"code": "not_run", "id": missing[0]["id"], "text": "not run: block"}]
    report = Report.of(samples.evidence([samples.passing(1)], missing, gate="block", reasons=reasons))
    assert report.decision.why[0] == (
        f"The planned test {missing[0]['id']} did not run: skipped (no GPU on this machine)."
    )


def test_problems_of_the_run_stand_in_the_decision():
    evidence = samples.allowed(2)
    evidence["run"]["problems"] = ["worker gw1 died while it ran tests/test_x.py::test_y"]
    assert Report.of(evidence).decision.problems == ("Worker gw1 died while it ran tests/test_x.py::test_y.",)


def test_a_plan_that_was_locked_leaves_the_quiet_line_out():
    report = Report.of(samples.evidence([samples.passing(1)], lock=samples.digest("lock")))
    assert not [line for line in report.decision.remarks if "locked" in line and "exploratory" in line]
    assert not [line for line in report.unshown if "locked" in line]


def test_a_check_judged_by_its_estimate_alone_says_so():
    row = samples.record("test_point", demand=samples.requirement(decision="point"))
    report = Report.of(samples.evidence([row]))
    assert report.families[0].entries[0].demand == "at least 0.75 (point)"
    assert any("estimate alone" in line for line in report.unshown)


def test_tests_that_called_no_check_are_listed():
    evidence = samples.allowed(1)
    evidence["results"]["without_check"] = ["tests/test_plain.py::test_arithmetic"]
    silent = Report.of(evidence).silent
    assert silent is not None
    assert silent.tests == (("tests/test_plain.py::test_arithmetic", ""),)
