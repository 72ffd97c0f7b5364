"""``mltest approve``: one person's approval of one plan, over its digest; the lock itself stays as it is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.errors import EvidenceError, TrustError, UsageError, nearest
from mltest.evidence.canonical import canonical, parse
from mltest.evidence.seal import keyid_of, public_bytes, sign, verify_envelope
from mltest.evidence.store import write_atomically
from mltest.interop.authorship import lock_authors
from mltest.interop.git import head_of
from mltest.interop.signing_key import signing_key
from mltest.policy.approvals import ENVELOPE, approvals_bytes, approvals_of, is_author, read_approvals
from mltest.policy.committed import NAMES
from mltest.policy.plan import read_lock
from mltest.policy.signatures import trusted_for
from mltest.policy.trust import read_trust

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--as", dest="name", metavar="NAME", required=True, help="who approves")
    parser.add_argument("--role", metavar="ROLE", required=True, help="in what role, such as approver or validator")
    parser.add_argument("--comment", metavar="TEXT", default="", help="what was looked at, for the report")
    parser.add_argument("--waiver", metavar="ID", help="sign this waiver of waivers.toml instead; needs --key")
    parser.add_argument("--key", metavar="FILE", help="sign with this Ed25519 key, or env:NAME; listed in trust.toml")
    parser.add_argument("--folder", metavar="DIR", type=Path, default=Path(), help="where plan.lock is (default: here)")
    parser.add_argument("--json", action="store_true", help="one object on the standard output")


def run(given: argparse.Namespace) -> int:
    """Append the approval; 1 where the approver is the plan's author."""
    folder: Path = given.folder
    if given.waiver:
        return _sign_waiver(given, folder)
    lock = read_lock(_bytes(folder / NAMES["lock"]))
    place = folder / NAMES["approvals"]
    approvals = read_approvals(place.read_bytes()) if place.is_file() else []
    authors = lock_authors(folder.resolve(), approvals, lock.digest)
    if is_author(given.name, authors):
        print(f"mltest: MLP05 approver {given.name} is also an author of the change", file=sys.stderr)
        return 1
    key = _own_key(given, folder) if given.key else None
    before = [entry for entry in approvals_of(approvals, lock.digest) if is_author(entry["name"], [given.name])]
    if any(key is None or _signed_by(entry, key) for entry in before):
        return _tell(given, lock.digest, f"{given.name} approved this plan before")
    entry: dict[str, Any] = {
        "plan_digest": lock.digest,
        "name": given.name,
        "role": given.role,
        "approved_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "comment": given.comment,
        "commit": head_of(folder.resolve()),
        "signature": None,
    }
    if key is not None:
        entry["signature"] = canonical(sign(_unsigned(entry), key, ENVELOPE)).decode()
    try:
        write_atomically(place, approvals_bytes([*approvals, entry]))
    except OSError as refused:
        msg = f"cannot write {place}: {refused.strerror or refused}"
        raise EvidenceError(msg) from refused
    number = len(lock.plan["checks"])
    checks = f"{count(number)} check{'s' * (number != 1)}"
    return _tell(given, lock.digest, f"{given.name} ({given.role}) approved {checks}")


def _sign_waiver(given: argparse.Namespace, folder: Path) -> int:
    """Print the line that goes into waivers.toml: a file that people write is not rewritten."""
    from mltest.policy.waiver import read_waivers
    from mltest.policy.waiver_signature import signature_of

    waivers = {waiver.id: waiver for waiver in read_waivers(_bytes(folder / NAMES["waivers"]))}
    if given.waiver not in waivers:
        msg = f"no waiver {given.waiver!r} in {NAMES['waivers']}{nearest(given.waiver, waivers)}"
        raise UsageError(msg)
    waiver = waivers[given.waiver]
    if not given.key:
        msg = f"--waiver {given.waiver} needs --key: a waiver is approved by its file, and --key signs it"
        raise UsageError(msg)
    if not is_author(given.name, [waiver.approved_by]):
        msg = f"waiver {waiver.id} names {waiver.approved_by} as its approver, not {given.name}"
        raise UsageError(msg)
    line = signature_of(waiver, _own_key(given, folder))
    if given.json:
        sys.stdout.buffer.write(canonical({"waiver": waiver.id, "signature": line}) + b"\n")
    else:
        print(f'add to {waiver.id} in {NAMES["waivers"]}:\nsignature = "{line}"')
    return 0


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as gone:
        msg = f"cannot read {path}: {gone.strerror or gone}; write it with `mltest plan`"
        raise EvidenceError(msg) from gone


def _own_key(given: argparse.Namespace, folder: Path) -> Ed25519PrivateKey:
    """The approver's key, which trust.toml lists for that name, with role approver, today; else ``TrustError``."""
    key = signing_key(given.key)
    keyid = keyid_of(public_bytes(key))
    place = folder / NAMES["trust"]
    known = {found.keyid: found for found in read_trust(place.read_bytes())} if place.is_file() else {}
    if keyid not in known:
        msg = f"key {keyid} is not trusted: {place.name} does not list it"
        raise TrustError(msg)
    problem = trusted_for(known[keyid], "approver", datetime.now(UTC), given.name)
    if problem is not None:
        msg = f"key {keyid} of {known[keyid].owner}: {problem}"
        raise TrustError(msg)
    return key


def _unsigned(entry: Mapping[str, Any]) -> bytes:
    return canonical({**entry, "signature": ""})


def _signed_by(entry: Mapping[str, Any], key: Ed25519PrivateKey) -> bool:
    """Whether an approval holds under a key; a typed one, or one that does not, may be followed by one that does."""
    raw = public_bytes(key)
    try:
        envelope = parse(str(entry.get("signature")).encode())
        return verify_envelope(envelope, {keyid_of(raw): raw}, ENVELOPE).payload == _unsigned(entry)
    except (ValueError, TypeError, AttributeError, RecursionError, EvidenceError):
        return False


def _tell(given: argparse.Namespace, digest: str, text: str) -> int:
    if given.json:
        sys.stdout.buffer.write(canonical({"plan_digest": digest, "name": given.name, "role": given.role}) + b"\n")
    else:
        print(f"{text}\nplan {digest}")
    return 0
