"""Sign-offs: each is about this root, and its signature holds; a typed name is no signature and proves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from mltest.errors import EvidenceError, TrustError
from mltest.evidence.seal import signers_of
from mltest.evidence.signoff import read_signoff, signer_of
from mltest.policy.signatures import trusted_for
from mltest.policy.verification.finding import Finding, short
from mltest.policy.verification.shapes import moment

if TYPE_CHECKING:
    from mltest.policy.trust import Key

__all__ = ["SIGN_OFF", "signed_off"]

SIGN_OFF = "signoff-"


def signed_off(name: str, data: bytes, root: str, keys: Mapping[str, Key]) -> Iterator[Finding]:
    """What is wrong with one file ``signatures/signoff-<n>.json``."""
    try:
        said = read_signoff(data, name)
        signers = signers_of(said["signature"]) if said.get("signature") else ()
    except EvidenceError as broken:
        yield Finding("MLV16", str(broken), name)
        return
    if said["root"] != root:
        yield Finding("MLV33", f"{name} signs {short(said['root'])}, root is {short(root)}", name)
    if not said.get("signature"):
        return
    strangers = [keyid for keyid in signers if keyid not in keys]
    if strangers:
        yield Finding("MLV31", f"key {short(strangers[0])} of {name} not trusted for role {said['role']}", name)
        return
    try:
        signers = signer_of(said, {keyid: key.public for keyid, key in keys.items()})
    except (TrustError, EvidenceError) as broken:
        yield Finding("MLV30", f"{name}: {broken}", name)
        return
    at = moment(said["signed_at"])
    for keyid in signers:
        key = keys[keyid]
        dated = key.problem(at) if at is not None else "of a time that cannot be read"
        foreign = trusted_for(key, str(said["role"]), at, str(said["name"])) if at is not None else None
        if dated is not None:
            yield Finding("MLV32", f"key {short(keyid)} {dated}, {name} is dated {said['signed_at']}", keyid)
        elif foreign is not None:
            yield Finding("MLV31", f"key {short(keyid)} of {name}: {foreign}", keyid)
