"""Text columns of few values as small whole numbers, without a Python object a row where the engine allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["FEW", "TextCodes", "coded_polars", "coded_text", "is_text", "smallest"]

FEW = 255
"""So many values, and the code of what is missing, fit into a byte a row."""
_EARLY, _MANY_EARLY = 10_000, 1_000


@dataclass(frozen=True, slots=True)
class TextCodes:
    """The values that occur, in order of their code points, and for each row its place among them.

    A missing value has the place after the last one. The same from every engine.
    """

    values: tuple[str, ...]
    codes: NDArray[Any]
    gaps: bool


def is_text(series: nw.Series[Any]) -> bool:
    """Whether it is text or categories."""
    return series.dtype in (nw.String, nw.Categorical, nw.Enum)


def smallest(codes: NDArray[Any], count: int) -> NDArray[Any]:
    """The codes in the smallest type that holds them: what sorts them is the faster for it."""
    return codes.astype(np.min_scalar_type(max(count - 1, 0)), copy=False)


def coded_text(series: nw.Series[Any], most: int | None = None) -> TextCodes | None:
    """The values and codes of a text column; None for another, and where it has more than ``most`` values."""
    if not is_text(series):
        return None
    if series.implementation.is_pandas_like():
        return _of_pandas(series.to_native(), most)
    if not (series.implementation.is_polars() or series.implementation.is_pyarrow()):
        return None
    text = (series if series.dtype == nw.String else series.cast(nw.String)).to_native()
    if series.implementation.is_pyarrow():
        import polars as pl

        text = pl.Series(text)
    return coded_polars(text, most)


def coded_polars(text: pl.Series, most: int | None = None) -> TextCodes | None:
    """As ``coded_text``, of a Polars series of text."""
    import polars as pl

    # most columns show all their values early; what is new later casts to null, and then all are looked for
    early = text.head(_EARLY).drop_nulls().unique()
    if most is not None and len(early) > most:
        return None
    codes = text.cast(pl.Enum(early.sort()), strict=False) if len(early) <= _MANY_EARLY else None
    if codes is None or codes.null_count() > text.null_count():
        early = text.drop_nulls().unique()
        if most is not None and len(early) > most:
            return None
        codes = text.cast(pl.Enum(early.sort()))
    values, numbers, gaps = tuple(early.sort().to_list()), codes.to_physical(), text.null_count() > 0
    if gaps:
        numbers = numbers.cast(pl.UInt32).fill_null(len(values))
    return TextCodes(values, smallest(numbers.to_numpy(), len(values) + gaps), gaps)


def _of_pandas(native: Any, most: int | None) -> TextCodes | None:
    if hasattr(native, "cat"):
        codes, distinct = native.cat.codes.to_numpy(), [str(value) for value in native.cat.categories]
        used = np.bincount(codes[codes >= 0], minlength=len(distinct)) > 0
    else:
        if most is not None and native.iloc[:_EARLY].nunique() > most:
            return None
        codes, found = native.factorize()
        distinct, used = list(found), np.ones(len(found), dtype=bool)
    if not _is_sound(distinct):
        return None
    values = sorted({value for value, there in zip(distinct, used.tolist(), strict=True) if there})
    if most is not None and len(values) > most:
        return None
    at = {value: place for place, value in enumerate(values)}
    places = np.array([*(at.get(value, 0) for value in distinct), len(values)])
    gaps = bool((codes < 0).any())
    return TextCodes(tuple(values), smallest(places[codes], len(values) + gaps), gaps)


def _is_sound(values: list[Any]) -> bool:
    """Not so where only the first rows are text, nor with halves of characters, which no other engine holds."""
    try:
        "".join(values).encode()
    except (TypeError, UnicodeEncodeError):
        return False
    return True
