"""Canonical JSON (RFC 8785) and digests: the bytes that every reader of the evidence can make again."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["canonical", "canonical_of_json", "digest", "digest_of", "parse"]

_SAFE_INTEGER = 2**53 - 1
_POSITIONAL_UP_TO = 21
_POSITIONAL_DOWN_TO = -6
_SURROGATE = re.compile("[\ud800-\udfff]")
# a whole float and an exponent, also in texts, which then only take longer; each begins with a sign that is found fast
_WHOLE, _EXPONENT = re.compile(r"\.0(?:[,\]}]|\Z)"), re.compile(r"e[-+](?<=\d..)\d")
_sorted_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_quoted = json.encoder.encode_basestring


def canonical(value: object) -> bytes:
    """The RFC 8785 form of a value made of mappings, sequences, strings, finite numbers, booleans and None.

    Examples
    --------
    >>> canonical({"b": 1.0, "a": [1e21, 1e-7]})
    b'{"a":[1e+21,1e-7],"b":1}'
    """
    parts: list[str] = []
    _write(value, parts.append, "$")
    return "".join(parts).encode("utf-8")


def canonical_of_json(value: object) -> bytes:
    """The canonical form of a value that came out of JSON, several times faster.

    The C encoder of the standard library differs from RFC 8785 in whole floats, in exponents and in the
    order of keys beyond U+FFFF; where one of these can occur, ``canonical`` does it.

    Examples
    --------
    >>> canonical_of_json({"b": 0.5, "a": [1, "x"]})
    b'{"a":[1,"x"],"b":0.5}'
    """
    text = _sorted_json(value)
    unlike = _WHOLE.search(text) or _EXPONENT.search(text) or not (text.isascii() or _in_one_plane(text))
    return canonical(value) if unlike else text.encode("utf-8")


def _in_one_plane(text: str) -> bool:
    """Whether code points sort as UTF-16 units do, and all of them have a UTF-8 form."""
    try:
        return len(text.encode("utf-16-le")) == 2 * len(text)
    except UnicodeEncodeError:
        return False


def digest(data: bytes) -> str:
    """``sha256:`` and 64 hexadecimal digits.

    Examples
    --------
    >>> digest(b"")[:14]
    'sha256:e3b0c44'
    """
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def digest_of(value: object) -> str:
    """The digest of a value's canonical form.

    Examples
    --------
    >>> digest_of({"checks": [], "schema": "mltest/plan/v1"})[:14]
    'sha256:b674847'
    """
    return digest(canonical(value))


def parse(data: bytes) -> Any:
    """What canonical JSON says; duplicate keys are refused and integers beyond 2**53 are read as floats.

    Examples
    --------
    >>> parse(b'{"a":1}')
    {'a': 1}
    """
    return json.loads(data.decode("utf-8"), object_pairs_hook=_unique, parse_int=_integer, parse_constant=_refuse)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) != len(pairs):
        names = [name for name, _ in pairs]
        msg = f"duplicate key {next(name for name in names if names.count(name) > 1)!r}"
        raise ValueError(msg)
    return keys


def _integer(text: str) -> int | float:
    value = int(text)
    return value if abs(value) <= _SAFE_INTEGER else float(text)


def _refuse(text: str) -> Any:
    msg = f"{text} is not a JSON number"
    raise ValueError(msg)


def _write(value: object, put: Callable[[str], None], place: str) -> None:
    kind = type(value)
    if kind is str:
        put(_text(value))  # type: ignore[arg-type]
    elif value is None or kind is bool:
        put("null" if value is None else "true" if value else "false")
    elif kind is int:
        put(_whole(value, place))  # type: ignore[arg-type]
    elif kind is float:
        put(_number(value, place))  # type: ignore[arg-type]
    elif isinstance(value, Mapping):
        _write_object(value, put, place)
    elif kind in (list, tuple):
        _write_array(value, put, place)  # type: ignore[arg-type]
    else:
        msg = f"{place} is a {kind.__module__}.{kind.__qualname__}: evidence holds only plain values"
        raise TypeError(msg)


def _write_object(value: Mapping[Any, Any], put: Callable[[str], None], place: str) -> None:
    names = list(value)
    if not all(type(name) is str for name in names):
        msg = f"{place} has a key that is not text"
        raise TypeError(msg)
    plain = "".join(names).isascii()
    names.sort(key=None if plain else lambda name: name.encode("utf-16-be", "surrogatepass"))
    separator = "{"
    for name in names:
        put(f"{separator}{_text(name)}:")
        _write(value[name], put, name)
        separator = ","
    put("}" if names else "{}")


def _write_array(value: list[Any] | tuple[Any, ...], put: Callable[[str], None], place: str) -> None:
    separator = "["
    for item in value:
        put(separator)
        _write(item, put, place)
        separator = ","
    put("]" if value else "[]")


def _text(value: str) -> str:
    # a lone surrogate has no UTF-8 form
    return _quoted(value if value.isascii() else _SURROGATE.sub("\ufffd", value))


def _whole(value: int, place: str) -> str:
    if abs(value) > _SAFE_INTEGER:
        msg = f"{place} is {value}: whole numbers beyond 2**53 are written as text"
        raise TypeError(msg)
    return str(value)


def _number(value: float, place: str) -> str:
    """ECMAScript's form of a double: the same shortest digits as ``repr``, laid out differently."""
    if not math.isfinite(value):
        msg = f"{place} is {value}: evidence holds finite numbers"
        raise TypeError(msg)
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) if whole != "0" else -(len(fraction) - len(fraction.lstrip("0")))
    if whole == "0":
        point += int(exponent or 0)
    digits = digits.rstrip("0")
    return sign + _laid_out(digits, point)


def _laid_out(digits: str, point: int) -> str:
    """``digits`` with the decimal point after ``point`` of them."""
    if len(digits) <= point <= _POSITIONAL_UP_TO:
        return digits + "0" * (point - len(digits))
    if 0 < point <= _POSITIONAL_UP_TO:
        return f"{digits[:point]}.{digits[point:]}"
    if _POSITIONAL_DOWN_TO < point <= 0:
        return f"0.{'0' * -point}{digits}"
    exponent = point - 1
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if exponent > 0 else ''}{exponent}"
