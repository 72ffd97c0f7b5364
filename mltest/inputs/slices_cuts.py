"""Where a column of measurements is cut into slices: at rounded quantiles, so that a label says the very cut."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["QUARTERS", "cut", "edges_of", "is_measured", "range_labels"]

QUARTERS = 4
_MOST_NUMBERS = 20
_FINENESS = 200


def is_measured(column: NDArray[Any], missing: NDArray[np.bool_]) -> bool:
    """Whether the numbers are measurements, to be cut: more than 20 different ones, some of them with fractions."""
    if column.dtype.kind != "f":
        return False
    values = np.unique(column[~missing])
    return len(values) > _MOST_NUMBERS and bool((values[np.isfinite(values)] % 1 != 0).any())


def edges_of(column: NDArray[Any], parts: int, where: str) -> NDArray[np.float64]:
    """The cuts between so many parts of equal counts, rounded to what a reader can take in.

    Parameters
    ----------
    column : array
        The numbers whose quantiles are taken; missing and infinite ones are left out.
    parts : int
        How many parts; columns with many equal values have fewer.
    where : str
        What a message calls the column.

    Returns
    -------
    array
        Ascending and distinct; a value on a cut belongs to the part above it.

    Examples
    --------
    >>> edges_of(np.arange(1001) * 0.0123, 4, "income").tolist()
    [3.08, 6.15, 9.22]
    """
    if column.dtype.kind not in "iuf":
        msg = f"{where}: only a column of numbers can be cut into {parts} parts; this one holds {column.dtype}"
        raise UsageError(msg)
    numbers = column[~missing_in(column)].astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return np.zeros(0)
    exact = np.quantile(numbers, np.arange(1, parts) / parts)
    return np.unique(_rounded(exact, numbers))


def _rounded(exact: NDArray[np.float64], numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """The quantiles in steps of half a per cent of the middle of the numbers."""
    spread = float(np.subtract(*np.quantile(numbers, [0.9, 0.1]))) or float(np.ptp(numbers))
    if not spread or not math.isfinite(spread):
        return exact
    size = 10.0 ** math.floor(math.log10(spread / _FINENESS))
    step = size * (5 if spread / _FINENESS >= 5 * size else 1)
    decimals = max(0, -math.floor(math.log10(size)))
    return np.round(np.round(exact / step) * step, decimals) + 0.0


def cut(column: NDArray[Any], edges: NDArray[np.float64]) -> NDArray[np.intp]:
    """The part of each number; of a missing one it means nothing."""
    return np.searchsorted(edges, column, side="right")


def range_labels(edges: NDArray[np.float64]) -> list[str]:
    """What the parts are called, from below: ``below 20.5``, ``[20.5, 31.0)``, ``31.0 or more``.

    Examples
    --------
    >>> range_labels(np.array([20.5, 31.0]))
    ['below 20.5', '[20.5, 31.0)', '31.0 or more']
    """
    texts = [repr(edge) if abs(edge) < 1e15 else f"{edge:g}" for edge in edges.tolist()]
    if not texts:
        return ["any number"]
    between = [f"[{low}, {high})" for low, high in itertools.pairwise(texts)]
    return [f"below {texts[0]}", *between, f"{texts[-1]} or more"]
