"""What every export needs of a check, in one row: how it ended, what it weighs, what was measured, where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mltest.evidence.canonical import canonical
from mltest.report.words import plural, reason_text, verdict_text

__all__ = ["Judgement", "exact", "judgements_of", "package_url", "tool_version", "worst_first"]

_GATES = ("block", "warn", "note", "ok")
_VERDICTS = ("error", "failed", "inconclusive", "not_run", "not_applicable", "passed")
_BROKE = "#pytest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """One planned or judged check; ``record`` is empty where nothing was judged, ``missed`` where it ran."""

    id: str
    node: str
    verdict: str
    gate: str
    severity: str
    required: bool
    kind: str
    record: Mapping[str, Any]
    entry: Mapping[str, Any]
    waiver: Mapping[str, Any] | None
    missed: Mapping[str, Any]

    @property
    def metric(self) -> str:
        """What was measured, by name."""
        demanded = (self.record.get("requirement") or {}).get("metric")
        return str(demanded or self.entry.get("metric") or self.record.get("label") or "")

    @property
    def value(self) -> float | None:
        """The estimate, where there is a finite one."""
        found = self.record.get("value")
        return found if isinstance(found, (int, float)) and not isinstance(found, bool) else None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The ends of the interval."""
        interval = self.record.get("interval") or {}
        return interval.get("low"), interval.get("high")

    @property
    def limits(self) -> tuple[float, ...]:
        """The demanded limit; two for a range, none for a rule that holds or not."""
        limit = (self.record.get("requirement") or {}).get("limit")
        if limit is None:
            planned = self.entry.get("threshold") or {}
            limit = [planned[end] for end in ("value", "low", "high") if planned.get(end) is not None]
        return tuple(limit) if isinstance(limit, (list, tuple)) else (limit,)

    @property
    def place(self) -> tuple[str, int | None]:
        """The file of the test, and the line of the call where it is known."""
        source = str((self.record.get("requirement") or {}).get("source") or "")
        path, _, line = source.rpartition(":")
        known = str((self.entry.get("source") or {}).get("path") or self.node.partition("::")[0])
        return (path or known, int(line)) if line.isdecimal() and int(line) > 0 else (known, None)

    @property
    def said(self) -> str:
        """The verdict in words, with its waiver: never a failure that reads as a pass."""
        word = verdict_text(self.verdict)
        if self.waiver is None:
            return word
        left = self.waiver.get("days_left")
        days = "" if left is None else f" ({plural(left, 'day')} left)"
        return f"{word}, waived by {self.waiver['id']} until {self.waiver['expires']}{days}"

    @property
    def told(self) -> str:
        """What happened, in one sentence that goes with the verdict."""
        if self.missed:
            detail = str(self.missed.get("detail") or "")
            return reason_text(str(self.missed.get("reason"))) + (f" ({detail})" if detail else "")
        because = str(self.record.get("because") or "")
        sentence = str(self.record.get("sentence") or "")
        return f"{sentence}: {because}" if sentence and because else sentence or because or self.said

    @property
    def unsteady(self) -> bool:
        """Whether its attempts differ."""
        return "nondeterministic" in (self.record.get("flags") or ())


def judgements_of(evidence: Mapping[str, Any]) -> tuple[Judgement, ...]:
    """One row for each outcome of the verdict object, in the order of their ids.

    Parameters
    ----------
    evidence : mapping
        Evidence whose parts were looked at (``mltest.report.reading.evidence_parts``).
    """
    entries = {entry["id"]: entry for entry in evidence["plan"]["checks"]}
    records: dict[str, list[Mapping[str, Any]]] = {}
    for record in evidence["results"]["records"]:
        records.setdefault(record["id"], []).append(record)
    missed = {row["id"]: row for row in evidence["results"]["not_run"]}
    waivers = {row["id"]: row for row in evidence["verdict"].get("waivers") or ()}
    found = [
        _judgement(outcome, records, entries, missed, waivers) for outcome in evidence["verdict"].get("outcomes") or ()
    ]
    return tuple(sorted(found, key=lambda row: row.id))


def _judgement(
    outcome: Mapping[str, Any],
    records: Mapping[str, list[Mapping[str, Any]]],
    entries: Mapping[str, Mapping[str, Any]],
    missed: Mapping[str, Mapping[str, Any]],
    waivers: Mapping[str, Mapping[str, Any]],
) -> Judgement:
    identity, verdict = str(outcome["id"]), str(outcome["verdict"])
    entry = entries.get(identity, {})
    node = str(entry.get("nodeid") or identity.partition("#")[0])
    record = _counted(
        records.get(identity) or (records.get(f"{node}{_BROKE}", []) if verdict == "error" else []), verdict
    )
    node = str(record.get("node") or node)
    applied = waivers.get(str(outcome.get("waiver"))) if outcome.get("waiver_state") == "valid" else None
    whole = entries.get(node, {})
    kinds = (record.get("kind"), entry.get("kind"), whole.get("kind"))
    return Judgement(
        id=identity,
        node=node,
        verdict=verdict,
        gate=str(outcome["gate"]),
        severity=str(outcome["severity"]),
        required=bool(outcome["required"]),
        kind=next((str(kind) for kind in kinds if kind), "test"),
        record=record,
        entry=entry or whole,
        waiver=applied if verdict != "passed" else None,
        missed=(missed.get(identity) or missed.get(node) or {"reason": "unknown"}) if verdict == "not_run" else {},
    )


def _counted(records: list[Mapping[str, Any]], verdict: str) -> Mapping[str, Any]:
    """The first attempt with the verdict that the gate used."""
    return next((record for record in records if record.get("verdict") == verdict), records[0] if records else {})


def worst_first(rows: Iterable[Judgement]) -> list[Judgement]:
    """What stops the gate, then what is a condition of it, then what is noted; errors before failures."""
    return sorted(rows, key=lambda row: (_rank(_GATES, row.gate), _rank(_VERDICTS, row.verdict), row.id))


def _rank(order: tuple[str, ...], word: str) -> int:
    return order.index(word) if word in order else len(order)


def exact(value: float) -> str:
    """A number as evidence writes it, with every digit.

    Examples
    --------
    >>> exact(0.8123), exact(3.0)
    ('0.8123', '3')
    """
    return canonical(value).decode()


def tool_version(evidence: Mapping[str, Any]) -> str:
    """The version of mltest that made the evidence, which is not the one that reads it."""
    plugins = (evidence["run"].get("environment") or {}).get("plugins") or ()
    return next((str(row[1]) for row in plugins if row[0] == "pytest-mltest"), "unknown")


def package_url(evidence: Mapping[str, Any]) -> str:
    """Which package made the evidence, as a URI."""
    version = tool_version(evidence)
    return "pkg:pypi/pytest-mltest" + (f"@{version}" if version != "unknown" else "")
