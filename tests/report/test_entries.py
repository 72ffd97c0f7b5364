"""What the page says of groups, exact values, comparisons that could not begin, and families."""

from __future__ import annotations

import pytest

from mltest.report.model import Report
from mltest.report.page import render
from mltest.report.words import family_of, flag_text
from tests.report import evidence_samples as samples
from tests.report.page_tree import tree_of


def entry_of(*given, **more):
    (family,) = Report.of(samples.evidence([samples.record("test_x", *given, **more)])).families
    return family.entries[0]


def test_odds_are_two_rates_under_one_limit_and_the_worst_is_first():
    entry = entry_of(
        "failed",
        measured=[
            samples.measurement(0.12, 0.02, 0.2, name="tpr difference", slice="sex=f"),
            samples.measurement(-0.3, -0.4, -0.2, name="fpr difference", slice="sex=f"),
        ],
        verdicts=["failed", "failed"],
        demand=samples.requirement("between", [-0.05, 0.05], metric="equalized_odds difference"),
    )
    (ladder,) = entry.ladders
    assert [rung.name for rung in ladder.rungs] == ["fpr difference sex=f", "tpr difference sex=f"]
    assert all(rung.strip.accepted for rung in ladder.rungs)


def test_half_of_a_rate_is_as_far_off_as_double():
    entry = entry_of(
        "failed",
        measured=[
            samples.measurement(1.6, 1.5, 1.7, name="tpr ratio", slice="a"),
            samples.measurement(0.5, 0.4, 0.6, name="tpr ratio", slice="b"),
        ],
        verdicts=["failed", "failed"],
        demand=samples.requirement("between", [0.8, 1.25], metric="tpr ratio"),
    )
    assert [rung.name for rung in entry.ladders[0].rungs] == ["b", "a"]


def test_findings_that_count_nothing_have_no_column_for_it():
    found = {"rule": "groups", "where": "sex=f", "what": "tpr difference 0.2: failed"}
    row = samples.record("test_x", "failed", findings=[found], findings_total=1)
    (table,) = tree_of(render(Report.of(samples.evidence([row])))).all("table", "findings")
    assert [head.text for head in table.one("thead").all("th")] == ["rule", "where", "what"]
    assert "not counted" not in table.text


def test_a_p_value_is_exact_and_its_number_is_drawn_once():
    entry = entry_of(
        "failed",
        measured=[samples.measurement(0.875, 0.875, 0.875, name="p", method="label_permutation", n=39)],
        demand=samples.requirement("at_most", 0.05, metric="p"),
    )
    assert (entry.bounds, entry.method) == ("exact", "permuted labels")
    assert [label.text for label in entry.wide.labels] == ["limit 0.05", "0.875"]


def test_a_limit_that_was_met_is_not_crossed_by_an_open_end():
    demand = samples.requirement("at_most", 0.06, metric="calibration_error")
    found = samples.measurement(0.01, 0.0, None, name="calibration_error", method="consistency_resampling")
    passed, failed = (entry_of(word, measured=[found], demand=demand) for word in ("passed", "failed"))
    assert float(passed.strip.bar[1]) < float(passed.strip.limits[0])
    assert failed.strip.bar[1] == "216"


def test_a_comparison_that_could_not_begin_is_not_told_as_no_findings():
    entry = entry_of("inconclusive", measured=[], demand=samples.requirement("at_most", 0, metric="mismatches"))
    assert (entry.value, entry.undrawn, entry.settle) == ("none", "nothing was measured", "")


def test_a_demand_to_be_better_fits_into_its_cell():
    entry = entry_of(demand=samples.requirement("better", 0.02))
    assert entry.demand == "better by more than 0.02"


def test_a_long_reason_is_cut_in_the_table_and_whole_in_the_card():
    why = "row noise only: the model has seen the training rows; " * 3
    entry = entry_of("inconclusive", measured=[samples.measurement(0.3, method="t", detail=why)])
    assert len(entry.bounds) == 64
    assert why.strip() in entry.measured


def test_the_model_stands_out_beside_a_dummy():
    entry = entry_of(
        measured=[
            samples.measurement(0.2, 0.1, 0.3, name="accuracy gain"),
            samples.measurement(0.7, 0.6, 0.8, name="accuracy of Ridge"),
            samples.measurement(0.5, 0.4, 0.6, name="accuracy of dummy (always 1)"),
        ],
        verdicts=["passed", "not_applicable", "not_applicable"],
        demand=samples.requirement("at_least", 0.05, metric="accuracy gain"),
    )
    (picture,) = entry.pictures
    assert [(end.label, end.role) for end in picture.rows] == [("Ridge", "cand"), ("dummy", "base")]


@pytest.mark.parametrize(
    ("kind", "family"),
    [
        ("model.fairness", "Differences between groups"),
        ("model.calibration", "Calibration"),
        ("model.robustness", "Robustness"),
        ("model.reproducibility", "Reproducibility"),
        ("reproducibility", "Reproducibility"),
        ("data.quality", "Data quality"),
        ("model.slices", "Performance by subgroup"),
    ],
)
def test_the_first_screen_names_the_family(kind, family):
    assert family_of(kind) == family
    rows = [samples.record(f"test_{at}", "failed", kind=kind) for at in range(2)]
    decision = tree_of(render(Report.of(samples.evidence(rows)))).one("section", "decision")
    assert decision.one("span", "concerns").text == f"{family} 2"


@pytest.mark.parametrize("flag", ["still_improving", "worse_with_more_rows", "leak_suspected", "baseline_rewritten"])
def test_flags_of_the_checks_are_told_in_words(flag):
    assert flag_text(flag) != flag.replace("_", " ")
    assert flag_text(flag) in " ".join(entry_of(flags=[flag]).notes)
