"""The pictures that a result makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.report.curves import precision_recall, predicted_actual, roc
from mltest.report.dumbbell import levels, train_test
from mltest.report.ladders import context_of

if TYPE_CHECKING:
    from mltest.report.drawing import Picture
    from mltest.result import Curve, Result

__all__ = ["pictures_of"]

_DRAWN = {
    "roc": roc,
    "precision_recall": precision_recall,
    "predicted_actual": predicted_actual,
    "train_test": train_test,
    "interval": train_test,
}


def pictures_of(result: Result, anchor: str) -> tuple[Picture, ...]:
    """The pictures that the curves of a result make, in a fixed order; an unknown kind is left to the numbers."""
    by_kind: dict[str, list[Curve]] = {}
    for curve in result.curves:
        if curve.x and curve.y:
            by_kind.setdefault(curve.kind, []).append(curve)
    beside = [found for found in context_of(result) if found.value is not None]
    if len(beside) > 1:
        # two splits or two models with their bounds say more than their bare values
        by_kind.pop("train_test", None)
    pictures = [draw(by_kind[kind], f"{anchor}-{kind}") for kind, draw in _DRAWN.items() if kind in by_kind]
    return tuple(pictures if len(beside) < 2 else [*pictures, levels(beside, f"{anchor}-levels")])
