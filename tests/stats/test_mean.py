from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.errors import UsageError
from mltest.stats.mean import difference_of_means, hall_step, hall_t, root

SKEWED = [0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.9, 1.7, 2.5, 4.2]
CUBES = (np.arange(1, 41) / 40) ** 3
Y20 = np.array([1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1])
P20 = np.array(
    [0.9, 0.2, 0.7, 0.6, 0.1, 0.4, 0.8, 0.3, 0.95, 0.5, 0.05, 0.85, 0.35, 0.15, 0.65, 0.75, 0.6, 0.45, 0.25, 0.99]
)

losses = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=20, max_size=60)


def known(estimate, *expected):
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, rel=1e-6)


def test_hall_known_answers():
    first = hall_t(SKEWED, minimum=2)
    known(first, 1.1, 0.496541545, 2.46212091)
    assert first.se == pytest.approx(0.4226898, rel=1e-6)
    assert (first.scale, first.df, first.method) == ("identity", 9.0, "hall_t")
    second = hall_t(CUBES)
    known(second, 0.26265625, 0.190704275, 0.352426069)
    assert second.se == pytest.approx(0.0471444241, rel=1e-6)


def test_hall_known_answer_with_weights_and_groups():
    weight, groups = [1, 1, 2, 1, 1, 1, 0.5, 1, 1, 1], [1, 1, 2, 2, 3, 3, 4, 4, 5, 6]
    estimate = hall_t(SKEWED, weight, groups, minimum=2)
    known(estimate, 1.02380952, 0.116156916, 2.15315972)
    assert estimate.se == pytest.approx(0.496403901, rel=1e-6)
    assert (estimate.n_groups, estimate.df) == (6, 5.0)


def test_losses_known_answers():
    log_loss = -np.log(np.where(Y20 == 1, P20, 1 - P20))
    known(hall_t(log_loss), 0.333727982, 0.245704191, 0.446302870)
    brier = hall_t((P20 - Y20) ** 2, value_range=(0, 1))
    known(brier, 0.09663, 0.0622861293, 0.147634989)
    known(root(brier), 0.310853663, 0.249571892, 0.384232988)
    assert root(brier).bounds(0.01)[1] == pytest.approx(brier.bounds(0.01)[1] ** 0.5)


@pytest.mark.parametrize(("n", "hidden"), [(100, 0.0295130496), (50, 0.0581550791)])
def test_zero_variance_known_answers(n, hidden):
    estimate = hall_t([0.25] * n, value_range=(0, 1))
    known(estimate, 0.25, 0.25 - 0.25 * hidden, 0.25 + 0.75 * hidden)
    assert estimate.method == "zero_variance"


def test_without_a_range_equal_values_have_no_interval():
    estimate = hall_t([0.25] * 50)
    assert (estimate.value, estimate.low, estimate.bounds, estimate.flags) == (0.25, None, None, ("zero_variance",))
    assert hall_t([0.25] * 50, value_range=(0, np.inf)).low is None


def test_symmetric_values_give_the_plain_t():
    x = np.concatenate([np.arange(30.0), -np.arange(30.0)])
    estimate = hall_t(x)
    plain = stats.t.interval(0.9, 59, loc=x.mean(), scale=stats.sem(x))
    assert (estimate.low, estimate.high) == pytest.approx(plain, rel=1e-9)
    assert hall_step(1.7, 1e-10) == 1.7
    assert hall_step(1.7, 1e-6) == pytest.approx(1.7, rel=1e-5)


def test_too_few_and_none():
    few = hall_t(SKEWED)
    assert (few.value, few.low, few.flags) == (pytest.approx(1.1), None, ("too_few_rows",))
    assert few.detail == "10 rows; an interval needs at least 20"
    grouped = hall_t(CUBES, groups=np.arange(40) % 6)
    assert (grouped.low, grouped.flags) == (None, ("too_few_groups",))
    assert hall_t([]).value is None
    assert hall_t([3.0], minimum=0, value_range=(0, 9)).high == pytest.approx(3 + 6 * 0.95)
    assert hall_t([1.0, 2.0], groups=[1, 1], minimum=0).low is None


