"""Two columns side by side: which rows differ beyond a tolerance, and by how much at most."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.digits import count, number
from mltest.inputs.columns import missing_in
from mltest.inputs.tolerance import Tolerance, agree, ulp_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Largest", "column_apart", "largest_of"]

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


def column_apart(a: NDArray[Any], b: NDArray[Any], tolerance: Tolerance) -> NDArray[np.bool_]:
    """Where two columns differ: numbers beyond the tolerance, everything else at all.

    Examples
    --------
    >>> from mltest.inputs.tolerance import tolerance_of
    >>> a, b = np.array([1.0, 2.0]), np.array([1.0, 2.1])
    >>> column_apart(a, b, tolerance_of("float64")).tolist()
    [False, True]
    """
    if a.dtype.kind in _NUMERIC and b.dtype.kind in _NUMERIC:
        return ~agree(a, b, tolerance)
    if a.dtype.kind in _TIMES and a.dtype.kind == b.dtype.kind:
        return np.asarray((a != b) & ~(np.isnat(a) & np.isnat(b)))
    return _objects_apart(a.astype(object), b.astype(object), tolerance)


def largest_of(a: NDArray[Any], b: NDArray[Any], rows: NDArray[np.intp]) -> Largest | None:
    """The largest differences of two columns of numbers; None for others, and where none can be compared."""
    if a.dtype.kind not in _NUMERIC or b.dtype.kind not in _NUMERIC:
        return None
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
