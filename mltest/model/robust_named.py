"""Part of `assert_robust`: the perturbations that have a name: noise, missing, typos and units."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError, nearest
from mltest.model.robust_cells import cells_of, is_number, is_text, with_cells, without_cells
from mltest.model.robust_typos import mistyped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tables import Table

__all__ = ["NAMES", "Named", "perturbation_named"]

_NORMAL_QUARTILES = 1.349


@dataclass(frozen=True, slots=True)
class Named:
    """A perturbation by its name, with how much of it."""

    name: str
    amount: float
    change: Callable[[Table, Sequence[str], float, np.random.Generator, str], Any]

    def of(self, table: Table, features: Sequence[str], seed: int, place: str) -> Any:
        """The perturbed table, of the caller's engine; only the features are touched."""
        return self.change(table, features, self.amount, np.random.default_rng(seed), place)


def _noise(table: Table, features: Sequence[str], amount: float, rng: np.random.Generator, place: str) -> Any:
    changed = {}
    for name in _suited(table, features, is_number, "numbers", place):
        cells = cells_of(table, name)
        known = cells.values[cells.known].astype(np.float64)
        known = known[np.isfinite(known)]
        if not len(known):
            continue
        moved = cells.numbers() + rng.normal(0.0, amount * _spread(known), len(cells.values))
        if (known == np.round(known)).all():
            moved = np.round(moved)
        changed[name] = np.clip(moved, known.min(), known.max())
    return with_cells(table, changed)


def _missing(table: Table, features: Sequence[str], amount: float, rng: np.random.Generator, _place: str) -> Any:
    return without_cells(table, {name: rng.random(table.rows) < amount for name in features})


def _typos(table: Table, features: Sequence[str], amount: float, rng: np.random.Generator, place: str) -> Any:
    names = _suited(table, features, is_text, "text", place)
    return with_cells(table, {name: mistyped(cells_of(table, name).values, amount, rng) for name in names})


def _units(table: Table, features: Sequence[str], amount: float, rng: np.random.Generator, place: str) -> Any:
    names = _suited(table, features, is_number, "numbers", place)
    column = rng.integers(0, len(names), table.rows)
    changed = {}
    for at, name in enumerate(names):
        numbers = cells_of(table, name).numbers()
        changed[name] = np.where(column == at, amount * numbers, numbers)
    return with_cells(table, changed)


def _spread(known: NDArray[np.float64]) -> float:
    """The standard deviation as the middle half of the column tells it; as all does where that half is one value."""
    low, high = np.quantile(known, [0.25, 0.75])
    return float(high - low) / _NORMAL_QUARTILES or float(known.std())


def _suited(
    table: Table, features: Sequence[str], suits: Callable[[Table, str], bool], what: str, place: str
) -> list[str]:
    names = [name for name in features if suits(table, name)]
    if not names:
        raise UsageError(
            f"{place}: it changes {what}, and none of the {len(features)} columns that the model gets holds {what}"
        )
    return names


@dataclass(frozen=True, slots=True)
class _Known:
    change: Callable[[Table, Sequence[str], float, np.random.Generator, str], Any]
    usual: float
    most: float
    amount: str


NAMES = {
    "noise": _Known(_noise, 0.1, math.inf, "the noise in standard deviations of each column"),
    "missing": _Known(_missing, 0.05, 1.0, "the share of cells that go missing, at most 1"),
    "typos": _Known(_typos, 0.05, 1.0, "the share of words that get a typing error, at most 1"),
    "units": _Known(_units, 1000.0, math.inf, "the factor between the units"),
}


def perturbation_named(name: str, call: str) -> Named:
    """The perturbation of that name; what stands after an @ is how much of it."""
    kind, at, given = name.partition("@")
    if kind not in NAMES:
        raise UsageError(
            f"{call}(perturbation={name!r}): no such perturbation{nearest(kind, NAMES)}; those with a name are "
            f"{', '.join(NAMES)}, and any callable from a table to a table with the same rows will do"
        )
    known = NAMES[kind]
    try:
        amount = float(given) if at else known.usual
    except ValueError:
        amount = math.nan
    if not 0 < amount <= known.most or math.isinf(amount):
        raise UsageError(
            f"{call}(perturbation={name!r}): after an @ stands {known.amount}, above 0, such as {kind}@{known.usual:g}"
        )
    return Named(name, amount, known.change)
