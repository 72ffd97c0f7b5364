"""A column as small whole numbers, one for each value, and what each value is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in
from mltest.inputs.slices_cuts import QUARTERS, cut, edges_of, is_measured, range_labels
from mltest.inputs.texts import coded_text, smallest
from mltest.quoted import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tables import Table

__all__ = ["NULL", "Coded", "coded_column"]

NULL = "<null>"
Coded = tuple["NDArray[Any]", list[str]]
"""Codes of the rows, and the name of each code; a missing value has the last code."""


def coded_column(
    table: Table, name: str, parts: int | None, reference: Table | None
) -> tuple[Coded, tuple[str, ...] | None]:
    """The codes and names of a column's values; for one that is cut also the names that the reference has.

    Parameters
    ----------
    table : Table
        Where the column is.
    name : str
        The column.
    parts : int or None
        How many parts numbers are cut into; by itself only a column of measurements is cut, into four.
    reference : Table or None
        The rows whose quantiles the cuts are; those of ``table`` itself by default.
    """
    text = None if parts else _of_text(table, name)
    if text is not None:
        return text, None
    column = table.column(name)
    missing = missing_in(column)
    if parts or is_measured(column, missing):
        return _cut(column, missing, name, parts or QUARTERS, None if reference is None else reference.column(name))
    return _of_values(column, missing, name), None


def _of_text(table: Table, name: str) -> Coded | None:
    if table.is_array:
        return None
    text = table.few(name) or coded_text(table.series(name))
    return None if text is None else (text.codes, [*text.values, NULL] if text.gaps else list(text.values))


def _cut(
    column: NDArray[Any], missing: NDArray[np.bool_], name: str, parts: int, reference: NDArray[Any] | None
) -> tuple[Coded, tuple[str, ...]]:
    where = f"by={name!r}"
    edges = edges_of(column if reference is None else reference, parts, where)
    if column.dtype.kind not in "iuf":
        edges_of(column, parts, where)  # says that only numbers can be cut
    codes, names = cut(column, edges), range_labels(edges)
    known: tuple[str, ...] = ()
    if reference is not None:
        there = np.bincount(cut(reference[~missing_in(reference)], edges), minlength=len(names))
        known = tuple(label for label, rows in zip(names, there.tolist(), strict=True) if rows)
    return _with_missing(codes, names, missing), known


def _with_missing(codes: NDArray[Any], names: list[str], missing: NDArray[np.bool_]) -> Coded:
    if not missing.any():
        return smallest(codes, len(names)), names
    return smallest(np.where(missing, len(names), codes), len(names) + 1), [*names, NULL]


def _of_values(column: NDArray[Any], missing: NDArray[np.bool_], name: str) -> Coded:
    present = column[~missing] if missing.any() else column
    values, own = _of_objects(present, name) if column.dtype == object else _of_array(present)
    codes = own
    if missing.any():
        codes = np.zeros(len(column), dtype=np.intp)
        codes[~missing] = own
    return _with_missing(codes, _texts(values), missing)


def _of_array(present: NDArray[Any]) -> tuple[list[Any], NDArray[Any]]:
    if present.dtype.kind in "iu" and len(present):
        low, high = int(present.min()), int(present.max())
        if high - low <= len(present):
            return _of_near_integers(present, low)
    values, codes = np.unique(present, return_inverse=True)
    return (values + 0).tolist() if values.dtype.kind == "f" else list(values), codes


def _of_near_integers(present: NDArray[Any], low: int) -> tuple[list[Any], NDArray[Any]]:
    """Whole numbers close to each other: counted instead of sorted."""
    shifted = (present - present.dtype.type(low)).astype(np.intp)
    used = np.bincount(shifted) > 0
    return (np.flatnonzero(used) + low).tolist(), (np.cumsum(used) - 1)[shifted]


def _of_objects(present: NDArray[Any], name: str) -> tuple[list[Any], NDArray[Any]]:
    given = present.tolist()
    try:
        distinct = set(given)
    except TypeError as error:
        first = quoted(repr(given[0]))
        msg = f"by={name!r}: the column holds values such as {first} that cannot be told apart; give text or numbers"
        raise UsageError(msg) from error
    values = sorted(
        distinct, key=lambda value: ("", value) if isinstance(value, str) else (type(value).__name__, str(value))
    )
    at = {value: code for code, value in enumerate(values)}
    return values, np.fromiter((at[value] for value in given), dtype=np.int64, count=len(given))


def _texts(values: list[Any]) -> list[str]:
    texts = [_text(value) for value in values]
    return texts if len(set(texts)) == len(texts) else [repr(value) for value in values]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
