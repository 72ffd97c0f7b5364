"""Waivers in a run: a fixture for each code that makes one invalid, and what a valid one does to a failure."""

from __future__ import annotations

import pytest

from tests.policy.locked_sample import COMMIT, MODEL, Sample, entry, missed, record, waivers

AUC = entry("test_auc#roc_auc")
TRUST = """
schema = "mltest/trust/v1"
[[key]]
keyid = "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c"
public = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
owner = "model-validation"
roles = ["approver"]
not_before = 2026-01-01T00:00:00Z
not_after = 2027-01-01T00:00:00Z
"""


def failed(text: bytes, *, value: float = 0.74, planned=AUC, **given) -> Sample:
    """A merge run whose one check failed, with a waivers.toml beside it."""
    sample = Sample(planned, records=[record(planned, "failed", value=value, **given)])
    sample.files["waivers"] = text
    return sample


def row_of(sample: Sample, **given):
    (row,) = sample.verdict(**given)["waivers"]
    return row


INVALID = [
    ("MLW05", {"check": '"tests/test_pd.py::test_gone#x"'}, "check tests/test_pd.py::test_gone#x is not in plan.lock"),
    ("MLW07", {"expires": "2026-11-09"}, "expires 2026-11-09 is in the past: waiver ignored, 12 days late"),
    ("MLW08", {"expires": "2027-05-21"}, "lifetime 200 days exceeds max_waiver_days 90"),
    ("MLW09", {"approved_by": '"Credit-Risk "'}, "approved_by equals requested_by"),
    ("MLW11", {"approved_by": '"ANN@example.com"'}, "wrote the commit that changed this check (author of 9f31c02)"),
    ("MLW12", {"approved_at": "2026-11-21T16:55:15.428Z"}, "lies after the run finished"),
    ("MLW13", {"covers": '["failed", "error"]'}, "covers `error`: an error measured nothing and cannot be waived"),
    ("MLW15", {"bound": None}, "bound missing for covers failed"),
    ("MLW16", {"bound": '{ metric = "roc_auc", no_worse_than = 0.75 }'}, "value 0.74 is worse than bound 0.75"),
    ("MLW17", {"reason": '"until the next one"'}, "reason shorter than 20 characters"),
    ("MLW19", {"commit_range": '"since:0000000"'}, "commit_range since:0000000 does not match this run"),
    ("MLW19", {"model": f'"{"ab" * 32}"'}, "does not match this run"),
]


@pytest.mark.parametrize(("code", "change", "text"), INVALID)
def test_an_invalid_waiver_is_listed_and_ignored(code, change, text):
    sample = failed(waivers(**change))
    sample.run["lock_commit"] = COMMIT
    row = row_of(sample)
    assert (row["state"], row["code"], row["used"]) == ("invalid", code, False)
    assert text in row["text"]
    verdict = sample.verdict()
    assert verdict["gate"] == "block"
    (outcome,) = verdict["outcomes"]
    named = (None, "none") if code == "MLW05" else ("W-2026-014", "invalid")
    assert (outcome["verdict"], outcome["waiver"], outcome["waiver_state"], outcome["gate"]) == (
        "failed",
        *named,
        "block",
    )
    (reason,) = verdict["reasons"]
    assert code == "MLW05" or code in reason["text"]


def test_mlw10_approver_is_not_listed():
    sample = failed(waivers(approved_by='"somebody"'))
    assert row_of(sample)["state"] == "valid"
    sample.files["trust"] = TRUST.encode()
    row = row_of(sample)
    assert (row["code"], row["text"]) == (
        "MLW10",
        "approver somebody is not listed with role approver in trust.toml",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ('roles = ["approver"]', 'roles = ["runner"]'),
        ("not_before = 2026-01-01", "not_before = 2026-11-03"),
        ("not_after = 2027-01-01", "not_after = 2026-11-01"),
        ("not_after", "revoked_at = 2026-11-01T00:00:00Z\nnot_after"),
    ],
)
def test_mlw10_asks_for_a_key_that_was_good_when_it_was_approved(old, new):
    sample = failed(waivers())
    sample.files["trust"] = TRUST.replace(old, new).encode() if old else TRUST.encode()
    assert row_of(sample).get("code") == ("MLW10" if old else None)


@pytest.mark.parametrize("own", [[], ["model.performance"], ["tests/test_pd.py::*"]])
def test_mlw14_what_is_never_waived(own):
    safety = entry("test_safe#pickle", kind="artifact.safety")
    planned = entry("test_auc#roc_auc") if own else safety
    sample = failed(waivers(check=f'"{planned["id"]}"', bound='{metric="pickle", no_worse_than=1}'), planned=planned)
    sample.plan["settings"]["policy"] = {"never_waive": own} if own else {}
    row = row_of(sample)
    assert row["code"] == "MLW14"
    assert (
        row["text"]
        == {
            (): "kind artifact.safety is in never_waive",
            ("model.performance",): "kind model.performance is in never_waive",
            ("tests/test_pd.py::*",): f"{planned['id']} is in never_waive",
        }[tuple(own)]
    )
    assert sample.verdict()["gate"] == "block"


