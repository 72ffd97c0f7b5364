"""trust.toml: whose key may do what, from when to when; the file itself is protected by its code owners."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mltest.policy.strict_toml import Field, Mistakes, moment, read_rows, some_of, text

__all__ = ["ROLES", "Key", "keys_of", "read_trust"]

SCHEMA = "mltest/trust/v1"
ROLES = ("runner", "approver", "validator", "quality")
_RAW_KEY = 32


@dataclass(frozen=True, kw_only=True)
class Key:
    """A public key: its owner, what the owner may do with it, and when."""

    keyid: str
    public: str
    owner: str
    roles: tuple[str, ...]
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None = None
    reason: str | None = None

    def holds(self, role: str, at: datetime) -> bool:
        """Whether the key was good for a role at a time."""
        return role in self.roles and self.problem(at) is None

    def problem(self, at: datetime) -> str | None:
        """Why the key was not good at a time, or None where it was."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return f"revoked {self.revoked_at.date().isoformat()}"
        if at < self.not_before:
            return f"not valid before {self.not_before.date().isoformat()}"
        return f"expired {self.not_after.date().isoformat()}" if at >= self.not_after else None


def _public(value: object) -> str | None:
    try:
        raw = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        raw = b""
    return None if len(raw) == _RAW_KEY else "the raw 32 bytes of an Ed25519 public key in base64"


def _keyid(value: object) -> str | None:
    whole = isinstance(value, str) and len(value) == 64 and set(value) <= set("0123456789abcdef")
    return None if whole else "the SHA-256 of the raw public key, 64 hexadecimal digits"


FIELDS = {
    "keyid": Field(_keyid),
    "public": Field(_public),
    "owner": Field(text),
    "roles": Field(some_of(*ROLES)),
    "not_before": Field(moment),
    "not_after": Field(moment),
    "revoked_at": Field(moment, required=False),
    "reason": Field(text, required=False),
}


def read_trust(data: bytes, name: str = "trust.toml") -> tuple[Key, ...]:
    """Every key of the file.

    Raises
    ------
    UsageError
        With every mistake: its line, and the key that was meant.

    Examples
    --------
    >>> read_trust(b'schema = "mltest/trust/v1"')
    ()
    """
    rows, mistakes = read_rows(
        data, schema=SCHEMA, table="key", fields=FIELDS, mistakes=lambda source: Mistakes(name, source)
    )
    seen: dict[str, int] = {}
    for at, row in enumerate(rows):
        for problem in _beyond_fields(row, seen, at):
            mistakes.add(("key", at, "keyid"), problem)
    mistakes.raise_all()
    return tuple(Key(**{**row, "roles": tuple(row["roles"])}) for row in rows)


def _beyond_fields(row: dict[str, Any], seen: dict[str, int], at: int) -> Iterable[str]:
    keyid, public = row.get("keyid"), row.get("public")
    if _keyid(keyid) or not isinstance(keyid, str):
        return
    if keyid in seen:
        yield f"key {at + 1} has the keyid of key {seen[keyid] + 1}: keep one"
    seen.setdefault(keyid, at)
    if isinstance(public, str) and not _public(public):
        computed = hashlib.sha256(base64.b64decode(public)).hexdigest()
        if computed != keyid:
            yield f"keyid of key {at + 1} is not the SHA-256 of its public key, which is {computed}"
    begins, ends = row.get("not_before"), row.get("not_after")
    if not moment(begins) and not moment(ends) and row["not_after"] <= row["not_before"]:
        yield f"key {at + 1} ends before it begins"


def keys_of(keys: Iterable[Key], owner: str, role: str, at: datetime) -> list[Key]:
    """The keys of an owner that were good for a role at a time.

    Examples
    --------
    >>> from datetime import datetime, timezone
    >>> keys_of((), "model-validation", "approver", datetime(2026, 11, 21, tzinfo=timezone.utc))
    []
    """
    wanted = owner.strip().casefold()
    return [key for key in keys if key.owner.strip().casefold() == wanted and key.holds(role, at)]
