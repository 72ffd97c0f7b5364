"""The trend over earlier runs: the runs, what changed for good, and the series of each check that has one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltest.digits import number
from mltest.report.drawing import Axis, path_of
from mltest.report.provenance import time_text
from mltest.report.reading import ABSENT, clean, short
from mltest.report.strips import coordinate
from mltest.report.words import plural, verdict_text

__all__ = ["Series", "Trend", "trend_of_runs"]

_DRAWN, _POINTS = 30, 40
_WIDTH, _HEIGHT = 220, 40
_GATES = {
    "allow": "allow",
    "allow_conditional": "allow, with conditions",
    "block": "block",
    "void": "no decision",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The values of one check over the runs."""

    name: str
    metric: str
    line: str
    dots: tuple[tuple[str, str, str], ...]
    limit: str
    described: str
    first: str
    last: str
    values: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What the page shows of the runs before this one."""

    span: str
    runs: tuple[tuple[str, str, str, str], ...]
    points: tuple[tuple[str, str, str, str], ...]
    more_points: str
    series: tuple[Series, ...]
    more_series: str
    unread: tuple[str, ...]


def trend_of_runs(found: Mapping[str, Any] | None) -> Trend | None:
    """The trend as ``mltest.policy.trend`` made it; None where no runs are beside the page."""
    if found is None:
        return None
    told = clean(dict(found))
    runs: Sequence[Mapping[str, Any]] = told["runs"]
    valued = [check for check in told["checks"] if sum(point["value"] is not None for point in check["series"]) > 1]
    marked = {point["id"] for point in told["points"]}
    valued.sort(key=lambda check: (check["id"] not in marked, check["id"]))
    points, more = told["points"], len(valued) - _DRAWN
    return Trend(
        span=plural(len(runs), "run"),
        runs=tuple(_run(run) for run in runs),
        points=tuple(_point(point, runs) for point in points[:_POINTS]),
        more_points=f"And {plural(len(points) - _POINTS, 'more change')}." if len(points) > _POINTS else "",
        series=tuple(_series(check, runs) for check in valued[:_DRAWN]),
        more_series=f"{plural(more, 'more check')} without a change for good." if more > 0 else "",
        unread=tuple(f"{row.get('place')}: {row.get('why')}" for row in told.get("unreadable") or ()),
    )


def _run(run: Mapping[str, Any]) -> tuple[str, str, str, str]:
    gate = str(run.get("gate"))
    commit = str(run.get("commit") or ABSENT)[:10]
    return time_text(run.get("finished")) or ABSENT, commit, _GATES.get(gate, gate), short(run.get("root"))


def _point(point: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> tuple[str, str, str, str]:
    at = runs[point["run"]] if 0 <= point["run"] < len(runs) else {}
    return (
        str(point["id"]),
        str(point.get("toward") or "no direction"),
        f"{point['kind']}: {point['text']}",
        time_text(at.get("finished")) or ABSENT,
    )


def _series(check: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> Series:
    points = [point for point in check["series"] if point["value"] is not None]
    limit = points[-1]["limit"]
    limit = float(limit) if isinstance(limit, (int, float)) else None
    values = [float(point["value"]) for point in points]
    reach = [*values, *([] if limit is None else [limit])]
    low, high = min(reach), max(reach)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    x = Axis(low=0.0, high=float(max(len(runs) - 1, 1)), start=6.0, end=_WIDTH - 6.0)
    y = Axis(low=low, high=high, start=_HEIGHT - 6.0, end=6.0)
    places = [(float(point["run"]), value) for point, value in zip(points, values, strict=True)]
    return Series(
        name=str(check["id"]),
        metric=str(check["metric"]),
        line=path_of(places, x, y),
        dots=tuple(
            (coordinate(x.at(at)), coordinate(y.at(value)), str(point["verdict"]))
            for (at, value), point in zip(places, points, strict=True)
        ),
        limit="" if limit is None else coordinate(y.at(limit)),
        described=f"{check['metric']} over {plural(len(points), 'run')}, {number(values[0])} to {number(values[-1])}"
        + ("" if limit is None else f", limit {number(limit)}"),
        first=number(values[0]),
        last=number(values[-1]),
        values=tuple(_value(point) for point in points),
    )


def _value(point: Mapping[str, Any]) -> tuple[str, str, str, str]:
    ends = [point.get("low"), point.get("high")]
    bounds = "none" if ends == [None, None] else " to ".join("open" if at is None else number(float(at)) for at in ends)
    return (
        time_text(point.get("time")) or ABSENT,
        number(float(point["value"])),
        bounds,
        verdict_text(str(point["verdict"])),
    )
