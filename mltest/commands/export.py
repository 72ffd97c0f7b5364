"""``mltest export EVIDENCE --to in-toto,sarif,...``: the evidence in the forms that other systems read."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mltest import __version__
from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import sign
from mltest.evidence.store import read_evidence, write_atomically
from mltest.interop.signing_key import signing_key
from mltest.policy.signatures import approvals_signed
from mltest.policy.verification.case import Asked as Expected
from mltest.policy.verification.reading import read_held
from mltest.policy.verification.shapes import moment
from mltest.policy.verification.verification import Verification, verify
from mltest.report.exports import TARGETS, Asked, export, targets_of

__all__ = ["arguments", "run"]

_ALLOWING = ("allow", "allow_conditional")
_CARD = "model-card.md"
_STATEMENT = ".intoto.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("evidence", metavar="EVIDENCE", type=Path, help="an evidence.json, or the folder of a run")
    add("--to", metavar="LIST", required=True, help=f"what to write, with commas between: {', '.join(TARGETS)}")
    add("-o", "--output", metavar="DIR", type=Path, help="where (default: the folder exports beside the evidence)")
    add("--key", metavar="FILE", help="sign the in-toto statements with this Ed25519 key; a file, or env:NAME")
    add("--at", metavar="TIME", help="the time of verification with its zone (default: now)")
    add("--json", action="store_true", help="one object on the standard output, text on standard error")


def run(given: argparse.Namespace) -> int:
    """Write the files and name them; nothing is written where the evidence does not hold."""
    names, at = targets_of(given.to), _moment(given.at)
    source: Path = given.evidence
    beside = source if source.is_dir() else source.parent
    folder: Path = given.output or beside / "exports"
    key = signing_key(given.key) if given.key else None
    done = verify(read_held(source), Expected(at=at))
    if done.findings:
        return _refused(done)
    if "svr" in names and done.gate not in _ALLOWING:
        print(f"mltest: svr is made where the gate allows, and this gate is {done.gate}", file=sys.stderr)
        return 1
    evidence = read_evidence(source)
    files = export(evidence, names, _asked(evidence, done, beside, folder, at))
    if key is not None:
        statements = {name: data for name, data in files.items() if name.endswith(_STATEMENT)}
        if not statements:
            raise UsageError("--key signs in-toto statements: ask for in-toto or svr")
        files |= {
            name.replace(_STATEMENT, ".intoto.dsse.json"): canonical(sign(data, key))
            for name, data in statements.items()
        }
    _write(folder, files)
    return _tell(given, folder, files, evidence)


def _moment(text: str | None) -> datetime:
    at = moment(text) if text else datetime.now(UTC)
    if at is None:
        raise UsageError(f"--at {text!r}: allowed is a time with its zone, such as 2026-11-21T12:00:00Z")
    return at


def _refused(done: Verification) -> int:
    for finding in done.findings:
        print(f"mltest: {finding}", file=sys.stderr)
    print(f"mltest: {done.line}; nothing was exported", file=sys.stderr)
    return done.status


def _asked(evidence: Mapping[str, Any], done: Verification, beside: Path, folder: Path, at: datetime) -> Asked:
    card = folder / _CARD
    return Asked(
        grade=done.grade,
        verified_at=at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        verifier=f"pkg:pypi/pytest-mltest@{__version__}",
        card=card.read_text(encoding="utf-8") if card.is_file() else None,
        signoffs=approvals_signed(evidence, beside / "signatures"),
    )


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    try:
        for name, data in files.items():
            write_atomically(folder / name, data)
    except OSError as refused:
        msg = f"cannot write to {folder}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused


def _tell(given: argparse.Namespace, folder: Path, files: Mapping[str, bytes], evidence: Mapping[str, Any]) -> int:
    if given.json:
        shown = {"evidence_root": evidence["evidence_root"], "files": [str(folder / name) for name in sorted(files)]}
        sys.stdout.buffer.write(canonical(shown) + b"\n")
        return 0
    for name in sorted(files):
        print(folder / name)
    return 0
