"""The signature of a waiver: over everything else that the waiver says, in one line of waivers.toml."""

from __future__ import annotations

import base64
import re
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from mltest.evidence.canonical import canonical
from mltest.evidence.seal import keyid_of, public_bytes, sign

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from mltest.policy.waiver import Waiver

__all__ = ["PAYLOAD_TYPE", "envelope_of", "payload_of", "signature_of"]

PAYLOAD_TYPE = "application/vnd.mltest.waiver+json"
_FORM = re.compile(r"ed25519:(?P<keyid>[0-9a-f]{64}):(?P<sig>[A-Za-z0-9+/]+=*)")


def payload_of(waiver: Waiver) -> bytes:
    """What is signed: the canonical form of the waiver without its signature.

    Parameters
    ----------
    waiver : Waiver
        As ``read_waivers`` gives it.
    """
    said = {at.name: _plain(getattr(waiver, at.name)) for at in fields(waiver) if at.name != "signature"}
    return canonical({"schema": PAYLOAD_TYPE, **{name: value for name, value in said.items() if value is not None}})


def signature_of(waiver: Waiver, key: Ed25519PrivateKey) -> str:
    """The text for ``signature =``: the key's id and its Ed25519 signature of the DSSE encoding.

    Parameters
    ----------
    waiver : Waiver
        The waiver.
    key : Ed25519PrivateKey
        The approver's key.
    """
    [row] = sign(payload_of(waiver), key, PAYLOAD_TYPE)["signatures"]
    return f"ed25519:{keyid_of(public_bytes(key))}:{row['sig']}"


def envelope_of(waiver: Waiver) -> dict[str, Any] | None:
    """The DSSE envelope that a waiver's signature stands for; None where it is no signature of this form."""
    found = _FORM.fullmatch(waiver.signature or "")
    if found is None:
        return None
    payload = base64.b64encode(payload_of(waiver)).decode()
    return {"payload": payload, "payloadType": PAYLOAD_TYPE, "signatures": [found.groupdict()]}


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
