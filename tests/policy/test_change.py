"""Every rank of a change with a planted one, beside a clean twin; and what holds for all of them."""

from __future__ import annotations

import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.evidence.canonical import canonical
from mltest.policy.change import changes
from mltest.policy.change_line import KINDS
from tests.policy.change_plans import entry, plan

LITERAL = {"kind": "literal", "value": 0.75}
RANGE = {"kind": "literal", "low": 0.1, "high": 0.2}
POLICY = {"required": ["data.schema"], "never_waive": ["model.fairness"], "max_waiver_days": 30}


def demands(check: str = "model.metric", /, **named):
    return entry(check=check, demands=named)


def ranged(low, high):
    return entry(comparator="between", threshold={"kind": "literal", "low": low, "high": high}, demands={})


def upper(value):
    return entry(comparator="<=", threshold={"kind": "literal", "value": value}, demands={"at_most": value})


def settled(**policy):
    return plan(settings={"confidence": 0.95, "policy": policy})


# What is planted: the plan before, the plan after, the rank, the kind and the field of the one line.
PLANTED = {
    "removed": (plan(entry(), entry("t.py::b#c:m")), plan(), 1, "removed", "check"),
    "lower bound": (
        plan(),
        plan(entry(threshold=LITERAL, demands={"at_least": 0.75})),
        2,
        "threshold_loosened",
        "threshold",
    ),
    "upper bound": (plan(upper(0.1)), plan(upper(0.2)), 2, "threshold_loosened", "threshold"),
    "wider": (plan(ranged(0.1, 0.2)), plan(ranged(0.05, 0.25)), 2, "threshold_loosened", "threshold"),
    "one end wider": (plan(ranged(0.1, 0.2)), plan(ranged(0.1, 0.25)), 2, "threshold_loosened", "threshold"),
    "not strictly": (plan(entry(comparator=">")), plan(), 2, "threshold_loosened", "comparator"),
    "margin": (
        plan(entry(comparator="non-inferior", threshold={"kind": "literal", "value": -0.01}, margin=0.01)),
        plan(entry(comparator="non-inferior", threshold={"kind": "literal", "value": -0.02}, margin=0.02)),
        *(2, "threshold_loosened", "margin"),
    ),
    "baseline delta": (
        plan(entry(threshold={"kind": "baseline", "baseline": "p", "delta": -0.01})),
        plan(entry(threshold={"kind": "baseline", "baseline": "p", "delta": -0.02})),
        *(2, "threshold_loosened", "threshold"),
    ),
    "one slice": (
        plan(demands(at_least={"north": 0.3, "south": 0.2})),
        plan(demands(at_least={"north": 0.2, "south": 0.2})),
        *(2, "threshold_loosened", "demands.at_least[north]"),
    ),
    "ratio": (
        plan(demands(ratio_at_least=0.8)),
        plan(demands(ratio_at_least=0.7)),
        2,
        "threshold_loosened",
        "demands.ratio_at_least",
    ),
    "share of errors": (plan(demands()), plan(demands(max_rate=0.01)), 2, "threshold_loosened", "demands.max_rate"),
    "share of errors, with its margin": (
        plan(entry(comparator="<=", margin=None, demands={})),
        plan(entry(comparator="<=", margin=0.01, demands={"max_rate": 0.01})),
        *(2, "threshold_loosened", "margin"),
    ),
    "tolerance": (
        plan(demands(tolerance="float64")),
        plan(demands(tolerance="float32")),
        *(2, "threshold_loosened", "demands.tolerance"),
    ),
    "tolerances": (
        plan(settings={"tolerances": {"float64": 1e-9}}),
        plan(settings={"tolerances": {"float64": 1e-6}}),
        *(2, "threshold_loosened", "tolerances[float64]"),
    ),
    "severity": (plan(), plan(entry(severity="warn")), 3, "severity_lowered", "severity"),
    "required": (plan(), plan(entry(required=False)), 3, "required_dropped", "required"),
    "required by nobody": (plan(), plan(entry(required_by="default")), 3, "required_dropped", "required_by"),
    "required by policy": (
        settled(**POLICY),
        settled(**{**POLICY, "required": []}),
        3,
        "required_dropped",
        "required[data.schema]",
    ),
    "severity by policy": (
        settled(severity=[{"path": "a", "severity": "warn"}]),
        settled(severity=[{"path": "a", "severity": "info"}]),
        *(3, "severity_lowered", "severity[path a]"),
    ),
    "confidence": (plan(), plan(entry(confidence=0.9)), 4, "rule_weakened", "confidence"),
    "min_n": (plan(), plan(entry(min_n=100)), 4, "rule_weakened", "min_n"),
    "reruns": (plan(), plan(entry(reruns=2)), 4, "rule_weakened", "reruns"),
    "rerun rule": (plan(), plan(entry(rerun_rule="any")), 4, "rule_weakened", "rerun_rule"),
    "decision": (plan(), plan(entry(decision="point")), 4, "rule_weakened", "decision"),
    "small slices": (plan(demands()), plan(demands(min_rows=500)), 4, "rule_weakened", "demands.min_rows"),
    "entity": (plan(demands(entity="id")), plan(demands()), 4, "rule_weakened", "demands.entity"),
    "slices by": (plan(demands(by=["a", "b"])), plan(demands(by="a")), 4, "rule_weakened", "demands.by"),
    "routes": (plan(demands()), plan(demands(routes=["json"])), 4, "rule_weakened", "demands.routes"),
    "a slice gone": (
        plan(demands(at_least={"north": 0.3, "south": 0.2})),
        plan(demands(at_least={"south": 0.2})),
        *(4, "slice_removed", "demands.at_least[north]"),
    ),
    "slices": (plan(entry(slices=["north", "south"])), plan(entry(slices=["south"])), 4, "slice_removed", "slices"),
    "inconclusive": (settled(inconclusive="block"), settled(inconclusive="fail"), 4, "rule_weakened", "inconclusive"),
    "never waive": (
        settled(**POLICY),
        settled(**{**POLICY, "never_waive": []}),
        4,
        "rule_weakened",
        "never_waive[model.fairness]",
    ),
    "waiver days": (
        settled(**POLICY),
        settled(**{**POLICY, "max_waiver_days": 60}),
        4,
        "rule_weakened",
        "max_waiver_days",
    ),
    "moving": (
        plan(),
        plan(data=[{"id": "test", "uri": "test.csv", "policy": "moving"}]),
        5,
        "data_unpinned",
        "policy",
    ),
    "unpinned": (plan(), plan(data=[]), 5, "data_unpinned", "digest"),
}
# What has no direction: it stays what it is when the plans change places.
OTHER = {
    "data": (
        plan(),
        plan(data=[{**plan()["data"][0], "digest": "sha256:d2", "rows": 90}]),
        5,
        "data_replaced",
        "digest",
    ),
    "other data": (plan(), plan(entry(data=["validation"])), 5, "data_replaced", "data"),
    "baseline": (
        plan(),
        plan(baselines=[{"id": "production", "digest": "sha256:b2"}]),
        5,
        "baseline_replaced",
        "digest",
    ),
    "code": (
        plan(),
        plan(entry(source={**entry()["source"], "sha256": "sha256:f2", "function": "sha256:x"})),
        *(6, "source_changed", "source.function"),
    ),
    "file": (
        plan(),
        plan(entry(source={**entry()["source"], "sha256": "sha256:f2"})),
        6,
        "source_changed",
        "source.sha256",
    ),
    "comparator": (plan(), plan(upper(0.78)), 8, "changed", "comparator"),
    "derived": (
        plan(entry(threshold={"kind": "derived", "formula": "a", "inputs": []})),
        plan(entry(threshold={"kind": "derived", "formula": "b", "inputs": []})),
        *(8, "changed", "threshold"),
    ),
    "metric": (plan(), plan(entry(metric="gini")), 8, "changed", "metric"),
    "rationale": (plan(), plan(entry(rationale="why")), 8, "changed", "rationale"),
    "controls": (plan(entry(controls=["a"])), plan(), 8, "changed", "controls"),
    "statistics": (plan(), plan(stats="mltest-stats/2"), 8, "changed", "stats"),
    "seed": (plan(settings={"seed": 1}), plan(settings={"seed": 2}), 8, "changed", "seed"),
    "nested": (
        plan(demands(fit={"params": {"depth": 3, "rate": 0.1}})),
        plan(demands(fit={"params": {"depth": 4, "rate": 0.1}})),
        *(8, "changed", "demands.fit[params][depth]"),
    ),
    "a count for a share": (
        plan(demands(mismatch_at_most=3)),
        plan(demands(mismatch_at_most=0.1)),
        *(8, "changed", "demands.mismatch_at_most"),
    ),
}
MIRRORED = {
    "removed": "added",
    "threshold_loosened": "threshold_tightened",
    "severity_lowered": "severity_raised",
    "required_dropped": "required_added",
    "rule_weakened": "rule_strengthened",
    "slice_removed": "slice_added",
    "data_unpinned": "data_pinned",
}


