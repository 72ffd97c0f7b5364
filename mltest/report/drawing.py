"""What pictures are made of: scales, paths, lines and the number tables beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import number
from mltest.report.strips import coordinate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.result import Curve

__all__ = [
    "Axis",
    "Line",
    "Numbers",
    "Picture",
    "Tick",
    "numbers_of",
    "path_of",
    "points_note",
    "role_of",
    "sampled_places",
]

_NUMBERS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A place on an axis and what it is called."""

    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One drawn line, with the place of its name."""

    role: str
    label: str
    path: str
    dots: tuple[tuple[str, str], ...] = ()
    key_y: str = "0"
    text_y: str = "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """The numbers behind one line: column heads and rows, all text."""

    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, ready to be written down."""

    anchor: str
    kind: str
    title: str
    described: str
    caption: str
    width: int
    height: int
    x_name: str = ""
    y_name: str = ""
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    reference: str = ""
    band: str = ""
    lines: tuple[Line, ...] = ()
    key_x: str = "0"
    key_text_x: str = "0"
    rows: tuple[object, ...] = ()
    numbers: tuple[Numbers, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A linear axis from numbers to coordinates."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The coordinate of a value, kept on the axis."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)

    def tick(self, value: float, text: str = "") -> Tick:
        """A tick at a value."""
        return Tick(at=coordinate(self.at(value)), text=text or f"{value:g}")


def sampled_places(points: int) -> list[int]:
    """The places of at most a dozen points of so many, evenly chosen, with both ends."""
    if points <= _NUMBERS_SHOWN:
        return list(range(points))
    return [round(at * (points - 1) / (_NUMBERS_SHOWN - 1)) for at in range(_NUMBERS_SHOWN)]


def points_note(shown: int, points: int) -> str:
    """How many points of a curve a table shows, where it leaves some out."""
    return f"{shown} of {points} points; all of them are in evidence.json" if points > shown else ""


def numbers_of(curve: Curve, heads: tuple[str, str]) -> Numbers:
    """The table beside a curve."""
    points = min(len(curve.x), len(curve.y))
    places = sampled_places(points)
    rows = tuple((number(float(curve.x[at])), number(float(curve.y[at]))) for at in places)
    return Numbers(label=curve.label, heads=heads, rows=rows, note=points_note(len(rows), points))


def path_of(points: Sequence[tuple[float, float]], x: Axis, y: Axis) -> str:
    """A polyline through the points."""
    steps = [f"{coordinate(x.at(across))} {coordinate(y.at(up))}" for across, up in points]
    return "M" + "L".join(steps) if steps else ""


def role_of(label: str, position: int) -> str:
    """Which line style a curve has: the baseline is grey and dashed, whatever its place."""
    if label in ("baseline", "production", "champion", "dummy"):
        return "base"
    return "cand" if position == 0 else "base" if position == 1 else "other"
