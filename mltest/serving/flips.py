"""Decisions that change where scores differ: another class, or the other side of one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.digits import count, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.serving.answer import Answer
    from mltest.serving.subject import Subject

__all__ = ["Flips", "flips"]

_BINARY = 2
_THRESHOLDS = {"predict_proba": 0.5, "decision_function": 0.0}


@dataclass(frozen=True, slots=True)
class Flips:
    """How many rows are decided otherwise; how far their scores moved, and lay from the threshold."""

    flipped: int
    rows: int
    change: float | None
    distance: float | None

    @property
    def brief(self) -> str:
        """How many."""
        if not self.flipped:
            return "no decision flips"
        return f"{count(self.flipped)} {'decision flips' if self.flipped == 1 else 'decisions flip'}"

    @property
    def text(self) -> str:
        """With the upper Clopper-Pearson bound of the share."""
        if not self.flipped:
            return self.brief
        from mltest.stats.proportion import clopper_pearson

        upper = number(clopper_pearson(self.flipped, self.rows)[1])
        text = f"{self.brief} (share at most {upper})"
        if self.change is None or self.distance is None:
            return text
        return f"{text}, moved by {number(self.change)} on average from up to {number(self.distance)} off the threshold"


def flips(subject: Subject, base: Answer, other: Answer) -> Flips | None:
    """The flips between two answers of the same form, or None where an answer decides nothing."""
    if set(base.columns) != set(other.columns):
        return None
    a, b = ([side.columns[name] for name in base.columns] for side in (base, other))
    threshold = _THRESHOLDS.get(subject.method)
    if threshold is None:
        labels = len(a) == 1 and (hasattr(subject.model, "classes_") or a[0].dtype.kind in "OUb")
        return _counted(a[0].astype(object) != b[0].astype(object)) if labels else None
    if any(column.dtype.kind not in "fiu" for column in (*a, *b)):
        return None
    if len(a) > _BINARY:
        return _counted(np.argmax(a, axis=0) != np.argmax(b, axis=0))
    return _crossing(a[-1].astype(np.float64), b[-1].astype(np.float64), threshold)


def _counted(flipped: Any) -> Flips:
    return Flips(int(np.count_nonzero(flipped)), len(flipped), None, None)


def _crossing(a: NDArray[np.float64], b: NDArray[np.float64], threshold: float) -> Flips:
    flipped = (a > threshold) != (b > threshold)
    if not flipped.any():
        return _counted(flipped)
    x, y = a[flipped], b[flipped]
    return Flips(len(x), len(a), float(np.abs(x - y).mean()), float(np.abs(x - threshold).max()))
