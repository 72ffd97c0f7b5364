"""Bootstrap and jackknife of a threshold: only the stretch of scores that holds it is looked at row by row."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.stats.bootstrap import BLOCKS, MOST_JACKKNIFE, skewness_of
from mltest.stats.bootstrap_cells import cells_of
from mltest.stats.operating_rules import Cells, Point, Rule
from mltest.stats.units import FloatArray, IntArray

__all__ = ["drawn_values", "located", "point_of", "skewness"]

_CHUNK = 2**20

# positives and negatives in each cell of one stretch
Inside = Callable[[int], tuple[FloatArray, FloatArray]]


def drawn_values(rule: Rule, cells: Cells, seed: int, replicates: int) -> FloatArray:
    """The rate in each replicate of the bootstrap over rows."""
    stretches = _stretches(cells)
    rows = int(cells.positive.sum() + cells.negative.sum())
    count = len(stretches.start)
    share = np.concatenate([stretches.positive, stretches.negative]) / rows
    # of their own, so that the size of a chunk changes nothing
    coarse, fine = (np.random.Generator(np.random.PCG64([seed, part])) for part in (0, 1))
    values, size = np.empty(replicates), max(1, _CHUNK // len(share))
    for first in range(0, replicates, size):
        drawn = coarse.multinomial(rows, share, size=min(size, replicates - first))
        for at, (positive, negative) in enumerate(zip(drawn[:, :count], drawn[:, count:], strict=True)):
            values[first + at] = located(rule, positive, negative, stretches.redrawn(fine, positive, negative))[0]
    return values


def point_of(rule: Rule, cells: Cells) -> Point:
    """The rate on the rows themselves; as ``rule.point``, with less in memory."""
    stretches = _stretches(cells)

    def inside(at: int) -> tuple[FloatArray, FloatArray]:
        part = slice(stretches.start[at], stretches.end[at])
        return cells.positive[part], cells.negative[part]

    value, stretch, found = located(rule, stretches.positive, stretches.negative, inside)
    return Point(value, -1 if stretch < 0 else int(stretches.start[stretch]) + found)


def skewness(rule: Rule, cells: Cells, seed: int) -> float:
    """The acceleration, by leaving out single rows or 200 blocks of them."""
    rows = int(cells.positive.sum() + cells.negative.sum())
    return _by_row(rule, cells) if rows <= MOST_JACKKNIFE else _by_block(rule, cells, rows, seed)


@dataclass(frozen=True, slots=True)
class _Stretches:
    """Neighbouring cells taken together: where they start and end, and what each holds."""

    cells: Cells
    start: IntArray
    end: IntArray
    positive: FloatArray
    negative: FloatArray

    def kinds(self, at: int) -> IntArray:
        """Twice the place of each row's cell in a stretch, and 1 more for a negative."""
        part = slice(self.start[at], self.end[at])
        counts = np.column_stack([self.cells.positive[part], self.cells.negative[part]]).ravel()
        return np.repeat(np.arange(len(counts)), counts.astype(np.int64))

    def redrawn(self, generator: np.random.Generator, positive: IntArray, negative: IntArray) -> Inside:
        """A replicate's rows of one stretch, drawn when they are asked for."""

        def inside(at: int) -> tuple[FloatArray, FloatArray]:
            part = slice(self.start[at], self.end[at])
            return (
                _drawn(generator, int(positive[at]), self.cells.positive[part]),
                _drawn(generator, int(negative[at]), self.cells.negative[part]),
            )

        return inside


def _drawn(generator: np.random.Generator, count: int, among: FloatArray) -> FloatArray:
    if not count:
        return np.zeros(len(among))
    return generator.multinomial(count, among / among.sum()).astype(np.float64)


def _stretches(cells: Cells) -> _Stretches:
    sizes = cells.positive + cells.negative
    start = cells_of(sizes, math.isqrt(int(sizes.sum())) + 1)
    return _Stretches(
        cells,
        start,
        np.append(start[1:], len(sizes)),
        np.add.reduceat(cells.positive, start),
        np.add.reduceat(cells.negative, start),
    )


def located(
    rule: Rule, positive: IntArray | FloatArray, negative: IntArray | FloatArray, inside: Inside
) -> tuple[float, int, int]:
    """The rate at the threshold with its stretch and cell there; looks only into stretches that can hold it."""
    hits, alarms = np.cumsum(positive, dtype=np.float64), np.cumsum(negative, dtype=np.float64)
    positives, negatives = float(hits[-1]), float(alarms[-1])
    if positives <= 0 or negatives <= 0:
        return float("nan"), -1, -1
    # no cell of a stretch has more hits than its end, or fewer false alarms than its start
    possible = np.flatnonzero(rule.holds(hits, alarms - negative, hits[-1:], alarms[-1:]))
    for at in possible if rule.highest else possible[::-1]:
        more, wrong = inside(int(at))
        own_hits = hits[at] - positive[at] + np.cumsum(more)
        own_alarms = alarms[at] - negative[at] + np.cumsum(wrong)
        found = rule.first(rule.holds(own_hits, own_alarms, hits[-1:], alarms[-1:]))
        if found >= 0:
            return rule.rate(float(own_hits[found]), float(own_alarms[found]), positives, negatives), int(at), found
    return rule.rate(0.0, 0.0, positives, negatives), -1, -1


def _by_row(rule: Rule, cells: Cells) -> float:
    """Rows of one cell and class leave the same rate behind."""
    values, times = [], []
    for own, other, turned in ((cells.positive, cells.negative, False), (cells.negative, cells.positive, True)):
        for at in np.flatnonzero(own):
            less = own.copy()
            less[at] -= 1
            values.append(rule.point(Cells(other, less) if turned else Cells(less, other)).value)
            times.append(own[at])
    return skewness_of(np.array(values), np.array(times))


def _by_block(rule: Rule, cells: Cells, rows: int, seed: int) -> float:
    stretches = _stretches(cells)
    block = _blocks(rows, seed)
    last = np.cumsum(stretches.positive + stretches.negative).astype(np.int64)
    parts = [slice(start, end) for start, end in zip(np.append(0, last[:-1]), last, strict=True)]
    gone = np.zeros((2, BLOCKS, len(parts)))
    for at, part in enumerate(parts):
        out = block[part] + BLOCKS * (stretches.kinds(at) & 1)
        gone[:, :, at] = np.bincount(out, minlength=2 * BLOCKS).reshape(2, BLOCKS)

    def without(out: int) -> Inside:
        def inside(at: int) -> tuple[FloatArray, FloatArray]:
            own = stretches.kinds(at)[block[parts[at]] != out]
            size = 2 * int(stretches.end[at] - stretches.start[at])
            both = np.bincount(own, minlength=size).astype(np.float64)
            return both[::2], both[1::2]

        return inside

    left = [
        located(rule, stretches.positive - gone[0, out], stretches.negative - gone[1, out], without(out))[0]
        for out in range(BLOCKS)
    ]
    return skewness_of(np.array(left))


def _blocks(rows: int, seed: int) -> npt.NDArray[np.uint8]:
    """Which of the blocks, all of one size, each row is left out with."""
    block = np.resize(np.arange(BLOCKS, dtype=np.uint8), rows)
    np.random.Generator(np.random.PCG64([seed, 2])).shuffle(block)
    return block