@pytest.mark.parametrize(("old", "new", "rank", "kind", "field"), PLANTED.values(), ids=PLANTED)
def test_what_was_loosened_is_one_line_and_tightened_the_other_way(old, new, rank, kind, field):
    [line] = changes(old, new)
    assert (line["rank"], line["kind"], line["field"], line["direction"]) == (rank, kind, field, "loosened")
    [back] = changes(new, old)
    assert (back["kind"], back["direction"]) == (MIRRORED[kind], "tightened")
    assert (back["old"], back["new"]) == (line["new"], line["old"])


@pytest.mark.parametrize(("old", "new", "rank", "kind", "field"), OTHER.values(), ids=OTHER)
def test_what_has_no_order_is_told_as_that(old, new, rank, kind, field):
    for before, after in ((old, new), (new, old)):
        [line] = changes(before, after)
        assert (line["rank"], line["kind"], line["field"], line["direction"]) == (rank, kind, field, "other")


@pytest.mark.parametrize("case", [*PLANTED.values(), *OTHER.values()], ids=[*PLANTED, *OTHER])
def test_the_clean_twin_has_no_line(case):
    for one in case[:2]:
        assert changes(one, json.loads(json.dumps(one))) == []


def test_every_line_can_be_kept_as_evidence_and_printed():
    for old, new, *_ in [*PLANTED.values(), *OTHER.values()]:
        for line in changes(old, new):
            canonical(line)
            assert KINDS[line["kind"]] == (line["rank"], line["direction"])
            assert line["text"].startswith(f"{line['id']}: ")


