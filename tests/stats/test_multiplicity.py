from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mltest.errors import UsageError
from mltest.stats.multiplicity import benjamini_hochberg, holm

pvalues = st.lists(st.floats(0, 1), max_size=20)


def test_known_answers():
    first, second = [0.001, 0.012, 0.03, 0.04, 0.2], [0.01, 0.02, 0.03, 0.04, 0.05]
    assert holm(first) == pytest.approx((0.005, 0.048, 0.09, 0.09, 0.2), rel=1e-6)
    assert benjamini_hochberg(first) == pytest.approx((0.005, 0.03, 0.05, 0.05, 0.2), rel=1e-6)
    assert holm(second) == pytest.approx((0.05, 0.08, 0.09, 0.09, 0.09), rel=1e-6)
    assert benjamini_hochberg(second) == pytest.approx((0.05,) * 5, rel=1e-6)


def test_smallest_of_ten_known_answer():
    """Section 8: a slice that is significant alone and not among ten."""
    p = float(stats.t.sf((0.12 - 0.05) / 0.03, 80))
    assert p == pytest.approx(0.0110713009, rel=1e-6)
    assert holm([p, *[0.5] * 9])[0] == pytest.approx(0.110713009, rel=1e-6)


def test_none_and_wrong():
    assert holm([]) == benjamini_hochberg([]) == ()
    for adjust in (holm, benjamini_hochberg):
        with pytest.raises(UsageError, match="p-values must be finite numbers; 1 of 2 are not, first nan at index 1"):
            adjust([0.1, float("nan")])
        with pytest.raises(UsageError, match=r"p-values must be from 0 to 1, got 1\.5"):
            adjust([0.1, 1.5])


@given(pvalues)
def test_by_definition(p):
    order = np.sort(p)
    m = len(p)
    for value, stepped, controlled in zip(p, holm(p), benjamini_hochberg(p), strict=True):
        rank = int(np.searchsorted(order, value, "right"))
        expected = max(min(1.0, (m - j) * order[j]) for j in range(rank))
        assert stepped == pytest.approx(expected)
        assert value <= controlled <= stepped or controlled == pytest.approx(value)
    if p:
        assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))
