"""A table as text and back: which columns a text format can hold, and how the others are put beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.inputs.columns import missing_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.inputs.tables import Table

__all__ = ["engine_of", "renamed", "textual", "with_columns_of"]

_HELD = {
    "Float32",
    "Float64",
    "Boolean",
    "String",
    *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)),
}
_HELD_CELLS = (str, bool, int, float, np.bool_, np.integer, np.floating)


def engine_of(table: Table) -> str:
    """``numpy``, ``polars``, ``pyarrow``, or ``pandas`` for everything that is used like it."""
    if table.is_array:
        return "numpy"
    implementation = table.frame.implementation
    if implementation.is_polars():
        return "polars"
    return "pyarrow" if implementation.is_pyarrow() else "pandas"


def textual(table: Table) -> list[Any]:
    """The columns of numbers, text and truth values.

    Times, categories, decimals, lists and columns without any value have no form of their own in JSON or CSV:
    a service declares their types to read them, and mltest hands them on as they are.
    """
    return [label for label in table.labels if _is_textual(table, label)]


def _is_textual(table: Table, label: Any) -> bool:
    if bool(table.nulls(label).all()):
        return False
    kind = str(table.native.dtype) if table.is_array else str(table.series(label).dtype)
    if table.is_array and kind != "object":
        return np.dtype(kind).kind in "biufU"
    if kind.lower() != "object":
        return kind in _HELD
    cells = np.asarray(table.column(label), dtype=object)
    return all(isinstance(cell, _HELD_CELLS) for cell in cells[~missing_in(cells)])


def with_columns_of(table: Table, rewritten: Any, labels: list[Any]) -> Any:
    """The caller's kind of table: ``labels`` out of the rewritten table, the others as they were, in the old order."""
    put: dict[str, Callable[[Table, Any, list[Any]], Any]] = {
        "polars": lambda old, new, _: old.native.with_columns(new.get_columns()),
        "pyarrow": _put_arrow,
        "pandas": _put_pandas,
    }
    return put[engine_of(table)](table, rewritten, labels)


def renamed(table: Table, labels: list[Any]) -> Any:
    """A pandas table of these columns, their names as text, without its index: what a file can hold."""
    return table.select(labels).set_axis([str(label) for label in labels], axis=1)


def _put_arrow(table: Table, rewritten: Any, labels: list[Any]) -> Any:
    columns = [(rewritten if label in labels else table.native).column(label) for label in table.labels]
    return type(table.native).from_arrays(columns, names=list(table.labels))


def _put_pandas(table: Table, rewritten: Any, labels: list[Any]) -> Any:
    """By position, since a file gives the rows a new index."""
    out = rewritten.set_axis(labels, axis=1)
    for at, label in enumerate(table.labels):
        if label not in labels:
            out.insert(at, label, table.native[label].array)
    return out[list(table.labels)]
