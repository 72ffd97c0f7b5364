"""plan.approvals.json: who approved which plan; an approval holds for one digest and no other."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from mltest.errors import UsageError, nearest
from mltest.evidence.canonical import digest, parse

__all__ = ["ENVELOPE", "SCHEMA", "approvals_bytes", "approvals_of", "is_author", "read_approvals"]

SCHEMA = "mltest/approvals/v1"
ENVELOPE = "application/vnd.mltest.approval+json"  # the type of a signature over one approval
_NEEDED = ("plan_digest", "name", "role", "approved_at")
_ALLOWED = (*_NEEDED, "comment", "commit", "signature")


def read_approvals(data: bytes, name: str = "plan.approvals.json") -> list[dict[str, Any]]:
    """Every approval of the file, in its order.

    Raises
    ------
    UsageError
        With each mistake of the file.

    Examples
    --------
    >>> read_approvals(approvals_bytes([]))
    []
    """
    try:
        found = parse(data)
    except (ValueError, RecursionError) as broken:
        msg = f"{name} is not readable: {broken}"
        raise UsageError(msg) from broken
    if not isinstance(found, dict) or found.get("schema") != SCHEMA or not isinstance(found.get("approvals"), list):
        msg = f"{name} is no list of approvals of the form {SCHEMA}"
        raise UsageError(msg)
    mistakes = [text for at, entry in enumerate(found["approvals"], start=1) for text in _mistakes(entry, at)]
    if mistakes:
        raise UsageError("\n".join(f"{name}: {text}" for text in mistakes))
    return list(found["approvals"])


def _mistakes(entry: object, at: int) -> Iterable[str]:
    if not isinstance(entry, dict):
        yield f"approval {at} is no object"
        return
    for key in entry:
        if key not in _ALLOWED:
            yield f"approval {at}: unknown key {key!r}{nearest(key, _ALLOWED)}"
    for key in _NEEDED:
        if not isinstance(entry.get(key), str) or not entry[key]:
            yield f"approval {at}: missing key {key!r}"


def approvals_bytes(approvals: Iterable[Mapping[str, Any]]) -> bytes:
    """The file over the approvals: reviewable, and the same bytes for the same list.

    Examples
    --------
    >>> approvals_bytes([]).decode().splitlines()[1].strip()
    '"approvals": [],'
    """
    whole = {"schema": SCHEMA, "approvals": [dict(entry) for entry in approvals]}
    return (json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def approvals_of(approvals: Iterable[Mapping[str, Any]], plan_digest: str) -> list[Mapping[str, Any]]:
    """The approvals that are over one plan.

    Examples
    --------
    >>> approvals_of([{"plan_digest": "sha256:1", "name": "ann"}], "sha256:2")
    []
    """
    return [entry for entry in approvals if entry["plan_digest"] == plan_digest]


def is_author(name: str, authors: Iterable[str]) -> bool:
    """Whether a person is among the authors, by name or by e-mail, whatever the case of the letters.

    Evidence keeps the digest of an e-mail and not the address: a person who is named by it is found all the same.

    Examples
    --------
    >>> is_author("Ann Bell", ["ann bell", "ann@example.com"])
    True
    """
    wanted = name.strip().casefold()
    forms = (wanted, digest(wanted.encode()))
    return any(author.strip().casefold() in forms for author in authors)
