"""Pictures of calibration, learning curves, permuted labels and seeds."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from mltest.report.charts import pictures_of
from mltest.report.ladders import ladders_of, leading_of
from mltest.report.model import Report
from mltest.report.page import render
from mltest.result import Curve, Measurement, Requirement, Result
from tests.report import evidence_samples as samples
from tests.report.page_tree import tree_of


def result_of(*curves, **given):
    plain = {"check": "c", "label": "m", "sentence": "s", "verdict": "passed", "reason": "r", "because": "b"}
    return Result(**plain | given, curves=curves)


def curve(kind, label, x, y):
    return Curve(kind=kind, label=label, x=tuple(x), y=tuple(y))


def calibration(label="region=east", top=0.9, points=3):
    x = [top * at / (points - 1) for at in range(points)]
    ends = {"": 1.0, " low": 0.8, " high": 1.1}
    return [curve("calibration", f"{label}{end}", x, [min(at * by, 1) for at in x]) for end, by in ends.items()]


def test_calibration_has_one_picture_a_group_with_its_band():
    east, west = pictures_of(result_of(*calibration(), *calibration("region=west")), "c1")
    assert (east.anchor, west.anchor) == ("c1-calibration-0", "c1-calibration-1")
    assert east.title == "Calibration of region=east"
    assert [line.label for line in east.lines] == ["region=east"]
    assert east.band.count("L") == 5
    assert east.band.endswith("Z")
    assert [tick.text for tick in east.x_ticks] == ["0", "0.25", "0.5", "0.75", "1"]


def test_the_numbers_of_a_calibration_stand_in_one_table_with_their_band():
    (picture,) = pictures_of(result_of(*calibration(points=20)), "c1")
    (numbers,) = picture.numbers
    assert numbers.heads == ("stated", "observed", "if calibrated, from", "to")
    assert numbers.rows[-1] == ("0.900", "0.900", "0.720", "0.990")
    assert numbers.note == "12 of 20 points; all of them are in evidence.json"


def test_probabilities_of_rare_events_fill_the_picture():
    (picture,) = pictures_of(result_of(*calibration(top=0.05)), "c1")
    assert [tick.text for tick in picture.y_ticks] == ["0", "0.02", "0.04", "0.06"]


def test_a_calibration_without_its_band_is_drawn_without_one():
    (picture,) = pictures_of(result_of(calibration()[0]), "c1")
    assert picture.band == ""
    assert "Shaded" not in picture.caption
    assert picture.numbers[0].heads == ("stated", "observed")


def learning(values):
    rows = (12500, 25000, 50000, 100000)
    return [curve("learning_curve", f"roc_auc on {side}", rows, y) for side, y in values.items()]


def test_a_learning_curve_is_about_the_test_rows_in_equal_factors():
    given = learning({"train": (0.99, 0.95, 0.93, 0.92), "test": (0.7, 0.8, 0.85, 0.87)})
    (picture,) = pictures_of(result_of(*given), "c1")
    assert [(line.label, line.role) for line in picture.lines] == [("test", "cand"), ("train", "base")]
    assert [tick.text for tick in picture.x_ticks] == ["12.5k", "25k", "50k", "100k"]
    assert [float(tick.at) for tick in picture.x_ticks] == [46, 120, 194, 268]
    assert picture.numbers[0].label == "roc_auc on test rows"
    assert picture.numbers[0].rows[0] == ("12 500", "0.700")


def test_names_of_lines_stand_where_nothing_is_drawn():
    low = learning({"train": (0.2, 0.2, 0.2, 0.2), "test": (0.1, 0.1, 0.1, 0.0)})
    high = learning({"train": (0.0, 0.9, 0.9, 0.9), "test": (0.1, 0.9, 0.9, 1.0)})
    below, above = (float(pictures_of(result_of(*given), "c")[0].lines[0].key_y) for given in (high, low))
    assert below > 108
    assert above > 10
    assert pictures_of(result_of(*high), "c")[0].key_x != "57.1"


def test_one_number_of_rows_alone_is_drawn_in_the_middle():
    (picture,) = pictures_of(result_of(curve("learning_curve", "r2 on test", [100], [0.5])), "c1")
    assert picture.lines[0].dots[0][0] == "157"


def permuted():
    return [
        curve("permutation", "permuted labels", [0.45, 0.5, 0.55], [0, 0.5, 1]),
        curve("permutation", "true labels", [0.8], [1.0]),
    ]


def test_the_true_labels_stand_upright_beside_the_permuted_ones():
    (picture,) = pictures_of(result_of(*permuted()), "c1")
    true, spread = picture.lines
    assert (true.label, true.role, spread.role) == ("true labels", "cand", "base")
    start, end = true.path.removeprefix("M").split("L")
    assert start.split()[0] == end.split()[0]
    assert (start.split()[1], end.split()[1]) == ("206", "10")
    assert picture.numbers[0].rows == (("0.800", "1.000"),)


def test_seeds_are_drawn_against_their_limit():
    given = curve("seeds", "roc_auc", [0, 0.5, 1], [0.7, 0.75, 0.8])
    demand = Requirement(metric="roc_auc", comparison="at_least", limit=0.6)
    (picture,) = pictures_of(result_of(given, requirement=demand), "c1")
    assert [tick.text for tick in picture.y_ticks] == ["0.6", "0.65", "0.7", "0.75", "0.8"]
    assert picture.reference == "M46 206L268 206"
    assert "Dashed: the limit" in picture.caption
    (bare,) = pictures_of(result_of(given), "c1")
    assert bare.reference == ""
    assert "limit" not in bare.caption


def seeds_result():
    return result_of(
        curve("seeds", "roc_auc", [0, 1], [0.7, 0.8]),
        measurements=(
            Measurement(name="differing rows", value=0, low=0, high=0, confidence=None, method="census", n=900),
            Measurement(name="roc_auc of 90 % of trainings", value=0.7, low=0.65, high=0.72, method="t", n=30),
            Measurement(
                name="roc_auc mean", value=0.75, confidence=None, method="mean_of_fits", n=30, detail="from 0.7"
            ),
            Measurement(name="roc_auc standard deviation", value=0.05, low=0.04, high=0.07, method="chi_square", n=30),
        ),
        verdicts=("passed", "passed", "not_applicable", "not_applicable"),
        requirement=Requirement(metric="roc_auc", comparison="at_least", limit=0.6),
    )


def test_a_mean_and_its_spread_share_no_scale_and_stand_beside():
    result = seeds_result()
    assert [picture.kind for picture in pictures_of(result, "c1")] == ["seeds"]
    first, beside = ladders_of(result)
    assert [rung.name for rung in first.rungs] == ["differing rows"]
    assert beside.caption == "2 measurements beside it, of which nothing is demanded"
    assert [(rung.value, rung.bounds, rung.undrawn, rung.note) for rung in beside.rungs] == [
        ("0.750", "none", "mean of fits", "from 0.7"),
        ("0.050", "0.040 to 0.070", "chi-square", ""),
    ]


def test_a_count_is_not_told_where_the_limit_is_about_a_metric():
    assert leading_of(seeds_result()).name == "roc_auc of 90 % of trainings"


def drawn(*kinds):
    """The evidence of one failed check for each kind of picture."""
    given = {
        "calibration": calibration("applicants of the region in the far north"),
        "learning_curve": learning({"train": (1, 1, 1, 1), "test": (0, 0, 0, 0)}),
        "permutation": permuted(),
        "seeds": [curve("seeds", "r2", [0, 1], [0.1, 0.2])],
    }
    rows = [samples.record(kind, "failed", curves=[asdict(one) for one in given[kind]]) for kind in kinds or given]
    return samples.evidence(rows)


@pytest.mark.parametrize("kind", ["calibration", "learning_curve", "permutation", "seeds"])
def test_the_page_draws_each_kind_with_its_numbers(kind):
    (figure,) = tree_of(render(Report.of(drawn(kind)))).all("figure")
    assert figure.all("svg")[0].attributes["role"] == "img"
    assert figure.all("title")[0].text
    assert figure.all("table")[0].all("td")
    assert ("Z" in "".join(path.attributes["d"] for path in figure.all("path"))) == (kind == "calibration")


def test_a_hundred_failed_calibrations_stay_within_the_size_and_say_what_is_not_drawn():
    curves = [asdict(one) for at in range(4) for one in calibration(f"region={at}", points=20)]
    rows = [samples.record(f"test_{at}", "failed", curves=curves) for at in range(100)]
    page = render(Report.of(samples.evidence(rows)))
    assert len(page) <= 300_000
    tree = tree_of(page)
    assert len(tree.all("figure")) == 3
    assert "4 pictures not drawn; the points are in evidence.json." in tree.all("article")[-1].text
