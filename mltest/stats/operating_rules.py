"""Which threshold a demand chooses in the order of scores, and the rate there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from mltest.stats.units import BoolArray, FloatArray

__all__ = ["RULES", "Cells", "Point", "Rule"]

# rates are quotients of counts: 0.9 of 10 must be reached by 9
_ROUNDING = 1e-9

Reached = Callable[[FloatArray, FloatArray, FloatArray, FloatArray, float], npt.NDArray[np.bool_]]
Rate = Callable[[float, float, float, float], float]


@dataclass(frozen=True, slots=True)
class Cells:
    """Positives and negatives at each distinct score, the highest first."""

    positive: FloatArray
    negative: FloatArray


@dataclass(frozen=True, slots=True)
class Point:
    """A rate, and the cell whose score is the threshold; -1 where nothing is called positive."""

    value: float
    at: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A threshold chosen by what it reaches, and the rate that is read off there.

    ``reached`` and ``rate`` take true positives, false positives and the totals of both classes.
    """

    level: float
    reached: Reached
    rate: Rate
    highest: bool
    share_of: Literal["positives", "negatives", "called"]

    def holds(self, hits: FloatArray, alarms: FloatArray, positives: FloatArray, negatives: FloatArray) -> BoolArray:
        """Where the level is reached."""
        return self.reached(hits, alarms, positives, negatives, self.level)

    def point(self, cells: Cells) -> Point:
        """The rate at the threshold; NaN without positives or without negatives."""
        hits, alarms = np.cumsum(cells.positive), np.cumsum(cells.negative)
        positives, negatives = float(hits[-1]), float(alarms[-1])
        if positives <= 0 or negatives <= 0:
            return Point(float("nan"), -1)
        at = self.first(self.holds(hits, alarms, hits[-1:], alarms[-1:]))
        if at < 0:
            return Point(self.rate(0.0, 0.0, positives, negatives), -1)
        return Point(self.rate(float(hits[at]), float(alarms[at]), positives, negatives), at)

    def first(self, holds: BoolArray) -> int:
        """The highest threshold that holds, or the lowest, as the rule wants; -1 for none."""
        if self.highest:
            at = int(holds.argmax())
            return at if holds[at] else -1
        at = len(holds) - 1 - int(holds[::-1].argmax())
        return at if holds[at] else -1


def _recall_reached(
    hits: FloatArray, _alarms: FloatArray, positives: FloatArray, _negatives: FloatArray, level: float
) -> BoolArray:
    return np.asarray(hits >= (level - _ROUNDING) * positives)


def _specificity_reached(
    _hits: FloatArray, alarms: FloatArray, _positives: FloatArray, negatives: FloatArray, level: float
) -> BoolArray:
    return np.asarray(alarms <= (1 - level + _ROUNDING) * negatives)


def _precision_reached(
    hits: FloatArray, alarms: FloatArray, _positives: FloatArray, _negatives: FloatArray, level: float
) -> BoolArray:
    return np.asarray(hits >= (level - _ROUNDING) * (hits + alarms)) & (hits > 0)


def _precision(hits: float, alarms: float, _positives: float, _negatives: float) -> float:
    return hits / (hits + alarms) if hits + alarms > 0 else float("nan")


def _recall(hits: float, _alarms: float, positives: float, _negatives: float) -> float:
    return hits / positives


def _specificity(_hits: float, alarms: float, _positives: float, negatives: float) -> float:
    return 1 - alarms / negatives


RULES: dict[str, Callable[[float], Rule]] = {
    "precision_at_recall": lambda level: Rule(level, _recall_reached, _precision, highest=True, share_of="called"),
    "specificity_at_recall": lambda level: Rule(
        level, _recall_reached, _specificity, highest=True, share_of="negatives"
    ),
    "recall_at_precision": lambda level: Rule(level, _precision_reached, _recall, highest=False, share_of="positives"),
    "recall_at_specificity": lambda level: Rule(
        level, _specificity_reached, _recall, highest=False, share_of="positives"
    ),
}
