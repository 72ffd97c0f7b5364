"""The bytes that stand for a column in a ``table-v1`` digest: the same from every engine, never a text rendering.

A column is a logical type and blocks of 32 768 rows. Where values are missing, each block opens with a bit a
row. Numbers are little-endian; -0.0 counts as 0.0; NaN and null of a float column are one and the same, since
pandas cannot tell them apart. Text is byte lengths, then UTF-8. Times are whole seconds, then nanoseconds, so
that the unit does not matter; objects of Python are read as what they all are, else tagged one by one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in, missing_values, values_of
from mltest.inputs.tagged import tagged

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["encoded_array", "encoded_series"]

BLOCK = 32_768
Buffer = bytes | memoryview
Encoded = tuple[str, Iterator[Buffer]]
_ONE_TYPE: dict[type, str] = {bool: "bool", int: "int64", bytes: "binary", Decimal: "decimal"}
_INT64 = 2**63


def encoded_series(series: nw.Series[Any], where: str) -> Encoded:
    """Logical type and blocks of a dataframe's column."""
    kind = series.dtype
    if kind in {nw.String, nw.Categorical, nw.Enum}:
        text = _text_of(series)
        if text.null_count() == len(text):
            return "null", iter(())
        return ("string" if kind == nw.String else "categorical"), _text_blocks(text)
    if kind in {nw.Datetime, nw.Date, nw.Duration}:
        zone = getattr(kind, "time_zone", None)
        return _times(np.asarray(series.to_numpy()), kind, zone)
    if kind.is_float():
        return encoded_array(values_of(series), where)
    if kind.is_integer() or kind == nw.Boolean:
        missing = missing_values(series)
        plain = series.fill_null(False if kind == nw.Boolean else 0).to_numpy() if missing.any() else series.to_numpy()
        return _numbers(np.asarray(plain).astype(bool) if kind == nw.Boolean else np.asarray(plain), missing)
    return encoded_array(values_of(series), where)


def encoded_array(array: NDArray[Any], where: str) -> Encoded:
    """Logical type and blocks of a one-dimensional array."""
    kind = array.dtype.kind
    if kind == "f":
        return array.dtype.name, _float_blocks(array)
    if kind in "biu":
        return _numbers(array, np.zeros(len(array), dtype=bool))
    if kind in "mM":
        unit = np.datetime_data(array.dtype)[0]
        return _times(array, nw.Duration if kind == "m" else nw.Date if unit == "D" else nw.Datetime, None)
    if kind in "OUS":
        return _objects(array.astype(object), where)
    msg = f"{where} is of type {array.dtype}, which has no digest; convert it to numbers, text or times"
    raise UsageError(msg)


def _numbers(array: NDArray[Any], missing: NDArray[np.bool_]) -> Encoded:
    gaps = _gaps(missing)

    def blocks() -> Iterator[Buffer]:
        for part in _parts(len(array)):
            yield from gaps(part)
            yield _little(array[part])

    return array.dtype.name, blocks()


def _float_blocks(array: NDArray[Any]) -> Iterator[Buffer]:
    nan = array.dtype.type(np.nan)
    for part in _parts(len(array)):
        block = array[part] + array.dtype.type(0)  # turns -0.0 into 0.0 and makes a copy
        unknown = np.isnan(block)
        if unknown.any():
            block[unknown] = nan
        yield _little(block)


