"""Answers of one model on grouped rows, spoilt in one way each, beside their clean twin.

Each fault names the check that must catch it; the other two must stay quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import polars as pl

import mltest
from mltest.data.clean_labels import clean_labels
from mltest.model.calibrated import calibrated
from mltest.model.fair import fair

FAIR, CALIBRATED, CLEAN_LABELS = "model.fair", "model.calibrated", "data.clean_labels"
ROWS = 4000


@dataclass(frozen=True)
class Grouped:
    """Labels, probabilities, decisions and the group of each row."""

    y: Any
    score: Any
    decision: Any
    group: Any

    def evaluation(self) -> mltest.Evaluation:
        table = pl.DataFrame({"group": self.group})
        return mltest.Evaluation(self.y, prediction=self.decision, score=self.score, table=table)


@dataclass(frozen=True)
class Fault:
    """How the answers are spoilt, and who must say so."""

    spoil: Callable[[Grouped], Grouped]
    caught_by: str


def clean() -> Grouped:
    """Two kinds of rows that the model tells apart, with probabilities that mean what they say."""
    rng = np.random.default_rng(2)
    odds = 3.2 * rng.choice([-1, 1], ROWS) + rng.normal(0, 0.8, ROWS)
    score = 1 / (1 + np.exp(-odds))
    return Grouped(
        y=(rng.random(ROWS) < score).astype(int),
        score=score,
        decision=(score >= 0.5).astype(int),
        group=np.array(["a", "b", "c"])[rng.integers(0, 3, ROWS)],
    )


def stricter_with_one_group(given: Grouped) -> Grouped:
    """Group b must be all but certain to be selected."""
    return replace(given, decision=np.where(given.group == "b", given.score >= 0.97, given.score >= 0.5).astype(int))


def shrunk_to_the_middle(given: Grouped) -> Grouped:
    """As after heavy regularisation: the same order and the same decisions, and no probability means what it says."""
    odds = np.log(given.score / (1 - given.score))
    return replace(given, score=1 / (1 + np.exp(-0.3 * odds)))


def mislabelled(given: Grouped) -> Grouped:
    """One label in eight is wrong, and the model is calibrated to what it was taught."""
    wrong = np.random.default_rng(3).random(ROWS) < 0.125
    return replace(given, y=np.where(wrong, 1 - given.y, given.y), score=0.125 + 0.75 * given.score)


FAULTS = {
    "stricter_with_one_group": Fault(stricter_with_one_group, FAIR),
    "shrunk_to_the_middle": Fault(shrunk_to_the_middle, CALIBRATED),
    "mislabelled": Fault(mislabelled, CLEAN_LABELS),
}


def gate(given: Grouped) -> dict[str, str]:
    """The verdict of each check by its id."""
    holdout = given.evaluation()
    results = [
        fair(holdout, "selection_rate", by="group", ratio_at_least=0.8),
        calibrated(holdout, error_at_most=0.05),
        clean_labels(holdout, error_rate_at_most=0.08),
    ]
    return {result.check: result.verdict for result in results}


@cache
def clean_verdicts() -> set[str]:
    """The verdicts of the gate on the clean twin."""
    return set(gate(clean()).values())


def red(name: str) -> set[str]:
    """The checks that do not pass with this fault."""
    return {check for check, word in gate(FAULTS[name].spoil(clean())).items() if word != "passed"}
