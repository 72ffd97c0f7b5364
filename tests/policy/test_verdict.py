"""The verdict of a run under a lock: completeness by id, attempts, policy, declared values and the baseline."""

from __future__ import annotations

import json

import pytest

from mltest.errors import UsageError
from mltest.evidence.canonical import canonical, digest_of
from mltest.policy.verdict import NEEDED
from tests.policy.locked_sample import Sample, codes, entry, missed, record, waivers

AUC, BRIER, PLAIN = entry("test_auc#roc_auc"), entry("test_brier#brier", comparator="<="), entry("test_plain")


def cells(verdict):
    return {cell["id"]: (cell["verdict"], cell["gate"]) for cell in verdict["outcomes"]}


def counts(verdict):
    whole = verdict["completeness"]
    return tuple(whole[name] for name in ("planned", "executed", "not_run", "unplanned", "holds"))


def test_a_matched_run_allows():
    sample = Sample(AUC, BRIER, PLAIN, records=[record(AUC), record(BRIER)])
    sample.without_check = [PLAIN["nodeid"]]
    verdict = sample.approve().verdict()
    assert (verdict["gate"], verdict["reasons"]) == ("allow", [])
    assert counts(verdict) == (3, 3, 0, 0, True)
    assert verdict["grade"] == "E2"
    assert verdict["grade_limits"] == [
        "approval not signed",
        "no store, so earlier runs cannot be shown",
        "root not signed",
    ]


def test_computing_it_again_gives_the_same_bytes():
    sample = Sample(AUC, BRIER, records=[record(AUC, "failed", value=0.74), record(BRIER)])
    sample.files["waivers"] = waivers()
    sample.approve()
    first = canonical(sample.verdict())
    sample.plan, sample.run = json.loads(canonical(sample.plan)), json.loads(canonical(sample.run))
    sample.records = json.loads(canonical(sample.records))
    assert canonical(sample.verdict()) == first
    sample.digests = {name: digest_of(getattr(sample, name)) for name in ("plan", "run", "results")}
    assert canonical(sample.verdict()) == first


def test_a_part_of_each_record_is_enough():
    sample = Sample(AUC, records=[record(AUC, "failed", message="text", curves=[1])])
    sample.digests = {name: digest_of(getattr(sample, name)) for name in ("plan", "run", "results")}
    whole = sample.verdict()
    sample.records = ({name: found[name] for name in NEEDED} for found in list(sample.records))
    assert canonical(sample.verdict()) == canonical(whole)


def test_not_run_is_by_id():
    sample = Sample(AUC, BRIER, PLAIN, records=[record(AUC)], not_run=[missed(BRIER), missed(PLAIN, "setup_failed")])
    verdict = sample.verdict()
    assert counts(verdict) == (3, 1, 2, 0, True)
    assert verdict["completeness"]["by_reason"] == {"setup_failed": 1, "skipped": 1}
    assert (verdict["gate"], codes(verdict)) == ("block", ["not_run", "not_run"])


def test_an_unplanned_record_fills_no_gap():
    other = entry("test_other#roc_auc")
    verdict = Sample(AUC, BRIER, records=[record(AUC), record(other)]).verdict()
    assert counts(verdict) == (2, 1, 0, 1, False)
    assert (verdict["gate"], codes(verdict)) == ("void", ["incomplete", "MLP02"])
    assert verdict["grade"] == "E0"


def test_a_test_that_stands_for_its_checks_did_not_run():
    second = entry("test_auc#recall")
    sample = Sample(AUC, second, BRIER, records=[record(BRIER)])
    sample.not_run = [{"id": AUC["nodeid"], "reason": "skipped", "detail": ""}]
    assert counts(sample.verdict()) == (3, 1, 2, 0, True)
    sample.records.append(record(second))
    assert counts(sample.verdict()) == (3, 2, 1, 0, True)


def test_a_test_that_broke_has_executed_its_checks_with_an_error():
    broke = record(AUC, "error", id=f"{AUC['nodeid']}#pytest", kind="governance.record")
    verdict = Sample(AUC, BRIER, records=[broke, record(BRIER)]).verdict()
    assert counts(verdict) == (2, 2, 0, 0, True)
    assert cells(verdict) == {
        AUC["id"]: ("error", "block"),
        f"{AUC['nodeid']}#pytest": ("error", "block"),
        BRIER["id"]: ("passed", "ok"),
    }
    reached = Sample(AUC, records=[broke], not_run=[missed(AUC, "check_not_reached")]).verdict()
    assert counts(reached) == (1, 0, 1, 0, True)


def test_a_test_without_checks_that_broke_is_executed():
    broke = record(PLAIN, "error", id=f"{PLAIN['nodeid']}#pytest")
    verdict = Sample(PLAIN, records=[broke]).verdict()
    assert counts(verdict) == (1, 1, 0, 0, True)
    assert verdict["gate"] == "block"


