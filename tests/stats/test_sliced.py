from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.stats import fmeasure, proportion
from mltest.stats.auc import delong
from mltest.stats.sliced import counts, f1s, hits, jaccards, ordered, shares
from mltest.stats.sliced_areas import areas

FIELDS = ("value", "low", "high", "se", "df", "n_effective")


def same(ours, plain):
    """Equal to 1e-12, and in words to the letter."""
    for field in FIELDS:
        a, b = getattr(ours, field), getattr(plain, field)
        assert a == b or abs(a - b) <= 1e-12 * max(1.0, abs(b)), field
    assert (ours.method, ours.n, ours.flags, ours.scale) == (plain.method, plain.n, plain.flags, plain.scale)
    assert (ours.bounds is None) == (plain.bounds is None)
    if plain.bounds is not None:
        assert ours.bounds(0.01) == pytest.approx(plain.bounds(0.01), abs=1e-12)


@st.composite
def sliced_rows(draw):
    """Labels, scores (tied where rounded) and slices, some of which may be empty, pure or tiny."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, slices = draw(st.integers(1, 300)), draw(st.sampled_from([1, 2, 5, 70]))
    truth = rng.random(n) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0]))
    score = np.round(rng.normal(size=n) + truth, draw(st.sampled_from([0, 1, 15])))
    return truth, score, rng.integers(0, slices, n), slices


@given(sliced_rows())
def test_counted_metrics_equal_the_plain_ones_in_every_slice(rows):
    truth, score, codes, slices = rows
    predicted = score > 0.5
    table = counts(truth, predicted, codes, slices)
    right = shares(*hits(truth == predicted, codes, slices))
    recall, precision = shares(table.tp, table.tp + table.fn), shares(table.tp, table.tp + table.fp)
    for k in range(slices):
        y, answer = truth[codes == k], predicted[codes == k]
        same(right[k], proportion.accuracy(y, answer))
        same(recall[k], proportion.recall(y, answer))
        same(precision[k], proportion.precision(y, answer))
        same(f1s(table)[k], fmeasure.f1(y, answer))
        same(jaccards(table)[k], fmeasure.jaccard(y, answer))


@given(sliced_rows())
def test_areas_equal_the_plain_ones_in_every_slice(rows):
    truth, score, codes, slices = rows
    found = areas(ordered(truth, score), codes.astype(np.uint8), slices, minimum=2)
    for k in range(slices):
        plain = delong(truth[codes == k], score[codes == k], minimum=2)
        same(found[k], plain)
        assert found[k].detail == plain.detail


def test_areas_of_many_rows_without_and_with_ties():
    rng = np.random.default_rng(3)
    truth = rng.random(40_000) < 0.01
    codes = rng.integers(0, 3, len(truth))
    for score in (rng.normal(size=len(truth)) + truth, np.round(rng.normal(size=len(truth)) + truth, 1)):
        for k, found in enumerate(areas(ordered(truth, score), codes, 3)):
            same(found, delong(truth[codes == k], score[codes == k]))


def test_zero_of_either_sign_and_infinities_are_ties():
    truth, score = np.array([True, False, True, False]), np.array([0.0, -0.0, np.inf, np.inf])
    assert areas(ordered(truth, score), np.zeros(4, np.uint8), 1)[0].value == 0.5


def test_known_values():
    """Clopper-Pearson 45 of 50, and F1 of 80, 10, 20 (statistics.md 3.1, 3.2)."""
    assert shares(np.array([45]), np.array([50]))[0].high == pytest.approx(0.959763410, abs=1e-9)
    truth, predicted = np.repeat([1, 0, 1, 0], [80, 10, 20, 5]), np.repeat([1, 1, 0, 0], [80, 10, 20, 5])
    found = f1s(counts(truth, predicted, np.zeros(115, np.uint8), 1))[0]
    assert (found.value, found.low, found.high) == pytest.approx((0.842105263, 0.786958768, 0.886633726), abs=1e-9)


@given(sliced_rows(), st.integers(0, 2**32 - 1))
def test_counts_of_parts_add_up_and_do_not_depend_on_order(rows, seed):
    truth, score, codes, slices = rows
    predicted = score > 0
    order = np.random.default_rng(seed).permutation(len(truth))
    whole, shuffled = (counts(truth[at], predicted[at], codes[at], slices) for at in (slice(None), order))
    half = len(truth) // 2
    first, second = (counts(truth[at], predicted[at], codes[at], slices) for at in (slice(half), slice(half, None)))
    for cell in ("tn", "fp", "fn", "tp"):
        assert getattr(whole, cell).tolist() == getattr(shuffled, cell).tolist()
        assert getattr(whole, cell).tolist() == (getattr(first, cell) + getattr(second, cell)).tolist()


@pytest.mark.parametrize("codes", [np.array([0, 2]), np.array([-1, 0]), np.array([0.0, 1.0]), np.array([0])])
def test_codes_that_are_none_are_refused(codes):
    with pytest.raises(UsageError, match="codes must be"):
        hits(np.array([True, False]), codes, 2)


def test_areas_refuse_codes_of_other_rows():
    with pytest.raises(UsageError, match="there are 2 rows"):
        areas(ordered([1, 0], [0.1, 0.2]), np.zeros(3, np.uint8), 1)
