"""Part of `assert_robust`: cells of a table of any engine, read and replaced with their column's type kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tables import Table

__all__ = ["Cells", "cells_of", "is_number", "is_text", "with_cells", "without_cells"]


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One column, and where it has a value."""

    values: NDArray[Any]
    known: NDArray[np.bool_]

    def numbers(self) -> NDArray[np.float64]:
        """As floats, NaN where there is no value."""
        if self.values.dtype.kind != "O":
            return self.values.astype(np.float64)
        return np.array([np.nan if value is None else float(value) for value in self.values.tolist()])


def cells_of(table: Table, name: str) -> Cells:
    """The cells of a column."""
    return Cells(table.column(name), ~table.nulls(name))


def is_number(table: Table, name: str) -> bool:
    """Whether the column holds whole numbers or floats, rather than flags, times or codes that are text."""
    if table.is_array:
        values = table.column(name)
        return values.dtype.kind in "iuf" or (values.dtype.kind == "O" and _only(values, (int, float, np.number)))
    kind = table.series(name).dtype
    return bool(kind.is_integer() or kind.is_float())


def is_text(table: Table, name: str) -> bool:
    """Whether the column holds text; declared categories are none, they cannot be mistyped."""
    import narwhals as nw

    if table.is_array:
        values = table.column(name)
        return values.dtype.kind == "U" or (values.dtype.kind == "O" and _only(values, (str,)))
    kind = table.series(name).dtype
    return bool(kind == nw.String or (kind == nw.Object and _only(table.column(name), (str,))))


def _only(values: NDArray[Any], kinds: tuple[type, ...]) -> bool:
    known = [value for value in values.tolist() if value is not None]
    return bool(known) and all(isinstance(value, kinds) and not isinstance(value, bool) for value in known)


def with_cells(table: Table, changed: Mapping[str, NDArray[Any]]) -> Any:
    """The table with other values in these columns; cells that are missing stay so, and types too if they can."""
    if table.is_array:
        return _array_with(table, changed)
    import narwhals as nw

    frame = table.frame
    made = []
    for name, values in changed.items():
        own = table.series(name)
        apart = _apart(table, name, values)
        if not apart.any():
            continue
        kind = own.dtype if not own.dtype.is_integer() or _fits(own, values[apart]) else nw.Float64()
        # the others' places are taken by one of the new values, which every type of the column can hold
        filled = np.where(apart, values, values[apart][0])
        if kind.is_integer():
            filled = filled.astype(np.int64)
        new = nw.new_series(own.name, filled.tolist(), kind, backend=frame.implementation)
        mask = nw.new_series("apart", apart.tolist(), nw.Boolean(), backend=frame.implementation)
        old = own if kind == own.dtype else own.cast(kind)
        made.append(_beside(new, own).zip_with(_beside(mask, own), old).alias(own.name))
    return (frame.with_columns(*made) if made else frame).to_native()


def without_cells(table: Table, gone: Mapping[str, NDArray[np.bool_]]) -> Any:
    """The table with these cells missing: null, or NaN where the engine has no null for a type."""
    if table.is_array:
        kind = table.native.dtype
        array = table.native.astype({"f": kind, "U": object, "O": object}.get(kind.kind, np.float64), copy=True)
        for name, mask in gone.items():
            array[mask, table.label(name)] = None if array.dtype.kind == "O" else np.nan
        return array
    import narwhals as nw

    frame = table.frame
    made = []
    for name, mask in gone.items():
        own = table.series(name)
        kept = nw.new_series("kept", (~mask).tolist(), nw.Boolean(), backend=frame.implementation)
        made.append(frame.select(nw.when(_beside(kept, own)).then(own).alias(own.name)).get_column(own.name))
    return frame.with_columns(*made).to_native()


def _beside(new: Any, own: Any) -> Any:
    """A new series under the row labels of the column, where the engine has such labels."""
    import narwhals as nw

    labels = getattr(own.to_native(), "index", None)
    if labels is None or not own.implementation.is_pandas_like():
        return new
    native = new.to_native()
    native.index = labels
    return nw.from_native(native, series_only=True)


def _apart(table: Table, name: str, values: NDArray[Any]) -> NDArray[np.bool_]:
    cells = cells_of(table, name)
    old = cells.numbers() if values.dtype.kind == "f" else cells.values
    return np.asarray(cells.known & np.asarray(old != values, dtype=bool))


def _fits(own: Any, values: NDArray[Any]) -> bool:
    """Whether the numbers are whole ones that the column's type can hold."""
    import narwhals as nw

    bits = {nw.Int8: 7, nw.Int16: 15, nw.Int32: 31, nw.UInt8: 8, nw.UInt16: 16, nw.UInt32: 32}
    most = 2.0 ** next((number for kind, number in bits.items() if own.dtype == kind), 53)
    return bool((values == np.round(values)).all() and (np.abs(values) < most).all())


def _array_with(table: Table, changed: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    array: NDArray[Any] = table.native.copy()
    apart = {name: _apart(table, name, values) for name, values in changed.items()}
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.dtype.kind in "iu":
        limits = np.iinfo(array.dtype)
        new = np.concatenate([values[apart[name]] for name, values in changed.items()])
        if ((new != np.round(new)) | (new < limits.min) | (new > limits.max)).any():
            array = array.astype(np.float64)
    for name, values in changed.items():
        array[apart[name], table.label(name)] = values[apart[name]]
    return array
