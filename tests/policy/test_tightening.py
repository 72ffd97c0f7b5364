"""Whatever a project tightens, its gate never gets better: over whole verdicts, with waivers, policy and profiles."""

from __future__ import annotations

import copy

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.policy.locked_sample import Sample, entry, missed, record, waivers

GATES = ("allow", "allow_conditional", "block", "void")
NAMES = [f"test_{letter}#roc_auc" for letter in "abc"]
SEVERITIES, RULES = ("info", "warn", "block"), ("any", "majority", "all")
CHECK = st.fixed_dictionaries(
    {
        "severity": st.sampled_from(SEVERITIES),
        "required": st.booleans(),
        "reruns": st.integers(0, 2),
        "rerun_rule": st.sampled_from(RULES),
        "verdicts": st.lists(
            st.sampled_from(["passed", "failed", "inconclusive", "error", "not_applicable"]), max_size=3
        ),
        "reason": st.sampled_from(["skipped", "deselected_keyword", "setup_failed"]),
        "waiver": st.none()
        | st.fixed_dictionaries(
            {
                "covers": st.sampled_from(['["failed"]', '["failed", "inconclusive", "not_run"]']),
                "approved_at": st.sampled_from(["2026-11-02T09:00:00Z", "2026-11-12T09:00:00Z"]),
                "expires": st.sampled_from(["2026-11-01", "2026-12-01", "2027-01-20"]),
            }
        ),
    }
)
WORLD = st.fixed_dictionaries(
    {
        "checks": st.lists(CHECK, min_size=1, max_size=3),
        "profile": st.sampled_from(["dev", "merge", "release"]),
        "approved": st.booleans(),
        "dirty": st.booleans(),
        "inconclusive": st.sampled_from(["warn", "fail"]),
        "loosened": st.booleans(),
        "policy": st.fixed_dictionaries(
            {
                "required": st.just([]),
                "never_waive": st.just([]),
                "max_waiver_days": st.sampled_from([90, 60]),
                "max_active_waivers": st.sampled_from([10, 2, 1]),
            }
        ),
    }
)


def identity(at: int) -> str:
    return str(entry(NAMES[at])["id"])


def gate_of(world) -> int:
    planned, records, not_run, tables = [], [], [], []
    for at, check in enumerate(world["checks"]):
        told = {name: check[name] for name in ("severity", "required", "reruns", "rerun_rule")}
        planned.append(entry(NAMES[at], required_by="mark", **told))
        tries = [record(planned[-1], word, attempt=n, value=0.74) for n, word in enumerate(check["verdicts"], start=1)]
        records += tries
        not_run += [] if tries else [missed(planned[-1], check["reason"])]
        if check["waiver"]:
            tables.append({"id": f'"W-{at}"', "check": f'"{identity(at)}"', **check["waiver"]})
    sample = Sample(*planned, records=records, not_run=not_run)
    sample.plan["settings"] |= {"inconclusive": world["inconclusive"], "policy": world["policy"]}
    sample.run |= {"profile": world["profile"], "source": {"commit": "1", "dirty": world["dirty"]}}
    if world["loosened"]:
        line = {"kind": "threshold_loosened", "direction": "loosened"}
        sample.run["baseline"] = {"root": "sha256:1", "release": "1.0", "lines": [line]}
    if tables:
        sample.files["waivers"] = waivers(*tables)
    if world["approved"]:
        sample.approve()
    return GATES.index(sample.verdict()["gate"])


def stricter(draw, order, word):
    return draw(st.sampled_from(order[order.index(word) :]))


def of_check(world, draw):
    check = draw(st.sampled_from(world["checks"]))
    check["severity"] = stricter(draw, SEVERITIES, check["severity"])
    check["required"] = check["required"] or draw(st.booleans())
    check["rerun_rule"] = stricter(draw, RULES, check["rerun_rule"])
    check["reruns"] = draw(st.integers(0, check["reruns"]))


def of_policy(world, draw):
    policy = world["policy"]
    policy["max_waiver_days"] = draw(st.sampled_from([policy["max_waiver_days"], 30]))
    policy["max_active_waivers"] = draw(st.integers(0, policy["max_active_waivers"]))
    policy["required"] = draw(st.sampled_from([[], ["model.performance"], ["model.none"], [identity(0)]]))
    policy["never_waive"] = draw(st.sampled_from([[], ["model.performance"], [identity(0)]]))
    if draw(st.booleans()):
        policy["inconclusive"] = draw(st.sampled_from(["fail", "block"]))


def of_run(world, draw):
    world["profile"] = stricter(draw, ("dev", "merge", "release"), world["profile"])
    world["approved"] = world["approved"] and draw(st.booleans())
    world["dirty"] = world["dirty"] or draw(st.booleans())
    world["loosened"] = world["loosened"] or draw(st.booleans())
    world["inconclusive"] = stricter(draw, ("warn", "fail"), world["inconclusive"])


def without_waivers(world, _draw):
    for check in world["checks"]:
        check["waiver"] = None


@settings(max_examples=200)
@given(WORLD, st.sampled_from([of_check, of_policy, of_run, without_waivers]), st.data())
def test_tightening_never_improves_the_gate(world, tighten, data):
    tightened = copy.deepcopy(world)
    tighten(tightened, data.draw)
    assert gate_of(tightened) >= gate_of(world)
