"""Estimates of every slice of the rows at once, equal to those of each slice alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.area import scored
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.proportion import clopper_pearson
from mltest.stats.units import BoolArray, IntArray, truths

__all__ = ["Counts", "Ordered", "counts", "f1s", "hits", "jaccards", "ordered", "shares"]

_OF_BYTE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """The four cells of the confusion table of each slice."""

    tn: IntArray
    fp: IntArray
    fn: IntArray
    tp: IntArray

    @property
    def n(self) -> IntArray:
        """The rows of each slice."""
        return self.tn + self.fp + self.fn + self.tp


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Rows in ascending order of score.

    Attributes
    ----------
    order
        The row at each place.
    positive
        Whether that row is a positive.
    block
        The number of its distinct score; None where no score occurs twice.
    """

    order: npt.NDArray[np.intp]
    positive: BoolArray
    block: npt.NDArray[Any] | None


def counts(y_true: npt.ArrayLike, y_pred: npt.ArrayLike, codes: npt.NDArray[Any], slices: int) -> Counts:
    """The confusion tables of all slices, in one pass.

    Parameters
    ----------
    y_true, y_pred
        Truth values.
    codes
        For each row the number of its slice, from 0.
    slices
        How many slices there are.

    Returns
    -------
    Counts

    Raises
    ------
    mltest.errors.UsageError
        For labels that are no truth values, or columns of different lengths.

    Examples
    --------
    >>> counts([1, 1, 0], [1, 0, 0], np.array([0, 1, 1]), 2).tp
    array([1, 0])
    """
    truth = truths(y_true, "y_true")
    predicted = truths(y_pred, "y_pred", len(truth))
    cells = _cells(codes, len(truth), slices, 4)
    cells += truth * np.uint8(2) + predicted
    table = np.bincount(cells, minlength=4 * slices).reshape(slices, 4)
    return Counts(*table.T)


def hits(right: BoolArray, codes: npt.NDArray[Any], slices: int) -> tuple[IntArray, IntArray]:
    """How many rows of each slice are right, and how many rows it has.

    Parameters
    ----------
    right
        One truth value a row.
    codes, slices
        As in `counts`.

    Returns
    -------
    successes, n

    Examples
    --------
    >>> hits(np.array([True, False, True]), np.array([0, 0, 1]), 2)
    (array([1, 1]), array([2, 1]))
    """
    table = np.bincount(_cells(codes, len(right), slices, 2) + right, minlength=2 * slices).reshape(slices, 2)
    return table[:, 1], table.sum(axis=1)


def shares(successes: IntArray, totals: IntArray, unit: str | None = None) -> list[Estimate]:
    """The share of successes in each slice, with exact bounds.

    Parameters
    ----------
    successes, totals
        Whole numbers, one of each a slice.
    unit
        What is counted, for the detail.

    Returns
    -------
    list of Estimate
        Each as `mltest.stats.proportion.proportion` gives it.

    Examples
    --------
    >>> [round(each.low, 6) for each in shares(np.array([45, 59]), np.array([50, 59]))]
    [0.801167, 0.950492]
    """
    x, n = np.asarray(successes, np.float64), np.asarray(totals, np.float64)
    low, high = clopper_pearson(x, n)
    with np.errstate(invalid="ignore"):
        value = x / n
    suffix = f" {unit}" if unit else ""
    return [
        Estimate(
            value=share,
            low=least,
            high=most,
            method="clopper_pearson",
            n=int(rows),
            n_effective=rows,
            detail=f"{right:.12g} of {rows:.12g}{suffix}",
            bounds=partial(clopper_pearson, right, rows),
        )
        if rows
        else unsettled(None, "empty", f"no {unit or 'rows'}", method="clopper_pearson", n=0)
        for share, least, most, right, rows in zip(*(a.tolist() for a in (value, low, high, x, n)), strict=True)
    ]


def jaccards(table: Counts) -> list[Estimate]:
    """The Jaccard index of each slice.

    Parameters
    ----------
    table
        Of all slices.

    Returns
    -------
    list of Estimate
        Each as `mltest.stats.fmeasure.jaccard` gives it.

    Examples
    --------
    >>> jaccards(counts([1, 1, 0, 0], [1, 0, 1, 0], np.zeros(4, np.uint8), 1))[0].detail
    '1 of 3'
    """
    nothing = "no positives, neither true nor predicted"
    return [
        replace(each, n=rows, detail=nothing if each.value is None else each.detail)
        for each, rows in zip(shares(table.tp, table.n - table.tn), table.n.tolist(), strict=True)
    ]


def f1s(table: Counts) -> list[Estimate]:
    """F1 of the positive class in each slice.

    Parameters
    ----------
    table
        Of all slices.

    Returns
    -------
    list of Estimate
        Each as `mltest.stats.fmeasure.f1` gives it.

    Examples
    --------
    >>> round(f1s(counts([1] * 8 + [0] * 4, [1] * 7 + [0] * 5, np.zeros(12, np.uint8), 1))[0].low, 4)
    0.6922
    """
    return [_as_f1(each) for each in jaccards(table)]


def ordered(y_true: npt.ArrayLike, y_score: npt.ArrayLike) -> Ordered:
    """The rows in order of score: sorted once for every way to slice them.

    Parameters
    ----------
    y_true, y_score
        As in `mltest.stats.auc.delong`.

    Returns
    -------
    Ordered

    Raises
    ------
    mltest.errors.UsageError
        As `mltest.stats.auc.delong`.

    Examples
    --------
    >>> ordered([1, 0, 1], [0.3, 0.1, 0.2]).order
    array([1, 2, 0])
    """
    truth, score, _ = scored(y_true, y_score, None, None)
    order = np.argsort(score)
    inside = score[order]
    new = inside[1:] != inside[:-1]
    block = None
    if not new.all():
        block = np.zeros(len(score), np.int32 if len(score) < 2**31 else np.int64)
        np.cumsum(new, out=block[1:], dtype=block.dtype)
    return Ordered(order=order, positive=truth[order], block=block)


def _as_f1(estimate: Estimate) -> Estimate:
    index = estimate.bounds

    def bounds(alpha: float) -> tuple[float | None, float | None]:
        low, high = (None, None) if index is None else index(alpha)
        return _f1(low), _f1(high)

    return replace(
        estimate,
        value=_f1(estimate.value),
        low=_f1(estimate.low),
        high=_f1(estimate.high),
        method=f"{estimate.method}_f1",
        bounds=None if index is None else bounds,
    )


def _f1(index: float | None) -> float | None:
    return None if index is None else 2 * index / (1 + index)


def _cells(codes: npt.NDArray[Any], rows: int, slices: int, each: int) -> npt.NDArray[Any]:
    """The first of so many cells of each row's slice."""
    if codes.shape != (rows,) or codes.dtype.kind not in "iu":
        raise UsageError(f"codes must be {rows} whole numbers, got shape {codes.shape} of {codes.dtype}")
    if rows and (int(codes.min()) < 0 or int(codes.max()) >= slices):
        raise UsageError(f"codes must be from 0 to {slices - 1}, got {codes.min()} to {codes.max()}")
    if slices <= _OF_BYTE:
        return codes.astype(np.uint8) * np.uint8(each)
    return codes.astype(np.int64) * each
