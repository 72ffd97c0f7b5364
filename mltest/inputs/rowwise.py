"""What comes with a table, one value a row: target, weight, cluster; by column name or as an array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import array_of, missing_in
from mltest.inputs.multilabel import read_indicators

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tables import Table

__all__ = ["cluster_codes", "is_name", "read_rows", "read_target", "read_weight"]

_NUMBERS = "biuf"


def is_name(given: Any) -> bool:
    """Whether a column is meant: text, or a number, as pandas and NumPy may call theirs."""
    return isinstance(given, (str, int)) and not isinstance(given, bool)


def read_rows(given: Any, table: Table | None, rows: int | None, what: str) -> NDArray[Any]:
    """The named column or the array, copied, with as many values as there are rows."""
    if is_name(given):
        if table is None:
            msg = f"{what} is the name {given!r}, but no table was given; give table= or an array"
            raise UsageError(msg)
        values = table.column(given)
    else:
        values = array_of(given, what)
    if rows is not None and len(values) != rows:
        msg = f"{what} has {len(values)} values for {rows} rows"
        raise UsageError(msg)
    return np.array(values)


def read_target(given: Any, table: Table | None) -> NDArray[Any]:
    """Labels or numbers without a gap; text as Python objects; several labels a row as a matrix of 0 and 1."""
    several = read_indicators(given, table)
    if several is not None:
        return several
    what = f"target {given!r}" if is_name(given) else "the target"
    values = read_rows(given, table, None if table is None else table.rows, what)
    if not len(values):
        msg = f"{what} is empty; nothing can be tested on it"
        raise UsageError(msg)
    _refuse_missing(values, what, "drop these rows or see why they have no label")
    if values.dtype.kind in "US":
        return values.astype(object)
    if values.dtype.kind in "mMcV":
        msg = f"{what} is of type {values.dtype}; a target holds labels or numbers"
        raise UsageError(msg)
    return _one_kind(values, what) if values.dtype == object else values


def read_weight(given: Any, table: Table | None, rows: int) -> NDArray[np.float64]:
    """Finite weights, none negative, not all zero."""
    what = f"weight {given!r}" if is_name(given) else "weight"
    values = read_rows(given, table, rows, what)
    if values.dtype.kind not in _NUMBERS:
        msg = f"{what} is of type {values.dtype}; weights are numbers"
        raise UsageError(msg)
    weights = values.astype(np.float64)
    bad = ~np.isfinite(weights) | (weights < 0)
    if bad.any():
        first = int(np.argmax(bad))
        msg = (
            f"{what} has {int(bad.sum())} values that are negative or not finite, first {weights[first]} in row {first}"
        )
        raise UsageError(msg)
    if not weights.any():
        msg = f"{what} is 0 in all {rows} rows; at least one row must count"
        raise UsageError(msg)
    return weights


def cluster_codes(given: Any, table: Table | None, rows: int) -> NDArray[np.int64]:
    """A number from 0 for each cluster, in the order of first appearance."""
    what = f"cluster {given!r}" if is_name(given) else "cluster"
    values = read_rows(given, table, rows, what)
    _refuse_missing(values, what, "give each row without a cluster one of its own")
    if values.dtype == object:
        first: dict[Any, int] = {}
        return np.fromiter((first.setdefault(value, len(first)) for value in values), dtype=np.int64, count=rows)
    _, start, codes = np.unique(values, return_index=True, return_inverse=True)
    rank = np.empty(len(start), dtype=np.int64)
    rank[np.argsort(start)] = np.arange(len(start))
    return rank[codes]


def _refuse_missing(values: NDArray[Any], what: str, advice: str) -> None:
    missing = missing_in(values)
    if missing.any():
        count, first = int(missing.sum()), int(np.argmax(missing))
        msg = f"{what} is missing in {count} of {len(values)} rows, first in row {first}; {advice}"
        raise UsageError(msg)


def _one_kind(values: NDArray[Any], what: str) -> NDArray[Any]:
    """Objects of one kind; whole numbers and truth values become arrays of their own type."""
    given = values.tolist()
    if set(map(type, given)) == {str}:
        return values
    kinds = {_kind(value): at for at, value in reversed(list(enumerate(given)))}
    if len(kinds) > 1:
        (first, a), (second, b) = sorted(kinds.items(), key=lambda item: item[1])[:2]
        msg = f"{what} mixes types: {first} (first in row {a}) and {second} (first in row {b}); convert it to one type"
        raise UsageError(msg)
    kind = next(iter(kinds))
    if kind == "number":
        return np.asarray(values.tolist())
    return values.astype(bool) if kind == "bool" else values


def _kind(value: Any) -> str:
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if isinstance(value, (int, float, np.number)):
        return "number"
    if isinstance(value, (list, dict, set, np.ndarray)):
        msg = f"a target holds one label a row, got a {type(value).__name__}"
        raise UsageError(msg)
    return "str" if isinstance(value, str) else type(value).__name__
