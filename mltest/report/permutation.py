"""Permuted labels: how the fits on them scored, and where the fit on the true labels lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.report.drawing import numbers_of
from mltest.report.square import Words, round_span, square
from mltest.result import Curve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture

__all__ = ["permutation"]


def permutation(curves: Sequence[Curve], anchor: str) -> Picture:
    """A line with many points is the distribution; one with a single point is a score, drawn upright."""
    spread = [curve for curve in curves if len(curve.x) > 1]
    marks = [curve for curve in curves if len(curve.x) == 1]
    heads = ("score", "did worse")
    words = Words(
        title="Score with true labels against scores with permuted labels",
        described="Share of the fits on permuted labels that did worse, against the score; "
        "the upright line is the score of the fit on the true labels.",
        caption="Fits on permuted labels, by score, against the one on the true labels (upright).",
        x_name=heads[0],
        y_name="share that did worse",
    )
    upright = [Curve(kind=mark.kind, label=mark.label, x=(mark.x[0], mark.x[0]), y=(0.0, 1.0)) for mark in marks]
    return square(
        [*upright, *spread],
        anchor,
        words,
        kind="permutation",
        numbers=[numbers_of(curve, heads) for curve in [*marks, *spread]],
        across=round_span([at for curve in curves for at in curve.x]),
    )
