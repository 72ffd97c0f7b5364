from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import isotonic_regression
from sklearn.linear_model import LogisticRegression

from mltest.errors import UsageError
from mltest.stats.calibration import cells_of, corp, isotonic
from mltest.stats.calibration_chance import MOST_CELLS, calibration, lack_of
from mltest.stats.calibration_line import calibration_line

TEN = [0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [0, 0, 1, 0, 0, 1, 0, 1, 1, 1]
THIRTY = [0.2] * 10 + [0.5] * 10 + [0.8] * 10, [1] * 3 + [0] * 7 + [1] * 4 + [0] * 6 + [1] * 9 + [0]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [(TEN, (0.166, 0.0493333333, 0.133333333, 0.25)), (THIRTY, (0.19, 0.01, 0.0688888889, 0.248888889))],
)
def test_known_decompositions(rows, expected):
    parts = corp(*rows)
    found = (parts.score, parts.miscalibration, parts.discrimination, parts.uncertainty)
    assert found == pytest.approx(expected, rel=1e-6)


def test_known_lines():
    line = calibration_line(*TEN)
    assert (line.intercept, line.slope) == pytest.approx((0.265381618, 1.15536112), rel=1e-6)
    assert (line.large, line.large_se) == pytest.approx((0.229153989, 0.756273047), rel=1e-6)
    # the design page's errors stop short of the maximum in the fifth digit; the test below has the exact ones
    assert (line.intercept_se, line.slope_se) == pytest.approx((0.805753301, 0.727281258), rel=1e-4)
    line = calibration_line(*THIRTY)
    assert (line.intercept, line.slope) == pytest.approx((0.176167504, 1.00671464), rel=1e-6)
    assert (line.intercept_se, line.slope_se) == pytest.approx((0.421470759, 0.405513811), rel=1e-6)


def test_errors_of_the_line_are_the_inverse_information_at_the_maximum():
    line, odds = calibration_line(*TEN), np.log(np.array(TEN[0]) / (1 - np.array(TEN[0])))
    design = np.column_stack([np.ones(10), odds])
    share = 1 / (1 + np.exp(-(line.intercept + line.slope * odds)))
    assert design.T @ (np.array(TEN[1]) - share) == pytest.approx(np.zeros(2), abs=1e-9)
    inverse = np.linalg.inv((design * (share * (1 - share))[:, None]).T @ design)
    assert (line.intercept_se, line.slope_se) == pytest.approx(np.sqrt(np.diag(inverse)), rel=1e-9)


def test_line_against_sklearn_and_weights_against_copies():
    rng = np.random.default_rng(2)
    p, weight = rng.beta(2, 2, 300), rng.integers(1, 4, 300)
    y = rng.random(300) < p**1.5
    line = calibration_line(p, y, weight)
    odds = np.log(p / (1 - p))[:, None]
    peer = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(odds, y, sample_weight=weight)
    assert (line.intercept, line.slope) == pytest.approx((peer.intercept_[0], peer.coef_[0, 0]), rel=1e-4)
    copies = np.repeat(np.arange(300), weight)
    again = calibration_line(p[copies], y[copies], groups=copies)
    assert (again.slope, again.slope_se) == pytest.approx((line.slope, line.slope_se), rel=1e-6)


@pytest.mark.parametrize("y", [[0, 0, 0, 1, 1, 1], [1] * 6, [0] * 6])
def test_separated_outcomes_have_no_line(y):
    assert calibration_line([0.1, 0.2, 0.3, 0.6, 0.7, 0.8], y) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 5)), min_size=1, max_size=60))
def test_isotonic_fit_is_that_of_sklearn(places):
    sums, weights = np.array([float(place[0]) for place in places]), np.array([float(place[1]) for place in places])
    expected = isotonic_regression(sums / weights, sample_weight=weights)
    assert isotonic(sums, weights) == pytest.approx(expected, abs=1e-12)


def test_isotonic_fit_of_a_staircase_with_a_pit():
    """Every round would merge one pair; the stack makes it linear."""
    values = np.concatenate([np.linspace(0, 1, 50_000), [-1e6]])
    assert isotonic(values, np.ones(len(values))) == pytest.approx(values.mean())


@given(st.integers(0, 2**32))
def test_row_order_and_copies_change_nothing(seed):
    rng = np.random.default_rng(seed)
    p = rng.integers(1, 20, 40) / 20
    y, order, weight = rng.random(40) < p, rng.permutation(40), rng.integers(1, 4, 40)
    parts, mixed = corp(p, y), corp(p[order], y[order])
    assert (mixed.score, mixed.miscalibration) == pytest.approx((parts.score, parts.miscalibration), abs=1e-12)
    assert parts.score == pytest.approx(parts.miscalibration - parts.discrimination + parts.uncertainty)
    assert parts.miscalibration >= -1e-12
    copies = np.repeat(np.arange(40), weight)
    repeated, weighted = corp(p[copies], y[copies]), corp(p, y, weight.astype(float))
    assert repeated.miscalibration == pytest.approx(weighted.miscalibration, abs=1e-12)


