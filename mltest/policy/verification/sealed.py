"""Signatures: who signed the root, who signed the approval, and whether the keys were trusted then."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError, MissingDependency, TrustError, UsageError
from mltest.evidence.canonical import canonical, parse
from mltest.evidence.seal import IN_TOTO, ROOT_SUBJECT, Opened, signers_of, verify_envelope
from mltest.policy.approvals import ENVELOPE, approvals_of, is_author
from mltest.policy.standing import valid_approvals
from mltest.policy.trust import Key, read_trust
from mltest.policy.verification.finding import Finding, short
from mltest.policy.verification.promises import approvals_in
from mltest.policy.verification.shapes import moment
from mltest.policy.verification.signed_off import SIGN_OFF, signed_off
from mltest.policy.verification.signed_waivers import waiver_holds, waivers_in

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["UNCHECKED", "Sealed", "sealed"]

_ROOTS = "root-"
UNCHECKED = "signature not checked: install pytest-mltest[sign]"


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """The keys that signed root and approval, where they are trusted, and what could not be looked at."""

    runner: str | None = None
    approver: str | None = None
    waivers: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    unchecked: bool = False


def sealed(case: Case) -> Sealed:
    """What the signatures of the run come to."""
    findings: list[Finding] = []
    envelopes = dict(_envelopes(case, findings))
    approvals = [
        entry for entry in approvals_of(approvals_in(case)[0], case.held.digests["plan"]) if entry["signature"]
    ]
    sign_offs = {name: data for name, data in case.held.signatures.items() if name.startswith(SIGN_OFF)}
    waivers = [waiver for waiver in waivers_in(case) if waiver.signature]
    if not (envelopes or approvals or sign_offs or waivers):
        return Sealed(findings=tuple(findings))
    keys = _trusted(case, findings)
    try:
        findings += [
            found for name, data in sign_offs.items() for found in signed_off(name, data, case.held.root, keys)
        ]
        runners = [_runner(name, envelope, keys, case, findings) for name, envelope in envelopes.items()]
        signed = [(entry, _approver(entry, keys, findings)) for entry in approvals]
        approvers = [keyid for entry, keyid in signed if keyid is not None and _counts(entry, case)]
        proven = frozenset(waiver.id for waiver in waivers if waiver_holds(waiver, keys, findings))
    except MissingDependency:
        return Sealed(findings=tuple(findings), unchecked=True)
    return Sealed(
        runner=next(filter(None, runners), None),
        approver=next(filter(None, approvers), None),
        waivers=proven,
        findings=tuple(findings),
    )


def _counts(entry: Mapping[str, Any], case: Case) -> bool:
    """Whether an approval is one that the run could rest on: before it started, and not by an author of the plan."""
    authors = case.repository.lock_authors if case.repository else ()
    plan = case.held.digests["plan"]
    return entry in valid_approvals(approvals_in(case)[0], case.run, plan) and not is_author(entry["name"], authors)


def _envelopes(case: Case, findings: list[Finding]) -> Iterator[tuple[str, Any]]:
    """The envelopes over roots."""
    for name, data in sorted(case.held.signatures.items()):
        if not name.startswith(_ROOTS):
            continue
        envelope = _strict(data)
        if envelope is None:
            findings.append(Finding("MLV30", f"no valid signature for root: signatures/{name} is no envelope", name))
        else:
            yield name, envelope


def _strict(data: bytes) -> Mapping[str, Any] | None:
    """An envelope of the members of DSSE, in canonical JSON and base64: one form for one signature."""
    try:
        found = parse(data)
        rows = found["signatures"]
        exact = set(found) == {"payload", "payloadType", "signatures"} and len(rows) >= 1
        exact = exact and all(set(row) == {"keyid", "sig"} and _is_base64(row["sig"]) for row in rows)
        exact = exact and _is_base64(found["payload"]) and canonical(found) == data.removesuffix(b"\n")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return found if exact else None


def _is_base64(text: object) -> bool:
    try:
        return isinstance(text, str) and base64.b64encode(base64.b64decode(text, validate=True)).decode() == text
    except (binascii.Error, ValueError):
        return False


def _trusted(case: Case, findings: list[Finding]) -> dict[str, Key]:
    """The keys of the caller's trust.toml, else of the one that the run kept."""
    data = case.asked.trust if case.asked.trust is not None else case.kept("trust")
    if data is None:
        return {}
    try:
        return {key.keyid: key for key in read_trust(data)}
    except UsageError as wrong:
        findings += [Finding("MLV31", line, "trust.toml") for line in str(wrong).splitlines()]
        return {}


