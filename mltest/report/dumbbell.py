"""Train against test, or two models: intervals under each other in one scale, and the gap between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import number
from mltest.report.drawing import Axis, Numbers, Picture
from mltest.report.strips import coordinate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.result import Curve, Measurement

__all__ = ["levels", "train_test"]

_WIDTH, _LEFT, _RIGHT = 320, 84, 236
_FIRST, _STEP = 26.0, 34.0


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of the dumbbell: an estimate with its interval."""

    label: str
    text: str
    role: str
    y: str
    text_y: str
    bar: tuple[str, str] | None
    dot: str


_Row = tuple[str, float | None, float, float | None]


def train_test(curves: Sequence[Curve], anchor: str) -> Picture:
    """From curves: one for each split with low, value and high in ``x``, or one with both values in ``y``."""
    if len(curves) == 1 and len(curves[0].y) == 2:
        train, test = curves[0].y
        return _picture([("train", None, train, None), ("test", None, test, None)], curves[0].label, anchor)
    rows: list[_Row] = []
    for curve in curves:
        ordered = sorted(curve.x)
        rows.append((curve.label, ordered[0], ordered[len(ordered) // 2], ordered[-1]))
    return _picture(rows, "", anchor)


def levels(beside: Sequence[Measurement], anchor: str) -> Picture:
    """From the measurements beside a judged difference: both splits, or both models."""
    words = [found.name.split(" ") for found in beside]
    shared = 0
    while all(len(name) > shared + 1 and name[shared] == words[0][shared] for name in words):
        shared += 1
    rows = [
        (" ".join(name[shared:]), found.low, found.value, found.high)
        for name, found in zip(words, beside, strict=True)
        if found.value is not None
    ]
    metric = [word for word in words[0][:shared] if word not in ("on", "of")]
    return _picture(rows, " ".join(metric), anchor)


def _picture(rows: Sequence[_Row], metric: str, anchor: str) -> Picture:
    drawn = [at for row in rows for at in row[1:] if at is not None]
    low, high = min(drawn), max(drawn)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    x = Axis(low=low, high=high, start=_LEFT, end=_RIGHT)
    names = " against ".join(row[0] for row in rows)
    title = f"{metric}: {names}" if metric else names
    bounded = any(low is not None or high is not None for _, low, _, high in rows)
    return Picture(
        anchor=anchor,
        kind="train_test",
        title=title,
        described=f"One estimate{' with its 95 % bounds' if bounded else ''} in each row, in one scale. "
        "The numbers stand in the table below.",
        caption=f"{title}, with 95 % bounds, in one scale." if bounded else f"{title}, in one scale.",
        width=_WIDTH,
        height=round(_FIRST * 2 + _STEP * (len(rows) - 1)),
        rows=tuple(_end(row, _role(row[0], [each[0] for each in rows]), at, x) for at, row in enumerate(rows)),
        numbers=(
            Numbers(
                label=title,
                heads=("of", "lower bound", "value", "upper bound"),
                rows=tuple((row[0], *("none" if at is None else number(float(at)) for at in row[1:])) for row in rows),
                note="",
            ),
        ),
    )


def _role(label: str, labels: Sequence[str]) -> str:
    """The candidate stands out: the second of train and test, the first of model and production, not the dummy."""
    beats_dummy = any(_is_dummy(other) for other in labels) and not _is_dummy(label)
    return "cand" if beats_dummy or label in ("test", "model", "candidate") else "base"


def _is_dummy(label: str) -> bool:
    return label.partition(" ")[0] == "dummy"


def _end(row: _Row, role: str, at: int, x: Axis) -> End:
    label, low, value, high = row
    label = label.partition(" (")[0] or label
    y = _FIRST + _STEP * at
    return End(
        label=label if len(label) <= 11 else f"{label[:10]}…",
        text=number(float(value)),
        role=role,
        y=coordinate(y),
        text_y=coordinate(y + 4),
        bar=None if low is None or high is None or low == high else (coordinate(x.at(low)), coordinate(x.at(high))),
        dot=coordinate(x.at(value)),
    )
