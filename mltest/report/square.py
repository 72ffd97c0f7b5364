"""Square pictures: lines in two axes, with a reference, a shaded band, and a name for each line."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from mltest.report.drawing import Axis, Line, Picture, path_of, role_of
from mltest.report.strips import coordinate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Numbers, Tick
    from mltest.result import Curve

__all__ = ["QUARTERS", "Scale", "Words", "round_span", "round_ticks", "square"]

_WIDTH, _HEIGHT = 280, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 268, 10, 206
_THOUSAND, _MILLION = 1e3, 1e6
# What binary fractions are off by: 0.6 / 0.05 is a little less than 12.
_DUST = 1e-9
# Room that names need, and where they may stand, as shares of the picture.
_KEY_WIDTH, _KEY_HEIGHT, _BETWEEN = 0.5, 0.16, 10
_PLACES = ((0.05, 0.94), (0.48, 0.94), (0.48, 0.2), (0.05, 0.2), (0.05, 0.6), (0.48, 0.6))
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a picture says of itself: title, long description, caption, and the names of both axes."""

    title: str
    described: str
    caption: str
    x_name: str
    y_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """One axis: its ends and ticks; on a logarithmic one equal factors are equally far apart."""

    low: float = 0.0
    high: float = 1.0
    ticks: Sequence[float] = field(default=QUARTERS)
    logarithmic: bool = False

    def axis(self, start: float, end: float) -> Axis:
        """From numbers, as ``place`` gives them, to coordinates."""
        return Axis(low=self.place(self.low), high=self.place(self.high), start=start, end=end)

    def place(self, value: float) -> float:
        """The number that lies on the axis."""
        return math.log2(value) if self.logarithmic else value


def square(
    curves: Sequence[Curve],
    anchor: str,
    words: Words,
    *,
    kind: str,
    numbers: Sequence[Numbers],
    key: tuple[float, float] | None = None,
    across: Scale | None = None,
    up: Scale | None = None,
    reference: Sequence[tuple[float, float]] = (),
    band: Sequence[tuple[float, float]] = (),
    dotted: bool = False,
) -> Picture:
    """Draw curves; ``key`` is where their names stand, as shares of the width and height, or where most room is."""
    across, up = across or Scale(), up or Scale()
    x, y = across.axis(_LEFT, _RIGHT), up.axis(_BOTTOM, _TOP)
    key = key or _roomiest([_drawn(curve, across, x, y) for curve in curves])
    key_x = _LEFT + key[0] * (_RIGHT - _LEFT)
    key_y = _BOTTOM - key[1] * (_BOTTOM - _TOP)
    return Picture(
        anchor=anchor,
        kind=kind,
        title=words.title,
        described=f"{words.described} The numbers stand in the table below.",
        caption=words.caption,
        width=_WIDTH,
        height=_HEIGHT,
        x_name=words.x_name,
        y_name=words.y_name,
        x_ticks=_ticks(across, x),
        y_ticks=_ticks(up, y),
        reference=path_of(list(reference), x, y),
        band=f"{path_of(list(band), x, y)}Z" if band else "",
        lines=tuple(_line(curve, at, (across, x), y, key_y, dotted=dotted) for at, curve in enumerate(curves)),
        key_x=coordinate(key_x),
        key_text_x=coordinate(key_x + 24),
        numbers=tuple(numbers),
    )


def round_span(values: Sequence[float]) -> Scale:
    """Round ends and a round step around some numbers."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= rough * 0.999)
    low, high = math.floor(low / step + _DUST) * step, math.ceil(high / step - _DUST) * step
    return Scale(low=low, high=high, ticks=round_ticks(low, high, step))


def round_ticks(low: float, high: float, step: float) -> tuple[float, ...]:
    """A tick at each step, without the dust of binary fractions."""
    return tuple(round(low + step * at, 12) for at in range(round((high - low) / step) + 1))


def _drawn(curve: Curve, across: Scale, x: Axis, y: Axis) -> list[tuple[float, float]]:
    """The points of a line as shares of the picture, with others between them."""
    points = [
        ((x.at(across.place(right)) - _LEFT) / (_RIGHT - _LEFT), (_BOTTOM - y.at(up)) / (_BOTTOM - _TOP))
        for right, up in zip(curve.x, curve.y, strict=False)
    ]
    between = [
        (a[0] + (b[0] - a[0]) * at / _BETWEEN, a[1] + (b[1] - a[1]) * at / _BETWEEN)
        for a, b in pairwise(points)
        for at in range(_BETWEEN)
    ]
    return [*between, *points[-1:]]


def _roomiest(lines: Sequence[Sequence[tuple[float, float]]]) -> tuple[float, float]:
    """The place for the names that is furthest from what is drawn: the first of those that are as good."""
    drawn = [point for line in lines for point in line]

    def room(place: tuple[float, float]) -> float:
        box = [place[0], place[0] + _KEY_WIDTH, place[1] - _KEY_HEIGHT, place[1]]
        return min(
            (math.hypot(max(box[0] - x, 0.0, x - box[1]), max(box[2] - y, 0.0, y - box[3])) for x, y in drawn),
            default=0.0,
        )

    return max(_PLACES, key=lambda place: round(room(place), 6))


def _ticks(scale: Scale, axis: Axis) -> tuple[Tick, ...]:
    return tuple(axis.tick(scale.place(at), _tick_text(at)) for at in scale.ticks)


def _line(curve: Curve, at: int, across: tuple[Scale, Axis], y: Axis, key_y: float, *, dotted: bool) -> Line:
    scale, x = across
    points = [(scale.place(right), up) for right, up in zip(curve.x, curve.y, strict=False)]
    own_y = key_y + 15 * at
    dots = tuple((coordinate(x.at(right)), coordinate(y.at(up))) for right, up in points) if dotted else ()
    return Line(
        role=role_of(curve.label, at),
        label=_fitting(curve.label),
        path=path_of(points, x, y),
        dots=dots,
        key_y=coordinate(own_y),
        text_y=coordinate(own_y + 4),
    )


def _fitting(label: str) -> str:
    """A name that fits into the picture; its whole form stands in the table."""
    return label if len(label) <= 18 else f"{label[:17]}…"


def _tick_text(value: float) -> str:
    """A tick's number, short enough to stand beside an axis."""
    for unit, letter in ((_MILLION, "M"), (_THOUSAND, "k")):
        if abs(value) >= 10 * _THOUSAND and abs(value) >= unit:
            return f"{value / unit:.3g}{letter}"
    text = f"{value:.6g}"
    return text if len(text) <= 6 else f"{value:.2g}"
