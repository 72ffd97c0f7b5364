"""``mltest gate EVIDENCE``: the decision made again from the evidence; the stored one is not trusted."""

from __future__ import annotations

import argparse
import sys
from typing import Any, TextIO

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical
from mltest.evidence.fetching import fetched
from mltest.evidence.places import shown_url
from mltest.evidence.store import OBJECTS, read_evidence
from mltest.policy.committed import Committed
from mltest.policy.gate import EXIT, headline
from mltest.policy.verdict import verdict_of

__all__ = ["arguments", "run"]

_SHOWN = 20
_SAID = ("gate", "reasons", "completeness", "waivers", "grade", "grade_limits")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("evidence", metavar="EVIDENCE", help="an evidence.json, the folder of a run, or the URL of one")
    parser.add_argument("--json", action="store_true", help="one object on the standard output")


def run(arguments: argparse.Namespace) -> int:
    """Print the decision and its reasons; 1 where the gate says no, or the evidence says otherwise."""
    with fetched(arguments.evidence) as path:
        evidence = read_evidence(path)
    decided = _decided(evidence, shown_url(arguments.evidence))
    stored = evidence["verdict"].get("gate")
    if arguments.json:
        shown = {name: decided[name] for name in _SAID} | {
            "headline": headline(decided),
            "stored": stored,
            "evidence_root": evidence["evidence_root"],
        }
        sys.stdout.buffer.write(canonical(shown) + b"\n")
        sys.stdout.flush()
    _print(decided, evidence["evidence_root"], sys.stderr if arguments.json else sys.stdout)
    if decided["gate"] != stored:
        print(f"mltest: the evidence says {stored}, but its results come to {decided['gate']}", file=sys.stderr)
        return 1
    return EXIT[decided["gate"]]


def _decided(evidence: dict[str, Any], place: str) -> dict[str, Any]:
    digests = {name: evidence["root"][name] for name in OBJECTS}
    plan, judged, results = evidence["plan"], evidence["run"], evidence["results"]
    try:
        return verdict_of(plan, judged, results, digests, committed=Committed.of_evidence(evidence))
    except (KeyError, TypeError, AttributeError) as broken:
        msg = f"{place}: the objects lack what a decision needs: {broken}"
        raise EvidenceError(msg) from broken
    except UsageError as wrong:  # a committed file of that run, not what was typed here
        msg = f"{place}: {wrong}"
        raise EvidenceError(msg) from wrong


def _print(decided: dict[str, Any], root: str, out: TextIO) -> None:
    print(headline(decided), file=out)
    reasons = decided["reasons"]
    for reason in reasons[:_SHOWN]:
        where = f"  {reason['id']}" if "id" in reason and reason["id"] not in reason["text"] else ""
        print(f"  {reason['code']:<12} {reason['text']}{where}", file=out)
    if len(reasons) > _SHOWN:
        print(f"  and {len(reasons) - _SHOWN} more", file=out)
    limits = f", limited by: {', '.join(decided['grade_limits'])}" if decided["grade_limits"] else ""
    print(f"  grade        {decided['grade']}{limits}", file=out)
    print(f"  root         {root}", file=out)
