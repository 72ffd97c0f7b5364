from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.errors import UsageError
from mltest.stats.proportion import accuracy, clopper_pearson, precision, proportion, recall, wilson

HITS_TEN = [1, 1, 1, 0, 1, 1, 0, 1, 1, 1]
WEIGHTS_TEN = [1, 2, 1, 3, 1, 0, 2, 1, 1, 4]
HITS_TWENTY = [int(hit) for hit in "11110111100111111101"]
GROUPS_TWENTY = np.repeat(range(6), [4, 3, 4, 3, 3, 3])

hits = st.lists(st.booleans(), min_size=1, max_size=60)


def close(*expected: float) -> object:
    return pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "expected"),
    [
        (45, 50, (0.801166997, 0.959763410)),
        (998, 1000, (0.993717715, 0.999644524)),
        (0, 59, (0, 0.0495076099)),
        (59, 59, (0.950492390, 1)),
        (12.5, 80.4, (0.0933889706, 0.237671465)),
    ],
)
def test_clopper_pearson_known_answers(successes, n, expected):
    assert clopper_pearson(successes, n) == close(*expected)


def test_wilson_known_answers():
    assert wilson(45, 50) == close(0.808462486, 0.950470966)
    assert wilson(81, 263, 0.025) == close(0.255288520, 0.366209577)
    assert wilson(15, 148, 0.025) == close(0.0623863995, 0.160487242)
    assert wilson(0, 10)[0] == 0.0
    assert wilson(10, 10)[1] == 1.0


@pytest.mark.parametrize("n", [20, 100])
def test_no_threshold_is_missed_more_often_than_promised(n):
    """Section 3.1 of the statistical specification: enumeration over 102 thresholds."""
    limits = np.concatenate([np.linspace(0.5, 0.99, 99), [0.995, 0.998, 0.999]])
    counts = np.arange(n + 1)
    low, high = clopper_pearson(counts.astype(float), n)
    for limit in limits:
        mass = stats.binom.pmf(counts, n, limit)
        assert mass[low > limit].sum() <= 0.05
        assert mass[high < limit].sum() <= 0.05


def test_bounds_solve_their_equations_at_a_thousand_million_rows():
    n = 10**9
    for successes in (3, n // 3, n - 3):
        low, high = clopper_pearson(successes, n)
        assert stats.binom.sf(successes - 1, n, low) == pytest.approx(0.05, rel=1e-4)
        assert stats.binom.cdf(successes, n, high) == pytest.approx(0.05, rel=1e-4)


def test_clopper_pearson_takes_arrays():
    low, high = clopper_pearson(np.array([0.0, 45.0]), [59, 50])
    assert low == close(0, 0.801166997)
    assert high == close(0.0495076099, 0.959763410)


def test_zero_failures_is_the_exact_rule_of_three():
    assert clopper_pearson(0, 300)[1] == pytest.approx(1 - 0.05 ** (1 / 300), rel=1e-12)


def test_korn_graubard_weights():
    estimate = proportion(HITS_TEN, WEIGHTS_TEN)
    assert (estimate.value, estimate.n_effective) == close(0.6875, 6.40582347588717)
    assert (estimate.low, estimate.high) == close(0.300903468, 0.941248440)
    assert (estimate.method, estimate.n) == ("korn_graubard", 9)


def test_korn_graubard_groups():
    estimate = proportion(HITS_TWENTY, groups=GROUPS_TWENTY)
    assert (estimate.value, estimate.n_effective) == close(0.8, 14.7270495)
    assert (estimate.low, estimate.high) == close(0.557503504, 0.944083224)
    assert (estimate.n_groups, estimate.n) == (6, 20)


def test_korn_graubard_all_right():
    estimate = proportion([1] * 10, WEIGHTS_TEN)
    assert (estimate.n_effective, estimate.low, estimate.high) == close(6.73684211, 0.641030008, 1)


def test_all_right_in_unequal_groups_counts_the_groups():
    estimate = proportion([1] * 100, groups=np.repeat(range(6), [95, 1, 1, 1, 1, 1]))
    assert estimate.n_effective is not None
    assert estimate.n_effective < 2


def test_groups_that_balance_exactly_do_not_beat_independent_rows():
    estimate = proportion([0, 1] * 30, groups=np.repeat(range(30), 2))
    assert estimate.n_effective is not None
    assert estimate.n_effective <= 60


def test_nothing_and_too_little():
    empty = proportion([])
    assert (empty.value, empty.low, empty.flags) == (None, None, ("empty",))
    few = proportion([1, 0] * 4, groups=[1, 2, 3, 4] * 2)
    assert (few.value, few.low, few.high, few.flags) == (0.5, None, None, ("too_few_groups",))
    assert few.detail == "4 groups; an interval needs at least 5"
    one = proportion([True])
    assert (one.low, one.high) == close(0.05, 1)
    assert proportion((0, 0)).value is None


def test_metrics_are_conditional_on_their_denominator():
    y, p = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0]), np.array([1, 1, 1, 0, 1, 1, 0, 0, 0, 0])
    assert recall(y, p).detail == "3 of 4"
    assert precision(y, p).detail == "3 of 5"
    assert recall(y == 0, p == 0).detail == "4 of 6"
    assert accuracy(y, p).detail == "7 of 10"
    assert accuracy(["a", "b"], ["a", "a"]).value == 0.5
    assert precision(y, np.zeros(10)).flags == ("empty",)
    assert recall(y, p, np.where(y == 1, 2.0, 0.0)).detail == "3 of 4"
    assert recall(y, p, groups=np.arange(10)).n_groups == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, np.nan, np.inf],), "2 of 3 are not, first nan at index 1"),
        (([0.0, 1.5],), r"\[0, 1\]; 1 of 2 are not, first at index 1"),
        (([1, 0], [1.0, -2.0]), "sample_weight must be zero or more; 1 of 2 are not, first -2.0 at index 1"),
        (([1, 0], [np.nan, 1.0]), "sample_weight must be finite numbers; 1 of 2 are not, first nan at index 0"),
        (([1, 0], [0.0, 0.0]), "all 2 values of sample_weight are zero"),
        (([1, 0], [1.0]), "sample_weight has 1 rows"),
        (([1, 0], None, [1, 2, 3]), "groups has 3 rows"),
        (([[1, 0]],), "one dimension"),
        (((3, 2),), "from 0 to n"),
    ],
)
def test_what_cannot_be_a_share_is_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        proportion(*arguments)


