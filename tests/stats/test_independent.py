from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.stats.auc import delong
from mltest.stats.fmeasure import f1_of_counts
from mltest.stats.independent import gap, identity_error
from mltest.stats.influence import mcc
from mltest.stats.mean import hall_t, root
from mltest.stats.mover import difference_of_proportions
from mltest.stats.proportion import proportion


def triple(estimate):
    return estimate.value, estimate.low, estimate.high


def test_shares_known_answer():
    estimate = gap(proportion((56, 70)), proportion((48, 80)))
    assert triple(estimate) == pytest.approx((0.2, 0.0765641915, 0.313644584), rel=1e-6)
    assert (estimate.method, estimate.n) == ("mover_wilson", 150)
    descriptive = gap(proportion((56, 70)), proportion((48, 80)), descriptive=True)
    assert (descriptive.method, triple(descriptive)) == ("gap_descriptive", triple(estimate))


def test_means_are_welchs():
    rng = np.random.default_rng(0)
    a, b = rng.exponential(size=30), rng.exponential(3, size=80)
    estimate = gap(hall_t(a), hall_t(b))
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    roots = gap(root(hall_t(a)), root(hall_t(b)))
    assert roots.value == pytest.approx(np.sqrt(a.mean()) - np.sqrt(b.mean()))
    assert roots.method == "welch"


def test_areas_are_normal():
    rng = np.random.default_rng(1)
    truth = rng.random(400) < 0.5
    a, b = (delong(truth, rng.normal(size=400) + shift * truth) for shift in (1.0, 0.5))
    estimate = gap(a, b)
    se = np.hypot(identity_error(a), identity_error(b))
    assert estimate.se == pytest.approx(se)
    assert estimate.low == pytest.approx(a.value - b.value - 1.6448536269514722 * se)
    assert (estimate.df, estimate.method) == (None, "independent_z")


def test_anything_else_from_its_own_bounds():
    a, b = f1_of_counts(80, 10, 20), f1_of_counts(60, 30, 20)
    estimate = gap(a, b)
    low = a.value - b.value - np.hypot(a.value - a.low, b.high - b.value)
    assert (estimate.low, estimate.method) == (pytest.approx(low), "mover")
    truth = np.arange(60) < 30
    perfect = gap(delong(truth, truth), delong(truth, np.arange(60) % 7))
    assert perfect.method == "mover"
    assert perfect.low < perfect.value < perfect.high


def test_a_side_without_interval():
    few = hall_t(np.arange(5.0))
    estimate = gap(hall_t(np.arange(40.0)), few)
    assert (estimate.value, estimate.low, estimate.flags) == (17.5, None, ("too_few_rows",))
    assert estimate.detail == "the second sample: 5 rows; an interval needs at least 20"
    undefined = gap(mcc(np.ones(20), np.ones(20)), mcc(np.ones(20), np.ones(20)))
    assert undefined.value is None
    assert identity_error(few) is None


@given(
    st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_swapping_negates(a, b):
    forth, back = gap(proportion(a), proportion(b)), gap(proportion(b), proportion(a))
    assert triple(forth) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert triple(forth) == pytest.approx(triple(difference_of_proportions(*a, *b)), abs=1e-9)
