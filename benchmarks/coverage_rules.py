"""The rules of `coverage.py`: how to draw samples whose true value is known, and what each rule makes of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from coverage_draws import (
    FloatArray,
    Generator,
    One,
    Scenario,
    enumerated,
    enumerated_accuracy,
    enumerated_f1,
    simulated,
)
from scipy.special import betaincinv, expit, logit, ndtr, psi

from mltest.stats.auc import delong, delong_paired
from mltest.stats.average_precision import average_precision
from mltest.stats.bootstrap import bca
from mltest.stats.calibration_chance import calibration, lack_of
from mltest.stats.estimate import ALPHA, Estimate, unsettled
from mltest.stats.influence import macro_f1, mcc
from mltest.stats.koopman import ratio_of_proportions
from mltest.stats.mean import hall_t, root
from mltest.stats.mover import average_of_proportions, difference_of_proportions
from mltest.stats.paired import paired_losses, tango
from mltest.stats.proportion import proportion
from mltest.stats.skill import r2


@dataclass(frozen=True)
class Rule:
    """One way to make an interval; ``bound`` is the worst rate that is promised of it."""

    name: str
    words: str
    bound: float
    scenarios: tuple[Scenario, ...]
    higher_is_better: bool = True
    dear: bool = False

    def share_of_runs(self, n: int) -> float:
        """A bootstrap costs replicates times rows: fewer runs, and none where they would take an hour."""
        return 1.0 if not self.dear else {30: 0.01, 100: 0.5, 1000: 0.1}.get(n, 0.0)


def clustered(truth: float, correlation: float = 0.14) -> One:
    """Clusters of 1 to 7 rows with correlated hits."""

    def one(rng: Generator, n: int) -> Estimate:
        groups = np.repeat(np.arange(n), rng.integers(1, 8, n))[:n]
        concentration = 1 / correlation - 1
        rates = rng.beta(truth * concentration, (1 - truth) * concentration, n)
        return proportion(rng.random(n) < rates[groups], groups=groups)

    return one


def weighted(truth: float) -> One:
    """Weights that say nothing about the hits."""
    return lambda rng, n: proportion(rng.random(n) < truth, sample_weight=rng.lognormal(0, 0.5, n))


def balanced(recall: float, specificity: float) -> Scenario:
    """Balanced accuracy with 30 % positives."""

    def one(rng: Generator, n: int) -> Estimate:
        positives = round(0.3 * n)
        sizes = np.array([positives, n - positives])
        return average_of_proportions(rng.binomial(sizes, [recall, specificity]), sizes)

    return simulated((recall + specificity) / 2, one)


def groups(
    compare: Callable[[float, float, float, float], Estimate], one: float, rest: float, truth: float
) -> Scenario:
    """A group of a fifth of the rows against the rest."""

    def draw(rng: Generator, n: int) -> Estimate:
        sizes = np.array([n // 5, n - n // 5])
        hits = rng.binomial(sizes, [one, rest])
        return compare(float(hits[0]), float(sizes[0]), float(hits[1]), float(sizes[1]))

    return simulated(truth, draw)


def log_loss(a: float, b: float) -> Scenario:
    """A calibrated model whose probabilities follow Beta(a, b): its log loss is their mean entropy."""
    share = a / (a + b)
    truth = psi(a + b + 1) - share * psi(a + 1) - (1 - share) * psi(b + 1)

    def one(rng: Generator, n: int) -> Estimate:
        p = np.clip(rng.beta(a, b, n), 2.0**-52, 1 - 2.0**-52)
        return hall_t(-np.log(np.where(rng.random(n) < p, p, 1 - p)))

    return simulated(float(truth), one)


def calibration_error(spread: tuple[float, float], tilt: float, shift: float) -> Scenario:
    """Probabilities that follow a Beta, the true ones with their logit stretched and shifted."""
    grid = betaincinv(*spread, (np.arange(100_000) + 0.5) / 100_000)

    def true(p: FloatArray) -> FloatArray:
        return np.asarray(expit(tilt * logit(np.clip(p, 1e-6, 1 - 1e-6)) + shift))

    def one(rng: Generator, n: int) -> Estimate:
        p = rng.choice(grid, n)
        hit = rng.random(n) < true(p)
        lack = lack_of(p, hit)
        if lack is not None:
            return unsettled(None, "too_few_rows", lack, method="consistency_resampling", n=n)
        found = calibration(p, hit, seed=int(rng.integers(2**31)), resamples=199)
        # a miss must also be no work of chance
        low = found.low if found.p_value <= ALPHA else 0.0
        return Estimate(value=found.error, low=low, high=found.high, method="consistency_resampling", n=n)

    return simulated(float(np.sqrt(np.mean((true(grid) - grid) ** 2))), one)


def brier_difference(shrunk: float) -> Scenario:
    """A candidate that pulls calibrated probabilities towards one half, against the calibrated baseline."""

    def one(rng: Generator, n: int) -> Estimate:
        p = rng.beta(0.5, 0.5, n)
        y = rng.random(n) < p
        candidate = 0.5 + shrunk * (p - 0.5)
        return paired_losses((candidate - y) ** 2, (p - y) ** 2)

    return simulated((1 - shrunk) ** 2 * 0.125, one)


def classes_of(n: int, share: float) -> npt.NDArray[np.bool_]:
    """A fixed number of positives."""
    return np.arange(n) < round(share * n)


def area(distance: float, positives: float) -> Scenario:
    """Normal scores, the positives' shifted."""

    def one(rng: Generator, n: int) -> Estimate:
        y = classes_of(n, positives)
        return delong(y, rng.normal(size=n) + distance * y)

    return simulated(float(ndtr(distance / math.sqrt(2))), one)


