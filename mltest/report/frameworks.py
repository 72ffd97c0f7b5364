"""The controls of each framework that the project shows, and the ML Test Score: made by the policy, made ready here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.errors import MltestError
from mltest.policy.control_coverage import GRADES
from mltest.policy.control_tables import GRADE_TEXTS, framework_tables
from mltest.policy.controls import recorded_catalogue
from mltest.policy.ml_test_score import ml_test_score
from mltest.report.reading import clean
from mltest.report.words import plural, verdict_text

if TYPE_CHECKING:
    from mltest.report.standing import Standing

__all__ = ["ControlRow", "Controls", "Framework", "Score", "controls_of"]

_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRow:
    """One control and what the run has for it."""

    id: str
    title: str
    asks: str
    source: str
    grade: str
    state: str
    checks: tuple[tuple[str, str, str], ...]
    more: str
    counts: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Framework:
    """All controls of one framework, by strength."""

    anchor: str
    name: str
    version: str
    grades: str
    groups: tuple[tuple[str, str, tuple[ControlRow, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The ML Test Score: four sums, and what would raise the smallest."""

    text: str
    note: str
    previous: str
    sections: tuple[Mapping[str, Any], ...]
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What is shown; ``none`` says why there is nothing."""

    frameworks: tuple[Framework, ...] = ()
    catalogue: str = ""
    score: Score | None = None
    none: str = ""


def controls_of(
    evidence: Mapping[str, Any],
    standing: Standing,
    previous: Mapping[str, Any] | None,
    anchors: Mapping[str, str],
) -> Controls:
    """Every row of the frameworks whose catalogue the run kept."""
    if standing.unread:
        return Controls(none=f"Not shown: {standing.unread}.")
    if standing.given.controls is None:
        return Controls(
            none="No framework is shown: this project selected none (setting frameworks), and no test names a control."
        )
    try:
        known = recorded_catalogue(standing.given.controls)
        objects = evidence["plan"], evidence["run"], evidence["results"]
        attested = standing.given.attestations
        tables = framework_tables(known, *objects, attested, approved=standing.approved)
        score = ml_test_score(known, *objects, attested, approved=standing.approved, previous=previous)
    except (MltestError, KeyError, TypeError, ValueError) as broken:
        return Controls(none=f"Not shown: the kept catalogue does not fit this run ({clean(str(broken))}).")
    return Controls(
        frameworks=tuple(_framework(clean(table), at, anchors) for at, table in enumerate(tables, start=1)),
        catalogue=_version(known.version),
        score=_score(clean(score), previous) if score else None,
    )


def _version(version: Mapping[str, Any]) -> str:
    told = f"Catalogue of {version.get('date')}, {version.get('digest')}"
    return f"{told}, with rows of this project's own." if version.get("own") else f"{told}."


def _framework(table: Mapping[str, Any], at: int, anchors: Mapping[str, str]) -> Framework:
    grades = table["grades"]
    told = [f"{GRADE_TEXTS[grade]} {grades[grade]}" for grade in GRADES if grade in grades]
    return Framework(
        anchor=f"framework-{at}",
        name=str(table["framework"]),
        version=str(table["version"] or ""),
        grades=", ".join(told),
        groups=tuple(
            (str(group["strength"]), str(group["meaning"]), tuple(_row(row, anchors) for row in group["rows"]))
            for group in table["groups"]
        ),
    )


def _row(row: Mapping[str, Any], anchors: Mapping[str, str]) -> ControlRow:
    checks = [(anchors.get(one["id"], ""), str(one["id"]), verdict_text(str(one["verdict"]))) for one in row["checks"]]
    counts = [f"{number} {verdict_text(verdict)}" for verdict, number in row["counts"].items() if number]
    more = len(checks) - _NAMED
    return ControlRow(
        id=str(row["control_id"]),
        title=str(row["title"]),
        asks=str(row["asks"]),
        source=str(row["source"] or ""),
        grade=str(row["grade"]),
        state=str(row["state"]),
        checks=tuple(checks[:_NAMED]),
        more=f"and {plural(more, 'more check')}" if more > 0 else "",
        counts=", ".join(counts) or "none",
        notes=tuple(map(str, row["notes"])),
    )


def _score(found: Mapping[str, Any], previous: Mapping[str, Any] | None) -> Score:
    alone = "No earlier run is beside this page, so repeated execution cannot be shown: no test has a whole point."
    steps: Sequence[str] = found["raise"]
    return Score(
        text=str(found["text"]),
        note=str(found["note"]),
        previous=alone if previous is None else "",
        sections=tuple(found["sections"]),
        steps=tuple(map(str, steps)),
    )