def test_not_applicable_never_satisfies_a_required_check():
    for severity in ("block", "warn", "info"):
        planned = entry("test_auc#roc_auc", severity=severity)
        assert Sample(planned, records=[record(planned, "not_applicable")]).verdict()["gate"] == "block"
        optional = {**planned, "required": False}
        assert Sample(optional, records=[record(optional, "not_applicable")]).verdict()["gate"] == "allow"


def test_the_stricter_severity_counts():
    """What the test's code says today may not soften what was locked."""
    sample = Sample(AUC, records=[record(AUC, "failed", severity="info")])
    assert sample.verdict()["outcomes"][0]["severity"] == "block"


def tries(*verdicts, planned=AUC):
    return [record(planned, verdict, attempt=at) for at, verdict in enumerate(verdicts, start=1)]


@pytest.mark.parametrize(
    ("reruns", "rule", "verdicts", "gate"),
    [
        (0, "all", ("failed", "failed", "passed"), "block"),
        (0, "any", ("failed", "failed", "passed"), "block"),
        (1, "any", ("failed", "failed", "passed"), "block"),
        (2, "any", ("failed", "failed", "passed"), "allow"),
        (2, "all", ("failed", "failed", "passed"), "block"),
        (2, "majority", ("failed", "failed", "passed"), "block"),
        (2, "majority", ("failed", "passed", "passed"), "allow"),
        (3, "majority", ("failed", "passed", "failed", "passed"), "block"),
        (2, "any", ("failed", "error"), "block"),
        (2, "all", ("passed", "passed"), "allow"),
    ],
)
def test_the_worst_attempt_counts_unless_the_plan_grants_reruns(reruns, rule, verdicts, gate):
    planned = entry("test_auc#roc_auc", reruns=reruns, rerun_rule=rule)
    verdict = Sample(planned, records=tries(*verdicts, planned=planned)).verdict()
    assert verdict["gate"] == gate
    assert ("MLC04" in codes(verdict)) is (len(set(verdicts)) > 1)


def test_mlc04_says_which_attempt_counts():
    verdict = Sample(AUC, records=tries("failed", "failed", "passed")).verdict()
    said = next(reason["text"] for reason in verdict["reasons"] if reason["code"] == "MLC04")
    assert said == f"{AUC['id']} passed on attempt 3 after 2 failures; gate uses attempt 1"
    granted = entry("test_auc#roc_auc", reruns=2, rerun_rule="any")
    verdict = Sample(granted, records=tries("failed", "passed", planned=granted)).verdict()
    assert (verdict["gate"], verdict["reasons"][0]["text"]) == (
        "allow",
        f"{AUC['id']} passed on attempt 2 after 1 failure; gate uses attempt 2",
    )


def test_without_a_lock_nobody_granted_reruns():
    granted = entry("test_auc", reruns=2, rerun_rule="any")
    sample = Sample(granted, records=tries("failed", "passed"))
    sample.run |= {"plan_status": "absent", "profile": "dev"}
    assert sample.verdict()["gate"] == "block"


def test_mlc05_xfail_is_counted_as_it_is():
    verdict = Sample(AUC, records=[record(AUC, "failed", flags=["xfail"])]).verdict()
    assert (verdict["gate"], codes(verdict)) == ("block", ["failed", "MLC05"])
    assert codes(Sample(AUC, records=[record(AUC, flags=["xfail"])]).verdict()) == []


@pytest.mark.parametrize("pattern", [AUC["id"], AUC["nodeid"], "tests/test_pd.py::*", "model.performance", "model.*"])
def test_the_policy_makes_checks_required(pattern):
    planned = entry("test_auc#roc_auc", required=False, required_by="mark")
    sample = Sample(planned, records=[record(planned, "inconclusive")])
    assert sample.verdict()["gate"] == "allow_conditional"
    sample.plan["settings"]["policy"] = {"required": [pattern]}
    assert sample.verdict()["gate"] == "block"
    sample.records, sample.not_run = [], [missed(planned, "deselected_keyword")]
    sample.run["profile"] = "dev"
    verdict = sample.verdict()
    assert verdict["gate"] == "void", "a part of the plan"
    assert [reason["gate"] for reason in verdict["reasons"] if reason.get("id") == planned["id"]] == ["block"]


def test_what_the_policy_requires_and_nobody_planned_blocks():
    sample = Sample(AUC)
    sample.plan["settings"]["policy"] = {"required": ["model.calibration", "model.metric", "model.performance"]}
    verdict = sample.verdict()
    assert verdict["gate"] == "block"
    assert verdict["reasons"] == [
        {
            "code": "required_missing",
            "id": "model.calibration",
            "text": "the policy requires model.calibration: no planned check is one",
            "gate": "block",
        }
    ]