def test_mlw20_signature_does_not_verify():
    sample = failed(waivers(signature='"W-2026-014.json"'))
    assert row_of(sample, signed=lambda waiver: False)["text"] == "signature does not verify for W-2026-014"
    assert row_of(sample, signed=lambda waiver: True)["proven"] is True
    assert row_of(sample)["proven"] is False
    assert row_of(failed(waivers()), signed=lambda waiver: False)["state"] == "valid"


def test_mlw21_too_many_active_waivers():
    """Those approved last are over the limit; what is invalid anyway does not count."""
    planned = [entry(f"test_{at:02}#roc_auc") for at in range(14)]
    changes = [
        {"id": f'"W-{at:02}"', "check": f'"{found["id"]}"', "approved_at": f"2026-11-{at + 2:02}T09:00:00Z"}
        for at, found in enumerate(planned)
    ]
    sample = Sample(*planned)
    sample.files["waivers"] = waivers(*changes)
    rows = {row["id"]: row for row in sample.verdict()["waivers"]}
    assert [name for name, row in rows.items() if row["state"] == "invalid"] == ["W-10", "W-11", "W-12", "W-13"]
    assert rows["W-13"]["text"] == "14 active waivers exceed max_active_waivers 10"
    sample.files["waivers"] = waivers(*changes[:10], *({**found, "expires": "2026-11-20"} for found in changes[10:]))
    assert {row["code"] for row in sample.verdict()["waivers"] if row["state"] == "invalid"} == {"MLW07"}


def test_a_waived_failure_stays_failed_and_makes_a_condition():
    verdict = failed(waivers()).verdict()
    assert verdict["gate"] == "allow_conditional"
    (outcome,) = verdict["outcomes"]
    assert (outcome["verdict"], outcome["waiver"], outcome["waiver_state"], outcome["gate"]) == (
        "failed",
        "W-2026-014",
        "valid",
        "warn",
    )
    assert verdict["reasons"] == [
        {
            "code": "waived",
            "id": AUC["id"],
            "text": "failed, waived by W-2026-014 until 2027-01-31",
            "gate": "warn",
        }
    ]
    (row,) = verdict["waivers"]
    assert (row["state"], row["days_left"], row["bound_held"], row["used"], row["proven"]) == (
        "valid",
        71,
        True,
        True,
        False,
    )
    assert (row["requested_by"], row["approved_by"], row["expires"]) == (
        "credit-risk",
        "model-validation",
        "2027-01-31",
    )


def test_a_waiver_holds_through_its_last_day():
    assert row_of(failed(waivers(expires="2026-11-21")))["state"] == "valid"
    assert row_of(failed(waivers(expires="2026-11-21")))["days_left"] == 0
    assert row_of(failed(waivers(expires="2026-11-20")))["text"].endswith("1 day late")


def test_ninety_days_are_not_too_long():
    assert row_of(failed(waivers(approved_at="2026-11-02T09:00:00Z", expires="2027-01-31")))["state"] == "valid"
    assert row_of(failed(waivers(approved_at="2026-11-02T09:00:00Z", expires="2027-02-01")))["code"] == "MLW08"
    assert row_of(failed(waivers(approved_at="2026-11-02T00:30:00+02:00")))["code"] == "MLW08"  # the day before, in UTC


def test_unused_waivers_are_listed():
    sample = Sample(AUC)
    sample.files["waivers"] = waivers()
    verdict = sample.verdict()
    assert verdict["gate"] == "allow"
    (row,) = verdict["waivers"]
    assert (row["state"], row["used"], row["checks"]) == ("valid", False, [AUC["id"]])
    (outcome,) = verdict["outcomes"]
    assert (outcome["waiver"], outcome["waiver_state"], outcome["gate"]) == ("W-2026-014", "valid", "ok")


@pytest.mark.parametrize(
    ("covers", "verdict", "gate"),
    [
        ('["failed"]', "inconclusive", "block"),
        ('["inconclusive"]', "inconclusive", "allow_conditional"),
        ('["inconclusive"]', "failed", "block"),
        ('["not_run"]', "not_run", "allow_conditional"),
        ('["not_run"]', "not_applicable", "allow_conditional"),
        ('["failed", "inconclusive", "not_run"]', "error", "block"),
    ],
)
def test_a_waiver_covers_what_it_says(covers, verdict, gate):
    sample = failed(waivers(covers=covers))
    sample.records[0]["verdict"] = verdict
    if verdict == "not_run":
        sample.records, sample.not_run = [], [missed(AUC)]
    decided = sample.verdict()
    assert decided["gate"] == gate
    assert decided["outcomes"][0]["waiver_state"] == ("invalid" if gate == "block" else "valid")


