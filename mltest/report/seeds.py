"""Trainings with several seeds: their scores in rising order, against the limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.report.drawing import numbers_of
from mltest.report.square import Words, round_span, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture
    from mltest.result import Curve, Requirement

__all__ = ["seeds"]


def seeds(curves: Sequence[Curve], anchor: str, demand: Requirement | None) -> Picture:
    """The share of the trainings that score no more, against the score."""
    metric = curves[0].label
    limit = demand.limit if demand is not None and isinstance(demand.limit, (int, float)) else None
    span = round_span([*(at for curve in curves for at in curve.y), *([] if limit is None else [float(limit)])])
    dashed = "" if limit is None else " Dashed: the limit."
    words = Words(
        title=f"{metric} of trainings with other seeds",
        described=f"{metric} of each training, in rising order.{dashed}",
        caption=f"{metric} of each training, in rising order.{dashed}",
        x_name="share of trainings",
        y_name=metric,
    )
    return square(
        curves,
        anchor,
        words,
        kind="seeds",
        numbers=[numbers_of(curve, (words.x_name, metric)) for curve in curves],
        up=span,
        reference=() if limit is None else ((0.0, float(limit)), (1.0, float(limit))),
        dotted=True,
    )
