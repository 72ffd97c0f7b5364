"""Why a test was skipped or broke, as far as it may be kept: the source's own words, and mltest's, but no data."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.errors import MltestError
from mltest.quoted import with_hidden

if TYPE_CHECKING:
    from mltest.evidence.redaction import Redaction

__all__ = ["kept_error", "kept_reason"]

NOT_KEPT = "the reason is made while the test runs, and not kept"
_LIBRARY = re.compile(r"could not import '[\w.]+'(: No module named '[\w.]+')?|unconditional skip|\[NOTRUN\] ?")
_LONGEST = 200
_SHORTEST = 4


def kept_reason(text: str, file: str) -> str:
    """The reason of a skip where it stands in the source; one that is put together at run time may quote data."""
    from mltest.evidence.redaction import Redaction

    said = text.removeprefix("reason: ").removeprefix("[NOTRUN] ").strip()
    if not said or _LIBRARY.fullmatch(said) or said in _literals(file):
        return Redaction.here(Path.cwd())(text)
    return NOT_KEPT


def kept_error(raised: MltestError, redact: Redaction) -> str:
    """The first line of an error of mltest, without the values and the foreign texts in it."""
    text = with_hidden(str(raised.args[0]) if raised.args else "", lambda _value, _rows: "<value>")
    for line in _foreign_lines(raised):
        text = text.replace(line, "<not kept>")
    return redact(next(iter(text.splitlines()), ""))


def _foreign_lines(raised: BaseException) -> list[str]:
    """What other people's exceptions said that led to this one."""
    lines: list[str] = []
    cause = raised.__cause__ or raised.__context__
    while cause is not None:
        if not isinstance(cause, MltestError):
            lines += [line.strip()[:_LONGEST] for line in str(cause).splitlines()]
            lines.append(" ".join(str(cause).split())[:_LONGEST])
        cause = cause.__cause__ or cause.__context__
    return sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)


@cache
def _literals(file: str) -> frozenset[str]:
    """Every text constant of a file, cut as reasons are."""
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (OSError, SyntaxError, ValueError):  # not a file that can be asked: then nothing is known to stand in it
        return frozenset()
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return frozenset(text.strip()[:_LONGEST].strip() for text in texts)
