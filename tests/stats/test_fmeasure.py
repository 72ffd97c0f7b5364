from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mltest.errors import UsageError
from mltest.stats.fmeasure import f1, f1_of_counts, jaccard
from mltest.stats.proportion import proportion


def rows(tp, fp, fn, tn=0):
    """Labels and predictions with these counts."""
    return np.repeat([1, 0, 1, 0], [tp, fp, fn, tn]), np.repeat([1, 1, 0, 0], [tp, fp, fn, tn])


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((80, 10, 20), (0.842105263, 0.786958768, 0.886633726)),
        ((30, 25, 5), (0.666666667, 0.558466054, 0.759758405)),
        ((7, 0, 0), (1, 0.789226302, 1)),
    ],
)
def test_f1_known_answers(counts, expected):
    for estimate in (f1_of_counts(*counts), f1(*rows(*counts, tn=50))):
        assert (estimate.value, estimate.low, estimate.high) == pytest.approx(expected, rel=1e-6)
        assert estimate.method == "clopper_pearson_f1"


def test_jaccard_known_answer():
    estimate = jaccard(*rows(80, 10, 20, 17))
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
        (0.727272727, 0.648748573, 0.796354037), rel=1e-6
    )
    assert (estimate.n, estimate.n_effective, estimate.detail) == (127, 110, "80 of 110")


def test_bounds_at_any_level_are_those_of_jaccard_transformed():
    y, p = rows(30, 25, 5)
    low, high = f1(y, p).bounds(0.01)
    assert (low / (2 - low), high / (2 - high)) == pytest.approx(jaccard(y, p).bounds(0.01), rel=1e-12)


def test_without_any_positive_there_is_no_value():
    estimate = f1(np.zeros(9), np.zeros(9))
    assert (estimate.value, estimate.low, estimate.bounds, estimate.n) == (None, None, None, 9)
    assert estimate.detail == "no positives, neither true nor predicted"


def test_weights_and_groups_are_those_of_the_rows_that_count():
    y, p = rows(30, 10, 8, 40)
    weight, groups = np.arange(88) % 4 + 1.0, np.arange(88) % 9
    either = (y + p) > 0
    inner = proportion((y * p)[either], weight[either], groups[either])
    estimate = f1(y, p, weight, groups)
    assert estimate.method == "korn_graubard_f1"
    assert estimate.low == pytest.approx(2 * inner.low / (1 + inner.low), rel=1e-12)
    assert estimate.value == pytest.approx(metrics.f1_score(y, p, sample_weight=weight), rel=1e-12)


def test_labels_must_be_truth_values():
    with pytest.raises(UsageError, match=r"y_pred must be True or False \(or 1 and 0\); 1 of 2 are not, first 2.0"):
        f1([1, 0], [2, 0])
    with pytest.raises(UsageError, match="y_pred has 1 rows"):
        f1([1, 0], [1])


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=50))
def test_values_are_those_of_scikit_learn(pairs):
    y, p = np.array(pairs).T
    estimate, index = f1(y, p), jaccard(y, p)
    if (y | p).any():
        assert estimate.value == pytest.approx(metrics.f1_score(y, p), abs=1e-12)
        assert index.value == pytest.approx(metrics.jaccard_score(y, p), abs=1e-12)
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
    else:
        assert estimate.value is None
