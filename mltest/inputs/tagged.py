"""The bytes that stand for one Python value in a digest: a tag for its type, a length, its content."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from mltest.errors import UsageError

__all__ = ["tagged"]


def tagged(value: Any, where: str) -> bytes:
    """The value with its type; lists, tuples, mappings and arrays item by item."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        return _packed(b"a", str(value.shape).encode() + _items(value.ravel().tolist(), where))
    if isinstance(value, (list, tuple)):
        return _packed(b"l", _items(value, where))
    if isinstance(value, dict):
        pairs = sorted((tagged(key, where), tagged(item, where)) for key, item in value.items())
        return _packed(b"m", b"".join(key + item for key, item in pairs))
    own = getattr(type(value), "__mltest_digest__", None)
    if own is not None:
        return _packed(b"o", str(own(value)).encode())
    return _packed(*_scalar(value, where))


_SCALARS: tuple[tuple[Any, bytes, Callable[[Any], bytes]], ...] = (
    (type(None), b"n", lambda _: b""),
    (bool, b"b", lambda value: bytes([value])),
    (int, b"i", lambda value: str(int(value)).encode()),
    (float, b"f", lambda value: struct.pack("<d", math.nan if math.isnan(value) else value + 0.0)),
    (str, b"s", lambda value: value.encode("utf-8", "surrogatepass")),
    ((bytes, bytearray, memoryview), b"y", bytes),
    (Decimal, b"d", lambda value: format(value.normalize(), "f").encode()),
    (datetime, b"t", lambda value: (value.astimezone(UTC) if value.tzinfo else value).isoformat().encode()),
    ((date, time), b"t", lambda value: value.isoformat().encode()),
    (timedelta, b"p", lambda value: struct.pack("<qqq", value.days, value.seconds, value.microseconds)),
)


def _scalar(value: Any, where: str) -> tuple[bytes, bytes]:
    for kinds, tag, content in _SCALARS:
        if isinstance(value, kinds):
            return tag, content(value)
    kind = type(value)
    msg = (
        f"{where} holds a {kind.__module__}.{kind.__qualname__}, which has no digest; "
        "drop the column, turn it into numbers or text, or give the class a method __mltest_digest__"
    )
    raise UsageError(msg)


def _items(values: Any, where: str) -> bytes:
    return b"".join(tagged(value, where) for value in values)


def _packed(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<Q", len(content)) + content
