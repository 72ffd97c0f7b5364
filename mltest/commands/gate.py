"""``mltest gate EVIDENCE``: the decision made again from plan, run and results; the stored one is not trusted."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical
from mltest.evidence.store import read_evidence
from mltest.policy.gate import EXIT
from mltest.policy.verdict import verdict_of

__all__ = ["run"]

_SHOWN = 20


def run(arguments: argparse.Namespace) -> int:
    """Print the decision and its reasons; 1 where the gate says no."""
    evidence = read_evidence(arguments.evidence)
    try:
        decided = verdict_of(evidence["plan"], evidence["run"], evidence["results"])
    except (KeyError, TypeError) as broken:
        msg = f"{arguments.evidence}: the objects lack what a decision needs: {broken}"
        raise EvidenceError(msg) from broken
    stored = evidence["verdict"]["gate"]
    if arguments.json:
        shown = {"gate": decided["gate"], "reasons": decided["reasons"], "evidence_root": evidence["evidence_root"]}
        sys.stdout.buffer.write(canonical(shown) + b"\n")
    else:
        _print(decided, evidence["evidence_root"])
    if decided["gate"] != stored:
        print(f"mltest: the evidence says {stored}, but its results come to {decided['gate']}", file=sys.stderr)
        return 1
    return EXIT[decided["gate"]]


def _print(decided: dict[str, Any], root: str) -> None:
    print(f"gate {decided['gate']}  root {root}")
    reasons = decided["reasons"]
    for reason in reasons[:_SHOWN]:
        print(f"  {reason['text']:<24} {reason.get('id', '')}".rstrip())
    if len(reasons) > _SHOWN:
        print(f"  and {len(reasons) - _SHOWN} more")
