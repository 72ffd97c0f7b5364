"""Which artifact an object came from: its declared name and the digest of the bytes it was read from."""

from __future__ import annotations

import weakref
from threading import Lock
from typing import Any

__all__ = ["origin", "remember"]

_lock = Lock()
_known: dict[int, tuple[weakref.ref[Any], str, str]] = {}


def remember(thing: Any, name: str, digest: str) -> None:
    """Note where the object came from, for as long as it lives; plain values cannot be noted."""
    key = id(thing)
    try:
        reference = weakref.ref(thing, lambda _: _known.pop(key, None))
    except TypeError:
        return
    with _lock:
        _known[key] = (reference, name, digest)


def origin(thing: Any) -> tuple[str, str] | None:
    """The artifact's name and digest, or None for an object made elsewhere."""
    with _lock:
        entry = _known.get(id(thing))
    if entry is None or entry[0]() is not thing:
        return None
    return entry[1], entry[2]