def test_fractions_of_hits_are_allowed():
    estimate = proportion([0.5] * 40)
    assert estimate.value == 0.5
    assert estimate.low < 0.5 < estimate.high


@given(hits, st.integers(-10, 10))
def test_the_unit_of_weights_does_not_matter(rows, power):
    weight = np.arange(len(rows)) % 5 + 1.0
    first, second = proportion(rows, weight), proportion(rows, weight * 3.0**power)
    assert (first.low, first.high) == pytest.approx((second.low, second.high), rel=1e-9)


@given(hits)
def test_equal_weights_and_singleton_groups_change_nothing(rows):
    plain = proportion(rows)
    weighted = proportion(rows, np.full(len(rows), 0.3))
    assert (weighted.low, weighted.high, weighted.method) == (plain.low, plain.high, "clopper_pearson")
    if len(rows) >= 5:
        grouped = proportion(rows, groups=np.arange(len(rows))[::-1])
        assert (grouped.low, grouped.high, grouped.n_effective) == (plain.low, plain.high, plain.n_effective)


@given(hits)
def test_rows_of_weight_zero_are_as_if_absent(rows):
    weight = np.arange(len(rows)) % 4 + 1.0
    more = proportion([*rows, True, False], [*weight, 0.0, 0.0])
    assert (more.low, more.high, more.n) == (proportion(rows, weight).low, proportion(rows, weight).high, len(rows))


@given(hits)
def test_failures_mirror_successes(rows):
    weight = np.arange(len(rows)) % 3 + 1.0
    for options in ({}, {"sample_weight": weight}):
        right, wrong = proportion(rows, **options), proportion(~np.array(rows), **options)
        assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-9)


@given(hits, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    weight, groups = np.arange(len(rows)) % 3 + 1.0, np.arange(len(rows)) % 7
    first = proportion(rows, weight, groups)
    second = proportion(np.array(rows)[order], weight[order], groups[order])
    if first.low is not None:
        assert (second.low, second.high) == pytest.approx((first.low, first.high), rel=1e-12, abs=1e-15)


@given(hits)
def test_value_lies_within_its_bounds(rows):
    for groups in (None, np.arange(len(rows)) % 6):
        estimate = proportion(rows, groups=groups)
        if estimate.low is not None:
            assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
            assert all(type(number) is float for number in (estimate.low, estimate.value, estimate.high))
