"""Samples whose true value is known, and how often the verdicts on them are wrong: what `coverage.py` counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from mltest.stats.estimate import Estimate
from mltest.stats.fmeasure import f1_of_counts
from mltest.stats.proportion import clopper_pearson

FloatArray = npt.NDArray[np.float64]
Generator = np.random.Generator
One = Callable[[Generator, int], Estimate]


class Draws(NamedTuple):
    """Value and bounds of many samples, and the share of all samples that each stands for."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    share: FloatArray
    exact: bool = False


class Scenario(NamedTuple):
    """A population with a known value, and samples of it."""

    truth: float
    draw: Callable[[Generator, int, int], Draws]


def simulated(truth: float, one: One) -> Scenario:
    """A scenario whose samples are drawn one by one."""

    def draw(rng: Generator, n: int, runs: int) -> Draws:
        found = [one(rng, n) for _ in range(runs)]
        value, low, high = (
            np.array([math.nan if number is None else number for number in column])
            for column in zip(*((e.value, e.low, e.high) for e in found), strict=True)
        )
        return Draws(value, low, high, share=np.full(runs, 1 / runs))

    return Scenario(truth, draw)


@cache
def enumerated_accuracy(n: int) -> Draws:
    """Value and bounds for every number of hits among n rows."""
    hits = np.arange(n + 1.0)
    low, high = clopper_pearson(hits, np.full(n + 1, float(n)))
    return Draws(hits / n, low, high, np.zeros(n + 1), exact=True)


@cache
def enumerated_f1(n: int) -> Draws:
    """The same for F1, by the number of true positives among n rows that are not true negatives."""
    found = [f1_of_counts(hits, n - hits, 0) for hits in range(n + 1)]
    low, high = (np.array(column, dtype=float) for column in zip(*((e.low, e.high) for e in found), strict=True))
    return Draws(np.array([e.value for e in found], dtype=float), low, high, np.zeros(n + 1), exact=True)


def enumerated(table: Callable[[int], Draws], share: float, truth: float) -> Scenario:
    """A scenario in which every count is weighed by its binomial chance."""

    def draw(_rng: Generator, n: int, _runs: int) -> Draws:
        return table(n)._replace(share=binom.pmf(np.arange(n + 1), n, share))

    return Scenario(truth, draw)


class Rates(NamedTuple):
    """Shares of samples, with the standard error of a share of 5 % at this number of runs."""

    false_pass: float
    false_fail: float
    point: float
    decides: bool
    error: float


def share_error(runs: int) -> float:
    """Standard error of a simulated rate of 5 %."""
    return math.sqrt(0.05 * 0.95 / runs)


def rates_of(draws: Draws, truth: float, *, higher_is_better: bool) -> Rates:
    """What the verdicts of section 1.1 come to with the limit at the true value."""
    low, high, share = draws.low, draws.high, draws.share
    value = draws.value if higher_is_better else -draws.value
    truth = truth if higher_is_better else -truth
    low, high = (low, high) if higher_is_better else (-high, -low)
    # NaN is a bound that could not be had: both comparisons are false, and the verdict inconclusive
    decides = bool(np.isfinite(low).any() or np.isfinite(high).any())
    error = 0.0 if draws.exact else share_error(len(value))
    false_pass, false_fail, point = (
        float(share[chosen].sum()) for chosen in (low >= truth, high < truth, value >= truth)
    )
    return Rates(false_pass, false_fail, point, decides, error)
