"""A record that contradicts itself is met, although every digest was made again; those that do not are left alone."""

from __future__ import annotations

import copy

import pytest

import mltest
from mltest.policy.verification.rejudged import _contradictions
from tests.policy.verification.good_run import AUC, RECALL, retied, write


def turned(**parts):
    """The good record with other measurements."""

    def change(run):
        for one in run["results"]["records"]:
            if one["id"] == AUC:
                one.update(copy.deepcopy({name: value for name, value in parts.items() if name != "measured"}))
                one["measurements"][0] |= parts.get("measured", {})

    return change


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"measured": {"low": 0.77}}, "roc_auc 0.8123 (0.77 to 0.8223) does not meet its limit"),
        ({"measured": {"value": 0.7, "low": None, "method": "given"}}, "roc_auc 0.7 (0.8223) does not meet"),
        ({"verdicts": ["failed"]}, "it passed, and a measurement of it is failed"),
        ({"verdicts": ["inconclusive"]}, "its only measurement is inconclusive"),
        ({"verdict": "failed", "verdicts": ["failed"]}, "it failed, and roc_auc 0.8123 (0.8023 to 0.8223) meets"),
    ],
)
def test_a_verdict_against_its_own_bounds(parts, said, tmp_path, verify):
    status, codes, told = verify(write(retied(turned(**parts)), tmp_path / "run"))
    assert (status, codes) == (1, ["MLV02"])
    assert said in told["findings"][0]["text"]
    assert told["findings"][0]["id"] == AUC != RECALL


def record_of(result):
    from mltest.evidence.records import _measurement, _said

    plain = result.to_plain()
    return {
        "id": f"x::y#{plain['check']}:{plain['label']}",
        "verdict": plain["verdict"],
        "verdicts": list(plain["verdicts"]),
        "measurements": [_measurement(found) for found in plain["measurements"]],
        "requirement": _said(plain["requirement"]),
    }


@pytest.mark.parametrize("value", [4, 4.0, 0.5, [1] * 60, [0, 1] * 30, [0] * 60])
@pytest.mark.parametrize("limit", [{"at_least": 0.9}, {"at_most": 0.5}, {"between": (0.2, 4)}])
@pytest.mark.parametrize("decision", ["interval", "point"])
def test_an_honest_judgement_does_not_contradict_itself(value, limit, decision):
    result = mltest.checks.require(value, **limit, name="share", decision=decision)
    assert list(_contradictions(record_of(result))) == []


def test_what_is_withheld_or_of_another_check_shows_nothing():
    result = mltest.checks.require([1] * 60, at_least=0.9, name="share")
    found = record_of(result)
    found["measurements"][0] |= {"value": None}
    assert list(_contradictions(found)) == []
    other = record_of(result) | {"id": "x::y#data.no_leakage:rows"}
    other["measurements"][0] |= {"low": 0.1}
    assert list(_contradictions(other)) == []
    del other["requirement"]
    assert list(_contradictions(other)) == []