def area_difference(candidate: float, baseline: float) -> Scenario:
    """Two scores that share half of their noise."""

    def one(rng: Generator, n: int) -> Estimate:
        y, shared = classes_of(n, 0.4), rng.normal(size=n)
        ours, theirs = (
            distance * y + math.sqrt(0.5) * (shared + rng.normal(size=n)) for distance in (candidate, baseline)
        )
        return delong_paired(y, ours, theirs)

    truth = float(ndtr(candidate / math.sqrt(2)) - ndtr(baseline / math.sqrt(2)))
    return simulated(truth, one)


def precision_area(distance: float, positives: float) -> Scenario:
    """Average precision of normal scores: the mean precision over the positives' scores."""
    cut = np.linspace(-8, 8 + distance, 400_001)
    density = np.exp(-((cut - distance) ** 2) / 2) / math.sqrt(2 * math.pi)
    above = positives * ndtr(distance - cut)
    truth = float(np.trapezoid(density * above / (above + (1 - positives) * ndtr(-cut)), cut))

    def one(rng: Generator, n: int) -> Estimate:
        y = classes_of(n, positives)
        return average_precision(y, rng.normal(size=n) + distance * y)

    return simulated(truth, one)


def cells(
    shares: npt.ArrayLike, estimate: Callable[[Any, Any], Estimate], value: Callable[[FloatArray], float]
) -> Scenario:
    """Labels and predictions drawn from a table of shares, labels by row."""
    table = np.asarray(shares, dtype=float) / np.sum(shares)

    def one(rng: Generator, n: int) -> Estimate:
        true, predicted = np.divmod(rng.choice(table.size, size=n, p=table.ravel()), len(table))
        return estimate(true, predicted)

    return simulated(value(table), one)


def _mcc(table: FloatArray) -> float:
    (tn, fp), (fn, tp) = table
    return float((tp * tn - fp * fn) / math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))


def _macro_f1(table: FloatArray) -> float:
    return float(np.mean(2 * np.diag(table) / (table.sum(0) + table.sum(1))))


def discordant(gains: float, losses: float) -> Scenario:
    """Rows that only the candidate, or only the baseline, gets right."""

    def one(rng: Generator, n: int) -> Estimate:
        b, c, _ = rng.multinomial(n, [gains, losses, 1 - gains - losses]).tolist()
        return tango(b, c, n)

    return simulated(gains - losses, one)


def explained(noise: float) -> Scenario:
    """The true line as the prediction."""

    def one(rng: Generator, n: int) -> Estimate:
        x = rng.normal(size=n)
        return r2(x + noise * rng.normal(size=n), x)

    return simulated(1 / (1 + noise**2), one)


def middle_error(rng: Generator, n: int) -> Estimate:
    """Median absolute error of Laplace noise, as a user's callable."""
    errors = np.abs(rng.laplace(size=n))
    return bca(lambda rows: np.median(errors[rows]), n, seed=int(rng.integers(2**53)))


def geometric_error(rng: Generator, n: int) -> Estimate:
    """Geometric mean of log-normal errors, as a user's callable of weights."""
    logs = rng.normal(size=n)
    return bca(lambda w: np.exp(w @ logs / n), n, seed=int(rng.integers(2**53)), form="weight_matrix")


_SHARES = np.arange(0.5, 1.0, 0.005).tolist()
_THREE = [[50, 5, 2], [4, 30, 6], [1, 3, 19]]
_RARE = [[80, 4, 2], [3, 8, 1], [1, 0, 3]]

