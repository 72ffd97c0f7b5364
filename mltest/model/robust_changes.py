"""Part of `assert_robust`: rows as a perturbation leaves them, and whether it did what it may."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import count
from mltest.errors import UsageError, nearest
from mltest.inputs.apart import column_apart
from mltest.inputs.calling import name_of
from mltest.inputs.tables import Table, read
from mltest.inputs.tolerance import tolerance_of
from mltest.model.robust_named import NAMES, Named, perturbation_named
from mltest.quoted import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Change", "Perturbed", "named", "perturbed"]

Change = Named | Callable[..., Any]


@dataclass(frozen=True, slots=True, eq=False)
class Perturbed:
    """A table after a perturbation, and what has changed in it."""

    name: str
    table: Table
    changed: str


def named(perturbation: Any, call: str) -> dict[str, Change]:
    """Each perturbation by its name; one alone has the name of its function, or its own."""
    given = _listed(perturbation)
    if not given:
        raise UsageError(f"{call}(perturbation=): is empty; give at least one name or callable")
    found: dict[str, Change] = {}
    for name, change in given:
        if isinstance(change, str):
            change = perturbation_named(change, call)  # noqa: PLW2901
        elif not isinstance(name, str) or not callable(change) or isinstance(change, type):
            raise UsageError(
                f"{call}(perturbation=): must be one of {', '.join(NAMES)}, a callable from a table to a table with "
                f"the same rows, or several of them; got {name!r}: {type(change).__name__}"
            )
        if name in found:
            raise UsageError(f"{call}(perturbation=): two are called {name!r}; name them by a mapping")
        found[str(name)] = change
    return found


def _listed(perturbation: Any) -> list[tuple[Any, Any]]:
    if isinstance(perturbation, Mapping):
        return list(perturbation.items())
    several = perturbation if isinstance(perturbation, (list, tuple)) else (perturbation,)
    return [(each if isinstance(each, str) else name_of(each), each) for each in several]


def perturbed(table: Table, name: str, change: Change, features: Sequence[str], call: str) -> Perturbed:
    """The table that a perturbation makes of its own copy; ``UsageError`` where rows or columns are not the same."""
    place = f"{call}(perturbation={name})"
    made = _made(table, name, change, features, call)
    if made is None:
        raise UsageError(f"{place} returned None; it must return the table, also where it changes it in place")
    after = read(made, f"{table.name} after {name}")
    if after.rows != table.rows:
        raise UsageError(
            f"{place} returned {count(after.rows)} rows for {count(table.rows)}; the rows must be the same"
        )
    _refuse_columns(table, after, features, place)
    _refuse_order(table, after, place)
    return Perturbed(name, after, _changed(table, after, features, place))


def _made(table: Table, name: str, change: Change, features: Sequence[str], call: str) -> Any:
    own, seed, place = table.snapshot(), seed_here(call, name) % 2**32, f"{call}(perturbation={name})"
    if isinstance(change, Named):
        return change.of(own, features, seed, place)
    try:
        return change(own.native, **({"seed": seed} if _takes_seed(change) else {}))
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())[:300] or "(no message)"
        raise UsageError(
            f"{place} raised {type(error).__name__} on {table.rows} rows of {table.name}: {quoted(text)}"
        ) from error


def _takes_seed(function: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some compiled functions have no signature
        return False


def _refuse_columns(before: Table, after: Table, features: Sequence[str], place: str) -> None:
    lost = [name for name in features if name not in after]
    if lost:
        raise UsageError(
            f"{place} lost the column {lost[0]!r}{nearest(lost[0], after.names)} that the model gets; "
            "set its cells to missing in place of dropping it"
        )
    new = [name for name in after.names if name not in before]
    if new:
        raise UsageError(f"{place} added the column {new[0]!r}; the columns must be the same")


def _refuse_order(before: Table, after: Table, place: str) -> None:
    """Where the engine labels its rows, these must be the same ones in the same order."""
    own: Any = getattr(before.native, "index", None)
    other: Any = getattr(after.native, "index", None)
    if hasattr(own, "equals") and hasattr(other, "equals") and not own.equals(other):
        raise UsageError(f"{place} returned rows in another order or with another index; the rows must be the same")


def _changed(before: Table, after: Table, features: Sequence[str], place: str) -> str:
    """How many rows and columns differ; a perturbation that changes nothing would pass whatever the model does."""
    exact, rows, columns = tolerance_of("bitwise"), np.zeros(before.rows, dtype=bool), 0
    for name in features:
        apart = column_apart(*_alike(before.column(name), after.column(name)), exact)
        rows |= apart
        columns += bool(apart.any())
    if not columns:
        raise UsageError(
            f"{place} changed no cell of the {len(features)} columns that the model gets: nothing is tested"
        )
    many = f"{columns} column{'s' * (columns != 1)}"
    return f"{many} changed in {count(int(rows.sum()))} of {count(before.rows)} rows"


def _alike(a: NDArray[Any], b: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of one type: a column that turns from whole numbers to floats has not changed by that alone."""
    if a.dtype != b.dtype and a.dtype.kind in "biuf" and b.dtype.kind in "biuf":
        return a.astype(np.float64), b.astype(np.float64)
    return a, b
