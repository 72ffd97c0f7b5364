"""ROC, precision-recall, and predicted against actual."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.report.drawing import numbers_of
from mltest.report.square import Words, round_span, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture
    from mltest.result import Curve

__all__ = ["precision_recall", "predicted_actual", "roc"]


def roc(curves: Sequence[Curve], anchor: str) -> Picture:
    """True against false positive rate; the diagonal is what chance would give."""
    words = Words(
        title=f"ROC curve of {_names(curves)}",
        described="True positive rate against false positive rate; the dashed diagonal is chance.",
        caption="ROC: true against false positives at every threshold. Dashed: chance.",
        x_name="false positive rate",
        y_name="true positive rate",
    )
    return square(
        curves,
        anchor,
        words,
        kind="roc",
        numbers=[numbers_of(curve, (words.x_name, words.y_name)) for curve in curves],
        key=(0.42, 0.20),
        reference=((0.0, 0.0), (1.0, 1.0)),
    )


def precision_recall(curves: Sequence[Curve], anchor: str) -> Picture:
    """Precision against recall."""
    words = Words(
        title=f"Precision-recall curve of {_names(curves)}",
        described="Precision against recall at every threshold.",
        caption="Precision against recall at every threshold.",
        x_name="recall",
        y_name="precision",
    )
    return square(
        curves,
        anchor,
        words,
        kind="precision_recall",
        numbers=[numbers_of(curve, (words.x_name, words.y_name)) for curve in curves],
        key=(0.05, 0.20),
    )


def predicted_actual(curves: Sequence[Curve], anchor: str) -> Picture:
    """Mean actual against mean predicted value, by groups of rows; on the diagonal both agree."""
    span = round_span([at for curve in curves for at in (*curve.x, *curve.y)])
    words = Words(
        title=f"Predicted against actual, {_names(curves)}",
        described="Mean actual value against mean predicted value in groups of rows; on the diagonal they agree.",
        caption="Predicted against actual, means of groups of rows. Dashed: equal.",
        x_name="predicted",
        y_name="actual",
    )
    return square(
        curves,
        anchor,
        words,
        kind="predicted_actual",
        numbers=[numbers_of(curve, (words.x_name, words.y_name)) for curve in curves],
        key=(0.05, 0.97),
        across=span,
        up=span,
        reference=((span.low, span.low), (span.high, span.high)),
        dotted=True,
    )


def _names(curves: Sequence[Curve]) -> str:
    return " and ".join(curve.label for curve in curves)