RULES = (
    Rule(
        "clopper_pearson", "accuracy 0.50 to 0.995", 0.05, tuple(enumerated(enumerated_accuracy, p, p) for p in _SHARES)
    ),
    Rule(
        "clopper_pearson_f1",
        "F1 of the same shares",
        0.05,
        tuple(enumerated(enumerated_f1, p, 2 * p / (1 + p)) for p in _SHARES),
    ),
    Rule(
        "korn_graubard, clusters",
        "hits 0.7, 0.9; correlation 0.14",
        0.07,
        tuple(simulated(p, clustered(p)) for p in (0.7, 0.9)),
    ),
    Rule("korn_graubard, weights", "hits 0.7, 0.9", 0.07, tuple(simulated(p, weighted(p)) for p in (0.7, 0.9))),
    Rule(
        "mover_wilson",
        "balanced accuracy 0.75, 0.85, 0.94",
        0.09,
        (balanced(0.7, 0.8), balanced(0.75, 0.95), balanced(0.9, 0.98)),
    ),
    Rule(
        "mover_wilson, difference",
        "a fifth of the rows against the rest, 0.3 and 0.3, 0.2 and 0.3",
        0.09,
        (groups(difference_of_proportions, 0.3, 0.3, 0.0), groups(difference_of_proportions, 0.2, 0.3, -0.1)),
    ),
    Rule(
        "koopman",
        "the same groups, their ratio",
        0.09,
        (groups(ratio_of_proportions, 0.3, 0.3, 1.0), groups(ratio_of_proportions, 0.2, 0.3, 2 / 3)),
    ),
    Rule(
        "mcc_fisher",
        "MCC 0.59, 0.47",
        0.09,
        (cells([[48, 12], [8, 32]], mcc, _mcc), cells([[80, 10], [3, 7]], mcc, _mcc)),
    ),
    Rule("influence, macro F1", "three classes", 0.09, (cells(_THREE, macro_f1, _macro_f1),)),
    Rule("influence, macro F1", "a class with 4 % of the rows", 0.09, (cells(_RARE, macro_f1, _macro_f1),)),
    Rule(
        "hall_t, log loss",
        "probabilities Beta(0.5, 0.5), Beta(0.3, 2)",
        0.09,
        (log_loss(0.5, 0.5), log_loss(0.3, 2)),
        higher_is_better=False,
    ),
    Rule(
        "hall_t, MAE",
        "Laplace errors",
        0.09,
        (simulated(1.0, lambda rng, n: hall_t(np.abs(rng.laplace(size=n)))),),
        higher_is_better=False,
    ),
    Rule(
        "hall_t, RMSE",
        "normal errors",
        0.09,
        (simulated(1.0, lambda rng, n: root(hall_t(rng.normal(size=n) ** 2))),),
        higher_is_better=False,
    ),
    Rule("skill_log_ratio, R2", "R2 0.5, 0.8", 0.09, (explained(1.0), explained(0.5))),
    Rule(
        "delong_logit",
        "AUC 0.76, 0.92, 0.98; 40 and 10 % positives",
        0.065,
        tuple(area(d, share) for share in (0.4, 0.1) for d in (1.0, 2.0, 3.0)),
    ),
    Rule("average_precision_logit", "30 % positives", 0.08, (precision_area(1.0, 0.3), precision_area(2.5, 0.3))),
    Rule(
        "tango", "differences 0, -0.05, 0", 0.068, (discordant(0.1, 0.1), discordant(0.05, 0.1), discordant(0.02, 0.02))
    ),
    Rule("delong_paired", "AUC differences 0, -0.02", 0.09, (area_difference(1.5, 1.5), area_difference(1.4, 1.5))),
    Rule(
        "hall_t_paired",
        "Brier score, candidate worse",
        0.09,
        (brier_difference(0.7), brier_difference(0.4)),
        higher_is_better=False,
    ),
    Rule(
        "consistency_resampling",
        "calibration errors 0.055 to 0.069",
        0.05,
        (
            calibration_error((1, 1), 1.0, 0.3),
            calibration_error((0.4, 0.4), 1.0, 0.45),
            calibration_error((1, 1), 0.65, 0.0),
            calibration_error((0.5, 4), 1.0, 0.5),
        ),
        higher_is_better=False,
        dear=True,
    ),
    Rule(
        "bca",
        "a callable: median and geometric mean of errors",
        0.12,
        (simulated(math.log(2), middle_error), simulated(1.0, geometric_error)),
        higher_is_better=False,
        dear=True,
    ),
)