@pytest.mark.parametrize(("severity", "gate"), [("warn", "allow_conditional"), ("info", "allow")])
def test_a_waiver_that_moves_no_cell_is_not_used(severity, gate):
    """With and without it the gate is the same; the failure is still said to be waived."""
    planned = entry("test_auc#roc_auc", severity=severity)
    assert Sample(planned, records=[record(planned, "failed")]).verdict()["gate"] == gate
    verdict = failed(waivers(), planned=planned).verdict()
    assert (verdict["gate"], verdict["waivers"][0]["used"]) == (gate, False)
    assert verdict["outcomes"][0]["waiver_state"] == "valid"


BOUNDS = [
    (">=", 0.74, 0.71, True),
    (">=", 0.71, 0.71, True),
    (">=", 0.70, 0.71, False),
    ("<=", 0.12, 0.15, True),
    ("<=", 0.16, 0.15, False),
    ("between", 0.05, 0.04, True),
    ("between", 0.03, 0.04, False),
    ("between", 0.21, 0.22, True),
    ("between", 0.23, 0.22, False),
]


@pytest.mark.parametrize(("comparator", "value", "bound", "held"), BOUNDS)
def test_a_bound_is_on_the_side_of_the_demand(comparator, value, bound, held):
    limit = {"low": 0.08, "high": 0.16} if comparator == "between" else {"value": 0.1}
    planned = entry("test_auc#roc_auc", comparator=comparator, threshold={"kind": "literal", **limit})
    text = waivers(bound=f'{{ metric = "roc_auc", no_worse_than = {bound} }}')
    row = row_of(failed(text, value=value, planned=planned))
    assert (row["bound_held"], row["state"]) == (held, "valid" if held else "invalid")


def test_a_bound_holds_for_every_slice_that_failed():
    slices = [
        {"name": "region=north", "n": 900, "verdict": "failed", "value": 0.74},
        {"name": "region=east", "n": 900, "verdict": "failed", "value": 0.69},
        {"name": "region=west", "n": 900, "verdict": "passed", "value": 0.60},
    ]
    assert row_of(failed(waivers(), slices=slices))["text"] == (
        "value 0.69 is worse than bound 0.71: waiver does not cover this result"
    )
    assert row_of(failed(waivers(), slices=slices[::2]))["state"] == "valid"


def test_a_bound_on_another_metric_says_nothing():
    row = row_of(failed(waivers(bound='{ metric = "recall", no_worse_than = 0.1 }')))
    assert (row["code"], row["state"]) == ("MLW15", "invalid")


def test_a_result_without_a_value_is_held_against_no_bound():
    sample = failed(waivers())
    del sample.records[0]["value"]
    assert row_of(sample)["code"] == "MLW16"


def test_a_pattern_waives_within_one_test():
    planned = [entry(f"test_auc[{name}]#roc_auc") for name in ("north", "south", "east")]
    found = [record(planned[0], "failed", value=0.74), record(planned[1]), record(planned[2], "failed", value=0.60)]
    sample = Sample(*planned, records=found)
    sample.files["waivers"] = waivers(check='"tests/test_pd.py::test_auc[*"')
    verdict = sample.verdict()
    cells = {cell["id"]: (cell["waiver_state"], cell["gate"]) for cell in verdict["outcomes"]}
    assert cells == {
        planned[0]["id"]: ("valid", "warn"),
        planned[1]["id"]: ("valid", "ok"),
        planned[2]["id"]: ("invalid", "block"),
    }
    (row,) = verdict["waivers"]
    assert (row["state"], row["used"], row["bound_held"], row["code"]) == ("valid", True, False, "MLW16")


@pytest.mark.parametrize(
    ("change", "run"),
    [
        ({"commit_range": f'"since:{COMMIT[:7]}"'}, {}),
        ({"commit_range": '"since:abcdef0"'}, {"ancestors": [f"abcdef0{'1' * 33}"]}),
        ({"model": f'"{MODEL}"'}, {}),
        ({"model": f'"{MODEL.removeprefix("sha256:")}"'}, {}),
    ],
)
def test_a_scope_that_fits_the_run(change, run):
    sample = failed(waivers(**change))
    sample.run["source"] |= run
    assert row_of(sample)["state"] == "valid"


def test_a_baseline_is_no_candidate():
    sample = failed(waivers(model=f'"{MODEL}"'))
    sample.run["subjects"][0]["role"] = "baseline"
    assert row_of(sample)["code"] == "MLW19"


def test_every_code_of_one_waiver_is_told():
    row = row_of(failed(waivers(expires="2026-11-01", approved_by='"credit-risk"', reason='"short"', bound=None)))
    assert (row["code"], row["codes"]) == ("MLW07", ["MLW07", "MLW09", "MLW15", "MLW17"])


def test_a_waiver_without_a_lock_counts_as_well():
    """Decision 0003: in the dev profile the gate decides without a lock; ids are those of the records."""
    sample = failed(waivers())
    sample.plan["checks"] = [entry("test_auc")]
    sample.run |= {"plan_status": "absent", "profile": "dev"}
    assert sample.verdict()["gate"] == "allow_conditional"
