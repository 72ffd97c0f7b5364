from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.inputs.splits import places

Y = np.array(["a"] * 90 + ["b"] * 30 + ["c"] * 3, dtype=object)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_every_part_has_the_classes_in_proportion(share):
    part = places(Y, None, 4) < share
    for label, rows in (("a", 90), ("b", 30), ("c", 3)):
        assert abs(part[label == Y].sum() - share * rows) < 1


@given(st.integers(0, 2**53), st.floats(0, 1), st.floats(0, 1))
def test_a_smaller_part_lies_within_a_larger_one(seed, first, second):
    place = places(np.arange(50.0), None, seed)
    assert ((place >= 0) & (place < 1)).all()
    small, large = sorted((first, second))
    assert not (place < small)[~(place < large)].any()


def test_no_part_cuts_a_cluster():
    cluster = np.repeat(np.arange(40), 5)
    part = places(np.zeros(200), cluster, 1) < 0.3
    assert part.sum() == 60
    assert set(cluster[part]).isdisjoint(cluster[~part])


def test_the_seed_decides():
    assert (places(Y, None, 1) == places(Y, None, 1)).all()
    assert (places(Y, None, 1) != places(Y, None, 2)).any()


def test_numbers_are_split_as_a_whole():
    assert (places(np.linspace(0, 1, 1000), None, 1) < 0.5).sum() == pytest.approx(500, abs=1)