def test_groups_whose_means_agree_have_no_interval_or_a_finite_one():
    estimate = hall_t([0.0, 1.0] * 30, groups=np.repeat(range(30), 2))
    assert estimate.value == 0.5
    assert estimate.low is None or 0.4 < estimate.low <= estimate.high < 0.6


def test_two_million_rows():
    x = np.random.default_rng(0).exponential(size=2_000_000)
    estimate = hall_t(x)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.high - estimate.low == pytest.approx(2 * 1.645 * x.std() / len(x) ** 0.5, rel=1e-3)


def test_huge_and_tiny_numbers_keep_their_interval():
    for unit in (1e-300, 1e-160, 1e150, 1e290):
        estimate = hall_t(CUBES * unit)
        assert (estimate.low / unit, estimate.high / unit) == pytest.approx((0.190704275, 0.352426069), rel=1e-6)
    with pytest.raises(UsageError, match="too large"):
        hall_t([1e308] * 30 + [0.0])


def test_bounds_stay_in_the_range():
    estimate = hall_t([0.0] * 30 + [1.0], value_range=(0, 1))
    assert estimate.low >= 0
    with pytest.raises(UsageError, match=r"values must be from 0 to 1; 1 of 3 are not, first -2.0 at index 2"):
        hall_t([0.0, 1.0, -2.0], value_range=(0, 1))


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(bad):
    with pytest.raises(UsageError, match=r"values must be finite numbers; 2 of 4 are not, first .* at index 1"):
        hall_t([0.0, bad, bad, 1.0])
    with pytest.raises(UsageError, match="values must be numbers"):
        hall_t(["a", "b"])


def test_difference_of_means_is_welch():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=40), rng.normal(1, 3, size=25)
    estimate = difference_of_means(a, b)
    expected = stats.ttest_ind(a, b, equal_var=False).confidence_interval(0.9)
    assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert estimate.method == "welch"
    assert difference_of_means(a, b[:5]).low is None


@given(losses, st.integers(-10, 10))
def test_the_unit_of_weights_does_not_matter(values, power):
    weight = np.arange(len(values)) % 5 + 1.0
    first, second = hall_t(values, weight), hall_t(values, weight * 7.0**power)
    assert first.value == pytest.approx(second.value, rel=1e-9, abs=1e-9)
    if first.low is not None:
        assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-9, abs=1e-9)


@given(losses)
def test_singleton_groups_change_nothing(values):
    plain, grouped = hall_t(values), hall_t(values, groups=[f"user {i}" for i in range(len(values))])
    assert (plain.value, plain.low, plain.high) == (grouped.value, grouped.low, grouped.high)


@given(losses, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(values, random):
    shuffled = list(values)
    random.shuffle(shuffled)
    first, second = hall_t(values), hall_t(shuffled)
    tolerance = 1e-12 * max(map(abs, values))
    assert first.value == pytest.approx(second.value, rel=1e-12, abs=tolerance)
    if first.low is not None:
        assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-12, abs=100 * tolerance)


@given(losses)
def test_value_lies_within_its_bounds_and_mirrors(values):
    estimate, mirrored = hall_t(values), hall_t([-value for value in values])
    if estimate.low is not None:
        assert estimate.low <= estimate.value <= estimate.high
        assert (estimate.low, estimate.high) == pytest.approx((-mirrored.high, -mirrored.low), rel=1e-9, abs=1e-9)
        assert all(type(number) is float for number in (estimate.low, estimate.value, estimate.high))


def test_coverage_of_log_loss():
    """False-pass and false-fail rates at the limit, 2000 runs of 100 rows: at most 9 %."""
    rng = np.random.default_rng(7)
    truth = 0.0
    sample = rng.beta(2, 5, 400_000)
    truth = float((-sample * np.log(sample) - (1 - sample) * np.log1p(-sample)).mean())
    low = high = 0
    for _ in range(2000):
        p = rng.beta(2, 5, 100)
        loss = np.where(rng.random(100) < p, -np.log(p), -np.log1p(-p))
        estimate = hall_t(loss)
        low += estimate.low > truth
        high += estimate.high < truth
    assert max(low, high) / 2000 <= 0.09
    assert min(low, high) / 2000 >= 0.01
