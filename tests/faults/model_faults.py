"""Faulty models beside a clean twin, as their answers on training and test rows; production answers the test rows.

Each fault names the check that must catch it; the other checks of models must stay quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

import mltest

METRIC, NOT_WORSE = "model.metric", "model.not_worse"
NOT_OVERFIT, NOT_UNDERFIT = "model.not_overfit", "model.not_underfit"
ROWS = 3000
REGIONS = np.array(["north", "south", "east"])


@dataclass(frozen=True)
class Answers:
    """Labels, scores and decisions of one model on some rows."""

    y: Any
    score: Any
    region: Any
    decision: Any

    def evaluation(self) -> mltest.Evaluation:
        table = pl.DataFrame({"region": self.region})
        return mltest.Evaluation(self.y, prediction=self.decision, score=self.score, table=table)

    def scored(self, score: Any) -> Answers:
        return replace(self, score=score, decision=(score >= 0.5).astype(int))


@dataclass(frozen=True)
class Models:
    """A candidate on training and test rows, and production on the same test rows."""

    train: Answers
    test: Answers
    production: Answers


@dataclass(frozen=True)
class Fault:
    """How the models are spoilt, and who must say so."""

    spoil: Callable[[Models], Models]
    caught_by: str


def answers(seed: int) -> Answers:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, ROWS)
    region = REGIONS[rng.integers(0, 3, ROWS)]
    return Answers(y, y, region, y).scored(np.clip(0.35 * y + 0.65 * rng.random(ROWS), 0, 1))


def noisy(given: Answers, amount: float, seed: int) -> Answers:
    noise = np.random.default_rng(seed).normal(0, amount, ROWS)
    return given.scored(np.clip(given.score + noise, 0, 1))


def clean() -> Models:
    test = answers(2)
    return Models(train=answers(1), test=test, production=noisy(test, 0.02, 3))


def weak_everywhere(models: Models) -> Models:
    return Models(*(noisy(side, 0.5, at) for at, side in enumerate((models.train, models.test, models.production))))


def weak_in_the_north(models: Models) -> Models:
    """A region in which every model answers backwards half of the time."""

    def spoilt(given: Answers, seed: int) -> Answers:
        turned = (given.region == "north") & (np.random.default_rng(seed).random(ROWS) < 0.5)
        return given.scored(np.where(turned, 1 - given.score, given.score))

    return Models(spoilt(models.train, 7), spoilt(models.test, 8), spoilt(models.production, 8))


def worse_than_production(models: Models) -> Models:
    better = models.production.scored(0.8 * models.production.score + 0.2 * models.production.y)
    return replace(models, production=better)


def judged_on_other_rows(models: Models) -> Models:
    return replace(models, production=answers(11))


def memorised(models: Models) -> Models:
    return replace(models, train=models.train.scored(0.5 * models.train.score + 0.5 * models.train.y))


def never_decides(models: Models) -> Models:
    """Ranks well, and answers "no" to everybody."""

    def spoilt(given: Answers) -> Answers:
        return replace(given, decision=np.zeros(ROWS, dtype=int))

    return Models(spoilt(models.train), spoilt(models.test), spoilt(models.production))


FAULTS = {
    "weak_everywhere": Fault(weak_everywhere, METRIC),
    "weak_in_the_north": Fault(weak_in_the_north, METRIC),
    "worse_than_production": Fault(worse_than_production, NOT_WORSE),
    "judged_on_other_rows": Fault(judged_on_other_rows, NOT_WORSE),
    "memorised": Fault(memorised, NOT_OVERFIT),
    "never_decides": Fault(never_decides, NOT_UNDERFIT),
}


def gate(models: Models) -> dict[str, list[str]]:
    """The verdicts of one gate by the id of the check."""
    train, test, production = (side.evaluation() for side in (models.train, models.test, models.production))
    checks = mltest.checks
    results = [
        checks.metric(test, "roc_auc", at_least=0.70),
        checks.metric(test, "roc_auc", at_least=0.70, by="region"),
        checks.not_worse(test, production, "roc_auc", margin=0.03),
        checks.not_overfit(train, test, "roc_auc", gap_at_most=0.05),
        checks.not_underfit(train, test, "accuracy", gain_at_least=0.02),
    ]
    found: dict[str, list[str]] = {}
    for result in results:
        found.setdefault(result.check, []).append(result.verdict)
    return found
