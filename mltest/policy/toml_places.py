"""In which line each key of a TOML text stands: what ``tomllib`` reads, it does not place."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Place", "Places", "line_of_error"]

Place = tuple[str | int, ...]
_NAME = r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'"""
_NAMES = re.compile(_NAME)
_HEADER = re.compile(rf"\s*(\[\[?)\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*\]")
_KEY = re.compile(rf"\s*((?:{_NAME})(?:\s*\.\s*(?:{_NAME}))*)\s*=")
_PIECE = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|[\[\]{}#]')
_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Places:
    r"""The line of every key, by its path; the n-th table of an array has its number in the path.

    Examples
    --------
    >>> places = Places('schema = "x"\n[[waiver]]\nid = "W-1"\n[waiver.bound]\nmetric = "recall"\n')
    >>> places.line(("waiver", 0, "bound", "metric")), places.line(("waiver", 0, "expires"))
    (5, 2)
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Place, int] = {}
        self._counted: dict[Place, int] = {}
        self._read(text)

    def line(self, path: Place) -> int:
        """The line of a path, or of the nearest table around it that has one."""
        while path:
            if path in self._lines:
                return self._lines[path]
            path = path[:-1]
        return 1

    def _read(self, text: str) -> None:
        table: Place = ()
        for number, line in _statements(text):
            header = _HEADER.match(line)
            if header:
                table = self._table(_names(header[2]), in_array=header[1] == "[[")
                self._note(table, number)
            elif key := _KEY.match(line):
                self._note((*table, *_names(key[1])), number)

    def _table(self, names: list[str], *, in_array: bool) -> Place:
        path: Place = ()
        for at, name in enumerate(names):
            path = (*path, name)
            if in_array and at == len(names) - 1:
                self._counted[path] = self._counted.get(path, -1) + 1
            if path in self._counted:
                path = (*path, self._counted[path])
        return path

    def _note(self, path: Place, number: int) -> None:
        for end in range(1, len(path) + 1):
            self._lines.setdefault(path[:end], number)


def _names(dotted: str) -> list[str]:
    return [name[1:-1] if name[0] in "\"'" else name for name in _NAMES.findall(dotted)]


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """The lines that a header or a key can begin, so none inside a longer value."""
    quote, depth = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not quote and not depth:
            yield number, line
        if not quote and not depth and _HEADER.match(line):
            continue
        quote, depth = _after(line, quote, depth)


def _after(line: str, quote: str, depth: int) -> tuple[str, int]:
    """Inside which long text and how many brackets the next line begins."""
    at = 0
    while at < len(line):
        if quote:
            end = line.find(quote, at)
            if end < 0:
                return quote, depth
            quote, at = "", end + len(quote)
            continue
        found = _PIECE.search(line, at)
        if found is None or found[0] == "#":
            break
        at = found.end()
        if found[0] in ('"""', "'''"):
            quote = found[0]
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
    return quote, max(depth, 0)


def line_of_error(message: str, text: str) -> int:
    """The line that a message of ``tomllib`` names; the last one where the text ends too early.

    Examples
    --------
    >>> line_of_error("Invalid value (at line 7, column 8)", "")
    7
    """
    found = _LINE.search(message)
    return int(found[1]) if found else max(1, len(text.splitlines()))
