"""``mltest report EVIDENCE``: the page again, the same bytes from the same evidence."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical
from mltest.evidence.store import read_evidence, write_atomically
from mltest.policy.signatures import signoffs_of
from mltest.policy.verification.case import Asked
from mltest.policy.verification.reading import Held, read_held
from mltest.policy.verification.verification import verify
from mltest.report.beside import AUDIENCES, Beside, Shown
from mltest.report.model import Report
from mltest.report.page import render

if TYPE_CHECKING:
    from mltest.policy.verification.finding import Finding

__all__ = ["arguments", "run"]

_LAST = 20


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("evidence", metavar="EVIDENCE", type=Path, help="an evidence.json, or the folder of a run")
    add("-o", "--output", metavar="FILE", type=Path, help="the page to write (default: index.html beside it)")
    add("--audience", choices=AUDIENCES, help="whose questions come first; nothing is left out")
    add("--print", dest="unfolded", action="store_true", help="everything unfolded, for paper and for older browsers")
    add("--baseline", metavar="RUN", type=Path, help="an earlier run or release: what changed since")
    add("--runs", metavar="FOLDER", help=f"a folder or URL of runs: the trend over the last {_LAST}")
    add("--force", action="store_true", help="also a page of evidence that is rejected, marked UNVERIFIED")
    add("--json", action="store_true", help="one object on the standard output, text on standard error")


def run(given: argparse.Namespace) -> int:
    """Write the page and say where; 1 where the evidence is rejected, which writes nothing without ``--force``."""
    source: Path = given.evidence
    folder = source if source.is_dir() else source.parent
    held = read_held(source)
    done = verify(held, Asked(at=datetime.now(UTC)))
    findings = done.findings
    for found in findings:
        print(f"mltest: {found}", file=sys.stderr)
    if findings and not given.force:
        print("mltest: the evidence is rejected; --force writes a page that says so", file=sys.stderr)
        return 3 if done.gate is None else 1
    evidence = _rejected(held, source) if findings else read_evidence(source)
    shown = Shown(audience=given.audience, unfolded=given.unfolded, unverified=_texts(findings))
    page = render(Report.of(evidence, _beside(given, evidence, folder), shown))
    target: Path = given.output or folder / "index.html"
    try:
        write_atomically(target, page)
    except OSError as refused:
        msg = f"cannot write {target}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused
    _tell(given, target, evidence, findings)
    return 0


def _texts(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    return tuple(map(str, findings))


def _rejected(held: Held, source: Path) -> dict[str, Any]:
    """What could be read of evidence that does not hold, its root computed anew."""
    if not held.whole:
        msg = f"{source} cannot be shown: of plan, run, results, verdict and root not all could be read"
        raise EvidenceError(msg)
    blobs = {name: data.decode("utf-8", "replace") for name, data in held.blobs.items()}
    return {"schema": "mltest/evidence/v1", **held.documents, "evidence_root": held.root, "blobs": blobs}


def _beside(given: argparse.Namespace, evidence: Mapping[str, Any], folder: Path) -> Beside:
    baseline = read_evidence(given.baseline) if given.baseline else None
    trend, previous = _earlier(given.runs, evidence) if given.runs else (None, None)
    return Beside(
        signoffs=signoffs_of(folder / "signatures", evidence["evidence_root"]),
        baseline=baseline,
        previous=previous,
        trend=trend,
    )


def _earlier(place: str, evidence: Mapping[str, Any]) -> tuple[dict[str, Any], Mapping[str, Any] | None]:
    """The trend up to this run, and the run before it."""
    from mltest.evidence.run_folders import latest_runs
    from mltest.policy.trend import trend_over

    runs, unreadable = latest_runs([place], _LAST)
    own, at = evidence["evidence_root"], _finished(evidence)
    before = [(name, run) for name, run in runs if run["evidence_root"] != own and _finished(run) <= at]
    trend = {**trend_over([*before, ("this run", evidence)]), "unreadable": unreadable}
    return trend, before[-1][1] if before else None


def _finished(evidence: Mapping[str, Any]) -> str:
    return str((evidence["run"].get("clock") or {}).get("finished") or "")


def _tell(given: argparse.Namespace, target: Path, evidence: Mapping[str, Any], findings: tuple[Finding, ...]) -> None:
    if given.json:
        told = {"evidence_root": evidence["evidence_root"], "file": str(target), "verified": not findings}
        sys.stdout.buffer.write(canonical(told) + b"\n")
        return
    print(target)
