"""What a plan entry holds of rows that no artifact names, and how their change is told."""

from __future__ import annotations

import pytest

from mltest.policy.change import changes
from mltest.policy.grade import grade_of
from mltest.policy.unnamed import lock_pins, run_pins, unnamed_inputs
from tests.policy.change_plans import entry, plan

LIVE = [{"id": "test", "policy": "moving"}]


@pytest.mark.parametrize(
    "key", ["data", "target", "weight", "cluster", "train", "test", "reference", "candidate data", "data 2"]
)
def test_rows_and_labels_are_kept(key):
    assert unnamed_inputs({key: "sha256:1"}, ()) == {"inputs": {key: "sha256:1"}}
    assert unnamed_inputs({key: "sha256:1"}, {"sha256:1"}) == {}


@pytest.mark.parametrize(
    "key",
    [
        "model",
        "prediction",
        "score",
        "proba",
        "baseline",
        "baseline score",
        "candidate prediction",
        "test model",
        "Net",
    ],
)
def test_models_and_answers_are_not(key):
    assert unnamed_inputs({key: "sha256:1"}, ()) == {}


@pytest.mark.parametrize(
    ("settings", "data", "read", "pins"),
    [
        ({}, [], [], True),
        ({"unnamed_data": "moving"}, [], [], False),
        ({}, LIVE, ["test"], False),
        ({}, LIVE, ["train"], True),
        ({}, [{"id": "test", "policy": "pinned"}], ["test"], True),
    ],
)
def test_what_is_recorded_pins(settings, data, read, pins):
    assert run_pins(settings, data, read) is pins


def test_a_lock_that_left_rows_open_leaves_them_open():
    assert lock_pins(plan())
    assert not lock_pins(plan(entry(inputs={"target": "moving"})))
    assert not lock_pins(plan(settings={"unnamed_data": "moving"}))


@pytest.mark.parametrize(
    ("old", "new", "kind", "text"),
    [
        ({"data": "sha256:1"}, {"data": "sha256:2"}, "data_replaced", "other rows than planned: data"),
        (None, {"weight": "sha256:2"}, "data_replaced", "other rows than planned: weight"),
        ({"target": "sha256:1"}, {"target": "moving"}, "data_unpinned", "data pinned -> moving: target"),
        ({"target": "moving"}, {"target": "sha256:1"}, "data_pinned", "data moving -> pinned: target"),
    ],
)
def test_the_line_of_other_rows(old, new, kind, text):
    before, after = (plan(entry(**({"inputs": found} if found else {}))) for found in (old, new))
    [line] = changes(before, after)
    assert (line["kind"], line["text"].partition(": ")[2]) == (kind, text)
    assert (line["old"], line["new"]) == (old or {}, new)


def test_the_setting_that_stops_pinning_is_a_weaker_rule():
    loose = plan(settings={**plan()["settings"], "unnamed_data": "moving"})
    assert [line["kind"] for line in changes(plan(), loose)] == ["rule_weakened"]
    assert [line["kind"] for line in changes(loose, plan())] == ["rule_strengthened"]


@pytest.mark.parametrize(
    ("n", "said"), [(0, None), (1, "data of 1 check not pinned"), (2, "data of 2 checks not pinned")]
)
def test_the_grade_says_how_many_checks_read_rows_that_are_not_pinned(n, said):
    entries = [entry(f"t.py::t{at}#c:m", inputs={"data": "moving"} if at < n else {}) for at in range(3)]
    approval = {"name": "Bo", "role": "validator", "plan_digest": "sha256:p", "approved_at": "2026-01-01T00:00:00Z"}
    run = {
        "plan_status": "matched",
        "source": {"commit": "c", "dirty": False},
        "lock_authors": ["Ann"],
        "clock": {"started": "2026-02-01T00:00:00Z"},
    }
    complete = {"unplanned": 0, "holds": True, "not_run": 0, "by_reason": {}}
    grade, limits = grade_of(plan(*entries), run, "allow", complete, approvals=[approval], plan_digest="sha256:p")
    assert grade == "E2", limits
    assert [text for text in limits if text.startswith("data of")] == ([said] if said else [])
