from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from mltest.errors import UsageError
from mltest.stats import bootstrap
from mltest.stats.bootstrap import bca

SKEWED = np.array([0.1, 0.2, 0.2, 0.3, 0.4, 0.5, 0.9, 1.7, 2.5, 4.2])
CUBES = (np.arange(1, 41) / 40) ** 3
SEED = 20240501

KNOWN = [(SKEWED, (0.62, 2.09182936)), (CUBES, (0.195475609, 0.353414121))]


def mean_in_each_form(x):
    return {
        "rows": lambda rows: x[rows].mean(),
        "weights": lambda w: w @ x / w.sum(),
        "weight_matrix": lambda w: w @ x / w.sum(1),
    }


@pytest.mark.parametrize("form", ["rows", "weights", "weight_matrix"])
@pytest.mark.parametrize(("x", "expected"), KNOWN)
def test_known_answers_in_each_form(x, expected, form):
    estimate = bca(mean_in_each_form(x)[form], len(x), seed=SEED, form=form, minimum=2)
    assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-6)
    assert estimate.value == pytest.approx(x.mean())
    assert (estimate.seed, estimate.method, estimate.detail) == (SEED, "bca", "2000 replicates")


@pytest.mark.parametrize(
    ("x", "bias", "acceleration"), [(SKEWED, 0.110516204, 0.0755110845), (CUBES, 0.0828132919, 0.0274114565)]
)
def test_bias_and_acceleration_known_answers(x, bias, acceleration, monkeypatch):
    seen = {}
    bounds = bootstrap.bca_bounds

    def watched(drawn, value, found, limits):
        seen.update(acceleration=found, bias=bootstrap.bias_correction(drawn, value))
        return bounds(drawn, value, found, limits)

    monkeypatch.setattr(bootstrap, "bca_bounds", watched)
    bca(mean_in_each_form(x)["weight_matrix"], len(x), seed=SEED, form="weight_matrix", minimum=2)
    assert (seen["bias"], seen["acceleration"]) == pytest.approx((bias, acceleration), rel=1e-6)


def test_first_draw_is_the_recorded_one():
    generator = np.random.Generator(np.random.PCG64(SEED))
    assert next(bootstrap._draws(generator, 10, 5))[0].tolist() == [0, 1, 0, 0, 1, 1, 1, 1, 3, 2]


def test_chunks_change_nothing(monkeypatch):
    metric = mean_in_each_form(CUBES)["rows"]
    whole = bca(metric, 40, seed=1, replicates=200, minimum=2)
    monkeypatch.setattr(bootstrap, "_CHUNK", 130)
    assert bca(metric, 40, seed=1, replicates=200, minimum=2) == whole


def test_memory_stays_far_below_replicates_times_rows():
    x = np.random.default_rng(0).normal(size=20_000)
    tracemalloc.start()
    bca(lambda rows: x[rows].mean(), len(x), seed=1, replicates=400)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400 * len(x) * 8 / 3


def test_groups_are_drawn_whole():
    x = np.repeat(np.random.default_rng(1).normal(size=60), 4)
    groups = np.repeat(np.arange(60), 4)
    grouped = bca(lambda rows: x[rows].mean(), 240, groups, seed=3)
    once = bca(lambda rows: x[::4][rows].mean(), 60, seed=3)
    assert (grouped.low, grouped.high) == pytest.approx((once.low, once.high), rel=1e-9)
    assert (grouped.n, grouped.n_groups) == (240, 60)


def test_agrees_with_scipy():
    x = np.random.default_rng(2).exponential(size=200)
    estimate = bca(lambda rows: np.median(x[rows]), 200, seed=4)
    other = stats.bootstrap((x,), np.median, confidence_level=0.9, n_resamples=2000, rng=5).confidence_interval
    assert (estimate.low, estimate.high) == pytest.approx((other.low, other.high), abs=0.05)


def test_blocks_stand_in_for_single_rows_above_a_thousand():
    x = np.random.default_rng(3).exponential(size=3000)
    calls = []
    estimate = bca(lambda rows: calls.append(1) or x[rows].mean(), 3000, seed=5, replicates=200)
    assert len(calls) == 1 + 200 + 200
    assert estimate.low < estimate.value < estimate.high


def test_same_seed_same_interval():
    metric = mean_in_each_form(CUBES)["rows"]
    first, second, third = (bca(metric, 40, seed=seed, minimum=2) for seed in (7, 7, 8))
    assert first == second
    assert first.low != third.low


def test_edges():
    few = bca(lambda rows: rows.mean(), 49, seed=1)
    assert (few.value, few.low, few.detail) == (24.0, None, "49 rows; an interval needs at least 50")
    assert bca(lambda rows: rows.mean(), 100, np.arange(100) // 4, seed=1).flags == ("too_few_groups",)
    assert bca(lambda rows: 1.0, 60, seed=1).flags == ("zero_variance",)
    undefined = bca(lambda rows: float("nan"), 60, seed=1)
    assert (undefined.value, undefined.flags) == (None, ("undefined",))
    often = bca(lambda rows: 0.5 if 3 in rows else np.nan, 60, seed=1)
    assert (often.value, often.low, often.flags) == (0.5, None, ("undefined_replicates",))
    assert bca(lambda rows: 0.0, 0, seed=1).value is None
    with pytest.raises(UsageError, match="replicates must be at least 100"):
        bca(lambda rows: 0.0, 60, seed=1, replicates=10)
    with pytest.raises(UsageError, match="form must be"):
        bca(lambda rows: 0.0, 60, seed=1, form="matrix")


def test_estimate_outside_its_interval_is_flagged():
    x = np.arange(60.0)
    estimate = bca(lambda rows: x[rows].max() - (len(set(rows.tolist())) < 60) * 5, 60, seed=1)
    assert estimate.flags == ("outside_interval",)


def test_bounds_are_cut_to_the_range():
    estimate = bca(lambda rows: rows.mean() / 30, 60, seed=1, value_range=(0.95, 1))
    assert (estimate.low, estimate.high) == (0.95, 1.0)


@pytest.mark.parametrize("units", [2**14, 2**14 + 1, 40_000])
def test_there_are_as_many_replicates_as_were_asked_for(units):
    values = np.arange(units) % 97
    found = bca(lambda weights: weights[:500] @ values[:500] / 500, units, seed=1, replicates=150, form="weights")
    assert found.detail == "150 replicates"
