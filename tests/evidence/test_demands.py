"""What a call demanded is kept as plain values, and its data is not."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.evidence.demands import plain_demands


@pytest.mark.parametrize(
    ("given_value", "kept"),
    [
        (0.3, 0.3),
        (np.float64(0.3), 0.3),
        (np.int64(3), 3),
        (True, True),
        (2**60, str(2**60)),
        (float("inf"), {"nonfinite": "inf"}),
        (("a", 1), ["a", 1]),
        ({"b", "a"}, ["a", "b"]),
        ({"north": 0.3, 5: (1, 2)}, {"north": 0.3, "5": [1, 2]}),
        (abs, {"callable": "builtins.abs"}),
        (pl.DataFrame({"name": ["Ann"]}), {"type": "polars.dataframe.frame.DataFrame"}),
        (np.zeros(3), {"type": "numpy.ndarray"}),
        (list(range(300)), {"type": "builtins.list"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_plain_values_are_kept_and_data_is_named_by_its_type(given_value, kept):
    assert plain_demands({"demand": given_value}) == {"demand": kept}


def test_what_says_nothing_is_left_out():
    assert plain_demands({"cluster": None, "at_least": 0}) == {"at_least": 0}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_whatever_is_demanded_can_be_written_and_read_back(demands):
    kept = plain_demands(demands)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
