from __future__ import annotations

import pytest

from mltest.report.charts import pictures_of
from mltest.result import Curve, Result


def drawn(*curves):
    result = Result(
        check="model.metric", label="m", sentence="s", verdict="passed", reason="r", because="b", curves=curves
    )
    return pictures_of(result, "c1")


def curve(kind, label="candidate", x=(0.0, 0.5, 1.0), y=(0.0, 0.8, 1.0)):
    return Curve(kind=kind, label=label, x=x, y=y)


def test_candidate_and_baseline_share_a_picture_and_differ_in_more_than_colour():
    (picture,) = drawn(curve("roc"), curve("roc", "production", y=(0.0, 0.7, 1.0)))
    assert [line.role for line in picture.lines] == ["cand", "base"]
    assert picture.lines[0].path == "M46 206L157 49.2L268 10"
    assert picture.title == "ROC curve of candidate and production"


@pytest.mark.parametrize("kind", ["roc", "precision_recall", "predicted_actual"])
def test_the_numbers_stand_beside_the_picture(kind):
    x = tuple(at / 50 for at in range(51))
    (picture,) = drawn(curve(kind, x=x, y=x))
    (numbers,) = picture.numbers
    assert len(numbers.rows) == 12
    assert numbers.rows[0] == ("0.000", "0.000")
    assert numbers.rows[-1] == ("1.000", "1.000")
    assert numbers.note == "12 of 51 points; all of them are in evidence.json"


def test_predicted_against_actual_has_round_ticks_around_its_points():
    (picture,) = drawn(curve("predicted_actual", x=(12.0, 40.0, 71.0), y=(13.0, 41.0, 69.0)))
    assert [tick.text for tick in picture.x_ticks] == ["0", "20", "40", "60", "80"]
    assert len(picture.lines[0].dots) == 3


def test_predicted_against_actual_of_one_value_is_still_drawn():
    (picture,) = drawn(curve("predicted_actual", x=(3.0,), y=(3.0,)))
    assert picture.lines[0].dots


def test_train_against_test_shows_both_intervals_in_one_scale():
    train = curve("train_test", "train", x=(0.85, 0.86, 0.87), y=(0.0, 0.0, 0.0))
    test = curve("train_test", "test", x=(0.81, 0.84, 0.87), y=(1.0, 1.0, 1.0))
    (picture,) = drawn(train, test)
    assert [end.label for end in picture.rows] == ["train", "test"]
    assert float(picture.rows[1].bar[0]) < float(picture.rows[0].bar[0])
    assert picture.numbers[0].rows == (("train", "0.850", "0.860", "0.870"), ("test", "0.810", "0.840", "0.870"))


def test_a_kind_without_a_picture_and_an_empty_curve_are_left_to_the_numbers():
    assert drawn(curve("something_new"), curve("roc", x=(), y=())) == ()


def test_a_long_name_fits_into_the_picture_and_stands_whole_in_the_table():
    name = "candidate of the retraining of November"
    (picture,) = drawn(curve("roc", name))
    assert picture.lines[0].label == "candidate of the …"
    assert picture.numbers[0].label == name
