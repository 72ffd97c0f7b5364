"""Scores in order with their labels: what AUC, average precision and their curves are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mltest.stats.units import summed

if TYPE_CHECKING:
    from mltest.stats.units import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, slots=True)
class Ranking:
    """Labels in ascending order of score, and where each new score starts."""

    positive: npt.NDArray[np.uint8]
    new: BoolArray

    @property
    def tied(self) -> bool:
        """Whether any score occurs twice."""
        return not bool(self.new.all())

    def blocks(self) -> tuple[FloatArray, FloatArray]:
        """Positives and negatives at each distinct score, ascending."""
        if not self.tied:
            positive = self.positive.astype(np.float64)
            return positive, 1 - positive
        start = np.flatnonzero(np.concatenate(([True], self.new)))
        positive = np.add.reduceat(self.positive, start, dtype=np.int64)
        size = np.diff(start, append=len(self.positive))
        return positive.astype(np.float64), (size - positive).astype(np.float64)


@dataclass(frozen=True, slots=True)
class WeightedBlocks:
    """Weight of positives and negatives at each distinct score, ascending, and the block of each row."""

    positive: FloatArray
    negative: FloatArray
    block: IntArray


def rank(truth: BoolArray, score: FloatArray) -> Ranking:
    """Sort scores with their labels.

    Parameters
    ----------
    truth, score
        A label and a score a row; infinities may stand, NaN not.

    Returns
    -------
    Ranking

    Notes
    -----
    The bits of a float that is not negative, read as an integer, keep its order; shifted left the
    sign falls out and leaves room for the label, so one plain integer sort (several times faster
    than an argsort and a gather) orders both. Negative scores have their bits turned over.

    Examples
    --------
    >>> rank(np.array([True, False, True]), np.array([0.5, -1.0, 0.2])).positive
    array([0, 1, 1], dtype=uint8)
    """
    # adding zero makes -0.0 and 0.0 the same bits, and a copy that can be worked in
    bits = (score + 0.0).view(np.uint64)
    if not len(score) or score.min() >= 0:
        return _ranked([_sorted_keys(bits, truth)])
    negative = np.signbit(bits.view(np.float64))
    below, above = _sorted_keys(~bits[negative], truth[negative]), _sorted_keys(bits[~negative], truth[~negative])
    return _ranked([below, above])


def weighted_blocks(truth: BoolArray, score: FloatArray, weight: FloatArray | None) -> WeightedBlocks:
    """The weight at each distinct score, with the way back to the rows.

    Parameters
    ----------
    truth, score
        A label and a score a row.
    weight
        Positive, or None for ones.

    Returns
    -------
    WeightedBlocks

    Examples
    --------
    >>> weighted_blocks(np.array([True, False, True]), np.array([0.5, 0.1, 0.5]), None).positive
    array([0., 2.])
    """
    block, count = _blocks_of_rows(score)
    if weight is None:
        counts = [np.bincount(block[rows], minlength=count) for rows in (truth, ~truth)]
        return WeightedBlocks(counts[0].astype(np.float64), counts[1].astype(np.float64), block)
    positive = summed(block, np.where(truth, weight, 0.0), count)
    negative = summed(block, np.where(truth, 0.0, weight), count)
    return WeightedBlocks(positive, negative, block)


def _blocks_of_rows(score: FloatArray) -> tuple[IntArray, int]:
    """The rank of each row's score among the distinct ones, from 0, and how many there are."""
    order = np.argsort(score)
    ordered = score[order]
    new = np.ones(len(score), bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    del ordered
    place = np.cumsum(new)
    place -= 1
    block = np.empty(len(score), np.int64)
    block[order] = place
    return block, int(new.sum())


def _sorted_keys(bits: npt.NDArray[np.uint64], truth: BoolArray) -> npt.NDArray[np.uint64]:
    bits <<= np.uint64(1)
    bits |= truth
    bits.sort()
    return bits


def _ranked(parts: list[npt.NDArray[np.uint64]]) -> Ranking:
    labels = np.concatenate([(key & np.uint64(1)).astype(np.uint8) for key in parts])
    new = np.ones(max(len(labels) - 1, 0), bool)
    start = 0
    for key in parts:
        if len(key) > 1:
            np.greater(key[1:] ^ key[:-1], 1, out=new[start : start + len(key) - 1])
        start += len(key)
    return Ranking(labels, new)