@pytest.mark.parametrize(("reason", "gate"), [("deselected_keyword", "allow_conditional"), ("setup_failed", "block")])
def test_without_a_lock_a_deselected_test_may_be_the_required_one(reason, gate):
    sample = Sample(PLAIN, entry("test_auc"), records=[record(AUC)], not_run=[missed(PLAIN, reason)])
    sample.run |= {"plan_status": "absent", "profile": "dev"}
    sample.plan["settings"]["policy"] = {"required": ["model.calibration"]}
    assert sample.verdict()["gate"] == gate


def test_inconclusive_by_policy_and_profile():
    sample = Sample(AUC, records=[record(AUC, "inconclusive")])
    sample.plan["settings"]["inconclusive"] = "warn"
    assert sample.verdict()["gate"] == "block"
    sample.run["profile"] = "dev"
    assert sample.verdict()["gate"] == "allow_conditional"
    optional = entry("test_auc#roc_auc", required=False)
    sample = Sample(optional, records=[record(optional, "inconclusive")])
    assert sample.verdict()["gate"] == "allow_conditional"
    sample.plan["settings"]["policy"] = {"inconclusive": "block"}
    assert sample.verdict()["gate"] == "block"


DECLARED = """schema = "mltest/declared/v1"
[[declared]]
metric = "roc_auc"
value = 0.9
source = "ifu"
required = {required}
"""


@pytest.mark.parametrize(("required", "gate"), [("true", "block"), ("false", "allow_conditional")])
def test_declared_better_than_tested(required, gate):
    sample = Sample(AUC)
    sample.files["declared"] = DECLARED.format(required=required).encode()
    verdict = sample.verdict()
    assert (verdict["gate"], codes(verdict)) == (gate, ["declared-better"])
    assert verdict["reasons"][0]["text"] == (
        "roc_auc declared 0.9 for all: better than tested, 0.8123 (0.8011 to 0.8231)"
    )
    assert verdict["declared"][0]["tested"] == 0.8123


def test_declared_and_not_tested_is_a_condition():
    sample = Sample(BRIER)
    sample.files["declared"] = DECLARED.format(required="true").encode()
    verdict = sample.verdict()
    assert (verdict["gate"], codes(verdict)) == ("allow_conditional", ["not-tested"])
    assert verdict["reasons"][0]["text"] == "roc_auc declared 0.9 for all: no check measured it"


@pytest.mark.parametrize(
    ("lines", "counted", "reasons"),
    [
        ([("threshold_loosened", "loosened")], (1, 0, 0, 0), ["loosened"]),
        ([("removed", "loosened"), ("removed", "loosened")], (0, 2, 0, 0), ["removed"]),
        ([("added", "other"), ("tightened", "tightened")], (0, 0, 1, 1), []),
        ([], (0, 0, 0, 0), []),
    ],
)
def test_what_was_loosened_since_a_release_is_a_condition(lines, counted, reasons):
    sample = Sample(AUC)
    told = [{"kind": kind, "direction": direction} for kind, direction in lines]
    sample.run["baseline"] = {"root": "sha256:1d", "release": "2.2.0", "lines": told}
    verdict = sample.verdict()
    assert codes(verdict) == reasons
    assert verdict["gate"] == ("allow_conditional" if reasons else "allow")
    baseline = verdict["baseline"]
    assert tuple(baseline[name] for name in ("loosened", "removed", "tightened", "added")) == counted


def test_committed_files_with_mistakes_are_usage_errors():
    for role in ("waivers", "trust", "declared", "manual_controls", "approvals"):
        sample = Sample(AUC)
        sample.files[role] = b"schema = 1\n[[oops]]\n"
        with pytest.raises(UsageError):
            sample.verdict()


def test_ten_thousand_records_are_decided_in_one_pass():
    """Not by the clock: each record is looked at a few times, however many there are."""
    planned = [entry(f"test_{at}#roc_auc") for at in range(10_000)]
    verdict = Sample(
        *planned, records=[record(found, "failed" if at % 100 == 0 else "passed") for at, found in enumerate(planned)]
    ).verdict()
    assert counts(verdict) == (10_000, 10_000, 0, 0, True)
    assert len(verdict["reasons"]) == 100


def test_a_store_that_knew_of_the_run_lifts_its_limit():
    for store, limit in {
        None: "no store, so earlier runs cannot be shown",
        False: "the store did not know of the run before its first check",
        True: None,
    }.items():
        sample = Sample(AUC, BRIER, PLAIN, records=[record(AUC), record(BRIER)])
        sample.without_check = [PLAIN["nodeid"]]
        sample.run |= {} if store is None else {"store": {"uri": "gs://bucket", "lock": "unknown", "begun": store}}
        limits = sample.approve().verdict()["grade_limits"]
        assert limits == ["approval not signed", *([limit] if limit else []), "root not signed"]
