"""A feature as cells and a target as classes or ranks: the ground of the one-feature models of ``target``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from mltest.data.leakage_tables import polars_column
from mltest.errors import UsageError

if TYPE_CHECKING:
    from mltest.inputs.tables import Table

__all__ = ["FOLDS", "Target", "cells_of", "cells_of_target", "target_of"]

FOLDS = 5
BINS = 32
ROWS_IN_BIN = 40
FEWEST_BINS = 4
MOST_CLASSES = 20
LEAST_IN_CLASS = 10

Codes = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Target:
    """The rows' folds, and their class codes (``names`` tells them) or, for a quantity, their ranks in 0 to 1."""

    fold: Codes
    codes: Codes
    names: tuple[str, ...]
    ranks: Floats | None

    @property
    def sizes(self) -> Codes:
        """How many rows each class has."""
        return np.bincount(self.codes, minlength=len(self.names))


def target_of(table: Table, name: str) -> Target:
    """The target of a table; a number with more than 20 values, or with fractions, is a quantity."""
    import polars as pl

    series = polars_column(table, name)
    missing = int(series.null_count())
    if missing:
        raise UsageError(
            f"target {name!r} is missing in {missing} of {table.rows} rows of {table.name}; "
            "drop these rows or give the label"
        )
    if series.dtype.is_numeric() and _is_quantity(series):
        values = series.cast(pl.Float64)
        ranks = np.asarray(values.rank("average").to_numpy(), dtype=np.float64) / len(values)
        codes = np.zeros(len(values), dtype=np.int64)
        return Target(fold=_folds(codes), codes=codes, names=(name,), ranks=ranks)
    codes = _dense(series)
    names = tuple(str(value) for value in series.unique().sort().to_list())
    return Target(fold=_folds(codes), codes=codes, names=names, ranks=None)


def _is_quantity(series: Any) -> bool:
    distinct = series.n_unique()
    fractions = series.dtype.is_float() and bool((series != series.floor()).any())
    return distinct > 2 and (distinct > MOST_CLASSES or fractions)


def _folds(codes: Codes) -> Codes:
    """Five folds with each class spread evenly, the same in every run."""
    order = np.random.default_rng(0).permutation(len(codes))
    order = order[np.argsort(codes[order], kind="stable")]
    fold = np.empty(len(codes), dtype=np.int64)
    fold[order] = np.arange(len(codes)) % FOLDS
    return fold


def cells_of_target(target: Target) -> tuple[Codes, int]:
    """The target as a feature: nothing can tell it better, so its score is what these rows can show."""
    if target.ranks is not None:
        return _quantile_cells(target.ranks, _bins(target))
    return target.codes, len(target.names)


def _bins(target: Target) -> int:
    """A quantity needs some rows in each bin, since the smoothing draws small ones to the mean; ranks do not mind."""
    if target.ranks is None:
        return BINS
    return min(BINS, max(FEWEST_BINS, len(target.ranks) // ROWS_IN_BIN))


def cells_of(table: Table, name: str, target: Target) -> tuple[Codes, int]:
    """The cell of each row, and how many cells there are: quantile bins of numbers and times, else categories."""
    import polars as pl

    series = polars_column(table, name)
    if series.dtype.is_temporal():
        series = series.to_physical()
    if series.dtype.is_numeric():
        values = np.asarray(series.cast(pl.Float64).to_numpy(), dtype=np.float64)
        return _quantile_cells(values, _bins(target))
    return _merged(_dense(series))


def _quantile_cells(values: Floats, bins: int) -> tuple[Codes, int]:
    known = values[~np.isnan(values)]
    if not known.size:
        return np.zeros(len(values), dtype=np.int64), 1
    levels = np.arange(1, bins) / bins
    # An element of the sample, not a value between two: infinities have no middle.
    edges = np.unique(np.quantile(known, levels, method="inverted_cdf"))
    cells = np.searchsorted(edges, values, side="left").astype(np.int64)
    cells[np.isnan(values)] = len(edges) + 1
    return cells, len(edges) + 2


def _dense(series: Any) -> Codes:
    """0, 1, ... in the order of the values; null is a value of its own."""
    ranks = series.rank("dense").fill_null(0).to_numpy()
    codes = np.asarray(ranks, dtype=np.int64)
    return codes - int(codes.min())


def _merged(codes: Codes) -> tuple[Codes, int]:
    """Categories seen once can tell nothing about another row: they share one cell."""
    often = np.bincount(codes) > 1
    cell = np.where(often, np.cumsum(often), 0)
    return cast("Codes", cell[codes].astype(np.int64)), int(cell.max()) + 1
