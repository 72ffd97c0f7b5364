"""GitLab: findings for the code-quality widget, and numbers for the metrics widget (OpenMetrics)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from mltest.report.judgements import Judgement, exact, judgements_of, worst_first
from mltest.report.reading import evidence_parts

__all__ = ["code_quality", "fingerprint", "metrics"]

_SEVERITIES = {"block": "blocker", "warn": "major", "note": "info"}
_GATES = ("allow", "allow_conditional", "block", "void")
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def fingerprint(identity: str) -> str:
    """The SHA-256 of a check's id: the same finding on other numbers.

    Examples
    --------
    >>> fingerprint("tests/test_pd.py::test_auc#auc")[:8]
    '4df3014a'
    """
    return hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()


def code_quality(evidence: Mapping[str, Any]) -> bytes:
    """The findings as ``gl-code-quality.json``: whatever the gate does not take as it is, worst first."""
    parts = evidence_parts(evidence)
    root = parts["evidence_root"]
    rows = [_finding(row, root) for row in worst_first(judgements_of(parts)) if row.gate in _SEVERITIES]
    return (json.dumps(rows, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _finding(row: Judgement, root: str) -> dict[str, Any]:
    path, line = row.place
    return {
        "description": f"{row.said}: {row.told} [{row.id}; evidence root {root}]",
        "check_name": row.kind,
        "fingerprint": fingerprint(row.id),
        "severity": _SEVERITIES[row.gate],
        "location": {"path": path, "lines": {"begin": line or 1}},
    }


def metrics(evidence: Mapping[str, Any]) -> bytes:
    """The numbers as ``metrics.txt``; ``mltest_gate`` is 0 allow, 1 with conditions, 2 block, 3 no decision."""
    parts = evidence_parts(evidence)
    lines = ["# TYPE mltest_evidence info", f'mltest_evidence_info{{root="{parts["evidence_root"]}"}} 1']
    gate = parts["verdict"]["gate"]
    lines += ["# TYPE mltest_gate gauge", f"mltest_gate {_GATES.index(gate) if gate in _GATES else len(_GATES) - 1}"]
    rows = judgements_of(parts)
    for name, samples in (("value", _values), ("bound", _bounds), ("threshold", _thresholds)):
        lines.append(f"# TYPE mltest_{name} gauge")
        lines += [f"mltest_{name}{{{labels}}} {exact(value)}" for row in rows for labels, value in samples(row)]
    return ("\n".join([*lines, "# EOF"]) + "\n").encode()


def _values(row: Judgement) -> Iterator[tuple[str, float]]:
    if row.value is not None:
        yield _labels(check=row.id), row.value


def _bounds(row: Judgement) -> Iterator[tuple[str, float]]:
    for side, end in zip(("low", "high"), row.bounds, strict=True):
        if end is not None:
            yield _labels(check=row.id, side=side), end


def _thresholds(row: Judgement) -> Iterator[tuple[str, float]]:
    if len(row.limits) == 1:
        yield _labels(check=row.id), row.limits[0]
    for side, limit in zip(("low", "high"), row.limits, strict=False) if len(row.limits) > 1 else ():
        yield _labels(check=row.id, side=side), limit


def _labels(**named: str) -> str:
    return ",".join(f'{name}="{value.translate(_ESCAPED)}"' for name, value in named.items())
