"""Named tolerances and distances in units in the last place, with the known answers of their specification."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest import UsageError
from mltest.inputs.tolerance import TOLERANCES, agree, looser, tolerance_of, ulp_distance, ulp_distances

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)


def agrees(a: float, b: float, name: str = "float64") -> bool:
    return bool(agree(np.array([a]), np.array([b]), tolerance_of(name))[0])


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        (1.0, math.nextafter(1, 2), 1),
        (0.0, -0.0, 0),
        (1.0, 2.0, 4503599627370496),
        (-5e-324, 5e-324, 2),
        (0.1 + 0.2, 0.3, 1),
        (np.float32(1), np.float32(2), 8388608),
        (-math.inf, math.inf, 2 * 0x7FF0000000000000),
        (1.0, math.nan, None),
    ],
)
def test_known_ulp_distances(a, b, distance):
    assert ulp_distance(a, b) == distance
    assert ulp_distance(b, a) == distance


@given(NUMBERS, NUMBERS)
def test_ulp_distance_is_that_of_exact_integers(a, b):
    def key(value: float) -> int:
        whole = int(np.float64(value).view(np.int64))
        return whole if whole >= 0 else -(whole & 0x7FFF_FFFF_FFFF_FFFF)

    expected = None if math.isnan(a) or math.isnan(b) else abs(key(a) - key(b))
    assert ulp_distance(a, b) == expected


def test_ulp_distance_counts_in_the_narrower_type():
    assert ulp_distances(np.array([1.0]), np.array([np.nextafter(np.float32(1), np.float32(2))]))[0] == 1


@pytest.mark.parametrize(
    ("name", "near", "apart"),
    [("float64", 1e-10, 1e-8), ("float32", 5e-6, 2e-5), ("float16", 5e-4, 3e-3), ("bfloat16", 1e-2, 3e-2)],
)
def test_each_tolerance_tells_near_from_apart(name, near, apart):
    assert agrees(1000.0, 1000.0 * (1 + near), name)
    assert not agrees(1000.0, 1000.0 * (1 + apart), name)


@given(NUMBERS, NUMBERS, st.sampled_from(sorted(TOLERANCES)))
def test_the_rule_is_symmetric_and_holds_for_equal_numbers(a, b, name):
    assert agrees(a, b, name) == agrees(b, a, name)
    assert agrees(a, a, name)


def test_nan_agrees_with_nan_and_infinity_with_itself_only():
    assert agrees(math.nan, math.nan)
    assert agrees(math.inf, math.inf)
    assert not agrees(math.inf, -math.inf)
    assert not agrees(math.nan, 0.0)
    assert not agrees(math.inf, 1e308)
    assert not agrees(1e308, -1e308)


def test_bitwise_tells_negative_zero_and_the_type():
    assert agrees(0.0, -0.0)
    assert not agrees(0.0, -0.0, "bitwise")
    exact, narrow = np.array([0.5]), np.array([0.5], dtype=np.float32)
    assert not agree(exact, narrow, tolerance_of("bitwise"))[0]
    payload = np.array([np.nan]).view(np.uint64) + np.uint64(1)
    assert not agree(np.array([np.nan]), payload.view(np.float64), tolerance_of("bitwise"))[0]


def test_whole_numbers_are_exact_beyond_what_a_float_holds():
    assert not agree(np.array([2**53]), np.array([2**53 + 1]), tolerance_of("bfloat16"))[0]


def test_the_looser_of_two():
    assert looser(tolerance_of("float16"), tolerance_of("float32")).name == "float16"


@pytest.mark.parametrize("name", ["float46", 1e-9, None])
def test_unknown_tolerance_is_refused_with_those_there_are(name):
    with pytest.raises(UsageError, match="allowed are bitwise, float64, float32, float16, bfloat16"):
        tolerance_of(name)
