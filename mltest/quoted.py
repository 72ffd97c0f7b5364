"""What a text quotes of the data or of other people's code: marked, so that evidence can hide it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mltest.result import Result

__all__ = ["MOST_LABELS", "quoted", "quoted_text", "settled", "with_hidden", "without_marks"]

# code points that Unicode reserves for use within a process: no data and no text can mean them
_OPEN, _ROWS, _CLOSE = "\ufdd0", "\ufdd2", "\ufdd1"
_MARKED = re.compile(f"{_OPEN}([^{_OPEN}{_ROWS}{_CLOSE}]*)(?:{_ROWS}(\\d*))?{_CLOSE}?")
MOST_LABELS = 50  # a column with more of them is no list of categories
_NESTED = ("measurements", "findings", "curves")


def quoted(value: object, rows: int | None = None) -> str:
    """A value of the data as it stands in a message, marked as such.

    Parameters
    ----------
    value : object
        The value; its text is quoted.
    rows : int, optional
        How many rows have it, where it is a category among few; then evidence may show it if they are many.

    Examples
    --------
    >>> without_marks(f"first is {quoted('north')}")
    'first is north'
    """
    if value == "":
        return ""
    told = "" if rows is None else f"{_ROWS}{rows}"
    return f"{_OPEN}{without_marks(str(value))}{told}{_CLOSE}"


def quoted_text(error: BaseException) -> str:
    """What an error says: with its marks where mltest wrote it, quoted as a whole where other people's code did."""
    from mltest.errors import MltestError

    if isinstance(error, MltestError):
        return str(error.args[0]) if error.args else ""
    return quoted(error)


def without_marks(text: str) -> str:
    """The text as it is read by people.

    Examples
    --------
    >>> without_marks("plain")
    'plain'
    """
    return _MARKED.sub(r"\1", text) if _OPEN in text else text


def with_hidden(text: str, hide: Callable[[str, int | None], str]) -> str:
    """The text with ``hide(value, rows)`` for each quoted value.

    Examples
    --------
    >>> with_hidden(f"first is {quoted('north', 12)}", lambda value, rows: f"<{rows} rows>")
    'first is <12 rows>'
    """
    return _MARKED.sub(lambda found: hide(found[1], int(found[2]) if found[2] else None), text)


def settled(result: Result) -> Result:
    """The result in plain texts, beside it those of them that quote data, as they were marked."""
    marked: dict[str, str] = {}
    clean = _settled(result, marked)
    return replace(clean, quotes=marked) if marked else result


def _settled(noun: Any, marked: dict[str, str]) -> Any:
    changed: dict[str, Any] = {}
    for at in fields(noun):
        value = getattr(noun, at.name)
        if type(value) is str:
            if _OPEN in value:
                changed[at.name] = without_marks(value)
                marked[changed[at.name]] = value
        elif at.name in _NESTED:
            parts = tuple(_settled(part, marked) for part in value)
            if any(new is not old for new, old in zip(parts, value, strict=True)):
                changed[at.name] = parts
        elif is_dataclass(value):
            part = _settled(value, marked)
            if part is not value:
                changed[at.name] = part
    return replace(noun, **changed) if changed else noun