def _opened(envelope: Mapping[str, Any], keys: Mapping[str, Key], kind: str = IN_TOTO) -> Opened | None:
    """The payload, once a signature of a known key holds; None where none does."""
    try:
        return verify_envelope(envelope, {keyid: key.public for keyid, key in keys.items()}, kind)
    except (TrustError, EvidenceError):
        return None


def _runner(
    name: str,
    envelope: Mapping[str, Any],
    keys: Mapping[str, Key],
    case: Case,
    findings: list[Finding],
) -> str | None:
    """The trusted runner's key that signed the root of this run."""
    signers = signers_of(envelope)
    strangers = [keyid for keyid in signers if keyid not in keys]
    if len(strangers) == len(signers):
        findings.append(Finding("MLV31", f"key {short(strangers[0])} not trusted for role runner", name))
        return None
    opened = _opened(envelope, keys)
    if opened is None:
        text = f"no valid signature for root {short(case.held.root)}: that of signatures/{name} does not hold"
        findings.append(Finding("MLV30", text, name))
        return None
    signed = _root_in(opened.payload)
    if signed != case.held.root:
        findings.append(Finding("MLV33", f"envelope signs {short(signed)}, root is {short(case.held.root)}", name))
        return None
    return _good(opened.keyids, keys, "runner", moment(case.run["clock"]["finished"]), findings)


def _good(
    keyids: tuple[str, ...], keys: Mapping[str, Key], role: str, at: datetime | None, findings: list[Finding]
) -> str | None:
    """The first key that was good for the role then; why the others were not is a finding where none was."""
    problems = []
    for keyid in keyids:
        key = keys[keyid]
        problem = key.problem(at) if at is not None else "without a date"
        if role not in key.roles:
            problems.append(Finding("MLV31", f"key {short(keyid)} not trusted for role {role}", keyid))
        elif problem is not None:
            problems.append(Finding("MLV32", f"key {short(keyid)} {problem}, signature dated {_when(key, at)}", keyid))
        else:
            return keyid
    findings += problems
    return None


def _when(key: Key, at: datetime | None) -> str:
    if at is None:
        return "at no time that can be read"
    return "earlier" if at < key.not_before else "later"


def _root_in(payload: bytes) -> str:
    """The evidence root that a statement is about; parsed only after its signature held."""
    try:
        subjects = parse(payload)["subject"]
        return next(f"sha256:{subject['digest']['sha256']}" for subject in subjects if subject["name"] == ROOT_SUBJECT)
    except (ValueError, TypeError, KeyError, StopIteration, RecursionError):
        return ""


def _approver(entry: Mapping[str, Any], keys: Mapping[str, Key], findings: list[Finding]) -> str | None:
    """The trusted approver's key that signed this approval."""
    envelope = _strict(str(entry["signature"]).encode())
    opened = _opened(envelope, keys, ENVELOPE) if envelope is not None else None
    if opened is None or opened.payload != canonical({**entry, "signature": ""}):
        findings.append(Finding("MLV31", f"approval by {entry['name']}: its signature does not hold for a known key"))
        return None
    owned = tuple(keyid for keyid in opened.keyids if is_author(keys[keyid].owner, [entry["name"]]))
    if not owned:
        findings.append(
            Finding("MLV31", f"approval by {entry['name']} is signed by another: {keys[opened.keyids[0]].owner}")
        )
        return None
    return _good(owned, keys, "approver", moment(entry["approved_at"]), findings)