def _times(array: NDArray[Any], kind: Any, zone: str | None) -> Encoded:
    missing = missing_in(array)
    if kind == nw.Date:
        days = array.astype("datetime64[D]").astype(np.int64)
        return "date", _numbers(np.where(missing, 0, days).astype(np.int32), missing)[1]
    name = "duration" if kind == nw.Duration else "datetime" if zone is None else f"datetime[{zone}]"
    unit = np.datetime_data(array.dtype)[0]
    per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}.get(unit)
    whole = array if per_second else array.astype(f"{array.dtype.kind}8[s]")
    ticks = np.where(missing, 0, whole.astype(np.int64))
    seconds, rest = np.divmod(ticks, per_second or 1)
    nanos = (rest * (10**9 // (per_second or 1))).astype(np.uint32)
    pair = np.empty(len(ticks), dtype=[("seconds", "<i8"), ("nanos", "<u4")])
    pair["seconds"], pair["nanos"] = seconds, nanos
    return name, _numbers(pair, missing)[1]


def _objects(array: NDArray[Any], where: str) -> Encoded:
    missing = missing_in(array)
    array = array.copy()
    array[missing] = None
    kinds = {_python_type(value) for value in array[~missing].tolist()}
    if not kinds:
        return "null", iter(())
    kind = kinds.pop() if len(kinds) == 1 else object
    if kind is str:
        return "string", _text_blocks(_polars_text(array.tolist()))
    if kind is date:
        return _times(array.astype("datetime64[D]"), nw.Date, None)
    if kind is float:
        return encoded_array(array.astype(np.float64), where)
    if kind is bool or (kind is int and all(-_INT64 <= value < _INT64 for value in array[~missing])):
        array[missing] = 0
        return _numbers(array.astype(_ONE_TYPE[kind]), missing)
    return _ONE_TYPE.get(kind, "object"), _tagged_blocks(array, missing, where)


def _polars_text(values: list[Any]) -> pl.Series:
    import polars as pl

    # Polars keeps UTF-8: a lone surrogate, which no file can hold, counts as the replacement character.
    try:
        return pl.Series(values=values, dtype=pl.String)
    except UnicodeEncodeError:
        sound = [value and value.encode("utf-8", "replace").decode() for value in values]
        return pl.Series(values=sound, dtype=pl.String)


def _tagged_blocks(array: NDArray[Any], missing: NDArray[np.bool_], where: str) -> Iterator[Buffer]:
    gaps = _gaps(missing)
    for part in _parts(len(array)):
        yield from gaps(part)
        for at in range(part.start, min(part.stop, len(array))):
            if not missing[at]:
                yield tagged(array[at], f"{where}, row {at}")


def _text_of(series: nw.Series[Any]) -> pl.Series:
    """The text as a Polars series, without a Python object a row where the engine allows it."""
    import polars as pl

    native = series.to_native()
    if series.implementation.is_polars():
        text: pl.Series = native.cast(pl.String)
        return text
    if series.dtype == nw.Categorical and hasattr(native, "cat"):
        categories = pl.Series(values=[str(value) for value in native.cat.categories], dtype=pl.String)
        codes = pl.Series(values=native.cat.codes.to_numpy().astype(np.int64))
        return categories.gather(codes.replace(-1, None))
    if "pyarrow" in sys.modules:
        with suppress(UnicodeEncodeError):  # a lone surrogate: read as Python text below
            return pl.Series(series.to_arrow()).cast(pl.String)
    return _polars_text(values_of(series).tolist())


def _text_blocks(text: pl.Series) -> Iterator[Buffer]:
    gaps = _gaps(text.is_null().to_numpy())
    for part in _parts(len(text)):
        block = text[part]
        yield from gaps(part)
        yield _little(block.str.len_bytes().fill_null(0).to_numpy().astype(np.uint32))
        yield (block.str.join("").item() or "").encode()


def _parts(rows: int) -> Iterator[slice]:
    for start in range(0, rows, BLOCK):
        yield slice(start, start + BLOCK)


def _gaps(missing: NDArray[np.bool_]) -> Callable[[slice], Iterator[Buffer]]:
    """The bits that open each block, where a value is missing anywhere in the column."""
    some = bool(missing.any())

    def opening(part: slice) -> Iterator[Buffer]:
        if some:
            yield np.packbits(missing[part]).data

    return opening


def _little(array: NDArray[Any]) -> memoryview:
    """The array's own memory where it is little-endian and in one piece already."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).view(np.uint8).data


def _python_type(value: Any) -> type:
    if isinstance(value, np.generic):
        value = value.item()
    for kind in (bool, int, float, str, bytes, Decimal):
        if isinstance(value, kind):
            return kind
    return type(value)
