"""Any table a user hands in, read without changing it and without copying it whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np
from narwhals.exceptions import DuplicateError

from mltest.errors import UsageError, nearest
from mltest.inputs.columns import missing_in, missing_values, values_of
from mltest.inputs.texts import FEW, TextCodes, coded_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Table", "read", "rows_of_index"]

_SHOWN = 3
_MATRIX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A table with rows and distinct column names; ``native`` is of the caller's engine."""

    native: Any
    name: str
    labels: tuple[Any, ...]
    rows: int
    is_array: bool
    _few: dict[str, TextCodes | None] = field(default_factory=dict, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The column names as text; the columns of a NumPy array are "0", "1", ..."""
        return tuple(str(label) for label in self.labels)

    @property
    def frame(self) -> nw.DataFrame[Any]:
        """The table as a Narwhals frame; a NumPy array becomes a Polars one."""
        if self.is_array:
            return nw.from_dict({name: self.column(name) for name in self.names}, backend="polars")
        frame: nw.DataFrame[Any] = nw.from_native(self.native, eager_only=True)
        return frame

    def __contains__(self, name: object) -> bool:
        return str(name) in self.names

    def label(self, name: object) -> Any:
        """What the caller's table calls the column, or an error that names the nearest one."""
        text = str(name)
        names = self.names
        if text in names:
            return self.labels[names.index(text)]
        msg = f"{self.name} has no column {text!r}{nearest(text, names)} ({listed(names)})"
        raise UsageError(msg)

    def series(self, name: object) -> nw.Series[Any]:
        """The column as a Narwhals series (tables other than arrays)."""
        return self.frame.get_column(self.label(name))

    def column(self, name: object) -> NDArray[Any]:
        """The column as a read-only array: NaN, NaT or None where a value is missing."""
        label = self.label(name)
        values = self.native[:, label] if self.is_array else values_of(self.frame.get_column(label))
        view: NDArray[Any] = values.view()
        view.flags.writeable = False
        return view

    def few(self, name: object) -> TextCodes | None:
        """A text column of at most 255 values as codes, made once: slices and digests both ask. None for others."""
        if self.is_array:
            return None
        text = str(name)
        if text not in self._few:
            self._few[text] = coded_text(self.series(name), FEW)
        return self._few[text]

    def nulls(self, name: object) -> NDArray[np.bool_]:
        """Where the column is null or NaN."""
        label = self.label(name)
        return missing_in(self.native[:, label]) if self.is_array else missing_values(self.frame.get_column(label))

    def select(self, names: Iterable[object]) -> Any:
        """These columns as an object of the caller's engine that a model may change without harm."""
        labels = [self.label(name) for name in names]
        if self.is_array:
            return self.native[:, labels]
        if _is_pandas_like(self.frame):
            return _own(self.native if tuple(labels) == self.labels else self.native[labels])
        return self.frame.select(labels).to_native()

    def take(self, index: NDArray[Any] | Sequence[int]) -> Table:
        """The rows of a mask or an index, in its order."""
        rows = rows_of_index(index, self.rows)
        native = self.native[rows] if self.is_array else self.frame[rows, :].to_native()
        return Table(native=native, name=self.name, labels=self.labels, rows=len(rows), is_array=self.is_array)

    def snapshot(self) -> Table:
        """The same table, out of reach of later in-place changes."""
        native = self.native.copy() if self.is_array else self.select(self.names)
        return Table(native=native, name=self.name, labels=self.labels, rows=self.rows, is_array=self.is_array)


def read(data: Any, name: str = "data") -> Table:
    """Read a dataframe of any engine or a two-dimensional NumPy array; a lazy table is collected once.

    Raises ``UsageError`` for what is no table, for one without rows or columns and for duplicate names.
    """
    if isinstance(data, Table):
        return data
    table = _array(data, name) if isinstance(data, np.ndarray) else _frame(data, name)
    if not table.labels:
        msg = f"{name} has no columns"
        raise UsageError(msg)
    if not table.rows:
        msg = f"{name} has no rows ({listed(table.names)}); see where its rows were lost: nothing can be tested on it"
        raise UsageError(msg)
    return table


def rows_of_index(index: Any, rows: int) -> NDArray[np.intp]:
    """A mask or an index of rows as whole numbers within the table."""
    array = np.asarray(index)
    if array.dtype == bool:
        if array.shape != (rows,):
            msg = f"the mask has shape {array.shape}, the table has {rows} rows"
            raise UsageError(msg)
        return np.flatnonzero(array)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        msg = f"rows are taken by a mask or by whole numbers, got shape {array.shape} of {array.dtype}"
        raise UsageError(msg)
    if array.size and (int(array.min()) < -rows or int(array.max()) >= rows):
        msg = f"row {int(array.max())} was asked for, the table has {rows} rows (0 to {rows - 1})"
        raise UsageError(msg)
    return array.astype(np.intp)


def listed(names: Sequence[str]) -> str:
    """``18 columns: age, region, tenure, ...``."""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"{len(names)} column{'s' * (len(names) != 1)}: {shown}"


def _array(data: NDArray[Any], name: str) -> Table:
    if data.ndim != _MATRIX:
        msg = f"{name} is an array of shape {data.shape}; a table has two dimensions, rows and columns"
        raise UsageError(msg)
    # np.matrix and np.ma would keep two dimensions where a column is asked for
    return Table(
        native=np.asarray(data), name=name, labels=tuple(range(data.shape[1])), rows=data.shape[0], is_array=True
    )


def _frame(data: Any, name: str) -> Table:
    try:
        frame = nw.from_native(data)
    except DuplicateError as error:
        raise _duplicates(data, name) from error
    except TypeError as error:
        msg = (
            f"{name} is a {type(data).__module__.partition('.')[0]} {type(data).__name__}, not a table; "
            "give a pandas, Polars or PyArrow table, a two-dimensional NumPy array, or what else Narwhals knows"
        )
        raise UsageError(msg) from error
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    labels = tuple(eager.columns)
    if len({str(label) for label in labels}) < len(labels):
        raise _duplicates(data, name)
    return Table(native=eager.to_native(), name=name, labels=labels, rows=len(eager), is_array=False)


def _duplicates(data: Any, name: str) -> UsageError:
    names = [str(label) for label in getattr(data, "column_names", getattr(data, "columns", ()))]
    twice = sorted({label for label in names if names.count(label) > 1})
    counts = ", ".join(f"{label!r} {names.count(label)} times" for label in twice[:_SHOWN])
    return UsageError(f"{name} has columns of the same name: {counts}; rename them, a check must know which is meant")


def _is_pandas_like(frame: nw.DataFrame[Any]) -> bool:
    return bool(frame.implementation.is_pandas_like())


def _own(native: Any) -> Any:
    """A pandas table whose changes reach nobody else: free of cost where pandas copies on write."""
    version = getattr(nw.get_native_namespace(native), "__version__", "0")
    return native.copy(deep=int(version.partition(".")[0]) < 3)
