"""ROC, precision-recall, and predicted against actual: square pictures of lines in two axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltest.report.drawing import Axis, Line, Picture, numbers_of, path_of, role_of
from mltest.report.strips import coordinate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.result import Curve

__all__ = ["precision_recall", "predicted_actual", "roc"]

_WIDTH, _HEIGHT = 280, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 268, 10, 206
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def roc(curves: Sequence[Curve], anchor: str) -> Picture:
    """True against false positive rate; the diagonal is what chance would give."""
    names = " and ".join(curve.label for curve in curves)
    return _picture(
        curves,
        anchor,
        kind="roc",
        title=f"ROC curve of {names}",
        described="True positive rate against false positive rate; the dashed diagonal is chance.",
        caption="ROC: true against false positives at every threshold. Dashed: chance.",
        names=("false positive rate", "true positive rate"),
        key=(0.42, 0.20),
        reference=((0.0, 0.0), (1.0, 1.0)),
    )


def precision_recall(curves: Sequence[Curve], anchor: str) -> Picture:
    """Precision against recall."""
    names = " and ".join(curve.label for curve in curves)
    return _picture(
        curves,
        anchor,
        kind="precision_recall",
        title=f"Precision-recall curve of {names}",
        described="Precision against recall at every threshold.",
        caption="Precision against recall at every threshold.",
        names=("recall", "precision"),
        key=(0.05, 0.20),
        reference=(),
    )


def predicted_actual(curves: Sequence[Curve], anchor: str) -> Picture:
    """Mean actual against mean predicted value, by groups of rows; on the diagonal both agree."""
    low, high, step = _span([at for curve in curves for at in (*curve.x, *curve.y)])
    ticks = [low + step * at for at in range(round((high - low) / step) + 1)]
    return _picture(
        curves,
        anchor,
        kind="predicted_actual",
        title=f"Predicted against actual, {' and '.join(curve.label for curve in curves)}",
        described="Mean actual value against mean predicted value in groups of rows; on the diagonal they agree.",
        caption="Predicted against actual, means of groups of rows. Dashed: equal.",
        names=("predicted", "actual"),
        key=(0.05, 0.97),
        reference=((low, low), (high, high)),
        span=(low, high),
        ticks=ticks,
        dotted=True,
    )


def _span(values: Sequence[float]) -> tuple[float, float, float]:
    """Round ends and a round step around some numbers."""
    low, high = min(values), max(values)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1.0, 2.0, 5.0, 10.0) if power * factor >= rough * 0.999)
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _picture(
    curves: Sequence[Curve],
    anchor: str,
    *,
    kind: str,
    title: str,
    described: str,
    caption: str,
    names: tuple[str, str],
    key: tuple[float, float],
    reference: Sequence[tuple[float, float]],
    span: tuple[float, float] = (0.0, 1.0),
    ticks: Sequence[float] = _QUARTERS,
    dotted: bool = False,
) -> Picture:
    x = Axis(low=span[0], high=span[1], start=_LEFT, end=_RIGHT)
    y = Axis(low=span[0], high=span[1], start=_BOTTOM, end=_TOP)
    key_x = _LEFT + key[0] * (_RIGHT - _LEFT)
    key_y = _BOTTOM - key[1] * (_BOTTOM - _TOP)
    return Picture(
        anchor=anchor,
        kind=kind,
        title=title,
        described=f"{described} The numbers stand in the table below.",
        caption=caption,
        width=_WIDTH,
        height=_HEIGHT,
        x_name=names[0],
        y_name=names[1],
        x_ticks=tuple(x.tick(at, _tick_text(at)) for at in ticks),
        y_ticks=tuple(y.tick(at, _tick_text(at)) for at in ticks),
        reference=path_of(list(reference), x, y),
        lines=tuple(_line(curve, at, x, y, key_y, dotted=dotted) for at, curve in enumerate(curves)),
        key_x=coordinate(key_x),
        key_text_x=coordinate(key_x + 24),
        numbers=tuple(numbers_of(curve, names) for curve in curves),
    )


def _line(curve: Curve, at: int, x: Axis, y: Axis, key_y: float, *, dotted: bool) -> Line:
    points = list(zip(curve.x, curve.y, strict=False))
    own_y = key_y + 15 * at
    dots = tuple((coordinate(x.at(across)), coordinate(y.at(up))) for across, up in points) if dotted else ()
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
    text = f"{value:.6g}"
    return text if len(text) <= 6 else f"{value:.2g}"
