from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.stats.mover import average_of_proportions, combination_of_proportions, difference_of_proportions

share = st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@pytest.mark.parametrize(
    ("counts", "ns", "expected"),
    [
        ([90, 30], [100, 40], (0.825, 0.755157375, 0.876075433)),
        ([50, 10, 7], [50, 20, 10], (0.733333333, 0.628376437, 0.814820331)),
    ],
)
def test_average_known_answers(counts, ns, expected):
    estimate = average_of_proportions(counts, ns)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, rel=1e-6)
    assert estimate.method == "mover_wilson"


def test_difference_known_answers():
    """Newcombe (1998), also two-sided at 95 %."""
    estimate = difference_of_proportions(56, 70, 48, 80)
    assert (estimate.low, estimate.high) == pytest.approx((0.0765641915, 0.313644584), rel=1e-6)
    assert estimate.bounds(0.025) == pytest.approx((0.0524314724, 0.333872654), rel=1e-6)
    assert difference_of_proportions(9, 10, 3, 10).bounds(0.025) == pytest.approx((0.170522724, 0.809017974), rel=1e-6)
    assert difference_of_proportions(10, 10, 0, 20).bounds(0.025) == pytest.approx((0.679086037, 1), rel=1e-6)


def test_an_empty_share_has_no_value():
    estimate = average_of_proportions([3, 0], [4, 0])
    assert (estimate.value, estimate.low, estimate.flags, estimate.detail) == (
        None,
        None,
        ("class_absent",),
        "no rows for share 1",
    )
    assert average_of_proportions([], []).value is None


def test_counts_must_fit():
    with pytest.raises(UsageError, match="from 0 to ns"):
        difference_of_proportions(5, 4, 1, 4)
    with pytest.raises(UsageError, match="2 coefficients, 1 counts"):
        combination_of_proportions([1, 1], [1], [2], value_range=(0, 2))


@given(share, share)
def test_swapping_samples_negates_the_difference(a, b):
    forth, back = difference_of_proportions(*a, *b), difference_of_proportions(*b, *a)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert -1 <= forth.low <= forth.value + 1e-15
    assert forth.value - 1e-15 <= forth.high <= 1


@given(st.lists(share, min_size=1, max_size=6))
def test_average_lies_within_its_bounds_and_mirrors(shares):
    counts, ns = zip(*shares, strict=True)
    right = average_of_proportions(counts, ns)
    wrong = average_of_proportions([n - x for x, n in shares], ns)
    assert right.low <= right.value + 1e-15
    assert right.value - 1e-15 <= right.high
    assert (right.low, right.high) == pytest.approx((1 - wrong.high, 1 - wrong.low), abs=1e-12)
