"""Waivers and declared values: what somebody accepted or promised, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mltest.digits import number
from mltest.report.people import NAMED
from mltest.report.reading import ABSENT
from mltest.report.words import plural, verdict_text

__all__ = ["DeclaredRow", "WaiverRow", "days_text", "declared_of", "waivers_of"]

_SOON = 14
_RELATIONS = {
    "within": "the declared value lies inside the interval",
    "declared-better": "declared better than tested",
    "declared-worse": "declared worse than tested",
    "not-tested": "not measured: no check is about it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverRow:
    """One waiver, used or not, with what became of it."""

    id: str
    state: str
    holds: bool
    used: bool
    soon: bool
    days: str
    expires: str
    covers: str
    checks: tuple[tuple[str, str], ...]
    reason: str
    risk: str
    requested: str
    approved: str
    issue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRow:
    """One published value against the interval that was tested."""

    metric: str
    population: str
    declared: str
    tested: str
    relation: str
    gate: str
    source: str


def waivers_of(evidence: Mapping[str, Any], anchors: Mapping[str, str]) -> tuple[WaiverRow, ...]:
    """Every waiver by its expiry; ``anchors`` are the places of checks on the page."""
    rows = [row for row in evidence["verdict"].get("waivers") or () if isinstance(row, Mapping)]
    return tuple(_waiver(row, anchors) for row in sorted(rows, key=lambda row: str(row.get("expires"))))


def _waiver(row: Mapping[str, Any], anchors: Mapping[str, str]) -> WaiverRow:
    checks = [str(check) for check in row.get("checks") or [row.get("check") or ABSENT]]
    days = row.get("days_left")
    holds = row.get("state") == "valid"
    return WaiverRow(
        id=str(row.get("id", ABSENT)),
        state=_state(row, holds=holds),
        holds=holds,
        used=bool(row.get("used")),
        soon=holds and isinstance(days, int) and days <= _SOON,
        days=days_text(days),
        expires=str(row.get("expires", ABSENT)),
        covers=", ".join(verdict_text(str(word)) for word in row.get("covers") or ()),
        checks=tuple((anchors.get(check, ""), check) for check in checks),
        reason=str(row.get("reason", ABSENT)),
        risk=str(row.get("risk", ABSENT)),
        requested=str(row.get("requested_by", ABSENT)),
        approved=f"{row.get('approved_by', ABSENT)} ({'signed' if row.get('proven') else NAMED})",
        issue=str(row.get("issue") or ""),
    )


def _state(row: Mapping[str, Any], *, holds: bool) -> str:
    if not holds:
        return f"does not hold: {row.get('code', '')} {row.get('text', '')}".strip()
    told = "used" if row.get("used") else "not used: nothing that it covers happened"
    return f"{told}; {row['code']} {row['text']}" if row.get("code") else told


def days_text(days: object) -> str:
    """How long a waiver still holds.

    Examples
    --------
    >>> days_text(0), days_text(1), days_text(-12)
    ('ends today', '1 day left', 'ended 12 days before this run')
    """
    if not isinstance(days, int):
        return ABSENT
    if days < 0:
        return f"ended {plural(-days, 'day')} before this run"
    return f"{plural(days, 'day')} left" if days else "ends today"


def declared_of(evidence: Mapping[str, Any]) -> tuple[DeclaredRow, ...]:
    """The declared values, what stops the gate first."""
    rows = [row for row in evidence["verdict"].get("declared") or () if isinstance(row, Mapping)]
    order = {"block": 0, "warn": 1, "note": 2}
    return tuple(_declared(row) for row in sorted(rows, key=lambda row: order.get(str(row.get("gate")), 3)))


def _declared(row: Mapping[str, Any]) -> DeclaredRow:
    low, high = (*(row.get("interval") or ()), None, None)[:2]
    tested = row.get("tested")
    ends = " to ".join("open" if end is None else number(float(end)) for end in (low, high))
    required = " (required)" if row.get("required") else ""
    words = {"block": "blocks the gate", "warn": "a condition of the gate", "note": "noted"}
    return DeclaredRow(
        metric=str(row.get("metric", ABSENT)),
        population=str(row.get("population", ABSENT)),
        declared=number(float(row["declared"])) + required if row.get("declared") is not None else ABSENT,
        tested="not measured" if tested is None else f"{number(float(tested))} ({ends})",
        relation=_RELATIONS.get(str(row.get("relation")), str(row.get("relation"))),
        gate=words.get(str(row.get("gate")), "none"),
        source=str(row.get("source", ABSENT)),
    )
