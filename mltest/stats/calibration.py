"""Whether stated probabilities mean what they say: the CORP decomposition of the Brier score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.units import FloatArray, IntArray, column, truths

# when a round merges fewer than this share of the blocks, the rest is done one by one
_FEW_MERGED = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """Brier score = miscalibration - discrimination + uncertainty."""

    score: float
    miscalibration: float
    discrimination: float
    uncertainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """The rows put together by stated probability, in rising order; ``place`` is the cell of each row."""

    stated: FloatArray
    weight: FloatArray
    hits: FloatArray
    place: IntArray

    @property
    def total(self) -> float:
        """The weight of all rows."""
        return float(self.weight.sum())

    def bins(self, most: int) -> IntArray:
        """Where each of at most so many runs of cells of about equal weight starts."""
        middle = (np.cumsum(self.weight) - self.weight / 2) / self.total
        which = np.minimum((middle * most).astype(np.int64), most - 1)
        return np.flatnonzero(np.diff(which, prepend=-1))


def cells_of(p: npt.ArrayLike, y: npt.ArrayLike, weight: FloatArray | None = None, most: int | None = None) -> Cells:
    """Put the rows together by stated probability.

    Parameters
    ----------
    p
        Stated probability of a hit, from 0 to 1, a row.
    y
        Whether it was one.
    weight
        Weight of each row, above 0.
    most
        With more distinct probabilities than this, neighbours are put together in this many runs of about
        as many rows, at their mean.

    Returns
    -------
    Cells

    Raises
    ------
    mltest.errors.UsageError
        For probabilities outside 0 to 1 or not finite.

    Examples
    --------
    >>> cells_of([0.2, 0.8, 0.2], [0, 1, 1]).hits.tolist()
    [1.0, 1.0]
    """
    stated = column(p, "probabilities")
    hit = truths(y, "labels", len(stated))
    if len(stated) and (stated.min() < 0 or stated.max() > 1):
        raise UsageError(f"probabilities must be from 0 to 1, got {stated.min():g} to {stated.max():g}")
    values, distinct = np.unique(stated, return_inverse=True)
    place: IntArray = distinct.astype(np.int64)
    if most is not None and len(values) > most:
        rows = np.bincount(place)
        run = np.minimum(((np.cumsum(rows) - rows / 2) / len(stated) * most).astype(np.int64), most - 1)
        place = np.unique(run, return_inverse=True)[1].astype(np.int64)[place]
    size = int(place.max()) + 1 if len(place) else 0
    each = np.bincount(place, weight, size).astype(np.float64)
    mean = values if size == len(values) else _summed(place, stated, weight, size) / each
    return Cells(stated=mean, weight=each, hits=_summed(place, hit, weight, size), place=place)


def corp(p: npt.ArrayLike, y: npt.ArrayLike, weight: FloatArray | None = None) -> Decomposition:
    """The Brier score taken apart by the isotonic fit of the outcomes on the stated probabilities.

    Parameters
    ----------
    p, y, weight
        As in `cells_of`.

    Returns
    -------
    Decomposition

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118,
    e2016191118.

    Examples
    --------
    >>> parts = corp([0.2] * 10 + [0.5] * 10 + [0.8] * 10, [1] * 3 + [0] * 7 + [1] * 4 + [0] * 6 + [1] * 9 + [0])
    >>> round(parts.score, 6), round(parts.miscalibration, 6), round(parts.discrimination, 6)
    (0.19, 0.01, 0.068889)
    """
    cells = cells_of(p, y, weight)
    total, share = cells.total, float(cells.hits.sum()) / cells.total
    brier = float(cells.weight @ cells.stated**2 - 2 * cells.stated @ cells.hits + cells.hits.sum()) / total
    fitted = isotonic(cells.hits, cells.weight)
    explained = float(cells.weight @ (fitted - share) ** 2) / total
    uncertainty = share * (1 - share)
    # the fit is least squares: what it leaves is uncertainty - explained
    return Decomposition(
        score=brier,
        miscalibration=brier - uncertainty + explained,
        discrimination=explained,
        uncertainty=uncertainty,
    )


def isotonic(sums: FloatArray, weights: FloatArray) -> FloatArray:
    """The non-decreasing least-squares fit of the means ``sums / weights``.

    Parameters
    ----------
    sums, weights
        One of each a place, weights above 0.

    Returns
    -------
    numpy.ndarray

    Notes
    -----
    Pool adjacent violators: whole falling runs are pooled at once, in rounds.

    References
    ----------
    Ayer, Brunk, Ewing, Reid and Silverman (1955), Annals of Mathematical Statistics 26, 641-647.

    Examples
    --------
    >>> isotonic(np.array([1.0, 0.0, 1.0]), np.ones(3))
    array([0.5, 0.5, 1. ])
    """
    row, size = np.zeros(len(sums), np.int64), np.ones(len(sums))
    blocks, of, _, lengths = pooled(sums, weights, row, size)
    return np.repeat(blocks / of, lengths.astype(np.int64))


def pooled(
    sums: FloatArray, weights: FloatArray, row: IntArray, size: FloatArray
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """The blocks of many isotonic fits at once: sums, weights, row and cells of each block.

    Parameters
    ----------
    sums, weights, row, size
        One of each a cell, the cells of a row together and in order; blocks never cross rows.

    Returns
    -------
    sums, weights, row, size
        One of each a block.
    """
    while len(sums) > 1:
        mean = sums / weights
        falls = (mean[1:] <= mean[:-1]) & (row[1:] == row[:-1])
        merged = int(np.count_nonzero(falls))
        if not merged:
            break
        if merged < _FEW_MERGED * len(sums):
            return _one_by_one(sums, weights, row, size)
        starts = np.flatnonzero(np.concatenate([[True], ~falls]))
        sums, weights, size = (np.add.reduceat(each, starts) for each in (sums, weights, size))
        row = row[starts]
    return sums, weights, row, size


def _one_by_one(
    sums: FloatArray, weights: FloatArray, row: IntArray, size: FloatArray
) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """The classic stack, linear however the blocks lie."""
    stack: list[tuple[float, float, int, float]] = []
    for block in zip(sums.tolist(), weights.tolist(), row.tolist(), size.tolist(), strict=True):
        total, weight, where, cells = block
        while stack and stack[-1][2] == where and stack[-1][0] * weight >= total * stack[-1][1]:
            last = stack.pop()
            total, weight, cells = total + last[0], weight + last[1], cells + last[3]
        stack.append((total, weight, where, cells))
    out = [np.array(each) for each in zip(*stack, strict=True)]
    return out[0], out[1], out[2].astype(np.int64), out[3]


def _summed(place: IntArray, values: npt.NDArray[np.generic], weight: FloatArray | None, size: int) -> FloatArray:
    numbers = values.astype(np.float64)
    return np.bincount(place, numbers if weight is None else numbers * weight, size).astype(np.float64)
