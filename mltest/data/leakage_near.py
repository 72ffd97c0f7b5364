"""Rule ``near_duplicates`` of ``data.no_leakage``: test rows that are a train row but for rounding and some letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltest.data.leakage_probe import NONE_SHARED, Probe, census
from mltest.data.leakage_rows import shared_rows
from mltest.data.leakage_tables import comparable
from mltest.data.leakage_texts import near_texts, text_columns
from mltest.digits import count
from mltest.judge import judge
from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["probe_near_duplicates"]

CELL = 1e-3


def probe_near_duplicates(train: Table, test: Table, features: tuple[str, ...]) -> Probe:
    """The share of test rows that fall into the cell of a train row, on either of two grids, with text near to its."""
    import polars as pl

    frames = comparable(train, test, features)
    cells = _cells(frames[0])
    texts = text_columns(frames[0])
    on_grids = [[_on_grid(frame, cells, offset) for offset in (0.0, 0.5)] for frame in frames]
    hits = pl.Series([False]).new_from_index(0, test.rows)
    for first, second in zip(*on_grids, strict=True):
        hits = hits | _hits(first, second)
    by_text = near_texts(on_grids[0], on_grids[1], texts)
    near = int((hits | pl.Series(by_text.hits)).sum())
    low = near > 0 and (shared_rows(on_grids[0][0], on_grids[1][0]).low_cardinality or by_text.low)
    what = "lie within rounding of a train row"
    if texts:
        what = f"lie within rounding of a train row, or have nearly its text ({', '.join(_named(features, texts))})"
    text = f"{count(near)} of {count(test.rows)} test rows {what}"
    found = census("near_duplicates", near / test.rows, test.rows, text)
    word = judge(found, NONE_SHARED).word
    finding = Finding(
        rule="near_duplicates",
        where="test",
        what=f"rows {what}",
        count=near,
        rate=near / test.rows,
    )
    return Probe(
        rule="near_duplicates",
        measurements=(found,),
        words=("inconclusive" if low else word,),
        text=text,
        findings=(finding,) if near else (),
        flags=("low_cardinality",) if low else (),
    )


def _named(features: tuple[str, ...], columns: list[str]) -> list[str]:
    """The caller's names of columns called c0, c1, ..."""
    return [features[int(column[1:])] for column in columns]


def _cells(train: Any) -> dict[str, float]:
    """For each column of numbers a thousandth of train's interquartile range, or of its spread where that is 0."""
    sizes = {}
    for series in train.iter_columns():
        if series.dtype.is_numeric():
            finite = series.filter(series.is_finite())
            low, high = finite.quantile(0.25), finite.quantile(0.75)
            size = CELL * ((high - low) or finite.std() or 0.0) if low is not None else 0.0
            if size > 0:
                sizes[series.name] = size
    return sizes


def _on_grid(frame: Any, cells: dict[str, float], offset: float) -> Any:
    import polars as pl

    return frame.with_columns((pl.col(name) / size + offset).round() + 0.0 for name, size in cells.items())


def _hits(train: Any, test: Any) -> Any:
    """Which test rows equal a train row."""
    import polars as pl

    both = pl.concat([train.with_columns(split=pl.lit(0, pl.Int8)), test.with_columns(split=pl.lit(1, pl.Int8))])
    known = both.select((pl.col("split") == 0).any().over(train.columns)).to_series()
    return known.tail(test.height)
