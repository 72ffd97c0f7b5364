"""The ladder of Blum and Hardt."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mltest.errors import UsageError
from mltest.stats.ladder import ladder


def test_a_candidate_is_told_of_only_beyond_one_standard_error():
    """Of ten rows two better: a gain of 0.2, standard error 0.133; two better and one worse: 0.1 and 0.180."""
    base = np.array([1.0] * 9 + [0.0])
    two = base.copy()
    two[:2] = 0
    mixed = two.copy()
    mixed[9] = 1
    assert np.std(base - two, ddof=1) / np.sqrt(10) == pytest.approx(0.1333333333)
    steps = ladder([base, mixed, two, mixed])
    assert [step.is_best for step in steps] == [True, False, True, False]
    assert [step.released for step in steps] == [0.9, 0.9, 0.7, 0.7]


def test_the_same_candidate_again_is_no_new_best():
    losses = np.random.default_rng(0).random(50)
    assert [step.is_best for step in ladder([losses, losses])] == [True, False]


def test_guesses_that_follow_what_is_told_climb_less_than_on_the_plain_best():
    """The boosting attack of the paper: candidates that did better by chance are put together."""
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, 500)
    guesses = [rng.integers(0, 2, 500) for _ in range(300)]

    def attacked(told):
        kept = [guess for guess, better in zip(guesses, told, strict=True) if better]
        return float(np.mean((np.mean(kept, axis=0) > 0.5) != truth))

    losses = [(guess != truth).astype(float) for guess in guesses]
    every = attacked([loss.mean() < 0.5 for loss in losses])
    assert every < 0.35
    steps = ladder(losses)
    assert sum(step.is_best for step in steps) < 10
    assert steps[-1].released > every + 0.05
    assert all(later.released <= earlier.released for earlier, later in pairwise(steps))


def test_wrong_inputs():
    assert ladder([]) == ()
    with pytest.raises(UsageError, match="candidate 2 has 2 losses, the best so far 3"):
        ladder([[1, 0, 1], [1, 0]])
    with pytest.raises(UsageError, match="at least 2 rows"):
        ladder([[1.0]])
    with pytest.raises(UsageError, match="losses of candidate 1"):
        ladder([[1.0, float("nan")]])
