"""Faulty candidates beside a clean twin, as their answers on the rows that production answered too.

Each fault names the check that must catch it; the other comparisons must stay quiet. Every candidate makes
exactly as many decisions right as the clean one where its fault is not about that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import mltest
from mltest.inputs.approved import approve, approved_file
from mltest.model.better import better
from mltest.model.churn import churn
from mltest.model.golden import golden

BETTER, CHURN, GOLDEN, NOT_WORSE = "model.better", "model.churn", "model.golden", "model.not_worse"
ROWS = 4000


@dataclass(frozen=True)
class Compared:
    """Labels, the scores of a candidate, and those of production; what was approved of the candidate."""

    y: Any
    candidate: Any
    production: Any
    approved: Any

    def evaluation(self, score: Any) -> mltest.Evaluation:
        table = pl.DataFrame({"row": np.arange(ROWS)})
        return mltest.Evaluation(self.y, score=score, table=table)


@dataclass(frozen=True)
class Fault:
    """How the candidate is spoilt, and who must say so."""

    spoil: Callable[[Compared], Compared]
    caught_by: str


def clean() -> Compared:
    """Production errs in a tenth of the rows; the candidate mends a third of these and breaks none."""
    rng = np.random.default_rng(41)
    y = np.arange(ROWS) % 2
    sure = np.where(y == 1, 0.6, 0.1) + 0.3 * rng.random(ROWS)
    errs = rng.permutation(ROWS)[: ROWS // 10]
    production = sure.copy()
    production[errs] = 1 - sure[errs]
    candidate = production.copy()
    candidate[errs[: len(errs) // 3]] = sure[errs[: len(errs) // 3]]
    return Compared(y, candidate, production, candidate)


def no_gain_over_production(models: Compared) -> Compared:
    """As many decisions fixed as broken, and production's own ranking: the promised improvement is not there."""
    return replace(models, candidate=models.production, approved=models.production)


def changes_its_mind(models: Compared) -> Compared:
    """Fixes more than it breaks, in a quarter of all rows: better on average, a stranger to those who use it."""
    rng = np.random.default_rng(43)
    right = (models.production >= 0.5) == (models.y == 1)
    candidate = np.where(right, models.production, 1 - models.production)
    broken = rng.permutation(np.flatnonzero(right))[:200]
    candidate[broken] = 1 - candidate[broken]
    return replace(models, candidate=candidate, approved=candidate)


def drifted_in_the_seventh_digit(models: Compared) -> Compared:
    """Same decisions and ranking, other numbers than were approved: an upgrade nobody asked for."""
    return replace(models, candidate=models.approved * (1 - 3e-7))


def overconfident(models: Compared) -> Compared:
    """Decides as before, and is far too sure of it: a guarded metric falls beyond its margin."""
    sure = np.where(models.candidate >= 0.5, 1 - 1e-4 * (1 - models.candidate), 1e-4 * models.candidate)
    return replace(models, candidate=sure, approved=sure)


FAULTS = {
    "no_gain_over_production": Fault(no_gain_over_production, BETTER),
    "changes_its_mind": Fault(changes_its_mind, CHURN),
    "drifted_in_the_seventh_digit": Fault(drifted_in_the_seventh_digit, GOLDEN),
    "overconfident": Fault(overconfident, NOT_WORSE),
}


def gate(models: Compared) -> dict[str, str]:
    """The verdicts of one gate by the id of the check; what was approved lies in the working folder."""
    candidate, production = models.evaluation(models.candidate), models.evaluation(models.production)
    approve(models.evaluation(models.approved), approved_file(Path(), "candidate"))
    results = [
        better(candidate, production, "accuracy", by_at_least=0.01),
        churn(candidate, production, at_most=0.08),
        golden(candidate, "candidate", tolerance="float64"),
        mltest.checks.not_worse(candidate, production, {"accuracy": 0.01, "log_loss": 0.1}),
    ]
    return {result.check: result.verdict for result in results}
