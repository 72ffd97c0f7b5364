"""Columns of two splits brought to one exact form, so that equal values are equal whatever engine held them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["comparable", "pair_of_columns", "polars_column"]


def comparable(train: Table, test: Table, names: Sequence[str]) -> tuple[Any, Any]:
    """Two Polars frames of the same columns, called c0, c1, ..., and the same types."""
    import polars as pl

    pairs = [pair_of_columns(train, test, name) for name in names]
    return (
        pl.DataFrame({f"c{at}": pair[0] for at, pair in enumerate(pairs)}),
        pl.DataFrame({f"c{at}": pair[1] for at, pair in enumerate(pairs)}),
    )


def pair_of_columns(train: Table, test: Table, name: str) -> tuple[Any, Any]:
    """The column of both splits as Polars series of one type."""
    first, second = polars_column(train, name), polars_column(test, name)
    if first.dtype == second.dtype:
        return first, second
    kind = _shared_type(first.dtype, second.dtype, name, (train.name, test.name))
    return _cast(first, kind), _cast(second, kind)


def polars_column(table: Table, name: str) -> Any:
    """The column as a Polars series: NaN is null, -0.0 is 0.0, text is in normal form NFC."""
    import polars as pl

    series = _as_polars(table, name)
    if series.dtype == pl.Object:
        series = _tagged(table.column(name))
    elif series.dtype.is_float():
        series = series.fill_nan(None) + 0.0
    elif series.dtype in (pl.Categorical, pl.Enum):
        series = series.cast(pl.String)
    elif series.dtype.is_nested():
        series = pl.select(pl.struct(series.alias("v")).struct.json_encode()).to_series()
    if series.null_count() == len(series):
        # A column without a value has no type: engines name it differently.
        return pl.Series([None] * len(series), dtype=pl.Null)
    return series.str.normalize("NFC") if series.dtype == pl.String else series


def _as_polars(table: Table, name: str) -> Any:
    import polars as pl

    if table.is_array:
        values = table.column(name)
        return _tagged(values) if values.dtype.kind == "O" else pl.Series(np.array(values))
    try:
        return table.series(name).to_polars()
    except Exception:  # noqa: BLE001  values of several types, which no Arrow column holds: compared with their types
        return _tagged(table.column(name))


def _tagged(values: Any) -> Any:
    """Values of any types as text with their type in front; plain text stays as it is."""
    import polars as pl

    missing = missing_in(np.asarray(values))
    items = [None if gone else _tag(value) for value, gone in zip(values.tolist(), missing, strict=True)]
    return pl.Series(items, dtype=pl.String)


def _tag(value: Any) -> str:
    return value if isinstance(value, str) else f"{type(value).__name__}:{value!r}"


def _shared_type(first: Any, second: Any, name: str, tables: tuple[str, str]) -> Any:
    import polars as pl

    kinds = (first, second)
    if pl.Null in kinds:
        return second if first == pl.Null else first
    if all(kind.is_integer() for kind in kinds):
        return pl.Int128 if pl.UInt64 in kinds else pl.Int64
    if all(kind.is_numeric() for kind in kinds):
        return pl.Float64
    if all(isinstance(kind, pl.Datetime) or kind == pl.Date for kind in kinds):
        zones = {getattr(kind, "time_zone", None) for kind in kinds}
        if None not in zones or len(zones) == 1:
            units = {getattr(kind, "time_unit", "us") for kind in kinds}
            zone = None if None in zones else "UTC"
            return pl.Datetime("ns" if "ns" in units else "us", zone)
        raise UsageError(
            f"column {name!r} has a time zone in one table and none in the other ({tables[0]}: {first}, {tables[1]}: "
            f"{second}): their order is unknown; give both the same zone"
        )
    raise UsageError(
        f"column {name!r} is {first} in {tables[0]} and {second} in {tables[1]}: no row could be equal; "
        "read both tables with the same types"
    )


def _cast(series: Any, kind: Any) -> Any:
    import polars as pl

    zone = getattr(kind, "time_zone", None)
    if zone and isinstance(series.dtype, pl.Datetime):
        series = series.dt.convert_time_zone(zone)
    return series if series.dtype == kind else series.cast(kind)
