"""Journals of one run -> plan, run, results: pure, sorted, the same whatever order the tests ran in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mltest.evidence.canonical import digest_of
from mltest.evidence.phases import Phases

__all__ = ["Events", "gather", "plan_of", "results_of"]

STATS = "mltest-stats/1"
_MESSAGE_LENGTH = 500


@dataclass
class Events:
    """What the journals of a run hold, by kind."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    deselected: dict[str, dict[str, str]] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)
    reads: dict[str, dict[str, Any]] = field(default_factory=dict)
    plans: set[str] = field(default_factory=set)


def gather(journals: Mapping[str, Iterable[Mapping[str, Any]]]) -> Events:
    """Sort the events of all journals of a run, by worker; workers repeat each other's plan."""
    events = Events()
    for worker, journal in sorted(journals.items()):
        planned: list[dict[str, Any]] = []
        for event in journal:
            kind = event["event"]
            if kind == "planned":
                planned.append(event["entry"])
            elif kind == "deselected":
                events.deselected[event["node"]] = {"reason": event["reason"], "detail": event["detail"]}
            elif kind == "result":
                events.results.append({**event, "worker": worker})
            elif kind == "read":
                events.reads[event["id"]] = {name: event[name] for name in event if name != "event"}
        if planned:
            events.plans.add(digest_of(sorted(planned, key=lambda entry: entry["id"])))
            events.entries.update((entry["id"], entry) for entry in planned)
    return events


def plan_of(
    events: Events, *, project: str, seed: int, inconclusive: str, data: list[dict[str, Any]]
) -> dict[str, Any]:
    """The plan object: what this run's own collection promised (governance section 4.1)."""
    return {
        "schema": "mltest/plan/v1",
        "project": project,
        "stats": STATS,
        "settings": {
            "confidence": 0.95,
            "inconclusive": inconclusive,
            "multiplicity": "all-must-pass",
            "seed": seed,
        },
        "data": data,
        "baselines": [],
        "checks": [events.entries[node] for node in sorted(events.entries)],
    }


def results_of(
    events: Events, phases: Mapping[str, Phases], not_run: Mapping[str, Mapping[str, str]], *, run_id: str, plan: str
) -> dict[str, Any]:
    """The results object: a record for each judgement, a reason for each test that did not run."""
    entries = {node: digest_of(entry) for node, entry in events.entries.items()}
    records = [_record(event, entries, phases) for event in _renumbered(events.results)]
    records += [
        _broken(node, entries, phases[node], events.entries.get(node))
        for node in sorted(phases)
        if phases[node].failed_outside is not None
    ]
    return {
        "schema": "mltest/results/v1",
        "run_id": run_id,
        "plan_digest": plan,
        "records": sorted(_distinct(records), key=lambda record: (record["id"], record["attempt"])),
        "not_run": [{"id": node, **not_run[node]} for node in sorted(not_run)],
        "without_check": sorted(
            set(phases) & set(events.entries) - {record["node"] for record in records} - set(not_run)
        ),
    }


def _renumbered(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results with their id; the second of equal calls in one test gets a number of its own."""
    for event in results:
        result = event["result"]
        suffix = f"/{event['ordinal']}" if event["ordinal"] > 1 else ""
        event["id"] = f"{event['node']}#{result['check']}:{result['label']}{suffix}"
    return results


def _record(event: Mapping[str, Any], entries: Mapping[str, str], phases: Mapping[str, Phases]) -> dict[str, Any]:
    result = dict(event["result"])
    seconds = result.pop("seconds")
    node, attempt = event["node"], event["attempt"]
    phase = phases.get(node) or Phases()
    outcome = phase.outcomes[attempt - 1] if attempt <= len(phase.outcomes) else "unknown"
    flags = [*result.pop("flags"), *(["xfail"] if phase.xfail else []), *(["rerun"] if attempt > 1 else [])]
    return {
        **{name: value for name, value in result.items() if value is not None},
        **_leading(result),
        "id": event["id"],
        "node": node,
        "attempt": attempt,
        "entry": entries.get(node),
        "kind": event["kind"],
        "title": event["title"],
        "duration_ms": round(1000 * seconds),
        "pytest_outcome": outcome,
        "flags": sorted(flags if node in entries else [*flags, "unplanned"]),
        "message": f"{result['sentence']}: {result['because']}"[:_MESSAGE_LENGTH],
        "worker": event["worker"],
        "data": sorted(result["inputs"]),
        "attachments": [],
    }


def _leading(result: Mapping[str, Any]) -> dict[str, Any]:
    """The measurement that the verdict rests on, and the slices beside it."""
    pairs = list(zip(result["measurements"], result["verdicts"], strict=True))
    if not pairs:
        return {"slices": []}
    found = next((found for found, word in pairs if word == result["verdict"]), pairs[0][0])
    leading: dict[str, Any] = {"n": found["n"]}
    if found["value"] is not None:
        leading["value"] = found["value"]
    if found["low"] is not None or found["high"] is not None:
        leading["interval"] = {name: found[name] for name in ("low", "high", "confidence", "method")} | {"side": "two"}
    leading["slices"] = [_slice(found, word) for found, word in pairs if found["slice"] is not None]
    return leading


def _slice(found: Mapping[str, Any], word: str) -> dict[str, Any]:
    shown = {"name": found["slice"], "n": found["n"], "verdict": word, "suppressed": False}
    if found["value"] is not None:
        shown["value"] = found["value"]
        shown["interval"] = {name: found[name] for name in ("low", "high", "confidence", "method")} | {"side": "two"}
    return shown


def _broken(node: str, entries: Mapping[str, str], phase: Phases, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """The record of a test that failed otherwise than by a judgement: it measured nothing."""
    severity = entry["severity"] if entry else "block"
    return {
        "id": f"{node}#pytest",
        "node": node,
        "attempt": max(1, len(phase.outcomes)),
        "entry": entries.get(node),
        "check": "pytest",
        "kind": "governance.record",
        "title": "the test ran to its end",
        "label": "pytest",
        "sentence": f"{node.rpartition('::')[2]} ended with an error",
        "verdict": "error",
        "reason": phase.reason or "exception",
        "because": phase.failed_outside or "",
        "measurements": [],
        "verdicts": [],
        "findings": [],
        "findings_total": 0,
        "curves": [],
        "slices": [],
        "inputs": {},
        "data": [],
        "attachments": [],
        "severity": severity,
        "duration_ms": 0,
        "pytest_outcome": "failed",
        "flags": [],
        "message": (phase.failed_outside or "")[:_MESSAGE_LENGTH],
        "worker": "",
    }


def _distinct(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One record for each id and attempt; a shared fixture is set up, and judges, once in each worker."""
    kept: dict[tuple[str, int], dict[str, Any]] = {}
    for record in sorted(records, key=lambda record: record["worker"]):
        key = (record["id"], record["attempt"])
        if key not in kept:
            kept[key] = record
        elif not _same(kept[key], record):
            again = next(n for n in range(record["attempt"] + 1, len(records) + 2) if (record["id"], n) not in kept)
            kept[record["id"], again] = {**record, "attempt": again, "flags": sorted({*record["flags"], "rerun"})}
    return list(kept.values())


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    aside = {"worker", "duration_ms"}
    return {**one, **dict.fromkeys(aside)} == {**other, **dict.fromkeys(aside)}
