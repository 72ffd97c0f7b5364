"""Models that are weak where nobody looks, beside a clean twin; ``model.no_weak_slice`` must find them unasked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

import mltest

NO_WEAK_SLICE = "model.no_weak_slice"
ROWS = 8000


@dataclass(frozen=True)
class Applicants:
    """Rows, labels and the answers of a model."""

    table: pl.DataFrame
    y: Any
    score: Any

    def evaluation(self, **options: Any) -> mltest.Evaluation:
        return mltest.Evaluation(self.y, score=self.score, table=self.table, **options)

    def spoilt(self, rows: Any, seed: int = 9) -> Applicants:
        """The same with scores that say nothing in these rows."""
        noise = np.random.default_rng(seed).random(len(self.y))
        return Applicants(self.table, self.y, np.where(rows, noise, self.score))


@dataclass(frozen=True)
class Fault:
    """How the answers are spoilt, and the columns that the finding must name."""

    spoil: Callable[[Applicants], Applicants]
    columns: tuple[str, ...]
    caught_by: str = NO_WEAK_SLICE


def clean(seed: int = 0) -> Applicants:
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, ROWS)
    table = pl.DataFrame(
        {
            "region": rng.choice(["north", "south", "east", "west"], ROWS),
            "age": rng.integers(18, 80, ROWS),
            "income": np.where(rng.random(ROWS) < 0.1, np.nan, rng.gamma(4, 8, ROWS)),
        }
    )
    return Applicants(table, y, np.clip(0.4 * y + 0.6 * rng.random(ROWS), 0, 1))


def weak_in_the_north(given: Applicants) -> Applicants:
    return given.spoilt((given.table["region"] == "north").to_numpy())


def weak_for_the_old(given: Applicants) -> Applicants:
    return given.spoilt((given.table["age"] > 65).to_numpy())


def weak_where_income_is_missing(given: Applicants) -> Applicants:
    return given.spoilt(given.table["income"].is_nan().to_numpy())


def weak_for_the_old_in_the_south(given: Applicants) -> Applicants:
    return given.spoilt(((given.table["region"] == "south") & (given.table["age"] >= 50)).to_numpy())


FAULTS = {
    "weak_in_the_north": Fault(weak_in_the_north, ("region",)),
    "weak_for_the_old": Fault(weak_for_the_old, ("age",)),
    "weak_where_income_is_missing": Fault(weak_where_income_is_missing, ("income",)),
    "weak_for_the_old_in_the_south": Fault(weak_for_the_old_in_the_south, ("region", "age")),
}
