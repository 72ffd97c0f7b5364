"""Text from tests, data and waivers inside Markdown: shown as it is, and never read as markup or as a command."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "heading", "row", "table_head"]

_ENTITIES = {character: f"&#{ord(character)};" for character in "|`*[]\\~$@#"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
}
_ESCAPED = str.maketrans(_ENTITIES)
# an underscore inside a word is no emphasis, and test names are full of them
_OUTER = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_COLONS = re.compile(r":(?=:|//)|(?<=:):")
_WWW = re.compile(r"(?i)\bwww\.")


def cell(text: object) -> str:
    """A text in a table or a paragraph, on one line.

    Examples
    --------
    >>> cell("a|b <script> `x` t.py::t")
    'a&#124;b &lt;script&gt; &#96;x&#96; t.py&#58;&#58;t'
    """
    escaped = " ".join(str(text).split()).translate(_ESCAPED)
    escaped = _OUTER.sub("&#95;", escaped)
    return _WWW.sub("www&#46;", _COLONS.sub("&#58;", escaped))


def code(text: object) -> str:
    """A text in the type of code; backticks would end at one of its own.

    Examples
    --------
    >>> code("a`b")
    '<code>a&#96;b</code>'
    """
    return f"<code>{cell(text)}</code>"


def heading(text: str, level: int = 2) -> list[str]:
    """A heading with the empty lines around it."""
    return ["", f"{'#' * level} {text}", ""]


def row(cells: Iterable[str]) -> str:
    """A line of a table, of cells that are escaped."""
    return f"| {' | '.join(cells)} |"


def table_head(names: Sequence[str]) -> list[str]:
    """The first two lines of a table."""
    return [row(names), row("---" for _ in names)]
