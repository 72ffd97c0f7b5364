"""The rows of a table by the values of one column, or of several crossed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in
from mltest.inputs.tables import Table, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["slices"]

_MOST_NUMBERS = 20
_NULL = "<null>"


def slices(table: Any, by: str | Sequence[str]) -> list[tuple[str, NDArray[np.intp]]]:
    """The label and the rows of each slice: ``region=north``, or ``region=north, tenure=3`` where crossed.

    Slices come in the order of their values, rows in the order of the table; missing values are a slice of
    their own, the last. Combinations that no row has are left out.
    """
    names = [by] if isinstance(by, str) else list(by)
    if not names or len(set(names)) < len(names):
        msg = f"by={by!r}: give a column name, or several different ones"
        raise UsageError(msg)
    if table is None:
        msg = f"by={by!r}: there is no table to take the column from; give table= to mltest.Evaluation"
        raise UsageError(msg)
    rows = read(table)
    codes = np.zeros(rows.rows, dtype=np.int64)
    labels = [""]
    for name in names:
        own, values = _coded(rows, name)
        codes, labels = _crossed(codes, labels, own, [f"{name}={value}" for value in values])
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    return list(zip(labels, np.split(order, starts[1:]), strict=True))


def _crossed(
    codes: NDArray[np.int64], labels: list[str], own: NDArray[np.int64], values: list[str]
) -> tuple[NDArray[np.int64], list[str]]:
    """Codes and labels of the combinations that occur."""
    found, crossed = np.unique(codes * len(values) + own, return_inverse=True)
    pairs = (divmod(int(pair), len(values)) for pair in found)
    return crossed.astype(np.int64), [", ".join(filter(None, (labels[a], values[b]))) for a, b in pairs]


def _coded(table: Table, name: str) -> tuple[NDArray[np.int64], list[str]]:
    """For each row the number of its value, and what each value is called; missing ones come last."""
    column = table.column(name)
    missing = missing_in(column)
    present = column[~missing]
    codes = np.empty(len(column), dtype=np.int64)
    values, codes[~missing] = _in_objects(present, name) if column.dtype == object else _in_array(present)
    _refuse_measurements(values, column, name)
    codes[missing] = len(values)
    return codes, [*_texts(values), *([_NULL] if missing.any() else [])]


def _in_array(present: NDArray[Any]) -> tuple[list[Any], NDArray[Any]]:
    values, codes = np.unique(present, return_inverse=True)
    return (values if values.dtype.kind in "mM" else values + 0).tolist() if values.dtype.kind == "f" else list(
        values
    ), codes


def _in_objects(present: NDArray[Any], name: str) -> tuple[list[Any], NDArray[Any]]:
    given = present.tolist()
    try:
        distinct = set(given)
    except TypeError as error:
        msg = (
            f"by={name!r}: the column holds values such as {given[0]!r} that cannot be told apart; give text or numbers"
        )
        raise UsageError(msg) from error
    values = sorted(
        distinct, key=lambda value: ("", value) if isinstance(value, str) else (type(value).__name__, str(value))
    )
    at = {value: code for code, value in enumerate(values)}
    return values, np.fromiter((at[value] for value in given), dtype=np.int64, count=len(given))


def _refuse_measurements(values: list[Any], column: NDArray[Any], name: str) -> None:
    if column.dtype.kind == "f" and len(values) > _MOST_NUMBERS and any(value % 1 for value in values):
        msg = (
            f"by={name!r}: the column has {len(values)} different numbers; cut it into at most "
            f"{_MOST_NUMBERS} ranges first, in a column of its own"
        )
        raise UsageError(msg)


def _texts(values: list[Any]) -> list[str]:
    texts = [_text(value) for value in values]
    return texts if len(set(texts)) == len(texts) else [repr(value) for value in values]


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
