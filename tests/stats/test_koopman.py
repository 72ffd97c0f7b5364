from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.stats import power
from mltest.stats.koopman import ratio_of_proportions, score

Z = 1.6448536269514722


def test_known_answers():
    found = ratio_of_proportions(56, 70, 48, 80)
    assert (found.value, found.low, found.high) == pytest.approx((1.33333333, 1.1173941, 1.60835675), rel=1e-6)
    none = ratio_of_proportions(0, 30, 5, 40)
    assert (none.value, none.low, none.high) == pytest.approx((0, 0, 0.680454806), rel=1e-6)


def test_no_successes_to_compare_with():
    found = ratio_of_proportions(5, 40, 0, 30)
    assert (found.value, found.flags) == (None, ("reference_zero",))
    assert found.low == pytest.approx(1 / 0.680454806, rel=1e-6)
    assert found.high == math.inf
    both = ratio_of_proportions(0, 40, 0, 30)
    assert (both.value, both.low, both.flags) == (None, None, ("both_zero",))


counts = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts, counts)
def test_bounds_solve_the_score_equation_and_turn_over_with_the_sides(first, second):
    found, turned = ratio_of_proportions(*first, *second), ratio_of_proportions(*second, *first)
    if first[0] and second[0]:
        assert found.low <= found.value <= found.high
        assert (found.low, found.high) == pytest.approx((1 / turned.high, 1 / turned.low), rel=1e-9)
        assert (found.se, found.scale) == (pytest.approx(turned.se, rel=1e-8), "log")
    for bound, target in ((found.low, Z), (found.high, -Z)):
        # where every row is a success on both sides the score jumps
        if bound and math.isfinite(bound) and (first[0], second[0]) != (first[1], second[1]):
            assert score(bound, *first, *second) == pytest.approx(target, abs=1e-6)


def test_full_counts():
    """statsmodels 0.15 gives a lower bound here that does not solve the equation."""
    found = ratio_of_proportions(40, 40, 30, 40)
    assert score(found.low, 40, 40, 30, 40) == pytest.approx(Z, abs=1e-9)
    assert found.low < 4 / 3 < found.high


def test_rows_that_would_settle_it_shrink_the_interval_to_the_limit():
    found = ratio_of_proportions(45, 100, 100, 200)
    rows = power.n_to_settle(found, 0.8)
    factor = rows / found.n
    assert ratio_of_proportions(45 * factor, 100 * factor, 100 * factor, 200 * factor).low == pytest.approx(
        0.8, abs=0.01
    )


def test_p_value_is_the_error_at_which_the_bound_meets_the_limit():
    found = ratio_of_proportions(20, 100, 100, 200)
    p = power.pvalue_at_least(found, 0.8)
    assert found.bounds(p)[1] == pytest.approx(0.8, rel=1e-6)


@pytest.mark.parametrize("given_counts", [(-1, 5, 1, 5), (6, 5, 1, 5), (1, math.inf, 1, 5), (math.nan, 5, 1, 5)])
def test_impossible_counts_are_refused(given_counts):
    with pytest.raises(UsageError, match="successes must be from 0 to n"):
        ratio_of_proportions(*given_counts)


def test_huge_and_lopsided_counts():
    found = ratio_of_proportions(1, 10**9, 5 * 10**8, 10**9)
    assert 0 < found.low < 2e-9 < found.high < 1.5e-8


@pytest.mark.parametrize(("n1", "share"), [(40, 0.3), (100, 0.1), (1000, 0.3)])
def test_errors_at_the_limit_stay_near_five_per_cent(n1, share):
    """2000 runs at a true ratio of 0.8: the error of either bound, with 4 standard errors of the simulation."""
    rng, runs, limit = np.random.default_rng(11), 2000, 0.8
    first, second = rng.binomial(n1, limit * share, runs), rng.binomial(4 * n1, share, runs)
    z = [score(limit, x1, n1, x2, 4 * n1) for x1, x2 in zip(first.tolist(), second.tolist(), strict=True)]
    spare = 4 * math.sqrt(0.05 * 0.95 / runs)
    assert np.mean(np.array(z) > Z) <= 0.064 + spare
    assert np.mean(np.array(z) < -Z) <= 0.064 + spare
