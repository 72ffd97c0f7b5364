from __future__ import annotations

import pytest

from mltest.report.holdouts import holdouts_of
from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples

LOOK = {
    "id": "t.py::t#roc_auc",
    "holdout": "sha256:" + "ab" * 32,
    "check": "model.metric",
    "metric": "roc_auc",
    "outcome": "passed",
    "k": 10,
    "passed_before": 2,
    "candidates": 12,
    "candidate_by": "artifact",
    "error_rate": 1.0,
    "alpha_adj": 1.08695652e-4,
    "adjusted_low": 0.81,
    "adjusted_high": 0.9,
    "meets": False,
    "reason": None,
}


def row(**given):
    ((one,),) = (found.rows for found in holdouts_of({"run": {"looks": [LOOK | given]}}))
    return one


def test_a_holdout_is_named_by_its_artifact_or_as_this_one():
    seen = [{"id": "holdout.parquet", "digest": LOOK["holdout"]}]
    ((named),) = holdouts_of({"run": {"looks": [LOOK], "data_seen": seen}})
    assert named.title == "holdout.parquet has judged 12 candidates"
    assert holdouts_of({"run": {"looks": [LOOK]}})[0].title == "This holdout has judged 12 candidates"


def test_a_row_tells_looks_error_and_bounds():
    found = row()
    assert (found.demand, found.looks, found.chance, found.alpha, found.bounds) == (
        "roc_auc: passed", "10, 2 of the earlier ones passed", "100 %", "0.000109", "0.810 to 0.900",
    )  # fmt: skip


def test_a_row_names_the_slices_and_the_check_that_is_not_the_metric():
    assert row(label="roc_auc by region").demand == "roc_auc by region: passed"
    assert row(check="model.not_worse").demand == "roc_auc, not worse: passed"


@pytest.mark.parametrize(
    ("given", "follows"),
    [
        ({}, "passed, but not by the adjusted bound: collect fresh rows"),
        ({"meets": True}, "still met by the adjusted bound"),
        ({"outcome": "inconclusive"}, "held back, not met by the adjusted bound: collect fresh rows"),
        ({"meets": None}, "not known"),
        ({"meets": None, "outcome": "failed"}, "not passed"),
        ({"k": 1, "passed_before": 0}, "the promise of 5 % stands"),
        ({"alpha_adj": None, "reason": "test set exhausted"}, "no promise is left: collect fresh rows"),
    ],
)
def test_what_follows(given, follows):
    assert row(**given).follows == follows


def test_a_page_without_a_ledger_has_no_such_section():
    assert b"Looks at the holdout" not in render(Report.of(samples.blocked()))
