"""The bytes that stand for a column in a ``table-v2`` digest: the same from every engine, never a text rendering.

A column is a logical type, one byte that says whether values are missing, then a bit a row where they are, then
the values. Numbers are little-endian; -0.0 counts as 0.0; NaN and null of a float column are one and the same, since
pandas cannot tell them apart. Text of at most 255 values is these in order, then a byte a row; other text is the
byte lengths, then UTF-8. Times are whole seconds, then nanoseconds, so that the unit does not matter; objects of
Python are read as what they all are, else tagged one by one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from mltest.errors import UsageError
from mltest.inputs.columns import missing_in, missing_values, values_of
from mltest.inputs.tagged import tagged
from mltest.inputs.texts import FEW, TextCodes, coded_polars, is_text

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["encoded_array", "encoded_series"]

_BLOCK = 131_072
_TEXT_BLOCK = 2**23
Buffer = bytes | memoryview
Encoded = tuple[str, Iterator[Buffer]]
_ONE_TYPE: dict[type, str] = {bool: "bool", int: "int64", bytes: "binary", Decimal: "decimal"}
_PYTHON = (bool, int, float, str, bytes, Decimal)
_INT64 = 2**63


def encoded_series(series: nw.Series[Any], where: str, few: TextCodes | None) -> Encoded:
    """Logical type and bytes of a dataframe's column; ``few`` where it is text and has been coded."""
    kind = series.dtype
    if is_text(series):
        name = "string" if kind == nw.String else "categorical"
        text = few or _text_of(series)
        return _text(name, text) if text is not None else _objects(values_of(series), where)
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
    return array.dtype.name, _after_gaps(missing, iter([_little(array)]))


def _float_blocks(array: NDArray[Any]) -> Iterator[Buffer]:
    nan = array.dtype.type(np.nan)
    for start in range(0, len(array), _BLOCK):
        block = array[start : start + _BLOCK] + array.dtype.type(0)  # turns -0.0 into 0.0 and makes a copy
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
    there = array[~missing].tolist()
    kinds = _python_types(there)
    if not kinds:
        return "null", iter(())
    kind = kinds.pop() if len(kinds) == 1 else object
    if kind is str:
        text = _polars_text(array.tolist())
        return _text("string", coded_polars(text, FEW) or text)
    if kind is date:
        return _times(array.astype("datetime64[D]"), nw.Date, None)
    if kind is float:
        return encoded_array(array.astype(np.float64), where)
    if kind is bool or (kind is int and all(-_INT64 <= value < _INT64 for value in there)):
        array[missing] = 0
        return _numbers(array.astype(_ONE_TYPE[kind]), missing)
    return _ONE_TYPE.get(kind, "object"), _after_gaps(missing, _tagged(array, missing, where))


def _polars_text(values: list[Any]) -> pl.Series:
    import polars as pl

    # Polars keeps UTF-8: a lone surrogate, which no file can hold, counts as the replacement character.
    try:
        return pl.Series(values=values, dtype=pl.String)
    except UnicodeEncodeError:
        sound = [value and value.encode("utf-8", "replace").decode() for value in values]
        return pl.Series(values=sound, dtype=pl.String)


def _tagged(array: NDArray[Any], missing: NDArray[np.bool_], where: str) -> Iterator[Buffer]:
    for at in np.flatnonzero(~missing).tolist():
        yield tagged(array[at], f"{where}, row {at}")


def _text_of(series: nw.Series[Any]) -> pl.Series | None:
    """The text as a Polars series, without a Python object a row; None where the engine has objects."""
    import polars as pl

    native = series.to_native()
    if series.implementation.is_polars():
        text: pl.Series = native.cast(pl.String)
        return text
    if hasattr(native, "cat"):
        categories = pl.Series(values=[str(value) for value in native.cat.categories], dtype=pl.String)
        codes = pl.Series(values=native.cat.codes.to_numpy().astype(np.int64))
        return categories.gather(codes.replace(-1, None))
    if "pyarrow" in sys.modules:
        # refused are a lone surrogate, and objects of which only the first are text
        with suppress(TypeError, ValueError):
            arrow = pl.Series(series.to_arrow())
            return arrow.cast(pl.String) if arrow.dtype in (pl.String, pl.Categorical) else None
    return None


def _text(name: str, text: TextCodes | pl.Series) -> Encoded:
    if not isinstance(text, TextCodes):
        return name, _after_gaps(text.is_null().to_numpy(), _text_blocks(text))
    return (f"{name} of few values", _few_values(text)) if text.values else ("null", iter(()))


def _few_values(text: TextCodes) -> Iterator[Buffer]:
    words = [value.encode() for value in text.values]
    yield _little(np.array([len(words), *map(len, words)], dtype=np.uint32))
    yield b"".join(words)
    yield _little(text.codes)


def _text_blocks(text: pl.Series) -> Iterator[Buffer]:
    lengths = text.str.len_bytes().fill_null(0).to_numpy()
    lengths = lengths.astype(np.min_scalar_type(int(lengths.max())))
    yield bytes([lengths.itemsize])
    yield _little(lengths)
    step = max(1, _TEXT_BLOCK * len(text) // max(1, int(lengths.sum(dtype=np.int64))))
    for start in range(0, len(text), step):
        yield (text[start : start + step].str.join("").item() or "").encode()


def _after_gaps(missing: NDArray[np.bool_], values: Iterator[Buffer]) -> Iterator[Buffer]:
    """The byte that says whether values are missing, and the bits that say where."""
    some = bool(missing.any())
    yield bytes([some])
    if some:
        yield np.packbits(missing).data
    yield from values


def _little(array: NDArray[Any]) -> memoryview:
    """The array's own memory where it is little-endian and in one piece already."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<")).view(np.uint8).data


def _python_types(values: list[Any]) -> set[type]:
    """What the values are to Python, whatever they are subclasses of; NumPy's own are looked at one by one."""
    kinds = set(map(type, values))
    if any(issubclass(kind, np.generic) for kind in kinds):
        kinds = {type(value.item()) if isinstance(value, np.generic) else type(value) for value in values}
    return {next((kind for kind in _PYTHON if issubclass(given, kind)), given) for given in kinds}
