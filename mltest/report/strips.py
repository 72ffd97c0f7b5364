"""Interval strips: a value with its bounds, drawn against the demand, as coordinates for the template."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import limit, number
from mltest.message import required_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mltest.result import Measurement, Requirement

__all__ = ["Label", "Scale", "Strip", "WideStrip", "accepted", "scale_of", "spoken", "strip", "wide_strip"]

WIDTH = 220
_WIDE = 460.0
_EDGE = 4.0 / WIDTH
_INNER = 47.6 / WIDTH
# Room that a number needs under a strip, so that it does not run into its neighbours.
_LETTER = 7.0
# A limit further off than this many widths of what was measured would squeeze the interval to a dot.
_FAR = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Numbers to coordinates: a span to the inner part, what lies far outside to the edges."""

    low: float
    high: float
    broken_low: bool = False
    broken_high: bool = False
    width: float = WIDTH

    def at(self, value: float) -> float:
        """The coordinate of a value, kept inside the drawing."""
        inner = _INNER * self.width
        share = (value - self.low) / (self.high - self.low)
        return min(max(inner + share * (self.width - 2 * inner), self.edge), self.width - self.edge)

    @property
    def edge(self) -> float:
        """Where the axis begins."""
        return _EDGE * self.width


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One drawn strip; every coordinate is text with at most one decimal."""

    verdict: str
    spoken: str
    accepted: tuple[str, str] | None
    bar: tuple[str, str] | None
    dot: str | None
    limits: tuple[str, ...]
    breaks: tuple[str, ...] = ()


def coordinate(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def limits_of(requirement: Requirement | None) -> tuple[float, ...]:
    """The limits of a demand that can be drawn."""
    if requirement is None or requirement.limit is None:
        return ()
    return requirement.limit if isinstance(requirement.limit, tuple) else (requirement.limit,)


def accepted(requirement: Requirement | None) -> tuple[float, float] | None:
    """The side of the limit that meets the demand, for shading only: verdicts are made elsewhere."""
    limits = limits_of(requirement)
    if requirement is None or not limits or requirement.comparison == "holds":
        return None
    if len(limits) > 1:
        return limits[0], limits[1]
    upwards = {"at_least": True, "better": True, "at_most": False, "not_worse": limits[0] < 0}
    return (limits[0], math.inf) if upwards[requirement.comparison] else (-math.inf, limits[0])


def scale_of(measured: Iterable[Measurement], requirement: Requirement | None, *, width: float = WIDTH) -> Scale:
    """One scale for all that was measured; a limit far away moves to the edge behind a break."""
    own = [at for found in measured for at in (found.low, found.value, found.high) if at is not None]
    limits = limits_of(requirement)
    low, high = min(own or limits or (0.0,)), max(own or limits or (1.0,))
    reach = (high - low) * _FAR
    near = [at for at in limits if not reach or low - reach <= at <= high + reach]
    bottom, top = min([low, *near]), max([high, *near])
    if bottom == top:
        spread = abs(bottom) or 1.0
        bottom, top = bottom - spread, top + spread
    return Scale(
        low=bottom,
        high=top,
        broken_low=any(at < bottom for at in limits),
        broken_high=any(at > top for at in limits),
        width=width,
    )


def strip(found: Measurement, requirement: Requirement | None, verdict: str, scale: Scale | None = None) -> Strip:
    """The strip of one measurement, in its own scale or in one that it shares."""
    scale = scale or scale_of([found], requirement)
    return Strip(
        verdict=verdict,
        spoken=spoken(found, requirement),
        accepted=_shaded(requirement, scale),
        bar=_bar(found, requirement, verdict, scale),
        dot=None if found.value is None else coordinate(scale.at(found.value)),
        limits=tuple(coordinate(scale.at(at)) for at in limits_of(requirement)),
        breaks=_breaks(scale),
    )


def _shaded(requirement: Requirement | None, scale: Scale) -> tuple[str, str] | None:
    side = accepted(requirement)
    if side is None:
        return None
    left = scale.edge if math.isinf(side[0]) else scale.at(side[0])
    right = scale.width - scale.edge if math.isinf(side[1]) else scale.at(side[1])
    return coordinate(left), coordinate(max(right - left, 0.0))


def _bar(found: Measurement, requirement: Requirement | None, verdict: str, scale: Scale) -> tuple[str, str] | None:
    """The interval; a bound that does not exist leaves its end open, but never across a limit that was met."""
    if found.low is None and found.high is None:
        return None
    side = accepted(requirement) if verdict == "passed" and found.value is not None else None
    closed_low, closed_high = side is not None and side[0] > -math.inf, side is not None and side[1] < math.inf
    low = found.value if found.low is None and closed_low else found.low
    high = found.value if found.high is None and closed_high else found.high
    left = scale.edge if low is None else scale.at(low)
    right = scale.width - scale.edge if high is None else scale.at(high)
    return coordinate(left), coordinate(right)


def _breaks(scale: Scale) -> tuple[str, ...]:
    inner = _INNER * scale.width / 2
    ends = ((inner, scale.broken_low), (scale.width - inner, scale.broken_high))
    return tuple(coordinate(at) for at, broken in ends if broken)


def spoken(found: Measurement, requirement: Requirement | None) -> str:
    """What the strip shows, in words."""
    beside = limits_of(requirement)
    demand = "" if requirement is None else f", demanded {required_text(requirement)}"
    if found.value is None:
        return f"not estimable: {found.detail or 'no reason recorded'}{demand}"
    if found.method == "census":
        return f"{number(found.value, *beside)}, counted in full{demand}"
    if found.low == found.high == found.value:
        return f"{number(found.value, *beside)}, exact{demand}"
    low = "no lower bound" if found.low is None else f"lower bound {number(found.low, *beside)}"
    high = "no upper bound" if found.high is None else f"upper bound {number(found.high, *beside)}"
    return f"{number(found.value, *beside)}, {low}, {high}{demand}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A number beside a strip."""

    x: str
    y: str
    anchor: str
    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WideStrip:
    """A large strip with its numbers written beside it."""

    strip: Strip
    labels: tuple[Label, ...]


