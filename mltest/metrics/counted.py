"""The bootstrap of a weighted metric over the few kinds of rows that labels and predictions make."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mltest.stats.bootstrap_cells import bca_cells
from mltest.stats.units import FloatArray, IntArray, dense

if TYPE_CHECKING:
    from mltest.metrics.sample import Array
    from mltest.stats.estimate import Estimate

__all__ = ["OfCounts", "bca_of_kinds"]

# below, drawing rows costs as little
_ROWS = 2000
_ROWS_A_KIND = 10
_SAME = 1e-9

# value of a metric on some rows, each so many times
OfCounts = Callable[[IntArray, FloatArray], float]


def bca_of_kinds(metric: OfCounts, columns: list[Array], rows: IntArray, value: float, seed: int) -> Estimate | None:
    """The bootstrap over rows at the cost of their kinds, or None where there are too many of those.

    ``value`` is the metric of all the rows; a metric that weighs a row in another way than it counts a repeated one
    has a different value of the kinds, and is left to the rows.
    """
    if len(rows) < _ROWS or any(column.ndim != 1 for column in columns):
        return None
    kind = np.zeros(len(rows), np.int64)
    for column in columns:
        codes, count = dense(column[rows])
        kind, found = dense(kind * count + codes)
        if found * _ROWS_A_KIND > len(rows):
            return None
    _, first, counts = np.unique(kind, return_index=True, return_counts=True)
    of_each = rows[first]

    def weighted(times: FloatArray) -> float:
        there = times > 0
        return metric(of_each[there], times[there].astype(np.float64))

    if not math.isclose(weighted(counts.astype(np.float64)), value, rel_tol=_SAME, abs_tol=_SAME):
        return None
    return bca_cells(weighted, counts, seed=seed)
