"""JUnit: the properties of a test, and the whole file again from evidence alone."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

from mltest.report.judgements import Judgement, exact, judgements_of
from mltest.report.reading import evidence_parts

__all__ = ["ROOT", "legal", "properties_of", "render", "suite_properties"]

ROOT = "mltest.root"
_SECOND = 1000


def properties_of(checks: Iterable[Judgement]) -> list[tuple[str, str]]:
    """The properties of one test, ``mltest.verdict`` and so on; several checks are numbered ``mltest.1.verdict``.

    Parameters
    ----------
    checks : iterable of Judgement
        The checks of the test.
    """
    rows = list(checks)
    many = len(rows) > 1
    return [
        (f"mltest.{at}.{name}" if many else f"mltest.{name}", legal(value))
        for at, row in enumerate(rows, start=1)
        for name, value in _properties(row)
    ]


def _properties(row: Judgement) -> list[tuple[str, str]]:
    low, high = row.bounds
    named = {
        "check": row.id,
        "kind": row.kind,
        "metric": row.metric,
        "verdict": row.verdict,
        "gate": row.gate,
        "value": row.value,
        "low": low,
        "high": high,
        "threshold": " ".join(exact(limit) for limit in row.limits),
        "n": row.record.get("n"),
        "severity": row.severity,
        "required": "true" if row.required else "false",
        "waiver": row.waiver["id"] if row.waiver else None,
        "entry": row.record.get("entry"),
    }
    return [
        (name, exact(value) if isinstance(value, (int, float)) else str(value))
        for name, value in named.items()
        if value not in (None, "")
    ]


def suite_properties(evidence: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The properties of the whole suite."""
    return [(ROOT, str(evidence["evidence_root"])), ("mltest.decision", str(evidence["verdict"]["gate"]))]


def legal(text: str) -> str:
    """The text without the characters that XML 1.0 does not allow.

    Examples
    --------
    >>> legal("a" + chr(0) + chr(0x1F600) + chr(0xFFFE))[:1], len(legal(chr(11) + chr(0xD800)))
    ('a', 0)
    """
    return "".join(character for character in text if _is_legal(ord(character)))


def _is_legal(code: int) -> bool:
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code > 0xFFFF


def render(evidence: Mapping[str, Any]) -> bytes:
    """A JUnit file with one case a test: what pytest wrote of it, and what mltest says about it.

    A waived failure stays a failure; a miss that only warns is skipped with its reason, as in the session.
    """
    parts = evidence_parts(evidence)
    tests: dict[str, list[Judgement]] = {}
    for row in judgements_of(parts):
        tests.setdefault(row.node, []).append(row)
    cases = [_case(node, rows) for node, rows in tests.items()]
    counts = {tag: str(sum(case.find(tag) is not None for case in cases)) for tag in ("failure", "error", "skipped")}
    clock = parts["run"].get("clock") or {}
    suite = ET.Element(
        "testsuite",
        name=legal(str(parts["plan"].get("project") or "mltest")),
        tests=str(len(cases)),
        failures=counts["failure"],
        errors=counts["error"],
        skipped=counts["skipped"],
        time=f"{(clock.get('monotonic_ms') or 0) / _SECOND:.3f}",
        timestamp=str(clock.get("started") or ""),
    )
    suite.append(_properties_node(suite_properties(parts)))
    suite.extend(cases)
    whole = ET.Element("testsuites", name="mltest")
    whole.append(suite)
    text: str = ET.tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _case(node: str, rows: list[Judgement]) -> ET.Element:
    path, _, name = node.partition("::")
    took = sum(int(row.record.get("duration_ms") or 0) for row in rows)
    case = ET.Element(
        "testcase",
        classname=legal(path.removesuffix(".py").replace("/", ".")),
        name=legal(name or path),
        time=f"{took / _SECOND:.3f}",
    )
    case.append(_properties_node(properties_of(rows)))
    for tag in ("error", "failure", "skipped"):
        told = [row for row in rows if _tag(row) == tag]
        if told:
            said = ET.SubElement(case, tag, message=legal(f"{told[0].said}: {told[0].told}"))
            said.text = legal("\n".join(f"{row.said}: {row.told}" for row in told))
            break
    return case


def _tag(row: Judgement) -> str | None:
    if row.gate == "ok":
        return None
    if row.verdict in ("not_run", "not_applicable") or (row.gate != "block" and row.waiver is None):
        return "skipped"
    return "error" if row.verdict == "error" else "failure"


def _properties_node(pairs: Iterable[tuple[str, str]]) -> ET.Element:
    node = ET.Element("properties")
    for name, value in pairs:
        ET.SubElement(node, "property", name=name, value=value)
    return node
