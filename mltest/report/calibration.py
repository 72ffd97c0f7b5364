"""Calibration: the observed share against the stated probability, with the shares that calibration would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.digits import number
from mltest.report.drawing import Numbers, points_note, sampled_places
from mltest.report.square import Scale, Words, round_span, square

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture
    from mltest.result import Curve

__all__ = ["calibration"]

# A model of rare events states little above 0: a full axis would squeeze its curve into a corner.
_NARROW = 0.4
_HEADS = ("stated", "observed", "if calibrated, from", "to")


def calibration(curves: Sequence[Curve], anchor: str) -> tuple[Picture, ...]:
    """One picture for each group; the ends of its band have its label with ``low`` and ``high`` behind it."""
    by_label = {curve.label: curve for curve in curves}
    ends = {f"{label}{end}" for label in by_label for end in (" low", " high")}
    own = [curve for curve in curves if curve.label not in ends]
    return tuple(
        _picture(curve, by_label.get(f"{curve.label} low"), by_label.get(f"{curve.label} high"), f"{anchor}-{at}")
        for at, curve in enumerate(own)
    )


def _picture(curve: Curve, low: Curve | None, high: Curve | None, anchor: str) -> Picture:
    banded = low is not None and high is not None
    below, above = (low.y, high.y) if low and high else ((), ())
    span = _span([*curve.x, *curve.y, *below, *above])
    words = Words(
        title=f"Calibration of {curve.label}",
        described="Observed share of positives against stated probability; on the dashed diagonal they agree."
        + (" In the shaded band lie 95 % of the shares that calibrated probabilities would give." if banded else ""),
        caption=f"Calibration of {curve.label}. Dashed: equal."
        + (" Shaded: where calibrated probabilities would be, 95 % at each point." if banded else ""),
        x_name="stated probability",
        y_name="observed share",
    )
    band = [*zip(curve.x, above, strict=False), *reversed([*zip(curve.x, below, strict=False)])]
    return square(
        [curve],
        anchor,
        words,
        kind="calibration",
        numbers=[_numbers(curve, below, above)],
        key=(0.05, 0.94),
        across=span,
        up=span,
        reference=((span.low, span.low), (span.high, span.high)),
        band=band,
        dotted=True,
    )


def _span(values: Sequence[float]) -> Scale:
    """From 0 to 1, or to where the values end if that is far less."""
    return round_span([0.0, *values]) if max(values) < _NARROW else Scale()


def _numbers(curve: Curve, low: Sequence[float], high: Sequence[float]) -> Numbers:
    columns = [column for column in (curve.x, curve.y, low, high) if column]
    points = min(map(len, columns))
    places = sampled_places(points)
    return Numbers(
        label=curve.label,
        heads=_HEADS[: len(columns)],
        rows=tuple(tuple(number(float(column[at])) for column in columns) for at in places),
        note=points_note(len(places), points),
    )