def drawn(n, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.beta(2, 3, n) * 0.8
    return p, rng.random(n) < p + shift


def test_same_seed_same_answer():
    p, y = drawn(300)
    first, again = (calibration(p, y, seed=5) for _ in range(2))
    assert (first.error, first.p_value, first.detectable) == (again.error, again.p_value, again.detectable)
    assert first.p_value != calibration(p, y, seed=6).p_value


def test_shift_is_measured():
    p, y = drawn(20_000, shift=0.1)
    found = calibration(p, y, seed=1)
    assert found.error == pytest.approx(0.1, abs=0.01)
    assert found.p_value == 1 / 1000
    assert 0.08 < found.low < found.error
    assert found.ece == pytest.approx(0.1, abs=0.01)
    assert found.ece > 5 * found.ece_by_chance
    assert (found.reliability.observed > found.reliability.high).mean() > 0.8


def test_narrow_cells_say_what_all_values_say():
    """The test over more distinct probabilities than cells agrees with the exact decomposition."""
    p, y = drawn(3 * MOST_CELLS, shift=0.05)
    found = calibration(p, y, seed=1, resamples=99)
    assert len(np.unique(p)) > MOST_CELLS
    exact, cells = corp(p, y), cells_of(p, y, most=MOST_CELLS)
    assert len(cells.stated) == MOST_CELLS
    chance = exact.miscalibration - found.squared
    assert 0 < chance < 0.001
    assert (cells.weight.sum(), cells.hits.sum()) == (len(p), y.sum())
    assert cells.stated[cells.place] == pytest.approx(p, abs=0.02)


def test_tied_probabilities_and_weights_resample_alike():
    """Binomial cells, single rows and weighted rows are three ways to the same distribution."""
    rng = np.random.default_rng(4)
    p = np.round(rng.beta(2, 3, 600) * 0.8 + 0.01, 2)
    y = rng.random(600) < p
    apart = p + rng.random(600) * 1e-9
    ways = [
        calibration(p, y, seed=1),
        calibration(apart, y, seed=2),
        calibration(p, y, np.where(np.arange(600) % 2, 1.0, 1.0 + 1e-9), seed=3),
    ]
    assert [way.detectable for way in ways] == pytest.approx([ways[0].detectable] * 3, rel=0.2)
    assert [way.ece_by_chance for way in ways] == pytest.approx([ways[0].ece_by_chance] * 3, rel=0.1)


def test_clusters_widen_the_bound_and_are_flagged():
    p, y = drawn(400, shift=0.15)
    copies = np.repeat(np.arange(400), 4)
    plain, clustered = calibration(p, y, seed=1), calibration(p[copies], y[copies], groups=copies, seed=1)
    assert clustered.flags == ("independent_resampling",)
    assert clustered.se == pytest.approx(plain.se, rel=1e-6)
    assert calibration(p[copies], y[copies], seed=1).se < 0.6 * plain.se


def test_what_cannot_be_judged():
    p, y = drawn(200)
    assert lack_of(p, y) is None
    assert lack_of(p, np.zeros(200)) == "all rows are of one class"
    assert lack_of(np.full(200, 0.3), y) == "the stated probability is 0.3 everywhere"
    assert lack_of(p, y, np.where(np.arange(200) < 99, 1.0, 0.0)) == "99 rows; calibration needs at least 100"
    with pytest.raises(UsageError, match=r"from 0 to 1, got 0\.1 to 1\.5"):
        corp([0.1, 1.5], [0, 1])


def test_false_alarms():
    """200 runs of 400 rows: the p-value of calibrated rows, and the bound of rows that are off by the limit.

    Each keeps 5 % within 4 standard errors of the simulation. The estimate alone would fail about half of the
    latter: that is why the bound decides.
    """
    runs, limit = 200, 0.05
    most = 0.05 + 4 * math.sqrt(0.05 * 0.95 / runs)
    calibrated = [calibration(*drawn(400, seed=run), seed=run, resamples=99) for run in range(runs)]
    assert np.mean([found.p_value <= 0.05 for found in calibrated]) <= most
    off = [calibration(*drawn(400, limit, seed=run), seed=run, resamples=99) for run in range(runs)]
    assert np.mean([found.pvalue_at_most(limit) <= 0.05 for found in off]) <= most
    assert np.mean([found.p_value <= 0.05 and found.error > limit for found in off]) > 0.2
