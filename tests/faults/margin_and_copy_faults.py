"""Faults that only a named perturbation, a tolerance across seeds, margins by slice or a look at texts can show.

Each stands beside a clean twin and names the check that must catch it; the others must stay quiet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression

import mltest
from mltest.data.no_leakage import no_leakage
from mltest.model.metric import metric
from mltest.model.not_worse import not_worse
from mltest.model.reproducible import reproducible
from mltest.model.robust import robust

LEAKAGE, METRIC, NOT_WORSE, REPRODUCIBLE, ROBUST = (
    "data.no_leakage",
    "model.metric",
    "model.not_worse",
    "model.reproducible",
    "model.robust",
)
ROWS = 1500
WORDS = ["".join(part) for part in np.random.default_rng(1).choice(list("abcdefghijklmnop"), (400, 6))]


@dataclass(frozen=True)
class Project:
    """How a model is made and served, what it answers by region, and the texts that it is trained and tested on."""

    fit: Any
    serve: Callable[[Any], Any]
    lost: Any
    threshold: float
    train: list[str]
    test: list[str]


@dataclass(frozen=True)
class Fault:
    """How a project is spoilt, and who must say so."""

    spoil: Callable[[Project], Project]
    caught_by: frozenset[str]


def rows() -> tuple[Any, Any]:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(ROWS, 3))
    return x, (x[:, 0] + 0.4 * rng.normal(size=ROWS) > 0).astype(int)


def written(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 25)) for _ in range(count)]


def seeded(features: Any, target: Any, seed: int) -> Any:
    """A model whose training draws its rows, all but a few, by the seed."""
    kept = np.random.default_rng(seed).random(len(target)) < 0.99
    return LogisticRegression().fit(features[kept], target[kept])


def clean() -> Project:
    x, y = rows()
    model = LogisticRegression().fit(x, y)
    return Project(
        fit=seeded,
        serve=lambda table: model.predict(np.nan_to_num(table)),
        lost=np.zeros(ROWS, dtype=bool),
        threshold=0.5,
        train=written(200, 2),
        test=written(80, 3),
    )


def breaks_on_missing_cells(project: Project) -> Project:
    """Answers the other class wherever a cell is missing."""
    serve = project.serve
    return replace(project, serve=lambda table: np.where(np.isnan(table).any(axis=1), 1 - serve(table), serve(table)))


def hangs_on_its_seed(project: Project) -> Project:
    """Ten rows, drawn by the seed, are all that it learns from."""

    def fit(features: Any, target: Any, seed: int) -> Any:
        few = np.append(np.random.default_rng(seed).permutation(len(target))[:10], [target.argmin(), target.argmax()])
        return LogisticRegression(C=100).fit(features[few], target[few])

    return replace(project, fit=fit)


def worse_in_one_region(project: Project) -> Project:
    return replace(project, lost=(np.arange(ROWS) % 3 == 0) & (np.arange(ROWS) % 2 == 0))


def ships_another_threshold(project: Project) -> Project:
    return replace(project, threshold=0.95)


def reworded_copies(project: Project) -> Project:
    """A tenth of test is train with a letter changed."""
    return replace(project, test=[*project.test, *(f"{text[:70]}*{text[71:]}" for text in project.train[:8])])


FAULTS = {
    "breaks_on_missing_cells": Fault(breaks_on_missing_cells, frozenset({ROBUST})),
    "hangs_on_its_seed": Fault(hangs_on_its_seed, frozenset({REPRODUCIBLE})),
    "worse_in_one_region": Fault(worse_in_one_region, frozenset({NOT_WORSE})),
    "ships_another_threshold": Fault(ships_another_threshold, frozenset({METRIC})),
    "reworded_copies": Fault(reworded_copies, frozenset({LEAKAGE})),
}


def gate(project: Project) -> dict[str, str]:
    """The verdict of each check."""
    x, y = rows()
    table = pl.DataFrame({"region": np.array(["north", "south", "west"])[np.arange(ROWS) % 3]})
    score = LogisticRegression().fit(x, y).predict_proba(x)[:, 1]
    holdout = mltest.Evaluation(y, score=score, table=table)
    right = (score >= 0.5) == (y == 1)
    after = mltest.Evaluation(y, prediction=np.where(right & ~project.lost, y, 1 - y), table=table)
    known = mltest.Evaluation(y, prediction=np.where(right, y, 1 - y), table=table)
    texts = [pl.DataFrame({"text": each}) for each in (project.train, project.test)]
    recall = f"recall_at_threshold@{project.threshold}"
    return {
        ROBUST: robust(project.serve, x, ["noise@0.01", "missing@0.05"], change_at_most=0.08).verdict,
        REPRODUCIBLE: reproducible(project.fit, x, y, tolerance=0.05).verdict,
        NOT_WORSE: not_worse(after, known, "accuracy", margin={"north": 0.05, "*": 0.3}, by="region").verdict,
        METRIC: metric(holdout, recall, at_least=0.8).verdict,
        LEAKAGE: no_leakage(*texts, near_duplicates=True).verdict,
    }
