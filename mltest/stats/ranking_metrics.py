"""Metrics of the order within a query: NDCG, average precision and reciprocal rank, with the query as the unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.mean import hall_t
from mltest.stats.paired import paired_losses
from mltest.stats.units import BoolArray, FloatArray, IntArray, column, dense, prepare

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate

__all__ = ["PerQuery", "average_precisions", "mean_over_queries", "ndcgs", "paired_queries", "reciprocal_ranks"]


@dataclass(frozen=True, slots=True)
class PerQuery:
    """One value and one weight a query, in the order of the queries; those without a value are left out and counted."""

    values: FloatArray
    weight: FloatArray | None
    left_out: int
    rows: int


def ndcgs(
    relevance: npt.ArrayLike,
    score: npt.ArrayLike,
    queries: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    *,
    k: int | None = None,
) -> PerQuery:
    """The normalised discounted cumulative gain of each query.

    Parameters
    ----------
    relevance
        Gain of each row, zero or more.
    score
        Rows with higher scores come first.
    queries
        Which query each row belongs to.
    sample_weight
        The same on all rows of a query; rows of weight 0 are left out.
    k
        Only so many first places count; None for all.

    Returns
    -------
    PerQuery
        Queries in which no row has a gain are left out.

    Raises
    ------
    mltest.errors.UsageError
        For a negative relevance, NaN, or weights that differ within a query.

    Notes
    -----
    Linear gain, discount 1 / log2(rank + 1); tied scores share the average of their places' discounts,
    which is the mean over all their orders (as scikit-learn). O(n log n), one sort for all queries.

    References
    ----------
    Jaervelin and Kekaelaeinen (2002), ACM Transactions on Information Systems 20, 422-446. McSherry and
    Najork (2008), ECIR, 414-421.

    Examples
    --------
    >>> ndcgs([3, 0, 1], [0.2, 0.9, 0.1], [7, 7, 7]).values.round(4)
    array([0.659])
    """
    rows = _read(relevance, score, queries, sample_weight)
    gain = rows.gain[rows.order]
    discount = rows.discounts(k)
    shared = np.repeat(np.add.reduceat(discount, rows.block) / rows.block_size, rows.block_size)
    ideal = _ideal(rows, discount)
    found = rows.per_query(gain * shared)
    return rows.kept(np.divide(found, ideal, out=np.zeros(len(found)), where=ideal > 0), ideal > 0)


def average_precisions(
    relevance: npt.ArrayLike,
    score: npt.ArrayLike,
    queries: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    *,
    k: int | None = None,
) -> PerQuery:
    """The average precision of each query; their mean is known as MAP.

    Parameters
    ----------
    relevance
        A row is relevant where this is above 0.
    score, queries, sample_weight
        As in `ndcgs`.
    k
        Only so many first places count; None for all.

    Returns
    -------
    PerQuery
        Queries without a relevant row are left out.

    Raises
    ------
    mltest.errors.UsageError
        As `ndcgs`.

    Notes
    -----
    The mean over relevant rows of the precision at their score; tied scores share the precision at the
    end of their block, as in `mltest.stats.average_precision`. With k the sum over the first k places is
    divided by the relevant rows or by k, whichever is less, so that the best order has 1; a block that the
    k-th place cuts counts with the share of it that lies before.

    References
    ----------
    Manning, Raghavan and Schuetze (2008), Introduction to Information Retrieval, section 8.4.

    Examples
    --------
    >>> average_precisions([1, 0, 1], [0.9, 0.5, 0.1], [7, 7, 7]).values.round(4)
    array([0.8333])
    """
    rows = _read(relevance, score, queries, sample_weight)
    relevant = (rows.gain[rows.order] > 0).astype(np.float64)
    total = rows.per_query(relevant)
    hits = np.cumsum(relevant)
    query_before = np.repeat(hits[rows.start] - relevant[rows.start], rows.size)
    last = rows.block + rows.block_size - 1
    end, first, in_block = rows.place[last] + 1, rows.place[rows.block], np.add.reduceat(relevant, rows.block)
    most = len(relevant) if k is None else k
    share = np.clip((most - first) / rows.block_size, 0.0, 1.0)
    precision = ((hits - query_before)[last] - (1 - share) * in_block) / np.minimum(end, most)
    gained = relevant * np.repeat(share * precision, rows.block_size)
    return rows.kept(rows.per_query(gained) / np.clip(total, 1, most), total > 0)


def reciprocal_ranks(
    relevance: npt.ArrayLike,
    score: npt.ArrayLike,
    queries: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    *,
    k: int | None = None,
) -> PerQuery:
    """One over the rank of the first relevant row of each query; their mean is known as MRR.

    Parameters
    ----------
    relevance
        A row is relevant where this is above 0.
    score, queries, sample_weight
        As in `ndcgs`.
    k
        A first relevant row after so many places counts 0; None for no end.

    Returns
    -------
    PerQuery
        Queries without a relevant row are left out.

    Raises
    ------
    mltest.errors.UsageError
        As `ndcgs`.

    Notes
    -----
    Among tied scores the relevant rows come last: a model that gives every row the same score has
    ranked nothing.

    References
    ----------
    Voorhees (1999), TREC-8, 77-82.

    Examples
    --------
    >>> reciprocal_ranks([0, 1, 1], [0.9, 0.5, 0.1], [7, 7, 7]).values
    array([0.5])
    """
    rows = _read(relevance, score, queries, sample_weight)
    relevant = rows.gain[rows.order] > 0
    in_block = np.add.reduceat(relevant, rows.block, dtype=np.int64)
    # places from 1: the block's last ones are taken by its relevant rows
    rank = np.where(in_block > 0, rows.place[rows.block] + rows.block_size - in_block + 1, len(relevant) + 1)
    first = np.minimum.reduceat(rank, np.searchsorted(rows.block, rows.start))
    there = rows.per_query(relevant.astype(np.float64)) > 0
    return rows.kept(np.where(first <= (k or len(relevant)), 1 / first, 0.0), there)


def mean_over_queries(found: PerQuery) -> Estimate:
    """The mean over queries.

    Parameters
    ----------
    found
        Of any of the functions above.

    Returns
    -------
    Estimate
        ``hall_t``; n counts queries. Fewer than 20 queries give no interval.

    References
    ----------
    Hall (1992), Journal of the Royal Statistical Society B 54, 221-228.

    Examples
    --------
    >>> found = reciprocal_ranks([0, 1] * 40, [1, 2, 2, 1] * 20, np.arange(80) // 2)
    >>> estimate = mean_over_queries(found)
    >>> estimate.value, estimate.n, round(estimate.low, 3)
    (0.75, 40, 0.683)
    """
    return _told(hall_t(found.values, found.weight, value_range=(0.0, 1.0)), found)


def paired_queries(candidate: PerQuery, baseline: PerQuery) -> Estimate:
    """The candidate's mean over queries less the baseline's, of the same queries.

    Parameters
    ----------
    candidate, baseline
        Of the same relevance, queries and weights.

    Returns
    -------
    Estimate
        ``hall_t_paired``; n counts queries.

    Raises
    ------
    mltest.errors.UsageError
        If the two have different numbers of queries.

    Examples
    --------
    >>> y, queries = [0, 1] * 40, np.arange(80) // 2
    >>> candidate, baseline = (reciprocal_ranks(y, score, queries) for score in ([1, 2] * 40, [2, 1] * 40))
    >>> paired_queries(candidate, baseline).value
    0.5
    """
    found = paired_losses(candidate.values, baseline.values, candidate.weight, value_range=(0.0, 1.0))
    return _told(found, candidate)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows by query and, within each, by falling score; blocks are the tied ones."""

    gain: FloatArray
    order: IntArray
    start: IntArray
    size: IntArray
    place: IntArray
    block: IntArray
    block_size: IntArray
    weight: FloatArray | None

    def per_query(self, values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values, self.start), dtype=np.float64)

    def discounts(self, k: int | None) -> FloatArray:
        table = 1 / np.log2(np.arange(2, int(self.size.max()) + 2))
        table[len(table) if k is None else k :] = 0.0
        return np.asarray(table[self.place])

    def kept(self, values: FloatArray, there: BoolArray) -> PerQuery:
        weight = None if self.weight is None else self.weight[self.order][self.start][there]
        return PerQuery(values[there], weight, int(np.count_nonzero(~there)), len(self.gain))


