"""Part of rule ``near_duplicates``: rows of test whose text nearly occurs in train, all else being equal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.data.leakage_shingles import LENGTH, near_ones, shingles_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["NearTexts", "near_texts", "text_columns"]

# of 45 shingles, which 49 characters have, one letter changes 5: 40 are shared of 50, an index of 0.8
TEXT_LENGTH = 50
_MOST_ALIKE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class NearTexts:
    """Which test rows have nearly the text of a train row, and whether that is common inside train too."""

    hits: NDArray[np.bool_]
    low: bool


def text_columns(train: Any) -> list[str]:
    """The columns whose texts are mostly so long that one with a changed letter is still near; codes are not."""
    import polars as pl

    return [
        series.name
        for series in train.iter_columns()
        if series.dtype == pl.String and (series.str.len_chars().median() or 0) >= TEXT_LENGTH
    ]


def near_texts(train: list[Any], test: list[Any], columns: list[str]) -> NearTexts:
    """Both splits on each grid of their numbers; all texts of a row are compared together."""
    hits = np.zeros(test[0].height, dtype=bool)
    if not columns:
        return NearTexts(hits, low=False)
    texts = [*_documents(train[0], columns), *_documents(test[0], columns)]
    told = np.array([len(text) >= LENGTH for text in texts])
    shingles = shingles_of(texts)
    known = np.flatnonzero(told[: train[0].height])
    asked = np.flatnonzero(told[train[0].height :])
    within = np.zeros(len(known), dtype=bool)
    alike = [_others(*grids, columns) for grids in zip(train, test, strict=True)]
    grids = alike if (alike[0] != alike[1]).any() else alike[:1]
    for codes in grids:
        hits[asked] |= near_ones(shingles, known, asked + train[0].height, codes)
    if hits.any():
        for codes in grids:
            within |= near_ones(shingles, known, known, codes)
    return NearTexts(hits, low=bool(within.mean() > _MOST_ALIKE) if len(known) else False)


def _documents(frame: Any, columns: list[str]) -> list[str]:
    """The texts of each row, lower case, with one space for any run of white space."""
    import polars as pl

    parts = [
        pl.col(name).fill_null("").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars() for name in columns
    ]
    joined = frame.select(pl.concat_str(parts, separator="\n").str.strip_chars())
    return list(joined.to_series().to_list())


def _others(train: Any, test: Any, columns: list[str]) -> NDArray[np.uint64]:
    """One code for each combination of what is no text."""
    import polars as pl

    both = pl.concat([train.drop(columns), test.drop(columns)])
    if not both.width:
        return np.zeros(train.height + test.height, np.uint64)
    first = both.with_row_index("row").select(pl.col("row").min().over(both.columns))
    return np.asarray(first.to_series().to_numpy(), dtype=np.uint64)
