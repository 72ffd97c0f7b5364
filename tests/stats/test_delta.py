from __future__ import annotations

import numpy as np
import pytest

from mltest.errors import UsageError
from mltest.stats.delta import Influence, difference, from_influence
from mltest.stats.scale import SCALES, inside, scaled_bounds
from mltest.stats.units import dense, prepare


def test_influence_of_a_mean_is_its_t_interval():
    from scipy import stats

    x = np.random.default_rng(0).normal(size=50)
    estimate = from_influence(float(x.mean()), x - x.mean())
    expected = stats.t.interval(0.9, 49, loc=x.mean(), scale=stats.sem(x))
    assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-9)


def test_values_that_are_no_influence_are_our_bug():
    with pytest.raises(ArithmeticError, match="have mean 1, not 0"):
        from_influence(0.5, np.ones(20))


def test_intervals_that_cannot_be_had():
    phi = np.array([1.0, -1.0])
    assert from_influence(0.5, phi).detail == "2 rows; an interval needs at least 10"
    assert from_influence(0.5, phi, minimum=0).low is not None
    assert from_influence(0.5, np.zeros(20)).flags == ("zero_variance",)
    assert from_influence(1.0, np.tile(phi, 10), "logit").low is None
    assert from_influence(0.5, np.tile(phi, 10), groups=np.arange(20) // 5).flags == ("too_few_groups",)


def test_bounds_are_cut_to_the_range():
    estimate = from_influence(0.9, np.tile([1.0, -1.0], 10), value_range=(0, 1))
    assert (estimate.low > 0, estimate.high) == (True, 1.0)


def test_sides_must_have_the_same_rows():
    sides = [Influence(value=0.0, phi=np.zeros(n), units=prepare(n)) for n in (3, 4)]
    with pytest.raises(UsageError, match="candidate has 3 rows, baseline has 4"):
        difference(*sides)


@pytest.mark.parametrize(("scale", "value"), [*((name, 0.3) for name in SCALES), ("logit", 1e-12), ("fisher", -0.99)])
def test_scale_inverts_and_its_slope_is_the_derivative(scale, value):
    used = SCALES[scale]
    assert used.inverse(used.forward(value)) == pytest.approx(value, rel=1e-9)
    step = 1e-6 * abs(value)
    numeric = (used.forward(value + step) - used.forward(value - step)) / (2 * step)
    assert used.slope(value) == pytest.approx(numeric, rel=1e-4)
    assert inside(value, scale)


@pytest.mark.parametrize("scale", SCALES)
def test_bounds_are_finite_however_wide(scale):
    low, high = scaled_bounds(0.3, 1e6, scale, 1.0)(1e-15)
    assert np.isfinite([low, high]).all()
    assert low <= 0.3 <= high


def test_units():
    units = prepare(6, [1, 2, 0, 1, 1, 3], ["a", "b", "c", "a", "d", "b"])
    assert (units.n, units.groups, units.n_groups) == (5, 3, 3)
    assert prepare(3, [2, 2, 2]).plain
    assert prepare(3, [2, 2, 0]).plain
    assert prepare(3, None, [7, 8, 9]).plain
    assert not prepare(3, None, [7, 7, 9]).plain
    assert prepare(0).n == 0
    assert units.holding(np.array([True, False, True, False, False])) == 1
    with pytest.raises(UsageError, match="groups must be finite numbers; 1 of 2"):
        prepare(2, None, [np.nan, 1.0])
    with pytest.raises(UsageError, match="groups must have one dimension"):
        prepare(2, None, [[1, 2]])


@pytest.mark.parametrize(
    "labels",
    [[5, 3, 5], [-(10**15), 0, 10**15], ["b", "a", "b"], [0.5, 0.1, 0.5], [True, False], [None, "x", None], []],
)
def test_codes_are_dense(labels):
    array = np.array(labels, dtype=object if None in labels else None)
    codes, count = dense(array)
    assert set(codes.tolist()) == set(range(count))
    assert count == len(set(labels))
    assert all((array[i] == array[j]) == (codes[i] == codes[j]) for i in range(len(array)) for j in range(len(array)))
