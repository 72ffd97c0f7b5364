"""``mltest signoff EVIDENCE``: a person's word on one evidence root, or the runner's signature over it."""

from __future__ import annotations

import argparse
import base64
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError, TrustError, UsageError
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import keyid_of, public_bytes, sign
from mltest.evidence.signoff import DECISIONS, MEANINGS, ROLES, UNSIGNED, signed_signoff, signoff_of
from mltest.evidence.store import read_evidence, write_atomically
from mltest.interop.signing_key import signing_key
from mltest.policy.approvals import is_author
from mltest.policy.committed import NAMES
from mltest.policy.signatures import RUNNER, signoffs_in, trusted_for
from mltest.policy.trust import Key, read_trust
from mltest.policy.verification.case import Asked
from mltest.policy.verification.finding import REJECTED, UNTRUSTED
from mltest.policy.verification.reading import read_held
from mltest.policy.verification.shapes import moment
from mltest.policy.verification.verification import verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["arguments", "run"]

_JUDGES = ("validation", "approval")  # what the author of a plan may not say of a run of it
_SHOWN = 16


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("evidence", metavar="EVIDENCE", type=Path, help="an evidence.json, or the folder of a run")
    add("--as", dest="name", metavar="NAME", help="who signs off; it is printed with date, time and meaning")
    add("--role", choices=(*ROLES, RUNNER), required=True, help="in what role; runner signs the root with --key")
    add("--meaning", choices=MEANINGS, help="what the sign-off means")
    add("--decision", choices=DECISIONS, help="default: what meaning and conditions come to")
    add("--condition", metavar="TEXT", action="append", default=[], help="what has to be kept; several times")
    add("--comment", metavar="TEXT", default="", help="free text")
    add("--key", metavar="FILE", help="sign with this Ed25519 key, listed in trust.toml; a file, or env:NAME")
    add("--trust", metavar="FILE", type=Path, help="whose keys to trust (default: ./trust.toml, else the run's)")
    add("--at", metavar="TIME", help="the time of signing with its zone (default: now)")
    add("--json", action="store_true", help="one object on the standard output")


def run(given: argparse.Namespace) -> int:
    """Write the file beside the evidence; the status says why where the sign-off is refused."""
    at = _time(given.at)
    key = signing_key(given.key) if given.key else None
    _asked_in_full(given, key)
    source: Path = given.evidence
    evidence = read_evidence(source)
    status, refusal = _refused(given, evidence, at)
    if status:
        print(f"mltest: {refusal}", file=sys.stderr)
        return status
    if key is not None:
        _trusted(given, evidence, key, at)
    folder = (source if source.is_dir() else source.parent) / "signatures"
    if key is not None and given.role == RUNNER:
        path = _root_signed(folder, evidence, key)
    else:
        path = _signed_off(folder, given, evidence, key, at)
    return _tell(given, path, evidence, key)


def _time(text: str | None) -> datetime:
    if text is None:
        return datetime.now().astimezone()
    if moment(text) is None:
        raise UsageError(f"--at {text!r}: allowed is a time with its zone, such as 2026-11-21T12:00:00Z")
    return datetime.fromisoformat(text)


def _asked_in_full(given: argparse.Namespace, key: Ed25519PrivateKey | None) -> None:
    if given.role == RUNNER:
        if key is None:
            raise UsageError("--role runner signs the root: it needs --key")
        if given.name or given.meaning or given.decision or given.condition or given.comment:
            raise UsageError(
                "--role runner signs the root and says nothing else: leave out --as, --meaning and the rest"
            )
    elif not given.name or not given.meaning:
        raise UsageError("a sign-off needs --as NAME and --meaning: name, time and meaning are shown together")


def _refused(given: argparse.Namespace, evidence: Mapping[str, Any], at: datetime) -> tuple[int, str]:
    """The exit status and why; 4 over 1 over 3, as in a verification."""
    done = verify(read_held(given.evidence), Asked(at=at.astimezone(UTC)))
    refusal = _refusal(given, evidence, at)
    if refusal is not None and done.status != UNTRUSTED:
        return REJECTED, refusal
    return done.status, "\n".join([*map(str, done.findings), f"refused: {done.line}"])


