"""Two answers side by side: which rows differ, by how much, and which decisions flip."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.digits import count, number
from mltest.inputs.columns import missing_in
from mltest.serving.answer import ONLY, Answer
from mltest.serving.tolerance import Tolerance, agree, ulp_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ColumnDifference", "Difference", "Largest", "compare"]

_NUMERIC = "biuf"
_TIMES = "mM"
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Largest:
    """The largest differences of a column, each with the row where it is."""

    absolute: float
    absolute_row: int
    relative: float
    relative_row: int
    ulp: int
    ulp_row: int

    @property
    def brief(self) -> str:
        """The largest difference alone."""
        if not self.absolute:
            return "largest difference 0"
        size = "infinite" if np.isinf(self.absolute) else number(self.absolute)
        return f"largest difference {size} at row {self.absolute_row}"

    @property
    def text(self) -> str:
        """With the largest relative one and the largest distance in units in the last place."""
        if not self.absolute:
            return self.brief
        relative = "" if np.isinf(self.relative) else f"relative {number(self.relative)} at row {self.relative_row}, "
        ulp = count(self.ulp) if self.ulp < _MANY else f"{self.ulp:.2g}"
        return f"{self.brief} ({relative}{ulp} ULP at row {self.ulp_row})"


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
        where = f" in column {column!r}" if column != ONLY and len(self.columns) > 1 else ""
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
    return Difference(rows, apart, columns, missing, added, types)


def _column(
    name: str, a: NDArray[Any], b: NDArray[Any], tolerance: Tolerance, rows: NDArray[np.intp]
) -> ColumnDifference:
    if a.dtype.kind in _NUMERIC and b.dtype.kind in _NUMERIC:
        return ColumnDifference(name, ~agree(a, b, tolerance), _largest(a, b, rows))
    if a.dtype.kind in _TIMES and a.dtype.kind == b.dtype.kind:
        return ColumnDifference(name, (a != b) & ~(np.isnat(a) & np.isnat(b)), None)
    return ColumnDifference(name, _objects_apart(a.astype(object), b.astype(object), tolerance), None)


def _largest(a: NDArray[Any], b: NDArray[Any], rows: NDArray[np.intp]) -> Largest | None:
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        apart = np.where(x == y, 0.0, np.abs(x - y))
        relative = np.where(apart == 0, 0.0, apart / np.maximum(np.abs(x), np.abs(y)))
    comparable = ~(np.isnan(x) | np.isnan(y))
    if not comparable.any():
        return None
    ulp = ulp_distances(a, b)
    at = [int(np.argmax(np.where(comparable, each, 0))) for each in (apart, np.nan_to_num(relative, nan=np.inf), ulp)]
    return Largest(
        float(apart[at[0]]), int(rows[at[0]]),
        float(np.nan_to_num(relative[at[1]], nan=np.inf)), int(rows[at[1]]),
        int(ulp[at[2]]), int(rows[at[2]]),
    )  # fmt: skip


def _objects_apart(a: NDArray[Any], b: NDArray[Any], tolerance: Tolerance) -> NDArray[np.bool_]:
    gap_a, gap_b = missing_in(a), missing_in(b)
    pairs = list(zip(a, b, strict=True))
    numeric = np.array([_are_floats(x, y) for x, y in pairs], dtype=bool) & ~(gap_a | gap_b)
    apart = np.array([not _same(x, y) for x, y in pairs], dtype=bool) & ~(gap_a & gap_b)
    if numeric.any():
        apart[numeric] = ~agree(a[numeric].astype(np.float64), b[numeric].astype(np.float64), tolerance)
    return apart


def _are_floats(x: Any, y: Any) -> bool:
    """Whether a tolerance applies: whole numbers and truth values are exact."""
    real = isinstance(x, numbers.Real) and isinstance(y, numbers.Real)
    return real and not (isinstance(x, numbers.Integral) and isinstance(y, numbers.Integral))


def _same(x: Any, y: Any) -> bool:
    same = x == y
    return bool(same.all()) if isinstance(same, np.ndarray) else isinstance(same, (bool, np.bool_)) and bool(same)
