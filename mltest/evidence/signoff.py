"""Sign-offs: who says what about one evidence root, when, and whether a key stands behind the name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError, TrustError, UsageError
from mltest.evidence.canonical import canonical, parse
from mltest.evidence.seal import sign, verify_envelope

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "DECISIONS",
    "MEANINGS",
    "PAYLOAD_TYPE",
    "ROLES",
    "SCHEMA",
    "UNSIGNED",
    "read_signoff",
    "signed_signoff",
    "signer_of",
    "signoff_of",
]

SCHEMA = "mltest/signoff/v1"
PAYLOAD_TYPE = "application/vnd.mltest.signoff+json"
ROLES = ("developer", "validator", "owner", "data-protection", "quality")
MEANINGS = ("authorship", "review", "validation", "approval", "rejection")
DECISIONS = ("accepted", "accepted with conditions", "rejected")
UNSIGNED = "typed name, not a signature"
_NEEDED = ("root", "name", "role", "meaning", "decision", "signed_at", "utc_offset")


def signoff_of(
    root: str,
    *,
    name: str,
    role: str,
    meaning: str,
    at: datetime,
    decision: str | None = None,
    conditions: Sequence[str] = (),
    comment: str = "",
) -> dict[str, Any]:
    """The sign-off without a signature.

    Parameters
    ----------
    root : str
        The evidence root that it is about; it is valid for no other.
    name, role, meaning : str
        Who, in which of ``ROLES``, with which of ``MEANINGS``.
    at : datetime
        When, with its offset from UTC.
    decision : str, optional
        One of ``DECISIONS``; by default what the meaning and the conditions come to.
    conditions : sequence of str
        What has to be done or kept.
    comment : str
        Free text.

    Raises
    ------
    UsageError
        If the parts contradict each other.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> found = signoff_of(
    ...     "sha256:1d",
    ...     name="k.ito",
    ...     role="validator",
    ...     meaning="validation",
    ...     at=datetime(2026, 11, 21, tzinfo=timezone.utc),
    ...     conditions=["retrain in March"],
    ... )
    >>> found["decision"], found["signed_at"]
    ('accepted with conditions', '2026-11-21T00:00:00.000Z')
    """
    natural = DECISIONS[2] if meaning == "rejection" else DECISIONS[1] if conditions else DECISIONS[0]
    decided = decision or natural
    if (decided == DECISIONS[2]) != (meaning == "rejection"):
        msg = f"meaning {meaning!r} and decision {decided!r} contradict each other"
        raise UsageError(msg)
    if conditions and decided == DECISIONS[0]:
        msg = f"decision {decided!r} has no conditions; {DECISIONS[1]!r} has"
        raise UsageError(msg)
    if decided == DECISIONS[1] and not conditions:
        msg = f"decision {decided!r} needs at least one condition"
        raise UsageError(msg)
    return {
        "schema": SCHEMA,
        "root": root,
        "name": name,
        "role": role,
        "meaning": meaning,
        "decision": decided,
        "conditions": list(conditions),
        "comment": comment,
        "signed_at": at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "utc_offset": _offset(at),
    }


def _offset(at: datetime) -> str:
    minutes = (at.utcoffset() or timedelta()) // timedelta(minutes=1)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def signed_signoff(signoff: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, Any]:
    """The sign-off with the envelope over its canonical form."""
    return {**signoff, "signature": sign(canonical(signoff), key, PAYLOAD_TYPE)}


def read_signoff(data: bytes, name: str = "sign-off") -> dict[str, Any]:
    """The sign-off of a file; its signature is not looked at.

    Raises
    ------
    EvidenceError
        If it is none.
    """
    try:
        found = parse(data)
    except (ValueError, RecursionError) as broken:
        msg = f"{name} is not readable: {broken}"
        raise EvidenceError(msg) from broken
    whole = isinstance(found, dict) and found.get("schema") == SCHEMA
    if not whole or not all(isinstance(found.get(part), str) for part in _NEEDED):
        msg = f"{name} is no sign-off of the form {SCHEMA}"
        raise EvidenceError(msg)
    return dict(found)


def signer_of(signoff: Mapping[str, Any], public_keys: Mapping[str, bytes | str]) -> tuple[str, ...]:
    """The ids of the keys that signed exactly what the sign-off says; none for a typed name.

    Raises
    ------
    TrustError
        If there is a signature, and it does not hold or is over something else.
    """
    envelope = signoff.get("signature")
    if envelope is None:
        return ()
    opened = verify_envelope(envelope, public_keys, PAYLOAD_TYPE)
    if opened.payload != canonical({name: value for name, value in signoff.items() if name != "signature"}):
        raise TrustError("the signature is over another sign-off than the one that it stands in")
    return opened.keyids