def _refusal(given: argparse.Namespace, evidence: Mapping[str, Any], at: datetime) -> str | None:
    finished = moment((evidence["run"].get("clock") or {}).get("finished"))
    if finished is not None and at < finished:
        return f"refused: dated {at.isoformat()}, before the run finished at {finished.isoformat()}"
    if given.role == RUNNER:
        return None
    if evidence["verdict"]["gate"] == "void":
        return "refused: the gate made no decision, so there is nothing to sign off"
    if given.meaning in _JUDGES and is_author(given.name, evidence["run"].get("lock_authors") or ()):
        return f"refused: {given.name} is an author of the plan, and {given.meaning} is for somebody else"
    return None


def _trusted(given: argparse.Namespace, evidence: Mapping[str, Any], key: Ed25519PrivateKey, at: datetime) -> None:
    """The key is one of trust.toml, good for the role and at the time; ``TrustError`` otherwise."""
    raw = public_bytes(key)
    keyid = keyid_of(raw)
    own = next((found for found in _keys(given, evidence) if found.keyid == keyid), None)
    if own is None:
        msg = (
            f"key {keyid} is not trusted: {NAMES['trust']} does not list it "
            f'(public = "{base64.b64encode(raw).decode()}")'
        )
        raise TrustError(msg)
    problem = trusted_for(own, given.role, at, given.name)
    if problem is not None:
        msg = f"key {keyid} of {own.owner}: {problem}"
        raise TrustError(msg)


def _keys(given: argparse.Namespace, evidence: Mapping[str, Any]) -> tuple[Key, ...]:
    place: Path = given.trust or Path(NAMES["trust"])
    try:
        if given.trust or place.is_file():
            return read_trust(place.read_bytes(), place.name)
    except OSError as gone:
        msg = f"cannot read {place}: {gone.strerror or gone}"
        raise EvidenceError(msg) from gone
    kept = (evidence.get("blobs") or {}).get((evidence["run"].get("inputs") or {}).get("trust"))
    return read_trust(kept.encode()) if kept else ()


def _root_signed(folder: Path, evidence: Mapping[str, Any], key: Ed25519PrivateKey) -> Path:
    """The envelope over the test result, whose subjects name the root; one file a key."""
    from mltest.report.intoto import render

    path = folder / f"root-{keyid_of(public_bytes(key))[:_SHOWN]}.dsse.json"
    _write(path, canonical(sign(render(evidence), key)))
    return path


def _signed_off(
    folder: Path,
    given: argparse.Namespace,
    evidence: Mapping[str, Any],
    key: Ed25519PrivateKey | None,
    at: datetime,
) -> Path:
    said = signoff_of(
        evidence["evidence_root"],
        name=given.name,
        role=given.role,
        meaning=given.meaning,
        at=at,
        decision=given.decision,
        conditions=given.condition,
        comment=given.comment,
    )
    whole = said if key is None else signed_signoff(said, key)
    number = 1 + max((int(row["file"][8:-5]) for row in signoffs_in(folder)), default=0)
    path = folder / f"signoff-{number}.json"
    _write(path, canonical(whole))
    return path


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except OSError as refused:
        msg = f"cannot write {path}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused


def _tell(given: argparse.Namespace, path: Path, evidence: Mapping[str, Any], key: Ed25519PrivateKey | None) -> int:
    keyid = keyid_of(public_bytes(key)) if key else None
    if given.json:
        shown = {"evidence_root": evidence["evidence_root"], "file": str(path), "keyid": keyid}
        sys.stdout.buffer.write(canonical(shown) + b"\n")
        return 0
    who = given.name or "runner"
    print(f"{path}: {who}, {given.meaning or 'root'}, {f'signed by key {keyid}' if keyid else UNSIGNED}")
    print(f"root {evidence['evidence_root']}")
    return 0
