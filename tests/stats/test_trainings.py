from __future__ import annotations

import numpy as np
import pytest

from mltest.errors import UsageError
from mltest.stats.trainings import (
    about_mean,
    reached_by,
    spread,
    tolerance_factor,
    trainings_to_settle,
    trainings_to_settle_about_mean,
)

SCORES = [0.912, 0.905, 0.918, 0.909, 0.915, 0.901, 0.92, 0.911, 0.907, 0.914]


@pytest.mark.parametrize(
    ("trainings", "share", "expected"),
    [
        (5, 0.9, 3.406633),
        (10, 0.9, 2.354640),
        (20, 0.9, 1.925991),
        (30, 0.9, 1.777329),
        (5, 0.95, 4.202681),
        (10, 0.95, 2.910963),
        (20, 0.95, 2.396002),
    ],
)
def test_published_factors(trainings, share, expected):
    assert tolerance_factor(trainings, share) == pytest.approx(expected, rel=1e-6)


def test_known_bounds():
    estimate, sd = reached_by(SCORES), spread(SCORES)
    assert estimate.low == pytest.approx(0.897345144, rel=1e-8)
    assert sd.value == pytest.approx(0.00588406511, rel=1e-8)
    assert (sd.low, sd.high) == pytest.approx((0.0042915252, 0.00968044965), rel=1e-8)


def test_a_loss_is_the_mirror_of_a_score():
    score, loss = reached_by(SCORES), reached_by([-value for value in SCORES], side="at_most")
    assert (loss.value, loss.low, loss.high) == pytest.approx((-score.value, -score.high, -score.low))


def test_equal_scores_have_no_spread():
    estimate = reached_by([0.1] * 7)
    assert (estimate.value, estimate.low, estimate.high) == (0.1, 0.1, 0.1)
    assert estimate.flags == ("seed_has_no_effect",)
    assert spread([0.1] * 7).high == 0.0


def test_four_trainings_are_too_few():
    for estimate in (reached_by(SCORES[:4]), spread(SCORES[:4])):
        assert (estimate.low, estimate.flags) == (None, ("too_few_trainings",))


def test_the_bound_keeps_its_level():
    """Nine of ten trainings lie above the bound in 95 % of samples; 4 000 samples, 4 binomial errors."""
    rng = np.random.default_rng(1)
    samples = rng.normal(size=(4000, 8))
    low = samples.mean(axis=1) - tolerance_factor(8) * samples.std(axis=1, ddof=1)
    wrong = float((low > -1.2815515655446004).mean())
    assert abs(wrong - 0.05) < 4 * np.sqrt(0.05 * 0.95 / 4000)


@pytest.mark.parametrize("limit", [0.89, 0.9, 0.91])
def test_so_many_trainings_settle_it_and_one_fewer_does_not(limit):
    needed = trainings_to_settle(SCORES, limit)
    mean, sd = np.mean(SCORES), np.std(SCORES, ddof=1)

    def decided(k):
        return mean - tolerance_factor(k) * sd >= limit or mean - tolerance_factor(k, 0.9, 0.05) * sd < limit

    assert decided(needed)
    assert needed == 5 or not decided(needed - 1)


def test_share_must_be_a_majority():
    with pytest.raises(UsageError, match=r"share=0.2"):
        reached_by(SCORES, 0.2)


def test_distance_from_the_mean_is_the_deviation_times_a_quantile():
    found = about_mean(SCORES)
    assert found.value == pytest.approx(1.6448536269514722 * 0.00588406511, rel=1e-8)
    assert (found.low, found.high) == pytest.approx(
        (1.6448536269514722 * 0.0042915252, 1.6448536269514722 * 0.00968044965), rel=1e-8
    )
    assert about_mean(np.add(SCORES, 7)).value == pytest.approx(found.value)
    assert about_mean(SCORES, 0.5).value < found.value
    assert about_mean([0.9] * 6).flags == ("seed_has_no_effect",)
    assert (about_mean([0.9] * 6).low, about_mean([0.9] * 6).high) == (0, 0)
    assert about_mean(SCORES[:4]).low is None
    with pytest.raises(UsageError, match=r"must be from 0\.5 to below 1"):
        about_mean(SCORES, 1.0)


@pytest.mark.parametrize("limit", [0.011, 0.02, 0.005])
def test_so_many_trainings_settle_the_distance_and_one_fewer_does_not(limit):
    most = trainings_to_settle_about_mean(SCORES, limit)

    def decided(count):
        z = np.array([-1.0, 1.0] * (count // 2) + [0.0] * (count % 2))
        found = about_mean(z / z.std(ddof=1) * np.std(SCORES, ddof=1))
        return found.high <= limit if found.value < limit else found.low > limit

    assert decided(most)
    assert most == 5 or not decided(most - 1)


def test_no_number_of_trainings_settles_the_distance_itself():
    assert trainings_to_settle_about_mean(SCORES, about_mean(SCORES).value) is None
    assert trainings_to_settle_about_mean([0.9] * 6, 0.1) is None
