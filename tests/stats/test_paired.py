from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.errors import UsageError
from mltest.stats.delta import difference
from mltest.stats.paired import mcnemar_midp, nadeau_bengio, paired_hits, paired_losses, tango
from mltest.stats.skill import r2_influence, rmse_influence

counts = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(10, 300)).map(
    lambda drawn: (drawn[0], drawn[1], drawn[0] + drawn[1] + drawn[2])
)


@pytest.mark.parametrize(
    ("table", "alpha", "expected"),
    [
        ((1, 7, 21), 0.05, (-0.481622492, -0.0746307685)),
        ((1, 7, 21), 0.025, (-0.517232276, -0.0260030325)),
        ((12, 2, 50), 0.05, (0.0854743825, 0.320413386)),
        ((40, 20, 160), 0.025, (0.0308645331, 0.218064244)),
        ((5, 15, 1000), 0.05, (-0.0183021115, -0.00284193725)),
        ((0, 0, 100), 0.05, (-0.0263427208, 0.0263427208)),
    ],
)
def test_tango_known_answers(table, alpha, expected):
    assert tango(*table).bounds(alpha) == pytest.approx(expected, rel=1e-6)


def test_tango_edges():
    assert tango(0, 0, 100).flags == ("identical",)
    assert tango(20, 0, 20).high == pytest.approx(1.0)
    assert tango(0, 20, 20).low == -1.0
    few = tango(1, 0, 9)
    assert (few.value, few.low, few.flags) == (1 / 9, None, ("too_few_rows",))
    assert tango(0, 0, 0).value is None
    with pytest.raises(UsageError, match="b \\+ c at most n"):
        tango(5, 6, 10)


@pytest.mark.parametrize(
    ("b", "c", "expected"),
    [(1, 7, 0.0390625), (10, 25, 0.0113309842), (0, 5, 0.03125), (12, 2, 0.00738525391), (3, 3, 1), (0, 0, 1)],
)
def test_mcnemar_known_answers(b, c, expected):
    assert mcnemar_midp(b, c) == pytest.approx(expected, rel=1e-6)
    assert mcnemar_midp(c, b) == mcnemar_midp(b, c)


@given(st.integers(0, 500), st.integers(0, 500))
def test_mcnemar_by_definition(b, c):
    binomial, fewer = stats.binom(b + c, 0.5), min(b, c)
    expected = 1.0 if b == c else 2 * binomial.cdf(fewer) - binomial.pmf(fewer)
    assert mcnemar_midp(b, c) == pytest.approx(min(expected, 1), rel=1e-8)


@given(counts)
def test_swapping_sides_negates_and_swaps(table):
    b, c, n = table
    forth, back = tango(b, c, n), tango(c, b, n)
    assert (forth.value, forth.low, forth.high) == (-back.value, -back.high, -back.low)
    assert -1 <= forth.low <= forth.value <= forth.high <= 1


def test_hits_are_counted_or_weighed():
    rng = np.random.default_rng(0)
    a, b = rng.random((2, 200)) < [[0.8], [0.7]]
    plain = paired_hits(a, b)
    assert plain == tango(int((a & ~b).sum()), int((b & ~a).sum()), 200)
    assert plain.value == pytest.approx(a.mean() - b.mean())
    grouped = paired_hits(a, b, groups=np.arange(200) // 2)
    assert (grouped.method, grouped.n_groups) == ("hall_t_paired", 100)
    assert paired_hits(a, b, np.arange(200) >= 100).n == 100
    same = paired_hits(a, a, rng.random(200))
    assert same.low < 0 < same.high


def test_losses_are_halls_interval_of_the_differences():
    rng = np.random.default_rng(1)
    a, b = rng.exponential(size=(2, 100))
    forth, back = paired_losses(a, b), paired_losses(b, a)
    assert (forth.value, forth.low, forth.high) == pytest.approx((-back.value, -back.high, -back.low), rel=1e-9)
    assert forth.method == "hall_t_paired"
    same = paired_losses(a, a)
    assert (same.value, same.low, same.high, same.flags) == (0, 0, 0, ("identical",))
    assert same.detail == "the same on all 100 rows; up to 0.03 of unseen rows may differ"
    bounded = paired_losses(a * 0, a * 0, value_range=(0, 1))
    assert (bounded.low, bounded.high) == pytest.approx((-0.0295130496, 0.0295130496), rel=1e-6)
    assert paired_losses([], []).value is None
    assert paired_losses(a[:10], b[:10]).low is None
    with pytest.raises(UsageError, match="baseline has 99 rows"):
        paired_losses(a, b[1:])


def test_root_and_r2_differences():
    rng = np.random.default_rng(2)
    y = rng.normal(size=300)
    a, b = y + rng.normal(size=(2, 300)) * [[0.5], [0.6]]
    estimate = difference(rmse_influence(y, a), rmse_influence(y, b))
    assert estimate.value == pytest.approx(np.sqrt(np.mean((a - y) ** 2)) - np.sqrt(np.mean((b - y) ** 2)))
    draws = rng.integers(0, 300, (2000, 300))
    roots = [np.sqrt(((side - y)[draws] ** 2).mean(1)) for side in (a, b)]
    assert estimate.se == pytest.approx((roots[0] - roots[1]).std(), rel=0.08)
    explained = difference(r2_influence(y, a), r2_influence(y, b))
    assert explained.low < explained.value < explained.high
    assert explained.value > 0 > estimate.value


def test_nadeau_bengio_known_answer():
    folds = [0.02, 0.01, 0.03, -0.005, 0.015, 0.02, 0.012, 0.008, 0.025, 0.01]
    estimate = nadeau_bengio(folds, 900, 100)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (0.0145, 0.00616917153, 0.0228308285), rel=1e-6
    )
    assert estimate.se == pytest.approx(0.00454463461, rel=1e-6)
    statistic = estimate.value / estimate.se
    assert statistic == pytest.approx(3.19057554, rel=1e-6)
    assert 2 * stats.t.sf(statistic, estimate.df) == pytest.approx(0.0109964048, rel=1e-6)


def test_nadeau_bengio_edges():
    assert nadeau_bengio([0.1] * 4, 90, 10).flags == ("too_few_folds",)
    assert nadeau_bengio([0.1] * 10, 90, 10).flags == ("zero_variance",)
    assert nadeau_bengio([], 90, 10).value is None
    with pytest.raises(UsageError, match="n_train and n_test must be at least 1"):
        nadeau_bengio([0.1], 0, 10)


@pytest.mark.parametrize(("n", "wins", "losses"), [(50, 0.1, 0.1), (200, 0.05, 0.1), (200, 0.02, 0.02)])
def test_tango_coverage(n, wins, losses):
    """False-pass and false-fail rates at the limit by enumeration of a multinomial sample of 2000."""
    rng = np.random.default_rng(3)
    drawn = rng.multinomial(n, [wins, losses, 1 - wins - losses], 2000)
    tables, times = np.unique(drawn[:, :2], axis=0, return_counts=True)
    found = [tango(int(b), int(c), n) for b, c in tables]
    assert times[[estimate.low > wins - losses for estimate in found]].sum() / 2000 <= 0.09
    assert times[[estimate.high < wins - losses for estimate in found]].sum() / 2000 <= 0.09
