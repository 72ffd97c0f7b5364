"""SARIF 2.1.0: one result for each check that the gate does not take as it is, at the line of its test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from mltest.policy.gate import headline
from mltest.report.gitlab import fingerprint
from mltest.report.judgements import Judgement, judgements_of, package_url, tool_version, worst_first
from mltest.report.reading import evidence_parts
from mltest.report.words import family_of

__all__ = ["render"]

_LEVELS = {"block": "error", "warn": "warning", "note": "note"}
_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
# a package URL: the page is in the source archive of that version, wherever it is kept
_PAGE = "docs/how-mltest-decides.md"


def render(evidence: Mapping[str, Any]) -> bytes:
    """The log; a waived failure is there with its level and suppressed, with the reason that was given."""
    parts = evidence_parts(evidence)
    rows = [row for row in worst_first(judgements_of(parts)) if row.gate in _LEVELS]
    kinds = sorted({row.kind for row in rows})
    clock = parts["run"].get("clock") or {}
    times = {"startTimeUtc": clock.get("started"), "endTimeUtc": clock.get("finished")}
    run = {
        "tool": {"driver": _driver(kinds, parts)},
        "invocations": [
            {
                "executionSuccessful": parts["verdict"]["gate"] != "void",
                **{name: value for name, value in times.items() if value},
            }
        ],
        "automationDetails": {"id": f"mltest/{parts['run'].get('run_id', '')}"},
        "results": [_result(row, kinds.index(row.kind), parts["evidence_root"]) for row in rows],
        "properties": {"root": parts["evidence_root"], "decision": headline(parts["verdict"])},
    }
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return (json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _driver(kinds: Iterable[str], parts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": "mltest",
        "version": tool_version(parts),
        "rules": [
            {
                "id": kind,
                "shortDescription": {"text": family_of(kind)},
                "helpUri": f"{package_url(parts)}#{_PAGE}",
            }
            for kind in kinds
        ],
    }


def _result(row: Judgement, rule: int, root: str) -> dict[str, Any]:
    path, line = row.place
    physical: dict[str, Any] = {"artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"}}
    if line is not None:
        physical["region"] = {"startLine": line}
    named = {
        "root": root,
        "check": row.id,
        "verdict": row.verdict,
        "value": row.value,
        "threshold": list(row.limits) or None,
        "waiver": row.waiver["id"] if row.waiver else None,
    }
    return {
        "ruleId": row.kind,
        "ruleIndex": rule,
        "level": _LEVELS[row.gate],
        "message": {"text": f"{row.said}: {row.told}"},
        "locations": [{"physicalLocation": physical, "logicalLocations": [{"fullyQualifiedName": row.id}]}],
        "partialFingerprints": {"mltest/v1": fingerprint(row.id)},
        "properties": {name: value for name, value in named.items() if value is not None},
        **_suppressed(row),
    }


def _suppressed(row: Judgement) -> dict[str, Any]:
    if row.waiver is None:
        return {}
    why = f"{row.waiver['id']}, until {row.waiver['expires']}: {row.waiver.get('reason', 'no reason recorded')}"
    return {"suppressions": [{"kind": "external", "status": "accepted", "justification": why}]}
