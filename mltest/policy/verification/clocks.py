"""Times: the run after its commit, before now, and as long by the wall clock as by the monotonic one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from mltest.policy.verification.finding import Finding
from mltest.policy.verification.shapes import moment

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["length", "timed"]

_SKEW = timedelta(minutes=5)  # clocks of two machines that are looked after
_DRIFT_MS = 2_000
_DRIFT_SHARE = 0.01
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def length(span: timedelta) -> str:
    """A span in its largest whole unit.

    Examples
    --------
    >>> length(timedelta(hours=3, minutes=5)), length(timedelta(days=9)), length(timedelta(seconds=12))
    ('3 h', '9 d', '12 s')
    """
    seconds = abs(span.total_seconds())
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size or size == 1))
    return f"{round(seconds / size)} {unit}"


def timed(case: Case) -> Iterator[Finding]:
    """What the clocks say."""
    clock = case.run["clock"]
    started, finished = _time(clock["started"]), _time(clock["finished"])
    committed = moment(case.run["source"].get("commit_time"))
    if committed is not None and started < committed - _SKEW:
        yield Finding("MLV08", f"run started {length(committed - started)} before its source commit")
    if finished > case.asked.at + _SKEW:
        yield Finding("MLV09", f"run finished {length(finished - case.asked.at)} after verification time")
    wall = finished - started
    steady = timedelta(milliseconds=clock["monotonic_ms"])
    allowed = timedelta(milliseconds=max(_DRIFT_MS, _DRIFT_SHARE * abs(clock["monotonic_ms"])))
    if abs(wall - steady) > allowed:
        text = f"wall time {round(wall.total_seconds())} s, monotonic time {round(steady.total_seconds())} s"
        yield Finding("MLV10", text)
    limit = case.asked.max_age
    if limit is not None and case.asked.at - finished > limit:
        text = f"evidence is {length(case.asked.at - finished)} old, limit {length(limit)}"
        yield Finding("MLV13", text)


def _time(text: str) -> datetime:
    found = moment(text)
    if found is None:  # the shapes were checked before
        raise ValueError(text)
    return found
