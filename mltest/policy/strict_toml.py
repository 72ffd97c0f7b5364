"""Committed TOML read strictly: every mistake of a file at once, each with its line and the key that was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

from mltest.errors import UsageError
from mltest.policy.toml_places import Place, Places, line_of_error

__all__ = [
    "Field",
    "Mistakes",
    "check_table",
    "day",
    "digest_text",
    "meant",
    "moment",
    "number",
    "read_rows",
    "some_of",
    "text",
]

_DIGEST = re.compile(r"(?:sha256:)?[0-9a-f]{64}")


class Field(NamedTuple):
    """What a key may hold: ``problem`` says what is allowed where a value does not fit, and None where it does."""

    problem: Callable[[object], str | None]
    required: bool = True


@dataclass
class Mistakes:
    """The mistakes of one file; ``codes`` puts a stable code before a message of its kind."""

    file: str
    source: str
    codes: Mapping[str, str] = field(default_factory=dict)
    found: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.places = Places(self.source)

    def add(self, path: Place, text: str, kind: str = "") -> None:
        """Note one mistake at the place of a key."""
        self.found.append((self.places.line(path), f"{self._code(kind)}{self.file} line {{}}: {text}"))

    def raise_all(self) -> None:
        """Raise them in the order of their lines, if there are any."""
        if self.found:
            raise UsageError("\n".join(text.replace("{}", str(line), 1) for line, text in sorted(self.found)))

    def syntax(self, message: str) -> UsageError:
        """The error of a text that is no TOML."""
        line = line_of_error(message, self.source)
        return UsageError(f"{self._code('syntax')}{self.file} line {line}: not valid TOML: {message}")

    def _code(self, kind: str) -> str:
        return f"{self.codes[kind]} " if kind in self.codes else ""


def read_rows(
    data: bytes, *, schema: str, table: str, fields: Mapping[str, Field], mistakes: Callable[[str], Mistakes]
) -> tuple[list[dict[str, Any]], Mistakes]:
    """The tables ``[[table]]`` of a file; mistakes are noted, not raised, so that a caller can add its own.

    Parameters
    ----------
    data : bytes
        The file.
    schema : str
        What its key ``schema`` must say.
    table : str
        The name of the array of tables.
    fields : mapping of str to Field
        The keys of one table.
    mistakes : callable
        Makes the collection of mistakes for a text.

    Returns
    -------
    rows, mistakes
        The tables as they are, those with mistakes included, and what was wrong.
    """
    import tomllib

    source = data.decode("utf-8", "replace")
    noted = mistakes(source)
    try:
        document = tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise noted.syntax(str(broken)) from broken
    _check_top(document, schema, table, noted)
    rows = document.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        noted.add((table,), f"`{table}` is written as tables under [[{table}]]", "missing")
        return [], noted
    for at, row in enumerate(rows):
        check_table(row, (table, at), fields, noted, called=_called(row, table, at))
    return rows, noted


def _check_top(document: Mapping[str, Any], schema: str, table: str, mistakes: Mistakes) -> None:
    if "schema" not in document:
        mistakes.add((), f'missing key `schema`: write schema = "{schema}" on top', "missing")
    elif document["schema"] != schema:
        mistakes.add(("schema",), f'schema = {document["schema"]!r}: allowed is "{schema}"', "missing")
    for key in document:
        if key not in ("schema", table):
            mistakes.add((key,), f"unknown key `{key}`{meant(key, ('schema', table))}", "unknown")


def _called(row: Mapping[str, Any], table: str, at: int) -> str:
    name = row.get("id")
    return name if isinstance(name, str) and name else f"{table} {at + 1}"


def check_table(
    row: Mapping[str, Any], path: Place, fields: Mapping[str, Field], mistakes: Mistakes, *, called: str
) -> None:
    """Note what is unknown, missing or wrong in one table."""
    for key, value in row.items():
        if key not in fields:
            mistakes.add((*path, key), f"unknown key `{key}` in {called}{meant(key, fields)}", "unknown")
        elif allowed := fields[key].problem(value):
            mistakes.add((*path, key), f"`{key}` of {called} must be {allowed}, not {_shown(value)}", "missing")
    for key, demanded in fields.items():
        if demanded.required and key not in row:
            mistakes.add(path, f"missing key `{key}` in {called}", "missing")


def meant(key: str, allowed: Iterable[str]) -> str:
    """``" (did you mean `expires`?)"``, or the keys that there are.

    Examples
    --------
    >>> meant("expire", ["expires", "check"])
    ' (did you mean `expires`?)'
    """
    known = list(allowed)
    near = get_close_matches(key, known, n=1, cutoff=0.6)
    return f" (did you mean `{near[0]}`?)" if near else f" (allowed are {', '.join(known)})"


def _shown(value: object) -> str:
    return str(value) if isinstance(value, (date, datetime)) else repr(value)[:80]


def text(value: object) -> str | None:
    """A text with something in it."""
    return None if isinstance(value, str) and value.strip() else "a text"


def moment(value: object) -> str | None:
    """A date and time that says its zone."""
    fits = isinstance(value, datetime) and value.tzinfo is not None
    return None if fits else "a date and time with its zone, such as 2026-11-02T09:00:00Z"


def day(value: object) -> str | None:
    """A date without a time."""
    fits = isinstance(value, date) and not isinstance(value, datetime)
    return None if fits else "a date, such as 2027-01-31"


def number(value: object) -> str | None:
    """A finite number."""
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0
    return None if fits else "a finite number"


def digest_text(value: object) -> str | None:
    """A SHA-256 in full: a short form decides nothing."""
    return None if isinstance(value, str) and _DIGEST.fullmatch(value) else "a SHA-256 of 64 hexadecimal digits"


def some_of(*allowed: str) -> Callable[[object], str | None]:
    """A list of some words, with at least one."""

    def problem(value: object) -> str | None:
        fits = isinstance(value, list) and value and all(isinstance(item, str) and item in allowed for item in value)
        return None if fits else f"a list of {', '.join(map(repr, allowed))}"

    return problem
