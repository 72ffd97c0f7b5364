"""Learning curve: a metric on training and on test rows, by the number of training rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.digits import count, number
from mltest.report.drawing import Numbers
from mltest.report.square import Scale, Words, round_span, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture
    from mltest.result import Curve

__all__ = ["learning_curve"]

_MOST_TICKS = 5


def learning_curve(curves: Sequence[Curve], anchor: str) -> Picture:
    """Labels end with ``on train`` or ``on test``; what comes before is the metric."""
    metric = curves[0].label.rpartition(" on ")[0] or "metric"
    # the test rows are what the curve is about, and so they are drawn first, as the candidate is elsewhere
    ordered = sorted(curves, key=lambda curve: not curve.label.endswith(" test"))
    sides = [replace(curve, label=curve.label.rpartition(" on ")[2]) for curve in ordered]
    rows = sorted({at for curve in curves for at in curve.x})
    words = Words(
        title=f"Learning curve, {metric}",
        described=f"{metric} on training and on test rows against the number of training rows, on a logarithmic "
        "axis; each point is the mean of several fits.",
        caption=f"{metric} by the number of training rows (logarithmic), means of several fits.",
        x_name="training rows",
        y_name=metric,
    )
    return square(
        sides,
        anchor,
        words,
        kind="learning_curve",
        numbers=[_numbers(curve, metric) for curve in sides],
        across=_rows(rows),
        up=round_span([at for curve in curves for at in curve.y]),
        dotted=True,
    )


def _rows(rows: Sequence[float]) -> Scale:
    """An axis of factors; one number of rows alone stands in its middle."""
    if len(rows) == 1:
        return Scale(low=rows[0] / 2, high=rows[0] * 2, ticks=rows, logarithmic=True)
    step = -(-len(rows) // _MOST_TICKS)
    return Scale(low=rows[0], high=rows[-1], ticks=rows[::-1][::step][::-1], logarithmic=True)


def _numbers(curve: Curve, metric: str) -> Numbers:
    rows = tuple((count(round(x)), number(float(y))) for x, y in zip(curve.x, curve.y, strict=False))
    return Numbers(label=f"{metric} on {curve.label} rows", heads=("training rows", metric), rows=rows, note="")
