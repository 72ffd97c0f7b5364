from __future__ import annotations

from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples


def entry_of(**given):
    (family,) = Report.of(samples.evidence([samples.record("test_x", **given)])).families
    return family.entries[0]


def test_levels_beside_a_judged_gap_are_a_picture_and_no_rungs_against_its_limit():
    entry = entry_of(
        measured=[
            samples.measurement(0.021, -0.009, 0.048, name="roc_auc gap"),
            samples.measurement(0.863, 0.851, 0.874, name="roc_auc on train"),
            samples.measurement(0.842, 0.811, 0.869, name="roc_auc on test"),
        ],
        verdicts=["passed", "not_applicable", "not_applicable"],
        demand=samples.requirement("at_most", 0.05, metric="roc_auc gap"),
        curves=[{"kind": "train_test", "label": "roc_auc", "x": [0, 1], "y": [0.863, 0.842]}],
    )
    assert entry.ladders == ()
    (picture,) = entry.pictures
    assert picture.title == "roc_auc: train against test"
    assert picture.numbers[0].rows[1] == ("test", "0.811", "0.842", "0.869")


def test_a_measure_that_the_limit_is_not_about_is_never_drawn_against_it():
    entry = entry_of(
        verdict="failed",
        measured=[
            samples.measurement(1, name="leaks"),
            samples.measurement(0.99, 0.98, 0.995, name="roc_auc", slice="score"),
            samples.measurement(0.52, 0.49, 0.55, name="roc_auc", slice="age"),
        ],
        verdicts=["passed", "failed", "passed"],
        demand=samples.requirement("at_most", 0, metric="leaks"),
    )
    assert entry.value == "1"
    (ladder,) = entry.ladders
    assert [rung.name for rung in ladder.rungs] == ["score", "age"]
    assert all(rung.strip.limits == () and rung.strip.accepted is None for rung in ladder.rungs)


def test_a_curve_of_both_splits_alone_is_drawn_without_bounds():
    entry = entry_of(curves=[{"kind": "train_test", "label": "brier", "x": [0, 1], "y": [0.085, 0.081]}])
    (picture,) = entry.pictures
    assert [(end.label, end.text, end.bar) for end in picture.rows] == [
        ("train", "0.085", None),
        ("test", "0.081", None),
    ]


def test_a_slice_that_misses_shows_its_p_value_before_and_after_the_correction():
    fault = samples.measurement(0.7, 0.66, 0.73, slice="region=north") | {"p": 0.012, "p_adjusted": 0.024}
    clean = samples.measurement(0.86, 0.83, 0.88, slice="region=south")
    entry = entry_of(verdict="failed", measured=[fault, clean], verdicts=["failed", "passed"])
    (ladder,) = entry.ladders
    assert ladder.corrected
    assert [(rung.name, rung.chance) for rung in ladder.rungs] == [
        ("region=north", "0.012, Holm 0.024"),
        ("region=south", ""),
    ]
    page = render(Report.of(samples.evidence([samples.record("test_x", "failed", measured=[fault, clean],
                                                             verdicts=["failed", "passed"])])))  # fmt: skip
    assert b"<td>0.012, Holm 0.024</td>" in page


def test_without_p_values_there_is_no_column_for_them():
    both = [samples.measurement(0.8, 0.7, 0.9, slice=name) for name in ("a", "b")]
    (ladder,) = entry_of(measured=both, verdicts=["passed", "passed"]).ladders
    assert not ladder.corrected
