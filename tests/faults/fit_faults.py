"""Fits and models that are faulty in one way each, beside clean twins: a fault names the check that must catch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, SGDClassifier

from mltest.model.learns import learns
from mltest.model.reproducible import reproducible
from mltest.model.robust import robust

LEARNS, REPRODUCIBLE, ROBUST = "model.learns", "model.reproducible", "model.robust"
ROWS = 240
Array = Any


def rows() -> tuple[Array, Array]:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(ROWS, 3))
    return x, (x[:, 0] + 0.5 * rng.normal(size=ROWS) > 0).astype(int)


@dataclass(frozen=True)
class Project:
    """How a model is made, and what it is served."""

    fit: Any
    serve: Callable[[Any], Any]


@dataclass(frozen=True)
class Fault:
    """How a project is spoilt, and who must say so."""

    spoil: Callable[[Project], Project]
    caught_by: frozenset[str]


def small_noise(table: Array, seed: int) -> Array:
    return table + np.random.default_rng(seed).normal(0, 0.02, table.shape)


def clean() -> Project:
    fit = LogisticRegression()
    return Project(fit=fit, serve=fit.fit(*rows()).predict)


class Memoriser:
    """Knows the rows it has seen, and guesses by a hash of all others."""

    def __init__(self, x: Array, y: Array) -> None:
        self.known = dict(zip(map(bytes, np.ascontiguousarray(x)), y.tolist(), strict=True))

    def predict(self, x: Array) -> Array:
        return np.array([self.known.get(bytes(row), sum(bytes(row)) % 2) for row in np.ascontiguousarray(x)])


class KnowsTheAnswers:
    """Reads the outcome from elsewhere, whatever labels it is given."""

    def __init__(self) -> None:
        x, y = rows()
        self.known = dict(zip(map(bytes, np.ascontiguousarray(x)), y.tolist(), strict=True))

    def predict(self, x: Array) -> Array:
        return np.array([self.known[bytes(row)] for row in np.ascontiguousarray(x)])


def memorises(project: Project) -> Project:
    return replace(project, fit=Memoriser)


def leaks(project: Project) -> Project:
    return replace(project, fit=lambda features, target: KnowsTheAnswers())


def unseeded(project: Project) -> Project:
    return replace(project, fit=SGDClassifier(loss="log_loss", max_iter=5, tol=None, random_state=None))


def brittle(project: Project) -> Project:
    """Decides by a digit far behind the point."""
    return replace(project, serve=lambda x: (np.floor(x[:, 0] * 1000) % 2).astype(int))


def refuses_noise(project: Project) -> Project:
    """Answers only what it has been asked before."""
    return replace(project, serve=KnowsTheAnswers().predict)


FAULTS = {
    "memorises": Fault(memorises, frozenset({LEARNS})),
    "leaks": Fault(leaks, frozenset({LEARNS})),
    "unseeded": Fault(unseeded, frozenset({REPRODUCIBLE})),
    "brittle": Fault(brittle, frozenset({ROBUST})),
    "refuses_noise": Fault(refuses_noise, frozenset({ROBUST})),
}


def gate(project: Project) -> dict[str, str]:
    """The verdict of each check of fits."""
    x, y = rows()
    return {
        LEARNS: learns(project.fit, x, y, "accuracy", permutations=39).verdict,
        REPRODUCIBLE: reproducible(project.fit, x, y, tolerance="bitwise").verdict,
        ROBUST: robust(project.serve, x, small_noise, change_at_most=0.08).verdict,
    }
