from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mltest.errors import UsageError
from mltest.stats.average_precision import (
    average_precision,
    average_precision_influence,
    average_precision_paired,
    precision_recall_points,
)
from mltest.stats.delta import standard_error
from mltest.stats.scale import SCALES

POSITIVES = [0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.3]
NEGATIVES = [0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05]
SCORE = np.array(POSITIVES + NEGATIVES)
TRUTH = np.arange(26) < 12

samples = st.lists(st.tuples(st.booleans(), st.integers(-5, 5)), min_size=1, max_size=60).filter(
    lambda rows: any(label for label, _ in rows)
)


def test_known_answer():
    estimate = average_precision(TRUTH, SCORE, minimum=2)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (0.888005282, 0.605062346, 0.976210835), rel=1e-6
    )
    assert estimate.se / SCALES["logit"].slope(estimate.value) == pytest.approx(0.0910365775, rel=1e-6)
    assert standard_error(average_precision_influence(TRUTH, SCORE)) == pytest.approx(0.0678426938, rel=1e-6)
    assert estimate.detail == "12 of 26 rows are positive (prevalence 0.462)"


def test_edges():
    few = average_precision(TRUTH, SCORE)
    assert (few.low, few.flags) == (None, ("too_few_positives",))
    assert few.detail == "12 positives; an interval needs at least 20"
    assert average_precision(np.zeros(5), np.arange(5)).value is None
    assert average_precision_influence(np.zeros(5), np.arange(5)).value is None
    perfect = average_precision(np.arange(60) >= 30, np.arange(60))
    assert (perfect.value, perfect.low, perfect.high) == pytest.approx((1, 0.05 ** (1 / 30), 1))
    assert perfect.flags == ("perfect",)
    assert average_precision(np.ones(30), np.zeros(30)).value == 1.0
    constant = average_precision(np.arange(60) < 30, np.zeros(60))
    assert constant.low < constant.value == 0.5 < constant.high
    assert average_precision([1], [0.3]).value == 1.0
    assert precision_recall_points(np.zeros(3), np.arange(3)) == ((), ())
    with pytest.raises(UsageError, match="y_score must be numbers; 1 of 2"):
        average_precision([1, 0], [np.nan, 1])


def test_weights_and_groups():
    rng = np.random.default_rng(0)
    truth, weight = rng.random(300) < 0.3, rng.integers(0, 4, 300)
    score = np.round(rng.random(300) + truth, 1)
    estimate = average_precision(truth, score, weight)
    assert estimate.value == pytest.approx(metrics.average_precision_score(truth, score, sample_weight=weight))
    grouped = average_precision(np.repeat(truth, 3), np.repeat(score, 3), groups=np.repeat(np.arange(300), 3))
    once = average_precision(truth, score)
    assert (grouped.low, grouped.high) == pytest.approx((once.low, once.high), rel=0.01)
    few = average_precision(truth, score, groups=np.arange(300) % 4)
    assert (few.low, few.flags) == (None, ("too_few_groups",))


def test_influence_is_the_derivative_in_the_weights():
    rng = np.random.default_rng(1)
    truth, score, weight = rng.random(50) < 0.4, rng.integers(0, 9, 50), rng.random(50) + 0.5
    influence = average_precision_influence(truth, score, weight)
    for row in (0, 7, 20, 49):
        more = weight.copy()
        more[row] += 1e-6 * weight.sum()
        slope = (metrics.average_precision_score(truth, score, sample_weight=more) - influence.value) / 1e-6
        assert influence.phi[row] == pytest.approx(slope, abs=1e-4)


def test_paired():
    rng = np.random.default_rng(2)
    truth = rng.random(300) < 0.3
    a, b = rng.normal(size=(2, 300)) + truth
    forth, back = average_precision_paired(truth, a, b), average_precision_paired(truth, b, a)
    assert (forth.value, forth.low, forth.high) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert forth.df == np.count_nonzero(truth) - 1
    assert average_precision_paired(truth, a, a).flags == ("identical",)
    assert average_precision_paired(TRUTH, SCORE, -SCORE).flags == ("too_few_positives",)
    assert average_precision_paired(np.zeros(30), a[:30], b[:30]).value is None


def test_curve_lies_on_that_of_scikit_learn():
    rng = np.random.default_rng(3)
    truth = rng.random(3000) < 0.2
    score = np.round(rng.normal(size=3000) + truth, 2)
    recall, precision = precision_recall_points(truth, score)
    full = metrics.precision_recall_curve(truth, score)
    points = {(round(r, 12), round(p, 12)) for p, r in zip(full[0], full[1], strict=True)}
    assert {(round(r, 12), round(p, 12)) for r, p in zip(recall, precision, strict=True)} <= points
    assert len(recall) <= 50
    assert recall[-1] == 1


@given(samples)
def test_value_is_that_of_scikit_learn(rows):
    truth, score = map(np.array, zip(*rows, strict=True))
    expected = metrics.average_precision_score(truth, score)
    assert average_precision(truth, score).value == pytest.approx(expected, abs=1e-12)
    influence = average_precision_influence(truth, score)
    assert influence.value == pytest.approx(expected, abs=1e-12)
    assert influence.phi.mean() == pytest.approx(0, abs=1e-10)


@given(samples)
def test_value_lies_within_its_bounds_and_ranks_alone_matter(rows):
    truth, score = map(np.array, zip(*rows * 20, strict=True))
    estimate = average_precision(truth, score)
    assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    moved = average_precision(truth[::-1], np.exp(score[::-1] / 3.0) - 1)
    assert (moved.value, moved.low, moved.high) == (estimate.value, estimate.low, estimate.high)
