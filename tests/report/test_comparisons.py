"""What only comparisons have: a demand to be better, several margins at once, levels of several metrics."""

from __future__ import annotations

import mltest
from mltest.model.better import better
from mltest.report.charts import pictures_of
from mltest.report.ladders import ladders_of, leading_of
from mltest.report.strips import accepted

Y = [0, 1] * 100
NEW = mltest.Evaluation(Y, prediction=[0, 1, 0, 1] * 50)
OLD = mltest.Evaluation(Y, prediction=[0, 1, 0, 0] * 50)


def test_better_is_drawn_upwards_whatever_the_metric():
    for metric in ("accuracy", "error_rate"):
        result = better(NEW, OLD, metric, by_at_least=0.1)
        assert accepted(result.requirement) == (0.1, float("inf"))
        assert leading_of(result).value > 0.1


def test_several_margins_share_no_scale():
    result = mltest.checks.not_worse(OLD, NEW, {"accuracy": 0.01, "f1": 0.9})
    (ladder,) = ladders_of(result)
    assert ladder.caption == "2 measurements each in its own unit, the most urgent first"
    assert [rung.mark for rung in ladder.rungs] == ["failed", "passed"]
    assert all(rung.strip is None for rung in ladder.rungs)
    assert leading_of(result).name == "accuracy difference"


def test_levels_of_each_metric_have_a_picture_of_their_own():
    result = mltest.checks.not_worse(OLD, NEW, {"accuracy": 0.01, "f1": 0.9})
    pictures = pictures_of(result, "here")
    assert [picture.title for picture in pictures] == [
        "accuracy: candidate against baseline",
        "f1: candidate against baseline",
    ]
    assert len({picture.anchor for picture in pictures}) == 2
