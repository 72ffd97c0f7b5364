from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.stats.auc import delong
from mltest.stats.fmeasure import f1_of_counts
from mltest.stats.mean import hall_t, root
from mltest.stats.mover import average_of_proportions
from mltest.stats.paired import tango
from mltest.stats.power import (
    even_perfect_needs,
    minimum_detectable,
    n_for_power,
    n_to_settle,
    pvalue_at_least,
    pvalue_at_most,
)
from mltest.stats.proportion import clopper_pearson, proportion
from mltest.stats.skill import skill

CUBES = (np.arange(1, 41) / 40) ** 3


def test_rows_that_settle_known_answers():
    assert n_to_settle(proportion((93, 100)), 0.9) == 288
    assert n_to_settle(proportion((86, 100)), 0.9) == 186
    assert clopper_pearson(0.93 * 287.234471, 287.234471)[0] == pytest.approx(0.9, abs=1e-9)
    assert n_for_power(0.93, 0.90) == 558
    assert n_for_power(0.99, 0.98) == 987
    assert n_for_power(0.9, 0.9) is None


@pytest.mark.parametrize(
    ("n", "limit", "expected"),
    [(100, 0.9, 96 / 100), (200, 0.9, 188 / 200), (28, 0.9, None), (29, 0.9, 29 / 29), (1000, 0.95, 962 / 1000)],
)
def test_least_that_passes_known_answers(n, limit, expected):
    assert minimum_detectable(proportion((n // 2, n)), limit) == expected
    mirrored = minimum_detectable(proportion((n // 2, n)), 1 - limit, "at_most")
    assert mirrored == (None if expected is None else pytest.approx(1 - expected, abs=1e-12))


def test_rows_that_perfection_needs_known_answers():
    assert [even_perfect_needs(limit) for limit in (0.9, 0.95, 0.99, 0.999)] == [29, 59, 299, 2995]
    assert even_perfect_needs(0.0) == 1
    assert even_perfect_needs(0.05) == 1
    assert even_perfect_needs(1.0) is None
    assert clopper_pearson(59, 59)[0] >= 0.95 > clopper_pearson(58, 58)[0]


def estimates():
    truth = np.arange(200) % 3 == 0
    return {
        "share": proportion((80, 100)),
        "clustered": proportion(np.arange(300) % 5 > 0, groups=np.arange(300) // 7),
        "f1": f1_of_counts(80, 10, 20),
        "mean": hall_t(CUBES),
        "root": root(hall_t(CUBES)),
        "area": delong(truth, np.arange(200) % 7 + 2 * truth),
        "guarded": delong(np.arange(60) < 30, np.r_[np.arange(30) + 28.5, np.arange(30)]),
        "tango": tango(12, 2, 50),
        "mover": average_of_proportions([90, 30], [100, 40]),
        "skill": skill(CUBES, np.ones(40)),
    }


@pytest.mark.parametrize("name", sorted(set(estimates()) - {"guarded"}))
@pytest.mark.parametrize("away", [-0.9, -0.3, 0.3, 0.9])
def test_pvalue_is_the_level_at_which_the_bound_denies(name, away):
    estimate = estimates()[name]
    limit = estimate.value + away * (estimate.high - estimate.value if away > 0 else estimate.value - estimate.low)
    least, most = pvalue_at_least(estimate, limit), pvalue_at_most(estimate, limit)
    p = least if away > 0 else most
    assert 1e-15 < p < 0.5
    bound = estimate.bounds(p)[1 if away > 0 else 0]
    assert bound == pytest.approx(limit, abs=1e-6)
    assert (least if away < 0 else most) >= 0.5


@pytest.mark.parametrize("name", estimates())
def test_pvalue_agrees_with_the_bounds_at_five_percent(name):
    estimate = estimates()[name]
    for limit in np.linspace(estimate.low - 0.05, estimate.high + 0.05, 21):
        assert (pvalue_at_least(estimate, float(limit)) < 0.05) == (estimate.high < limit)
        assert (pvalue_at_most(estimate, float(limit)) < 0.05) == (estimate.low > limit)


def test_binomial_pvalues_are_exact():
    assert pvalue_at_least(proportion((80, 100)), 0.9) == pytest.approx(stats.binom.cdf(80, 100, 0.9), rel=1e-9)
    assert pvalue_at_most(proportion((80, 100)), 0.7) == pytest.approx(stats.binom.sf(79, 100, 0.7), rel=1e-9)
    assert pvalue_at_least(proportion((100, 100)), 1.0) == 1.0
    assert pvalue_at_least(proportion((99, 100)), 1.0) == 0.0
    assert pvalue_at_least(proportion((99, 100)), 1.5) == 0.0
    assert pvalue_at_most(proportion((0, 100)), -0.5) == 0.0
    assert pvalue_at_least(proportion((0, 100)), -0.5) == 1.0
    assert pvalue_at_most(proportion((100, 100)), 1.5) == 1.0
    assert pvalue_at_least(f1_of_counts(80, 10, 20), 0.9) == pytest.approx(stats.binom.cdf(80, 110, 0.9 / 1.1))


def test_without_an_interval_nothing_is_denied():
    few = hall_t([1.0, 2.0])
    grouped = proportion([1, 0] * 10, groups=[0, 1] * 10)
    for estimate in (few, grouped):
        assert (pvalue_at_least(estimate, 9.0), pvalue_at_most(estimate, -9.0)) == (1.0, 1.0)
        assert n_to_settle(estimate, 0.3) is None
        assert minimum_detectable(estimate, 0.3) is None


def test_far_away_is_the_least_pvalue():
    assert pvalue_at_least(delong(np.arange(4000) % 2, np.arange(4000)), 0.9) == 1e-15


def test_the_same_estimate_from_so_many_rows_would_settle():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100)
    x = (x - x.mean()) / x.std()
    need = n_to_settle(hall_t(x), 0.1)
    assert need == pytest.approx((1.6448536 / 0.1) ** 2 * 100 / 99, rel=0.01)
    assert n_to_settle(hall_t(x), float(hall_t(x).value)) is None
    grouped = n_to_settle(hall_t(np.repeat(x, 3), groups=np.repeat(np.arange(100), 3)), 0.1)
    assert grouped == need
    assert n_to_settle(proportion((5, 10)), 1.0) is None
    assert n_to_settle(f1_of_counts(80, 10, 20), 0.8) is not None
    assert n_to_settle(delong(np.arange(200) % 3 == 0, np.arange(200) % 7), 1.0) is None


@pytest.mark.parametrize("name", ["area", "tango", "mover", "root", "skill", "clustered", "f1"])
def test_least_that_passes_lies_past_the_limit(name):
    estimate = estimates()[name]
    limit = estimate.value - 0.01
    up, down = minimum_detectable(estimate, limit), minimum_detectable(estimate, limit, "at_most")
    assert down < limit < up
    assert n_to_settle(estimate, limit) > (estimate.n_groups or estimate.n)


@given(st.integers(1, 300), st.floats(0.01, 0.999))
def test_least_count_that_passes_by_counting(n, limit):
    passing = [x / n for x in range(n + 1) if clopper_pearson(x, n)[0] >= limit]
    assert minimum_detectable(proportion((0, n)), limit) == (min(passing) if passing else None)