def test_loosened_comes_first_whatever_else_changed():
    old = plan(entry("t.py::a#c:m"), entry("t.py::b#c:m"), entry("t.py::c#c:m"), entry("t.py::d#c:m"))
    loose, tight = ({"kind": "literal", "value": value} for value in (0.7, 0.9))
    new = plan(
        entry("t.py::a#c:m", threshold=tight, demands={"at_least": 0.9}),
        entry("t.py::b#c:m", severity="info"),
        entry("t.py::c#c:m", threshold=loose, demands={"at_least": 0.7}),
        entry("t.py::e#c:other", metric="brier"),
    )
    assert [line["kind"] for line in changes(old, new)] == [
        "removed",
        "threshold_loosened",
        "severity_lowered",
        "threshold_tightened",
        "added",
    ]


def test_a_range_that_moved_is_loosened_at_one_end_and_tightened_at_the_other():
    lines = changes(plan(ranged(0.1, 0.2)), plan(ranged(0.15, 0.25)))
    assert [(line["field"], line["direction"]) for line in lines] == [
        ("threshold.high", "loosened"),
        ("threshold.low", "tightened"),
    ]


def test_a_limit_for_all_that_becomes_one_for_some_is_loosened():
    lines = changes(plan(demands(at_least=0.3)), plan(demands(at_least={"north": 0.35, "south": 0.3})))
    assert [(line["field"], line["direction"]) for line in lines] == [
        ("demands.at_least[all others]", "loosened"),
        ("demands.at_least[north]", "tightened"),
    ]


