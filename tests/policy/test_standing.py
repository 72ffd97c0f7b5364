"""What lets no decision be made on a run under a lock, and the grade of its evidence."""

from __future__ import annotations

import json

import pytest

from mltest.policy.verdict import verdict_of
from tests.policy.locked_sample import Sample, Texts, codes, entry, missed, record, waivers

AUC, BRIER = entry("test_auc#roc_auc"), entry("test_brier#brier", comparator="<=")

VOIDS = [
    ("absent", {"plan_status": "absent"}, ("allow", "void", "void"), "MLP01", "no plan.lock: run is exploratory"),
    (
        "dirty",
        {"source": {"commit": "1", "dirty": True, "dirty_paths": 3}},
        ("allow", "void", "void"),
        "dirty_tree",
        "3 uncommitted paths",
    ),
    (
        "hidden",
        {"source": {"commit": "1", "dirty": True, "dirty_paths": 1, "uncommitted": ["waivers.toml"]}},
        ("allow", "void", "void"),
        "dirty_tree",
        "waivers.toml is not the one that is committed",
    ),
    (
        "paths",
        {"source": {"commit": "1", "dirty": True, "dirty_paths": 4, "dirty_first": ["a", "b", "c"]}},
        ("allow", "void", "void"),
        "dirty_tree",
        "4 uncommitted paths: a, b, c, ...",
    ),
    (
        "removed",
        {"source": {"commit": "1", "removed": ["plan.lock"]}},
        ("void",) * 3,
        "lock_removed",
        "plan.lock was removed",
    ),
    (
        "workers",
        {"workers": [{"plan_digest": "a"}, {"plan_digest": "b"}]},
        ("void",) * 3,
        "MLC06",
        "workers collected 2 different plans",
    ),
    (
        "other run",
        {"run_id": "another"},
        ("void",) * 3,
        "MLV20",
        "results belong to run 01k9x2m4t7q8r5v6w3y0z1a2b3, run.json to another",
    ),
    (
        "other plan",
        {"plan_digest": f"sha256:{'ab' * 32}"},
        ("void",) * 3,
        "MLV20",
        "the run names plan abab abab abab abab",
    ),
    (
        "other data",
        {"data_seen": [{"id": "test", "digest": f"sha256:{'ab' * 32}"}]},
        ("void",) * 3,
        "MLP10",
        "data test has digest abab abab abab abab, plan says 77",
    ),
]


@pytest.mark.parametrize(("name", "run", "gates", "code", "text"), VOIDS, ids=[row[0] for row in VOIDS])
def test_what_lets_no_decision_be_made(name, run, gates, code, text):
    for profile, gate in zip(("dev", "merge", "release"), gates, strict=True):
        sample = Sample(AUC).approve()
        results = sample.results
        sample.run |= {"profile": profile, **run}
        verdict = verdict_of(sample.plan, sample.run, results, committed=Texts(sample.files))
        assert verdict["gate"] == gate
        assert ([(reason["code"], reason["text"][: len(text)]) for reason in verdict["reasons"]] == [(code, text)]) is (
            gate == "void"
        )
        assert gate != "void" or verdict["grade"] == "E0"


@pytest.mark.parametrize("profile", ["dev", "merge", "release"])
def test_mlp02_the_plan_differs(profile):
    sample = Sample(AUC).approve()
    line = {"rank": 2, "kind": "threshold_loosened", "id": AUC["id"], "direction": "loosened"}
    added = {"rank": 10, "kind": "added", "id": "x", "text": "x added", "direction": "other"}
    lines = [line | {"text": f"{AUC['id']} threshold 0.78 -> 0.75"}, added, added]
    sample.run |= {"profile": profile, "plan_status": "differs", "differences": lines}
    verdict = sample.verdict()
    assert verdict["gate"] == "void"
    assert verdict["reasons"][0]["text"] == (
        f"plan differs: 1 changed, 2 added, 0 missing (first: {AUC['id']} threshold 0.78 -> 0.75)"
    )
    assert verdict["grade_limits"][0] == "the run differs from plan.lock"


def test_failures_are_listed_where_no_decision_is_made():
    sample = Sample(AUC, records=[record(AUC, "failed")])
    sample.run["plan_status"] = "differs"
    assert codes(sample.verdict()) == ["MLP02", "failed"]


def test_duplicates_let_no_decision_be_made():
    assert codes(Sample(AUC, records=[record(AUC), record(AUC)]).verdict()) == ["MLV17"]
    assert "MLP11" in codes(Sample(AUC, AUC, records=[record(AUC)]).verdict())


SELECTIONS = ["deselected_keyword", "deselected_mark", "deselected_option", "not_collected_path", "not_collected_cache"]


