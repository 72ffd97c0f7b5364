"""Which engine a pandera schema is written for, and the table as a frame of that engine."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["as_engine", "engine_of", "schema_object"]

_FINENESS = {"s": 0, "ms": 1, "us": 2, "ns": 3}


def engine_of(schema: Any) -> str:
    """``"pandas"`` or ``"polars"``, read off the class without importing pandera."""
    kind = schema if isinstance(schema, type) else type(schema)
    for base in kind.__mro__:
        layers = base.__module__.split(".")
        if layers[0] == "pandera" and base.__name__ in ("DataFrameSchema", "DataFrameModel"):
            for engine in ("pandas", "polars"):
                if engine in layers:
                    return engine
    raise UsageError(
        f"assert_schema(schema=): got {_called(schema, kind)}; give a pandera DataFrameSchema or DataFrameModel for "
        "pandas (import pandera.pandas) or for Polars (import pandera.polars)"
    )


def _called(schema: Any, kind: type) -> str:
    noun = "the class" if isinstance(schema, type) else "a"
    return f"{noun} {kind.__module__.partition('.')[0]} {kind.__qualname__}"


def schema_object(schema: Any) -> Any:
    """The ``DataFrameSchema`` of a model class, or the schema itself."""
    if not isinstance(schema, type):
        return schema
    try:
        return schema.to_schema()  # type: ignore[attr-defined]
    except Exception as error:
        raise UsageError(f"the pandera model {schema.__name__} has no valid schema: {error}") from error


def as_engine(table: Table, engine: str, schema: Any) -> tuple[Any, str | None]:
    """The table as a pandas or Polars frame, and the flag that says from what it was converted."""
    source = "numpy" if table.is_array else table.frame.implementation.value
    if source == engine:
        return table.native, None
    frame = _as_polars(table)
    converted = _typed_where_empty(frame, schema) if engine == "polars" else _as_pandas(frame, schema)
    return converted, f"converted_{source}_to_{engine}"


def _as_polars(table: Table) -> Any:
    frame = table.frame
    try:
        return frame.to_polars()
    except Exception as error:
        at = ", ".join(repr(name) for name in frame.columns if not _converts(frame, name)) or "some columns"
        raise UsageError(
            f"{table.name}: {at} cannot be turned into Polars ({type(error).__name__}: values of several types?); "
            "give each column one type, or a schema for the table's own engine"
        ) from error


def _typed_where_empty(frame: Any, schema: Any) -> Any:
    """A column of objects without a single value has no type of its own: it takes the one that the schema names."""
    import polars as pl

    wished = {name: column.dtype.type for name, column in schema.columns.items() if column.dtype is not None}
    empty = [
        name
        for name, kind in frame.schema.items()
        if kind in (pl.String, pl.Null, pl.Object) and name in wished and frame[name].null_count() == frame.height
    ]
    return frame.with_columns(pl.lit(None, wished[name]).alias(name) for name in empty)


def _converts(frame: Any, name: str) -> bool:
    try:
        frame.select(name).to_polars()
    except Exception:  # noqa: BLE001  the caller names the column and raises from the first error
        return False
    return True


def _as_pandas(frame: Any, schema: Any) -> Any:
    # The schema is one for pandas, so its writer has imported pandas already.
    pandas = sys.modules["pandas"]
    wished = {name: column.dtype.type for name, column in schema.columns.items() if column.dtype is not None}
    columns = {name: _in_form(_pandas_series(frame[name], pandas), wished.get(name), pandas) for name in frame.columns}
    return pandas.DataFrame(columns)


def _pandas_series(series: Any, pandas: Any) -> Any:
    """Whole numbers and truth values with nulls stay what they are: ``to_pandas`` would make them floats or objects."""
    import polars as pl

    boolean = series.dtype == pl.Boolean
    if series.null_count() and (series.dtype.is_integer() or boolean):
        filled = np.array(series.fill_null(False if boolean else 0).to_numpy())
        array = (pandas.arrays.BooleanArray if boolean else pandas.arrays.IntegerArray)(
            filled, np.array(series.is_null().to_numpy())
        )
        return pandas.Series(array, name=series.name)
    return series.to_pandas()


def _in_form(series: Any, wished: Any, pandas: Any) -> Any:
    """One type has several forms in pandas (int64, Int64, int64[pyarrow]): the one that the schema names."""
    if wished is None or series.dtype == wished:
        return series
    try:
        return series.astype(wished) if _same_type(series, pandas.Series([], dtype=wished)) else series
    except (TypeError, ValueError, OverflowError):
        # No form of pandas, or no room in it (nulls in int64): the types rule will say so.
        return series


def _same_type(got: Any, demanded: Any) -> bool:
    import narwhals as nw

    old, new = (nw.from_native(series, series_only=True).dtype for series in (got, demanded))
    if isinstance(old, nw.Datetime) and isinstance(new, nw.Datetime):
        return _FINENESS[new.time_unit] >= _FINENESS[old.time_unit] and new.time_zone == old.time_zone
    return bool(old == new)