def wide_strip(found: Measurement, requirement: Requirement | None, verdict: str) -> WideStrip:
    """The strip of a check that stops the gate: the same drawing, larger, with the numbers in it."""
    scale = scale_of([found], requirement, width=_WIDE)
    return WideStrip(
        strip=strip(found, requirement, verdict, scale),
        labels=(*_limit_labels(requirement, scale), *_bound_labels(found, requirement, scale)),
    )


def _limit_labels(requirement: Requirement | None, scale: Scale) -> list[Label]:
    """Above each limit, on the accepted side of it."""
    side = accepted(requirement)
    words = "limit " if len(limits_of(requirement)) == 1 else ""
    labels = []
    for at in limits_of(requirement):
        rightwards = side is None or at == side[0]
        x = scale.at(at)
        text = f"{words}{limit(at)}"
        fits = x + _LETTER * len(text) < scale.width if rightwards else x - _LETTER * len(text) > 0
        labels.append(_label(x, "11", "start" if rightwards == fits else "end", text))
    return labels


def _bound_labels(found: Measurement, requirement: Requirement | None, scale: Scale) -> list[Label]:
    """Under the bounds, outwards; the value between them where there is room."""
    beside = limits_of(requirement)
    labels = []
    exact = found.method == "census" or found.low == found.high
    if not exact and found.low is not None:
        labels.append(_label(scale.at(found.low), "58", "end", number(found.low, *beside)))
    if not exact and found.high is not None:
        labels.append(_label(scale.at(found.high), "58", "start", number(found.high, *beside)))
    if found.value is not None:
        text = number(found.value, *beside)
        x = scale.at(found.value)
        ends = [scale.at(at) for at in (found.low, found.high) if at is not None and not exact]
        if all(abs(x - end) > _LETTER * len(text) / 2 + 4 for end in ends):
            labels.append(_label(x, "58", "middle", text, strong=True))
    return labels


def _label(x: float, y: str, anchor: str, text: str, *, strong: bool = False) -> Label:
    return Label(x=coordinate(x), y=y, anchor=anchor, text=text, strong=strong)
