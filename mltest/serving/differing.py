"""Two answers side by side: which rows differ, by how much, and which decisions flip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.inputs.apart import Largest, column_apart, largest_of
from mltest.quoted import quoted
from mltest.serving.answer import ONLY, Answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tolerance import Tolerance

__all__ = ["ColumnDifference", "Difference", "Largest", "compare"]


@dataclass(frozen=True, slots=True, eq=False)
class ColumnDifference:
    """One column: the rows that differ, and the largest differences where it holds numbers."""

    name: str
    apart: NDArray[np.bool_]
    largest: Largest | None


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """What tells two answers apart.

    ``apart`` marks a row where any column differs, and every row where columns are missing or were added.
    """

    rows: NDArray[np.intp]
    apart: NDArray[np.bool_]
    columns: tuple[ColumnDifference, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    types: tuple[tuple[str, str, str], ...]
    by_class: bool = False  # the columns are called by the model's classes, which are values of the target

    @property
    def mismatches(self) -> int:
        """How many rows differ."""
        return int(np.count_nonzero(self.apart))

    @property
    def largest(self) -> Largest | None:
        """The largest differences over all columns."""
        found = [column.largest for column in self.columns if column.largest]
        if not found:
            return None
        by_size = max(found, key=lambda each: each.absolute)
        by_share = max(found, key=lambda each: each.relative)
        by_ulp = max(found, key=lambda each: each.ulp)
        return Largest(
            by_size.absolute, by_size.absolute_row, by_share.relative, by_share.relative_row, by_ulp.ulp, by_ulp.ulp_row
        )

    @property
    def first(self) -> str:
        """Where the answers differ first."""
        row = int(np.argmax(self.apart))
        column = next((each.name for each in self.columns if each.apart[row]), ONLY)
        name = quoted(repr(column)) if self.by_class else repr(column)
        where = f" in column {name}" if column != ONLY and len(self.columns) > 1 else ""
        return f"first at row {int(self.rows[row])}{where}"


def compare(trained: Answer, other: Answer, tolerance: Tolerance, rows: NDArray[np.intp]) -> Difference:
    """Compare by column name and row; ``rows`` are the places in the caller's table."""
    shared = [name for name in trained.columns if name in other.columns]
    missing = tuple(name for name in trained.columns if name not in other.columns)
    added = tuple(name for name in other.columns if name not in trained.columns)
    columns = tuple(_column(name, trained.columns[name], other.columns[name], tolerance, rows) for name in shared)
    apart = np.full(trained.rows, bool(missing or added))
    for column in columns:
        apart |= column.apart
    types = tuple(
        (name, trained.types[name], other.types[name]) for name in shared if trained.types[name] != other.types[name]
    )
    return Difference(rows, apart, columns, missing, added, types, by_class=not (trained.is_table or other.is_table))


def _column(
    name: str, a: NDArray[Any], b: NDArray[Any], tolerance: Tolerance, rows: NDArray[np.intp]
) -> ColumnDifference:
    return ColumnDifference(name, column_apart(a, b, tolerance), largest_of(a, b, rows))
