from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mltest.errors import UsageError
from mltest.stats.skill import explained_variance, r2, r2_influence, rmse_influence, skill

Y = [3, 5, 2, 8, 6, 7, 1, 4, 9, 5]
PREDICTED = [2.5, 5.5, 2, 7, 6.5, 6, 2, 4, 8, 5.5]


def triple(estimate):
    return estimate.value, estimate.low, estimate.high


def test_r2_known_answer():
    estimate = r2(Y, PREDICTED, minimum=2)
    assert triple(estimate) == pytest.approx((0.916666667, 0.867108057, 0.947743676), rel=1e-6)
    assert (estimate.se, estimate.method) == (pytest.approx(0.254587539, rel=1e-6), "skill_log_ratio")


def test_skill_known_answer():
    model, dummy = [0.2, 0.1, 0.4, 0.3, 0.9, 0.1, 0.2, 0.5], [0.7, 0.6, 0.7, 0.7, 0.8, 0.6, 0.7, 0.7]
    estimate = skill(model, dummy, minimum=2)
    assert triple(estimate) == pytest.approx((0.509090909, 0.209276058, 0.695226459), rel=1e-6)
    assert estimate.se == pytest.approx(0.251607375, rel=1e-6)


def test_edges():
    few = r2(Y, PREDICTED)
    assert (few.low, few.detail) == (None, "10 rows; an interval needs at least 20")
    grouped = skill(np.arange(60.0), np.ones(60), groups=np.arange(60) // 4)
    assert (grouped.low, grouped.detail) == (None, "15 groups; an interval needs at least 20")
    constant = r2(np.full(30, 0.1), np.arange(30.0))
    assert (constant.value, constant.flags) == (None, ("zero_variance",))
    assert constant.detail == "the dummy makes no error (a constant target)"
    perfect = r2(np.arange(30.0), np.arange(30.0))
    assert (perfect.value, perfect.low) == (1.0, None)
    assert skill([], []).value is None
    assert rmse_influence([], []).value is None
    assert rmse_influence(Y, Y).value == 0.0
    assert r2_influence(np.ones(5), np.ones(5)).value is None
    with pytest.raises(UsageError, match="losses must be zero or more, got -1 at index 1"):
        skill([0.0, -1.0], [1.0, 1.0])
    with pytest.raises(UsageError, match="y_pred must be finite numbers; 1 of 2"):
        r2([1.0, 2.0], [np.nan, 2.0])
    with pytest.raises(UsageError, match="the same rows"):
        skill([1.0], [1.0, 1.0])


@pytest.mark.parametrize("weighted", [False, True])
def test_values_match_scikit_learn(weighted):
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    p, weight = y + rng.normal(1, 1, size=200), rng.integers(0, 5, 200) if weighted else None
    assert r2(y, p, weight).value == pytest.approx(metrics.r2_score(y, p, sample_weight=weight))
    expected = metrics.explained_variance_score(y, p, sample_weight=weight)
    assert explained_variance(y, p, weight).value == pytest.approx(expected)
    assert r2_influence(y, p, weight).value == pytest.approx(metrics.r2_score(y, p, sample_weight=weight))
    root = metrics.root_mean_squared_error(y, p, sample_weight=weight)
    assert rmse_influence(y, p, weight).value == pytest.approx(root)


def test_error_is_that_of_a_bootstrap():
    rng = np.random.default_rng(1)
    y = rng.normal(size=400)
    p = y + rng.normal(size=400) * 0.7
    estimate = r2(y, p)
    draws = [metrics.r2_score(y[rows], p[rows]) for rows in rng.integers(0, 400, (1000, 400))]
    assert estimate.se == pytest.approx(np.std(np.log1p(-np.array(draws))), rel=0.1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 100)), min_size=20, max_size=40), st.floats(0.01, 100))
def test_only_the_ratio_matters(rows, unit):
    model, dummy = np.array(rows).T
    estimate, scaled = skill(model, dummy), skill(model * unit, dummy * unit)
    if estimate.low is not None and estimate.se > 1e-6:
        assert triple(scaled) == pytest.approx(triple(estimate), rel=1e-6, abs=1e-6)
        assert estimate.low <= estimate.value <= estimate.high <= 1