@pytest.mark.parametrize("reason", [*SELECTIONS, "stopped_early"])
def test_mlc01_a_part_of_the_plan(reason):
    sample = Sample(AUC, BRIER, records=[record(AUC)], not_run=[missed(BRIER, reason)])
    for profile in ("merge", "release"):
        sample.run["profile"] = profile
        verdict = sample.approve().verdict()
        assert (verdict["gate"], codes(verdict)[0]) == ("void", "MLC01")
        assert verdict["reasons"][0]["text"].startswith("1 of 2 planned checks ran; 1 not run (")
    sample.run["profile"] = "dev"
    verdict = sample.verdict()
    assert verdict["gate"] == ("block" if reason == "stopped_early" else "void")
    assert (verdict["grade"], verdict["grade_limits"][0]) == ("E0", "a part of the plan was selected")


def test_a_selection_that_leaves_out_nothing_of_the_plan():
    sample = Sample(AUC)
    sample.run["invocation"] = {"selection": {"keyword": "auc", "last_failed": True}}
    assert sample.verdict()["gate"] == "allow"
    sample.not_run = [{"id": "tests/test_new.py::test_x", "reason": "deselected_keyword", "detail": ""}]
    assert sample.verdict()["completeness"]["not_run"] == 0


@pytest.mark.parametrize("reason", ["skipped", "setup_failed", "worker_lost", "check_not_reached", "collection_error"])
def test_what_nobody_selected_blocks(reason):
    sample = Sample(AUC, BRIER, records=[record(AUC)], not_run=[missed(BRIER, reason)])
    assert sample.verdict()["gate"] == "block"


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (None, "MLP03", "plan.lock is not approved for digest "),
        ({"name": "ann bell"}, "MLP05", "approver ann bell is also an author of the change"),
        ({"name": "ANN@example.com"}, "MLP05", "approver ANN@example.com is also an author of the change"),
        ({"at": "2026-11-21T16:52:11.205Z"}, "MLP06", "approval of model-validation is dated after the run started"),
        ({"plan_digest": f"sha256:{'ab' * 32}"}, "MLP07", "approval covers another digest, abab abab abab abab, not "),
    ],
)
def test_release_asks_for_an_approval(given, code, text):
    sample = Sample(AUC)
    if given is not None:
        sample.approve(**given)
    verdict = sample.verdict()
    assert (verdict["gate"], verdict["grade"]) == ("allow", "E1")
    assert verdict["grade_limits"][0].startswith(text)
    sample.run["profile"] = "release"
    verdict = sample.verdict()
    assert (verdict["gate"], verdict["grade"]) == ("void", "E0")
    assert verdict["reasons"][0]["code"] == code
    assert verdict["reasons"][0]["text"].startswith(text)


def test_a_later_approval_heals_an_earlier_one():
    sample = Sample(AUC).approve(name="Ann Bell")
    own = sample.files["approvals"]
    sample.approve()
    both = json.loads(own)
    both["approvals"] += json.loads(sample.files["approvals"])["approvals"]
    sample.files["approvals"] = json.dumps(both).encode()
    sample.run["profile"] = "release"
    assert sample.verdict()["gate"] == "allow"


def test_an_author_nobody_knows_cannot_be_told_from_the_approver():
    sample = Sample(AUC).approve()
    sample.run["lock_authors"] = []
    verdict = sample.verdict()
    assert (verdict["grade"], verdict["grade_limits"][0].partition(",")[0]) == ("E1", "author of plan.lock not known")


@pytest.mark.parametrize(
    ("change", "grade", "limit"),
    [
        (lambda sample: sample.run["source"].update(commit=None), "E0", "source commit not known"),
        (
            lambda sample: sample.run.update(profile="dev", source={"commit": "1", "dirty": True}),
            "E0",
            "uncommitted changes in the source",
        ),
        (
            lambda sample: (sample.plan["data"][0].pop("digest"), sample.run.update(data_seen=[]), sample.approve()),
            "E1",
            "data test is neither pinned nor digested",
        ),
        (
            lambda sample: (sample.plan["data"][0].update(policy="moving"), sample.approve()),
            "E2",
            "data not pinned: test",
        ),
        (lambda sample: sample.run["data_seen"][0].update(cached=True), "E2", "digest taken from a cache: test"),
        (lambda sample: sample.files.update(waivers=waivers()), "E2", "waiver W-2026-014 not signed"),
        (lambda sample: sample.run.update(store={"begun": True}), "E2", "approval not signed"),
    ],
)
def test_a_grade_says_its_limit(change, grade, limit):
    sample = Sample(AUC, records=[record(AUC, "failed", value=0.74)]).approve()
    change(sample)
    verdict = sample.verdict()
    assert verdict["grade"] == grade
    assert limit in verdict["grade_limits"]


def test_a_signed_approval_is_no_limit_and_a_store_neither():
    sample = Sample(AUC).approve(signature="approval-1.json")
    sample.run["store"] = {"begun": True}
    unchecked = "signature of the approval not checked"
    assert sample.verdict()["grade_limits"] == [unchecked, "root not signed"]
    sample.run["store"] = {"begun": False}
    assert sample.verdict()["grade_limits"] == [
        unchecked,
        "the store did not know of the run before its first check",
        "root not signed",
    ]


def test_a_failing_model_can_have_the_best_evidence():
    assert Sample(AUC, records=[record(AUC, "failed")]).approve().verdict()["grade"] == "E2"
