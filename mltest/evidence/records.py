"""The record of one judgement (governance section 4.3): what the journal said, and how its test ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mltest.evidence.phases import Phases

__all__ = ["id_of", "record_of", "record_of_break"]

_MESSAGE_LENGTH = 500
_SAFE = 2**53
_INTERVAL = ("low", "high", "confidence", "method")


def record_of(event: Mapping[str, Any], phase: Phases | None, *, entry: str | None, worker: str) -> dict[str, Any]:
    """The record of a result that a journal holds; what says nothing is left out."""
    result = dict(event["result"])
    attempt, phase = event["attempt"], phase or Phases()
    outcome = phase.outcomes[attempt - 1] if attempt <= len(phase.outcomes) else "unknown"
    flags = [*result.pop("flags"), *(["xfail"] if phase.xfail else []), *(["rerun"] if attempt > 1 else [])]
    return {
        **_leading(result),
        "id": id_of(event),
        "node": event["node"],
        "attempt": attempt,
        "entry": entry,
        "kind": event["kind"],
        "title": event["title"],
        "duration_ms": round(1000 * result.pop("seconds")),
        "pytest_outcome": outcome,
        "flags": sorted(flags if entry is not None else [*flags, "unplanned"]),
        "message": f"{result['sentence']}: {result['because']}"[:_MESSAGE_LENGTH],
        "worker": worker,
        "data": sorted(result["inputs"]),
        "attachments": [],
        **_said(result),
        "measurements": [_measurement(found) for found in result["measurements"]],
        "findings": [_said(finding) for finding in result["findings"]],
        **({"requirement": _said(result["requirement"])} if result["requirement"] else {}),
    }


def _said(part: Mapping[str, Any]) -> dict[str, Any]:
    """What a part says; whole floats as the whole numbers that canonical JSON makes of them anyway."""
    return {
        name: int(value) if type(value) is float and value.is_integer() and abs(value) < _SAFE else value
        for name, value in part.items()
        if value is not None and value != []
    }


def _measurement(found: Mapping[str, Any]) -> dict[str, Any]:
    """Where a measurement has no value, no confidence or a size that is not shown, that is what it says."""
    return {"value": found["value"], "confidence": found["confidence"], "n": found["n"], **_said(found)}


def id_of(event: Mapping[str, Any]) -> str:
    """The id of a judgement; the second of equal calls in one test gets a number of its own."""
    again = f"/{event['ordinal']}" if event["ordinal"] > 1 else ""
    return f"{event['node']}#{event['result']['check']}:{event['result']['label']}{again}"


def _leading(result: Mapping[str, Any]) -> dict[str, Any]:
    """The measurement that the verdict rests on, and the slices beside it."""
    pairs = list(zip(result["measurements"], result["verdicts"], strict=True))
    if not pairs:
        return {"slices": []}
    found = next((found for found, word in pairs if word == result["verdict"]), pairs[0][0])
    leading: dict[str, Any] = {} if found["n"] is None else {"n": found["n"]}
    if found["value"] is not None:
        leading["value"] = found["value"]
    if found["low"] is not None or found["high"] is not None:
        leading["interval"] = {name: found[name] for name in _INTERVAL} | {"side": "two"}
    leading["slices"] = [_slice(found, word) for found, word in pairs if found["slice"] is not None]
    return leading


def _slice(found: Mapping[str, Any], word: str) -> dict[str, Any]:
    if found["n"] is None:
        return {"name": found["slice"], "n": _withheld(found["detail"]), "verdict": word, "suppressed": True}
    shown = {"name": found["slice"], "n": found["n"], "verdict": word, "suppressed": False}
    if found["value"] is not None:
        shown["value"] = found["value"]
        shown["interval"] = {name: found[name] for name in _INTERVAL} | {"side": "two"}
    return shown


def _withheld(detail: str) -> str:
    """The size of a slice that is not shown: ``<10``, or nothing where the slice only protects such a one."""
    fewer = detail.partition("withheld: fewer than ")[2].partition(" ")[0]
    return f"<{fewer}" if fewer else "withheld"


def record_of_break(
    node: str, broke: str | None, planned: Mapping[str, Any] | None, *, entry: str | None, attempt: int, reason: str
) -> dict[str, Any]:
    """The record of an attempt that failed otherwise than by a judgement, or of one that did not after such a one."""
    text = "the test ran to its end" if broke is None else broke
    return {
        "id": f"{node}#pytest",
        "node": node,
        "attempt": attempt,
        "entry": entry,
        "check": "pytest",
        "kind": "governance.record",
        "title": "the test ran to its end",
        "label": "pytest",
        "sentence": f"{node.rpartition('::')[2]} ended with{'out' if broke is None else ''} an error",
        "verdict": "passed" if broke is None else "error",
        "reason": reason,
        "because": text,
        "measurements": [],
        "findings": [],
        "findings_total": 0,
        "slices": [],
        "inputs": {},
        "data": [],
        "attachments": [],
        "severity": planned["severity"] if planned else "block",
        "duration_ms": 0,
        "pytest_outcome": "passed" if broke is None else "failed",
        "flags": ["rerun"] if attempt > 1 else [],
        "message": text[:_MESSAGE_LENGTH],
        "worker": "",
    }
