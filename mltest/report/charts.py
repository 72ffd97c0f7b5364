"""The pictures that a result makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.report.calibration import calibration
from mltest.report.curves import precision_recall, predicted_actual, roc
from mltest.report.dumbbell import levels, train_test
from mltest.report.ladders import levels_of
from mltest.report.learning_curve import learning_curve
from mltest.report.permutation import permutation
from mltest.report.seeds import seeds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.report.drawing import Picture
    from mltest.result import Curve, Result

__all__ = ["pictures_of"]

_ONE_EACH: dict[str, Callable[[Sequence[Curve], str], Picture]] = {
    "roc": roc,
    "precision_recall": precision_recall,
    "predicted_actual": predicted_actual,
    "learning_curve": learning_curve,
    "permutation": permutation,
    "train_test": train_test,
    "interval": train_test,
}


def pictures_of(result: Result, anchor: str) -> tuple[Picture, ...]:
    """The pictures that the curves of a result make, in a fixed order; an unknown kind is left to the numbers."""
    by_kind: dict[str, list[Curve]] = {}
    for curve in result.curves:
        if curve.x and curve.y:
            by_kind.setdefault(curve.kind, []).append(curve)
    beside = levels_of(result)
    if beside:
        # two splits or two models with their bounds say more than their bare values
        by_kind.pop("train_test", None)
    pictures = [draw(by_kind[kind], f"{anchor}-{kind}") for kind, draw in _ONE_EACH.items() if kind in by_kind]
    pictures += calibration(by_kind.get("calibration", ()), f"{anchor}-calibration")
    if "seeds" in by_kind:
        pictures.append(seeds(by_kind["seeds"], f"{anchor}-seeds", result.requirement))
    anchors = [f"{anchor}-levels{f'-{at}' if at else ''}" for at in range(len(beside))]
    return (*pictures, *(levels(one, at) for one, at in zip(beside, anchors, strict=True)))
