"""Waivers that came, went or reach further."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from mltest.evidence.canonical import canonical
from mltest.policy.change import changes
from mltest.policy.waiver import Waiver
from tests.policy.change_plans import ID, plan

WAIVER = {
    "id": "W-1",
    "check": ID,
    "covers": ["failed"],
    "expires": "2027-01-31",
    "bound": {"metric": "roc_auc", "no_worse_than": 0.71},
    "commit_range": "since:9f31c02",
}


@pytest.mark.parametrize(
    ("changed", "kind", "back"),
    [
        ({"expires": "2027-03-31"}, "waiver_extended", "waiver_shortened"),
        ({"covers": ["failed", "not_run"]}, "waiver_extended", "waiver_shortened"),
        ({"bound": {"metric": "roc_auc", "no_worse_than": 0.6}}, "waiver_extended", "waiver_shortened"),
        ({"commit_range": None}, "waiver_extended", "waiver_shortened"),
        ({"reason": "another"}, "changed", "changed"),
    ],
)
def test_waivers(changed, kind, back):
    other = {**WAIVER, **changed}
    assert [line["kind"] for line in changes(plan(), plan(), old_waivers=[WAIVER], new_waivers=[other])] == [kind]
    assert [line["kind"] for line in changes(plan(), plan(), old_waivers=[other], new_waivers=[WAIVER])] == [back]
    assert changes(plan(), plan(), old_waivers=[other], new_waivers=[other]) == []


def test_a_new_waiver_is_loosened_and_one_that_is_gone_is_not():
    [line] = changes(plan(), plan(), new_waivers=[WAIVER])
    assert (line["rank"], line["kind"], line["direction"]) == (7, "waiver_added", "loosened")
    [line] = changes(plan(), plan(), old_waivers=[WAIVER])
    assert (line["kind"], line["direction"]) == ("waiver_removed", "tightened")


def test_waivers_as_the_file_gives_them():
    named = {"reason": "r", "risk": "r", "requested_by": "a", "approved_by": "b"}
    read = Waiver(
        **named,
        id="W-1",
        check=ID,
        covers=("failed",),
        approved_at=datetime(2026, 11, 2, tzinfo=UTC),
        expires=date(2027, 1, 31),
    )
    [line] = changes(plan(), plan(), new_waivers=[read])
    canonical(line)
    assert "until 2027-01-31" in line["text"]
