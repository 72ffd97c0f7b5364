"""Which artifact an object came from: its declared name, the digest of the bytes it was read from, their form."""

from __future__ import annotations

import weakref
from threading import Lock
from typing import Any

__all__ = ["form_of", "origin", "remember"]

_lock = Lock()
_known: dict[int, tuple[weakref.ref[Any], str, str, str]] = {}


def remember(thing: Any, name: str, digest: str, *, form: str) -> None:
    """Note where the object came from, for as long as it lives; plain values cannot be noted.

    ``form`` is the ending of its file, such as ``.skops``.
    """
    key = id(thing)
    try:
        reference = weakref.ref(thing, lambda _: _known.pop(key, None))
    except TypeError:
        return
    with _lock:
        _known[key] = (reference, name, digest, form)


def origin(thing: Any) -> tuple[str, str] | None:
    """The artifact's name and digest, or None for an object made elsewhere."""
    entry = _entry(thing)
    return None if entry is None else (entry[1], entry[2])


def form_of(thing: Any) -> str | None:
    """The ending of the file that the object was read from, or None for an object made elsewhere."""
    entry = _entry(thing)
    return None if entry is None else entry[3]


def _entry(thing: Any) -> tuple[weakref.ref[Any], str, str, str] | None:
    with _lock:
        entry = _known.get(id(thing))
    return entry if entry is not None and entry[0]() is thing else None