def test_a_renamed_check_names_its_twin():
    lines = changes(plan(), plan(entry("tests/test_new.py::test_auc#model.metric:roc_auc")))
    assert "asks the same: tests/test_new.py::test_auc" in lines[0]["text"]
    assert [line["kind"] for line in lines] == ["removed", "added"]


def test_a_changed_demand_explains_the_code_that_holds_it():
    moved = entry(severity="warn", source={**entry()["source"], "function": "sha256:x", "sha256": "sha256:f2"})
    assert [line["kind"] for line in changes(plan(), plan(moved))] == ["severity_lowered"]


def test_a_file_is_told_once_for_all_its_tests():
    checks = [entry(f"tests/test_m.py::test_{name}#c:m") for name in "abc"]
    edited = [{**check, "source": {**check["source"], "sha256": "sha256:f2"}} for check in checks]
    [line] = changes(plan(*checks), plan(*edited))
    assert (line["id"], line["old"], line["new"]) == ("tests/test_m.py", "sha256:f1", "sha256:f2")
    assert "3 tests" in line["text"]


def test_equal_values_in_two_kinds_of_numbers_are_no_change():
    old, new = (plan(entry(threshold={"kind": "literal", "value": value}, demands={})) for value in (1, 1.0))
    assert changes(old, new) == []


def test_the_slightest_difference_is_a_difference():
    new = plan(
        entry(threshold={"kind": "literal", "value": 0.7799999999999999}, demands={"at_least": 0.7799999999999999})
    )
    [line] = changes(plan(), new)
    assert line["text"].endswith("threshold >= 0.78 -> 0.7799999999999999")


def test_equal_plans_need_no_deepdiff(monkeypatch):
    monkeypatch.setitem(sys.modules, "deepdiff", None)
    assert changes(plan(), plan()) == []
    for old, new, *_ in PLANTED.values():
        assert changes(old, new)


LIMITS = st.one_of(
    st.none(),
    st.floats(0, 1),
    st.dictionaries(st.sampled_from(["north", "south", "west"]), st.floats(0, 1), min_size=1),
)
ENTRIES = st.builds(
    lambda value, limit, sign, severity, required, reruns, minimum: entry(
        comparator=sign,
        threshold={"kind": "literal", "value": value},
        demands={} if limit is None else {"at_least" if sign == ">=" else "at_most": limit},
        severity=severity,
        required=required,
        reruns=reruns,
        min_n=minimum,
    ),
    st.floats(0, 1),
    LIMITS,
    st.sampled_from([">=", "<="]),
    st.sampled_from(["block", "warn", "info"]),
    st.booleans(),
    st.integers(0, 3),
    st.integers(1, 1000),
)


def told(lines):
    return sorted((line["id"], line["field"], json.dumps([line["old"], line["new"]])) for line in lines)


@given(ENTRIES, ENTRIES)
def test_loosened_one_way_is_tightened_the_other(one, other):
    there, back = changes(plan(one), plan(other)), changes(plan(other), plan(one))
    turned = {"loosened": "tightened", "tightened": "loosened", "other": "other"}
    assert sorted((line["id"], line["field"], turned[line["direction"]]) for line in there) == sorted(
        (line["id"], line["field"], line["direction"]) for line in back
    )
    assert told(there) == told([{**line, "old": line["new"], "new": line["old"]} for line in back])
    assert changes(plan(one), plan(one)) == []


@given(ENTRIES, ENTRIES)
def test_the_order_is_total_and_no_change_is_silent(one, other):
    lines = changes(plan(one), plan(other))
    assert [line["rank"] for line in lines] == sorted(line["rank"] for line in lines)
    places = [(line["rank"], line["id"], line["field"], line["kind"]) for line in lines]
    assert len(set(places)) == len(places)
    assert bool(lines) is (one != other)
