"""Whether the signature of a waiver holds, and is that of its approver."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mltest.errors import EvidenceError, TrustError, UsageError
from mltest.evidence.seal import verify_envelope
from mltest.policy.approvals import is_author
from mltest.policy.verification.finding import Finding, short
from mltest.policy.waiver import Waiver, read_waivers
from mltest.policy.waiver_signature import PAYLOAD_TYPE, envelope_of

if TYPE_CHECKING:
    from mltest.policy.trust import Key
    from mltest.policy.verification.case import Case

__all__ = ["waiver_holds", "waivers_in"]


def waivers_in(case: Case) -> tuple[Waiver, ...]:
    """The waivers that the run kept; a file with mistakes is told of where the verdict is computed again."""
    data = case.kept("waivers")
    try:
        return read_waivers(data) if data is not None else ()
    except UsageError:
        return ()


def waiver_holds(waiver: Waiver, keys: Mapping[str, Key], findings: list[Finding]) -> bool:
    """Whether a trusted approver signed the waiver as it reads."""
    envelope = envelope_of(waiver)
    try:
        known = {keyid: key.public for keyid, key in keys.items()}
        opened = verify_envelope(envelope, known, PAYLOAD_TYPE) if envelope is not None else None
    except (TrustError, EvidenceError):
        opened = None
    if opened is None:
        findings.append(Finding("MLW20", f"signature does not verify for {waiver.id}", waiver.id))
        return False
    for keyid in opened.keyids:
        key = keys[keyid]
        if is_author(key.owner, [waiver.approved_by]) and key.holds("approver", waiver.approved_at):
            return True
    named = ", ".join(short(keyid) for keyid in opened.keyids)
    text = f"waiver {waiver.id} is signed by {named}, no key of {waiver.approved_by} with role approver on that day"
    findings.append(Finding("MLV31", text, waiver.id))
    return False
