"""One column of any dataframe as a NumPy array that reads the same from every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from mltest.errors import UsageError
from mltest.quoted import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["array_of", "missing_in", "missing_values", "values_of"]

_EXACT_AS_FLOAT = 2**53
_NEVER_MISSING = {str, bytes, bool, int}


def missing_values(series: nw.Series[Any]) -> NDArray[np.bool_]:
    """Null or NaN: pandas cannot tell them apart, so neither does mltest."""
    null: NDArray[np.bool_] = np.array(series.is_null().to_numpy(), dtype=bool)
    if series.dtype.is_float():
        null |= np.isnan(_floats(series))
    if series.dtype == nw.Object:
        null |= missing_in(np.asarray(series.to_numpy()))
    return null


def values_of(series: nw.Series[Any]) -> NDArray[Any]:
    """Floats have NaN, times NaT and everything else None where a value is missing."""
    kind = series.dtype
    if kind.is_float():
        return _floats(series)
    missing = missing_values(series)
    if kind == nw.Boolean:
        flags = series.fill_null(value=False).to_numpy().astype(bool)
        return _with_none(flags, missing) if missing.any() else flags
    if kind.is_integer():
        return _integers(series, missing)
    if kind.is_temporal() and kind != nw.Time:
        return np.asarray(series.to_numpy())
    return _with_none(_objects(series), missing)


def array_of(values: Any, what: str) -> NDArray[Any]:
    """An array, list or series of any engine as a one-dimensional array; text as Python objects."""
    try:
        series = nw.from_native(values, series_only=True)
    except TypeError:
        array = _plain_array(values, what)
    else:
        array = values_of(series)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        msg = f"{what} has shape {array.shape}; give one value a row, shape ({len(array) if array.ndim else 1},)"
        raise UsageError(msg)
    return array


def missing_in(array: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a NumPy array holds None, NaN, NaT or another value that is not equal to itself."""
    if array.dtype.kind == "f":
        return np.asarray(np.isnan(array))
    if array.dtype.kind in "mM":
        return np.asarray(np.isnat(array))
    if array.dtype.kind != "O":
        return np.zeros(array.shape, dtype=bool)
    flat = array.ravel().tolist()
    kinds = set(map(type, flat))  # one quick look at the types spares a slow look at most columns
    if kinds <= _NEVER_MISSING:
        return np.zeros(array.shape, dtype=bool)
    if kinds <= {*_NEVER_MISSING, type(None)}:
        return _none(flat, array.shape)
    missing = np.fromiter(map(_is_missing, flat), dtype=bool, count=len(flat))
    return missing.reshape(array.shape)


def _none(flat: list[Any], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    return np.fromiter((value is None for value in flat), dtype=bool, count=len(flat)).reshape(shape)


def _is_missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, (str, bytes, bool, int)):
        return False
    # pandas.NA answers neither yes nor no when compared with itself; NaN and NaT say no.
    return type(value).__name__ == "NAType" or (_is_scalar(value) and bool(value != value))  # noqa: PLR0124


def _is_scalar(value: Any) -> bool:
    return np.ndim(value) == 0


def _plain_array(values: Any, what: str) -> NDArray[Any]:
    if isinstance(values, np.ndarray):
        return np.asarray(values)
    if isinstance(values, (str, bytes, dict, set)) or not (hasattr(values, "__array__") or hasattr(values, "__len__")):
        msg = f"{what} is a {type(values).__name__}; give a list, a NumPy array or a series of a dataframe"
        raise UsageError(msg)
    if hasattr(values, "__array__"):
        return np.asarray(values)
    return _from_sequence(list(values), what)


def _from_sequence(values: list[Any], what: str) -> NDArray[Any]:
    kinds = set(map(type, values))
    # NumPy would turn [1, "a"] into text and [True, 2] into numbers: keep such values as they are.
    if len(kinds) > 1 and not all(issubclass(kind, (int, float, np.number)) for kind in kinds - {bool, np.bool_}):
        return _object_array(values)
    if kinds & {str, np.str_} or (kinds & {bool, np.bool_} and len(kinds) > 1):
        return _object_array(values)
    try:
        return np.asarray(values)
    except ValueError as error:
        msg = f"{what} holds values of different lengths ({quoted(error)}); give one value a row"
        raise UsageError(msg) from error


def _object_array(values: list[Any]) -> NDArray[Any]:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _floats(series: nw.Series[Any]) -> NDArray[Any]:
    array = np.asarray(series.to_numpy())
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def _integers(series: nw.Series[Any], missing: NDArray[np.bool_]) -> NDArray[Any]:
    if not missing.any():
        return np.asarray(series.to_numpy())
    whole = np.asarray(series.fill_null(0).to_numpy())
    if whole.size and max(abs(int(whole.max())), abs(int(whole.min()))) > _EXACT_AS_FLOAT:
        return _with_none(whole, missing)
    floats = whole.astype(np.float64)
    floats[missing] = np.nan
    return floats


def _objects(series: nw.Series[Any]) -> NDArray[Any]:
    array = np.asarray(series.to_numpy())
    return array if array.dtype == object and array.ndim == 1 else _object_array(series.to_list())


def _with_none(array: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[Any]:
    objects = array.astype(object)
    objects[missing] = None
    return objects
