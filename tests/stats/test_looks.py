from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.stats.auc import delong, delong_paired
from mltest.stats.average_precision import average_precision
from mltest.stats.bootstrap import bca
from mltest.stats.estimate import Estimate
from mltest.stats.fmeasure import f1
from mltest.stats.influence import fbeta, macro_f1, mcc
from mltest.stats.looks import Kept, adjusted_alpha, kept_bounds, steered
from mltest.stats.mean import hall_t, root
from mltest.stats.mover import average_of_proportions
from mltest.stats.paired import paired_losses, tango
from mltest.stats.proportion import proportion
from mltest.stats.skill import r2
from mltest.stats.special import upper_quantile

RNG = np.random.default_rng(3)
N = 240
TRUTH = RNG.random(N) < 0.4
SCORE = RNG.normal(size=N) + 1.2 * TRUTH
CALLED = SCORE > 0.6
LOSSES = RNG.exponential(size=N)
GROUPS = np.arange(N) // 4
WEIGHTS = RNG.uniform(0.5, 2, size=N)


def kept(estimate: Estimate) -> Kept:
    return Kept(
        method=estimate.method,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n_groups or estimate.n,
        n_effective=estimate.n_effective,
        scale=estimate.scale,
        se=estimate.se,
        df=estimate.df,
    )


@pytest.mark.parametrize(
    ("looks", "passed", "alpha", "z"),
    [(1, 0, 0.05, 1.64485363), (10, 0, 0.005, 2.57582930), (10, 2, 1.08695652e-4, 3.69789905),
     (50, 3, 5.08905852e-8, 5.32351480)],
)  # fmt: skip
def test_known_answers_of_the_specification(looks, passed, alpha, z):
    found = adjusted_alpha(looks, passed)
    assert found == pytest.approx(alpha, rel=1e-8)
    assert upper_quantile(found) == pytest.approx(z, rel=1e-8)


def test_every_outcome_a_pass_or_not_counts_every_path():
    assert steered(5, 4) == 5 * 2**4


def test_below_1e_12_the_test_set_is_exhausted():
    assert adjusted_alpha(30, 29) == 0.05 / (30 * 2**29)
    assert adjusted_alpha(34, 33) is None
    assert adjusted_alpha(3000, 1500) is None


@pytest.mark.parametrize(("looks", "passed"), [(0, 0), (3, 3), (3, -1)])
def test_impossible_counts_are_refused(looks, passed):
    with pytest.raises(UsageError, match="looks must be at least 1"):
        adjusted_alpha(looks, passed)


@given(st.integers(1, 60), st.data())
def test_more_looks_and_more_passes_leave_less(looks, data):
    passed = data.draw(st.integers(0, looks - 1))
    assert steered(looks + 1, passed) > steered(looks, passed)
    assert steered(looks + 1, passed + 1) > steered(looks + 1, passed)


REMADE = {
    "clopper_pearson": proportion(CALLED),
    "korn_graubard clusters": proportion(CALLED, groups=GROUPS),
    "korn_graubard weights": proportion(CALLED, sample_weight=WEIGHTS),
    "f1": f1(TRUTH, CALLED),
    "f1 clusters": f1(TRUTH, CALLED, groups=GROUPS),
    "delong": delong(TRUTH, SCORE),
    "delong clusters": delong(TRUTH, SCORE, groups=GROUPS),
    "delong guard": delong(TRUTH, SCORE + 3.5 * TRUTH),
    "delong paired": delong_paired(TRUTH, SCORE, SCORE + RNG.normal(size=N)),
    "average precision": average_precision(TRUTH, SCORE),
    "hall": hall_t(LOSSES),
    "hall clusters and weights": hall_t(LOSSES, sample_weight=WEIGHTS, groups=GROUPS),
    "hall left-skewed": hall_t(-LOSSES),
    "rmse": root(hall_t(LOSSES)),
    "paired losses": paired_losses(LOSSES, np.roll(LOSSES, 7) ** 1.5),
    "mcc": mcc(TRUTH, CALLED),
    "macro f1": macro_f1(TRUTH, CALLED),
    "fbeta": fbeta(TRUTH, CALLED, 2.0),
    "r2": r2(SCORE, SCORE + RNG.normal(size=N)),
    "tango": tango(12, 2, 50),
    "tango without a difference": tango(0, 0, 50),
}


@pytest.mark.parametrize("name", REMADE)
@pytest.mark.parametrize("alpha", [0.05, 1e-3, 1e-9])
def test_bounds_made_again_are_those_of_the_estimate(name, alpha):
    estimate = REMADE[name]
    made = kept_bounds(kept(estimate))
    assert made is not None
    assert made(alpha) == pytest.approx(estimate.bounds(alpha), rel=1e-9, abs=1e-12)


def test_the_guard_was_among_them():
    assert "rare_error_guard" in REMADE["delong guard"].flags


@pytest.mark.parametrize(
    "estimate",
    [average_of_proportions([90, 30], [100, 40]), bca(lambda rows: np.median(LOSSES[rows]), N, seed=1)],
    ids=["mover", "bca"],
)
def test_what_keeps_too_little_is_not_made_again(estimate):
    assert kept_bounds(kept(estimate)) is None


@pytest.mark.parametrize("name", REMADE)
def test_bounds_that_do_not_agree_with_the_record_are_not_used(name):
    whole = kept(REMADE[name])
    assert kept_bounds(replace(whole, high=whole.high + 0.01 * math.copysign(1, whole.high))) is None
