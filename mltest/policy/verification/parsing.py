"""Bytes -> one JSON object, or what is wrong with them: strict, bounded, and never an exception."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from mltest.evidence.canonical import canonical, canonical_of_json, parse
from mltest.policy.verification.finding import Finding

__all__ = ["DEEPEST", "LARGEST", "encoded", "in_words", "parsed", "unlike"]

LARGEST = 64 * 2**20
DEEPEST = 32
_MANY = 100
_WIDEST = 60
_OTHER_BYTES = bytes(sorted(set(range(256)) - set(b'[]{}"')))
_STRING = re.compile(rb'"[^"]*"')


def parsed(
    name: str, data: bytes, schema: str, *, member: str = "schema", is_canonical: bool = True
) -> tuple[Any, list[Finding]]:
    """The object that ``data`` holds, or None, and every problem with its form.

    Parameters
    ----------
    name : str
        The file, for messages.
    data : bytes
        Its content.
    schema : str
        What it must say of its form, such as ``mltest/run/v1``.
    member : str
        Where it says so.
    is_canonical : bool
        Whether the bytes must be the RFC 8785 form; not so for files that people review.

    Examples
    --------
    >>> parsed("run.json", b'{"schema":"mltest/run/v2"}', "mltest/run/v1")[1][0].code
    'MLV35'
    """
    if len(data) > LARGEST:
        return None, [Finding("MLV37", f"{name} has {len(data)} bytes, limit {LARGEST}: not parsed", name)]
    left_open, too_deep = _brackets(data)
    if too_deep:
        return None, [Finding("MLV37", f"{name} is nested deeper than {DEEPEST}: not parsed", name)]
    try:
        found = parse(data)
    except (ValueError, RecursionError) as broken:
        return None, [_unreadable(name, data, broken, left_open=left_open)]
    if not isinstance(found, dict):
        return None, [Finding("MLV16", f"{name} holds {in_words(found)}, and no object", name)]
    problems = list(unlike(name, found.get(member), schema))
    if is_canonical and not _is_canonical(found, data):
        problems.append(Finding("MLV21", f"{name} is not in canonical form", name))
    readable = not any(problem.code == "MLV35" for problem in problems)
    return (found if readable else None), problems


def in_words(value: object) -> str:
    """A value of JSON in plain words, short.

    Examples
    --------
    >>> in_words(None), in_words({"code": "MLP01"}), in_words("x"), in_words(True)
    ('null', 'an object', '"x"', 'true')
    """
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    return json.dumps(value, ensure_ascii=False)[:_WIDEST]


def _brackets(data: bytes) -> tuple[bool, bool]:
    """Whether more is opened than closed, and whether it is nested too deep."""
    bare = data.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _OTHER_BYTES)
    bare = bare.replace(b'""', b"")  # what stands behind an odd number of quotes stays behind an odd number
    outside, quote, _ = _STRING.sub(b"", bare).partition(b'"')
    left = outside
    for _ in range(DEEPEST):  # each pass peels one level off, at the speed of C
        left = left.replace(b"[]", b"").replace(b"{}", b"")
    if not left:
        return bool(quote), False
    depth = 0
    for byte in outside:
        depth += 1 if byte in b"[{" else -1
        if depth > DEEPEST:
            return True, True
    return bool(quote) or depth > 0, False


def _unreadable(name: str, data: bytes, broken: Exception, *, left_open: bool) -> Finding:
    if isinstance(broken, UnicodeDecodeError):
        return Finding("MLV16", f"{name} is not UTF-8 at byte {broken.start}", name)
    if isinstance(broken, json.JSONDecodeError):
        at = len(broken.doc[: broken.pos].encode("utf-8", "surrogatepass"))
        if left_open or not data.strip():
            return Finding("MLV16", f"{name} ends early at byte {len(data)}", name)
        return Finding("MLV16", f"{name} is no JSON at byte {at}: {broken.msg}", name)
    if str(broken).startswith("duplicate key"):
        return Finding("MLV17", f"{name}: {broken}", name)
    return Finding("MLV16", f"{name} is no JSON of the evidence: {broken}", name)


def unlike(name: str, found: object, expected: str) -> Iterator[Finding]:
    """What is wrong with the schema that a document names.

    Examples
    --------
    >>> [finding.code for finding in unlike("run.json", "mltest/run/v1", "mltest/run/v1")]
    []
    """
    if found == expected:
        return
    family = expected.rpartition("/")[0]
    if isinstance(found, str) and found.startswith(f"{family}/"):
        yield Finding("MLV35", f"{name}: {found} is unknown to this version, which reads {expected}", name)
    else:
        yield Finding("MLV35", f"{name}: schema is {in_words(found)}, not {expected}", name)


def _is_canonical(found: dict[str, Any], data: bytes) -> bool:
    try:
        return encoded(found) == data
    except (TypeError, ValueError, RecursionError):  # a number beyond binary64 has no canonical form
        return False


def encoded(found: dict[str, Any]) -> bytes:
    """The canonical form; long arrays item by item, so that one odd number does not slow down all of them.

    Examples
    --------
    >>> encoded({"b": [1.0], "a": {}})
    b'{"a":{},"b":[1]}'
    """
    names = sorted(found, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    members = (canonical(name) + b":" + _value(found[name]) for name in names)
    return b"{" + b",".join(members) + b"}"


def _value(value: Any) -> bytes:
    if isinstance(value, dict):
        return encoded(value)
    if isinstance(value, list) and len(value) > _MANY:
        return b"[" + b",".join(map(canonical_of_json, value)) + b"]"
    return canonical_of_json(value)
