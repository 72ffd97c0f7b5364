"""Signatures: DSSE envelopes with Ed25519, over bytes as they are; what is signed is parsed only afterwards."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.errors import ArtifactError, EvidenceError, MissingDependency, TrustError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = [
    "IN_TOTO",
    "ROOT_SUBJECT",
    "Opened",
    "keyid_of",
    "pre_authentication",
    "private_key",
    "public_bytes",
    "sign",
    "signers_of",
    "verify_envelope",
]

IN_TOTO = "application/vnd.in-toto+json"
ROOT_SUBJECT = "mltest-evidence-root"
_ENVIRONMENT = "env:"
_RAW = 32


class Opened(NamedTuple):
    """What an envelope holds, and the ids of the keys whose signatures on it hold."""

    payload: bytes
    payload_type: str
    keyids: tuple[str, ...]


def pre_authentication(payload: bytes, payload_type: str = IN_TOTO) -> bytes:
    """The bytes that a signature is over (DSSE v1): type and body, each after its length.

    Examples
    --------
    >>> pre_authentication(b"hello", "text/plain")
    b'DSSEv1 10 text/plain 5 hello'
    """
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def keyid_of(public: bytes) -> str:
    """The id of a raw public key: its SHA-256, 64 hexadecimal digits.

    Examples
    --------
    >>> keyid_of(bytes(32))[:8]
    '66687aad'
    """
    return hashlib.sha256(public).hexdigest()


def private_key(place: Path | str) -> Ed25519PrivateKey:
    """The private key of a file, or of an environment variable where the place is ``env:NAME``.

    Parameters
    ----------
    place : Path or str
        PEM (PKCS #8, without a password), or the 32 raw bytes as hexadecimal digits or base64.

    Raises
    ------
    UsageError
        If it holds no Ed25519 private key. No part of what it holds is shown.
    ArtifactError
        If there is no such file or variable.
    MissingDependency
        Without the package ``cryptography``.

    Examples
    --------
    >>> private_key("env:MLTEST_NO_SUCH_KEY")
    Traceback (most recent call last):
    ...
    mltest.ArtifactError: the environment has no variable MLTEST_NO_SUCH_KEY to take the private key from
    """
    keys = _ed25519()
    data = _key_text(str(place)).strip()
    if data.startswith(b"-----BEGIN"):
        return _of_pem(data, str(place))
    raw = _raw(data)
    if raw is None:
        msg = (
            f"{place} holds no Ed25519 private key: allowed are PEM (PKCS #8), or its 32 raw bytes "
            "as 64 hexadecimal digits or as base64"
        )
        raise UsageError(msg)
    found: Ed25519PrivateKey = keys.Ed25519PrivateKey.from_private_bytes(raw)
    return found


def _key_text(place: str) -> bytes:
    if place.startswith(_ENVIRONMENT):
        name = place.removeprefix(_ENVIRONMENT)
        if name not in os.environ:
            msg = f"the environment has no variable {name} to take the private key from"
            raise ArtifactError(msg)
        return os.environ[name].encode("utf-8", "surrogateescape")
    try:
        return Path(place).read_bytes()
    except OSError as gone:
        msg = f"cannot read the private key {place}: {gone.strerror or gone}"
        raise ArtifactError(msg) from gone


def _of_pem(data: bytes, place: str) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(data, password=None)
    except TypeError as locked:
        msg = f"the private key {place} has a password: give it without one, by an environment variable (env:NAME)"
        raise UsageError(msg) from locked
    except (ValueError, UnsupportedAlgorithm) as broken:
        msg = f"{place} is no private key in PEM (PKCS #8)"
        raise UsageError(msg) from broken
    if not isinstance(found, _ed25519().Ed25519PrivateKey):
        msg = f"the private key {place} is a {type(found).__name__}: allowed is Ed25519"
        raise UsageError(msg)
    key: Ed25519PrivateKey = found
    return key


def _raw(data: bytes) -> bytes | None:
    """32 bytes out of hexadecimal digits or base64."""
    for decode in (binascii.unhexlify, lambda text: base64.b64decode(text, validate=True)):
        try:
            raw: bytes = decode(data)
        except (binascii.Error, ValueError):
            continue
        if len(raw) == _RAW:
            return raw
    return None


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """The raw public key of a private one."""
    return key.public_key().public_bytes_raw()


def sign(payload: bytes, key: Ed25519PrivateKey, payload_type: str = IN_TOTO) -> dict[str, Any]:
    """The envelope over a payload, signed by one key; the same for the same bytes and key.

    Examples
    --------
    >>> from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    >>> sign(b"{}", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))["signatures"][0]["keyid"][:8]
    '56475aa7'
    """
    signature = key.sign(pre_authentication(payload, payload_type))
    return {
        "payload": _base64(payload),
        "payloadType": payload_type,
        "signatures": [{"keyid": keyid_of(public_bytes(key)), "sig": _base64(signature)}],
    }


def signers_of(envelope: object) -> tuple[str, ...]:
    """The ids of the keys that an envelope says it is signed by; nothing is verified.

    Raises
    ------
    EvidenceError
        If it is no DSSE envelope.

    Examples
    --------
    >>> signers_of({"payload": "", "payloadType": "text/plain", "signatures": [{"keyid": "ab", "sig": ""}]})
    ('ab',)
    """
    return tuple(str(row.get("keyid", "")) for row in _parts(envelope)[2])


def verify_envelope(
    envelope: object, public_keys: Mapping[str, bytes | str], payload_type: str | None = None
) -> Opened:
    """The payload of an envelope, once a signature over its raw bytes holds.

    Parameters
    ----------
    envelope : object
        What JSON says of a DSSE envelope.
    public_keys : mapping of str to bytes or str
        The raw public keys, or their base64, by keyid: ``{key.keyid: key.public for key in trust}``.
    payload_type : str, optional
        The type that the envelope must have.

    Returns
    -------
    Opened
        With the ids of all known keys whose signatures hold, at least one.

    Raises
    ------
    EvidenceError
        If it is no DSSE envelope.
    TrustError
        If no signature of a known key holds, or the type is another one.
    """
    payload, kind, rows = _parts(envelope)
    if payload_type is not None and kind != payload_type:
        msg = f"the envelope is over {kind!r}, not over {payload_type!r}"
        raise TrustError(msg)
    signed = pre_authentication(payload, kind)
    known = {keyid: _public(keyid, public) for keyid, public in public_keys.items()}
    held = [keyid for row in rows for keyid in _holding(row, signed, known)]
    if not held:
        named = ", ".join(str(row.get("keyid") or "no keyid") for row in rows) or "nobody"
        familiar = any(row.get("keyid") in known for row in rows)
        msg = f"signature by {named} {'does not hold' if familiar else 'is of no known key'}"
        raise TrustError(msg)
    return Opened(payload, kind, tuple(dict.fromkeys(held)))


def _parts(envelope: object) -> tuple[bytes, str, list[Mapping[str, Any]]]:
    if isinstance(envelope, Mapping):
        kind, rows = envelope.get("payloadType"), envelope.get("signatures")
        payload = _bytes_of(envelope.get("payload"))
        whole = isinstance(rows, list) and all(isinstance(row, Mapping) for row in rows)
        if payload is not None and isinstance(kind, str) and whole:
            return payload, kind, list(rows or ())
    raise EvidenceError("no DSSE envelope: it needs payload (base64), payloadType and a list of signatures")


def _holding(row: Mapping[str, Any], signed: bytes, known: Mapping[str, bytes]) -> list[str]:
    """The known keys that made this signature; a keyid is a hint, and one that is absent means any key."""
    keys, signature, hint = _ed25519(), _bytes_of(row.get("sig")), row.get("keyid")
    from cryptography.exceptions import InvalidSignature

    if signature is None:
        return []
    held = []
    for keyid in [hint] if hint else sorted(known):
        if keyid not in known:
            continue
        try:
            keys.Ed25519PublicKey.from_public_bytes(known[keyid]).verify(signature, signed)
        except InvalidSignature:
            continue
        held.append(keyid)
    return held


def _public(keyid: str, public: bytes | str) -> bytes:
    raw = public if isinstance(public, bytes) else _bytes_of(public)
    if raw is None or len(raw) != _RAW or keyid_of(raw) != keyid:
        msg = f"public key {keyid} is not the raw 32 bytes that its keyid is the SHA-256 of"
        raise TrustError(msg)
    return raw


def _bytes_of(text: object) -> bytes | None:
    """Standard or URL-safe base64, both of which DSSE admits."""
    if not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        return None


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _ed25519() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ImportError as absent:
        msg = "signatures need the package cryptography: pip install 'pytest-mltest[sign]'"
        raise MissingDependency(msg) from absent
    return ed25519
