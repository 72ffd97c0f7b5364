"""Bootstrap of a threshold with weights or clusters: every row is drawn, and only one stretch is looked at closely."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mltest.stats.bootstrap import BLOCKS, MOST_JACKKNIFE, settle_replicates, skewness_of
from mltest.stats.operating_draws import located

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate
    from mltest.stats.operating_rules import Rule
    from mltest.stats.units import BoolArray, FloatArray, IntArray, Units

__all__ = ["Ordered", "ordered", "resampled"]


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """Positives by falling score, then negatives by falling score, cut into stretches of neighbouring scores.

    ``start`` has the first row of each stretch, those of the positives before those of the negatives, and a last one.
    """

    unit: IntArray
    weight: FloatArray | None
    cell: npt.NDArray[np.int32]
    start: IntArray

    @property
    def stretches(self) -> int:
        """How many there are."""
        return len(self.start) // 2

    def rate(self, rule: Rule, times: FloatArray) -> float:
        """The rate at the threshold where each unit is there so many times."""
        each = times[self.unit]
        if self.weight is not None:
            each *= self.weight
        first = self.start[:-1]
        sums = np.where(np.diff(self.start) > 0, np.add.reduceat(each, np.minimum(first, len(each) - 1)), 0.0)
        many = self.stretches

        def inside(at: int) -> tuple[FloatArray, FloatArray]:
            parts = [slice(self.start[side], self.start[side + 1]) for side in (at, many + at)]
            cells = [self.cell[part] for part in parts]
            low = min(int(own[0]) for own in cells if len(own))
            size = max(int(own[-1]) for own in cells if len(own)) - low + 1
            positive, negative = (
                np.bincount(own - low, each[part], size).astype(np.float64)
                for own, part in zip(cells, parts, strict=True)
            )
            return positive, negative

        return located(rule, sums[:many], sums[many:], inside)[0]


def ordered(truth: BoolArray, score: FloatArray, units: Units) -> Ordered:
    """Rows in the order that thresholds pass them."""
    order = np.argsort(-score, kind="stable")
    falling = score[order]
    cell = np.cumsum(np.append(False, falling[1:] != falling[:-1]), dtype=np.int32)
    del falling
    # a stretch ends where a score does
    opens = np.flatnonzero(np.append(True, cell[1:] != cell[:-1])) // (math.isqrt(len(order)) + 1)
    in_order = np.cumsum(np.append(False, opens[1:] != opens[:-1]), dtype=np.int32)
    many = int(in_order[-1]) + 1
    by_class = np.argsort(~truth[order], kind="stable")
    rows, cell = order[by_class], cell[by_class]
    del order, by_class
    counts = np.bincount(in_order[cell] + np.int32(many) * ~truth[rows], minlength=2 * many)
    return Ordered(
        rows if units.group is None else units.group[rows],
        None if units.weight is None else units.weight[rows],
        cell,
        np.append(0, np.cumsum(counts)),
    )


def resampled(
    rate: Callable[[FloatArray], float],
    value: float,
    units: Units,
    *,
    seed: int,
    replicates: int,
    value_range: tuple[float, float],
) -> Estimate:
    """The BCa interval of a rate as a function of how often each unit is there."""
    many = units.n if units.group is None else units.groups
    generator = np.random.Generator(np.random.PCG64(seed))
    drawn = np.array(
        [
            rate(np.bincount(generator.integers(0, many, many), minlength=many).astype(np.float64))
            for _ in range(replicates)
        ]
    )

    def acceleration() -> float:
        left_out = np.array_split(generator.permutation(many), BLOCKS) if many > MOST_JACKKNIFE else np.arange(many)
        without = []
        for block in left_out:
            times = np.ones(many)
            times[block] = 0.0
            without.append(rate(times))
        return skewness_of(np.array(without))

    return settle_replicates(
        drawn, value, acceleration, n=units.n, n_groups=units.n_groups, seed=seed, value_range=value_range
    )