def _read(
    relevance: npt.ArrayLike, score: npt.ArrayLike, queries: npt.ArrayLike, sample_weight: npt.ArrayLike | None
) -> _Rows:
    gain = column(relevance, "relevance")
    if (gain < 0).any():
        raise UsageError(f"relevance must be zero or more, got {gain.min():g} at index {int(gain.argmin())}")
    given = column(score, "score", len(gain), infinite=True)
    units = prepare(len(gain), sample_weight)
    labels = np.asarray(queries)
    if labels.shape != gain.shape:
        raise UsageError(f"queries has shape {labels.shape}, the other columns have {len(gain)} rows")
    if not units.n:
        raise UsageError("no rows")
    query, _ = dense(units.take(labels))
    gain, given = units.take(gain), units.take(given)
    order, start = _ordered(query, given)
    _refuse_uneven(units.weight, order, start)
    size = np.diff(start, append=len(order))
    ordered = given[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    new[start] = True
    block = np.flatnonzero(new)
    place = np.arange(len(order)) - np.repeat(start, size)
    return _Rows(gain, order, start, size, place, block, np.diff(block, append=len(order)), units.weight)


def _ordered(query: IntArray, key: FloatArray) -> tuple[IntArray, IntArray]:
    """Rows by query and falling key, and where each query starts."""
    falling = np.argsort(-key)
    rows = max(len(key), 1)
    # query and place in one integer: a plain sort is several times faster than a lexical one
    both = query[falling] * rows + np.arange(len(key))
    both.sort()
    return falling[both % rows], np.flatnonzero(np.diff(both // rows, prepend=-1))


def _ideal(rows: _Rows, discount: FloatArray) -> FloatArray:
    """The best gain that any order reaches in each query."""
    query = np.empty(len(rows.order), np.int64)
    query[rows.order] = np.repeat(np.arange(len(rows.start)), rows.size)
    best, _ = _ordered(query, rows.gain)
    return rows.per_query(rows.gain[best] * discount)


def _refuse_uneven(weight: FloatArray | None, order: IntArray, start: IntArray) -> None:
    if weight is None:
        return
    ordered = weight[order]
    uneven = np.maximum.reduceat(ordered, start) != np.minimum.reduceat(ordered, start)
    if uneven.any():
        count = int(np.count_nonzero(uneven))
        raise UsageError(
            f"weights differ within {count} of {len(start)} queries; a query counts as one, with one weight"
        )


def _told(estimate: Estimate, found: PerQuery) -> Estimate:
    """With the rows behind the queries, and the queries that have no value."""
    behind = f"{found.rows} rows in {len(found.values) + found.left_out} queries"
    if found.left_out:
        behind += f", {found.left_out} of them without a relevant row and left out"
    flags = (*estimate.flags, *(("queries_left_out",) if found.left_out else ()))
    detail = f"{behind}; {estimate.detail}" if estimate.detail else behind
    return replace(estimate, detail=detail, flags=flags)
