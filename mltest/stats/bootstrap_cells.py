"""The bootstrap of rows that fall into few kinds: a replicate draws how many of each kind, not which rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.bootstrap import MINIMUM_UNITS, settle_replicates, skewness_of
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.ranking import rank
from mltest.stats.units import FloatArray, IntArray, column, truths

__all__ = ["Counts", "auc_of_counts", "bca_cells", "bca_of_order", "cells_of"]

_CHUNK = 2**20
CELLS = 2048

Form = Literal["weights", "weight_matrix"]
Counts = npt.NDArray[Any]


def bca_cells(
    metric: Callable[[Counts], Any],
    counts: npt.ArrayLike,
    *,
    seed: int,
    replicates: int = 2000,
    form: Form = "weights",
    minimum: int = MINIMUM_UNITS,
    value_range: tuple[float, float] | None = None,
) -> Estimate:
    """BCa bootstrap interval of a metric of how many rows there are of each kind.

    Parameters
    ----------
    metric
        Of one count a kind ("weights"), or of a matrix of counts, replicates by kinds, to one value
        each ("weight_matrix"). NaN means undefined.
    counts
        Rows of each kind; rows of one kind must be the same to the metric.
    seed
        Of the PCG64 generator.
    replicates
        At least 100.
    form
        How the metric takes a replicate.
    minimum
        Fewer rows give no interval.
    value_range
        Bounds are cut off here.

    Returns
    -------
    Estimate
        ``bca``, as `mltest.stats.bootstrap.bca`.

    Raises
    ------
    mltest.errors.UsageError
        For fewer than 100 replicates or counts that are no whole numbers of zero or more.

    Notes
    -----
    Rows drawn with replacement and counted by kind are multinomial over the kinds, so that this is
    the bootstrap over rows itself, at the cost of the kinds alone: a million labels and predictions
    of two classes are four kinds. The jackknife is over rows: all of a kind leave the same value.

    References
    ----------
    Efron (1987), Journal of the American Statistical Association 82, 171-185.

    Examples
    --------
    >>> estimate = bca_cells(lambda w: w[0] / w.sum(), [900_000, 100_000], seed=1)
    >>> estimate.value, round(estimate.low, 4), round(estimate.high, 4)
    (0.9, 0.8995, 0.9005)
    """
    if replicates < 100:
        raise UsageError(f"replicates must be at least 100, got {replicates}")
    numbers = column(counts, "counts")
    if (numbers < 0).any() or (numbers != np.floor(numbers)).any():
        raise UsageError("counts must be whole numbers of zero or more")
    rows = int(numbers.sum())
    if not rows:
        return unsettled(None, "empty", "no rows", method="bca", n=0)
    values = _each(metric, form)
    value = float(values(numbers[None, :])[0])
    if not np.isfinite(value):
        return unsettled(None, "undefined", f"the metric of all {rows} rows is {value}", method="bca", n=rows)
    if rows < max(minimum, 2):
        detail = f"{rows} rows; an interval needs at least {max(minimum, 2)}"
        return unsettled(value, "too_few_rows", detail, method="bca", n=rows, seed=seed)
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = np.concatenate([values(draws) for draws in _draws(generator, rows, numbers / rows, replicates)])
    return settle_replicates(
        drawn, value, lambda: _acceleration(values, numbers), n=rows, seed=seed, value_range=value_range
    )


def bca_of_order(
    metric: Callable[[FloatArray, FloatArray], Any],
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    *,
    seed: int,
    replicates: int = 2000,
    cells: int = CELLS,
    value_range: tuple[float, float] | None = None,
) -> Estimate:
    """BCa bootstrap interval of a smooth metric of labels in order of score.

    Parameters
    ----------
    metric
        Of positives and negatives in cells of rising score, each a matrix of replicates by cells, to
        one value a replicate (`auc_of_counts` is one).
    y_true, y_score
        A truth value and a score a row.
    seed, replicates, value_range
        As in `bca_cells`.
    cells
        About so many cells of as many rows each.

    Returns
    -------
    Estimate
        ``bca``; the value is that of the scores as they are.

    Notes
    -----
    Exact where there are at most so many distinct scores. Else rows of one cell are tied in the
    replicates; what this moves the value by is found on the rows themselves and taken off every
    replicate. What it does to their spread is of the order of 1 / cells. Not for metrics that hang
    on single rows; for thresholds there is `mltest.stats.operating_point`.

    Examples
    --------
    >>> y = np.arange(400) % 2 == 0
    >>> estimate = bca_of_order(auc_of_counts, y, np.arange(400) % 7 + 2.0 * y, seed=1, replicates=400)
    >>> round(estimate.value, 4), estimate.low < estimate.value < estimate.high
    (0.7462, True)
    """
    truth = truths(y_true, "y_true")
    positive, negative = rank(truth, column(y_score, "y_score", len(truth), infinite=True)).blocks()
    starts = cells_of(positive + negative, cells)
    size = len(starts)
    if not size:
        return unsettled(None, "empty", "no rows", method="bca", n=0)
    in_cells = np.concatenate([np.add.reduceat(each, starts) for each in (positive, negative)])

    def of(counts: Counts) -> FloatArray:
        return np.asarray(metric(counts[:, :size], counts[:, size:]), dtype=np.float64)

    moved = float(np.asarray(metric(positive[None, :], negative[None, :]))[0]) - float(of(in_cells[None, :])[0])
    return bca_cells(
        lambda counts: of(counts) + moved,
        in_cells,
        seed=seed,
        replicates=replicates,
        form="weight_matrix",
        value_range=value_range,
    )


def auc_of_counts(positive: FloatArray, negative: FloatArray) -> FloatArray:
    """Area under the ROC curve of each row of counts; NaN without positives or without negatives.

    Parameters
    ----------
    positive, negative
        Replicates by cells of rising score.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> auc_of_counts(np.array([[0, 1, 1]]), np.array([[1, 1, 0]])).tolist()
    [0.875]
    """
    below = np.cumsum(negative, axis=1, dtype=np.float64)
    below -= negative / 2
    pairs = positive.sum(axis=1) * negative.sum(axis=1)
    area = np.einsum("ij,ij->i", positive, below, dtype=np.float64)
    return np.asarray(np.divide(area, pairs, out=np.full(len(area), np.nan), where=pairs > 0))


def cells_of(sizes: FloatArray, cells: int) -> IntArray:
    """Where cells of about as many rows start, each made of whole neighbours.

    Parameters
    ----------
    sizes
        Rows at each place.
    cells
        At most so many.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> cells_of(np.ones(10), 3)
    array([0, 4, 7])
    >>> cells_of(np.ones(3), 8)
    array([0, 1, 2])
    """
    if len(sizes) <= cells:
        return np.arange(len(sizes))
    reached = np.cumsum(sizes)
    wanted = reached[-1] / cells * np.arange(1, cells)
    starts = np.unique(np.concatenate(([0], np.searchsorted(reached, wanted, "left") + 1)))
    return starts[starts < len(sizes)]


def _each(metric: Callable[[Counts], Any], form: Form) -> Callable[[Counts], FloatArray]:
    if form == "weight_matrix":
        return lambda counts: np.asarray(metric(counts), dtype=np.float64)
    return lambda counts: np.array([float(metric(one)) for one in counts])


def _draws(
    generator: np.random.Generator, rows: int, share: FloatArray, replicates: int
) -> Iterator[npt.NDArray[np.int64]]:
    size = max(1, _CHUNK // len(share))
    for start in range(0, replicates, size):
        yield generator.multinomial(rows, share, size=min(size, replicates - start))


def _acceleration(values: Callable[[Counts], FloatArray], counts: FloatArray) -> float:
    kinds = np.flatnonzero(counts)
    size = max(1, _CHUNK // len(counts))
    without = []
    for start in range(0, len(kinds), size):
        some = kinds[start : start + size]
        left = np.repeat(counts[None, :], len(some), axis=0)
        left[np.arange(len(some)), some] -= 1
        without.append(values(left))
    return skewness_of(np.concatenate(without), counts[kinds])
