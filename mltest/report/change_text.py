"""What changed between two plans or runs, as text for a terminal and as Markdown for a comment."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from mltest.digits import count

__all__ = ["change_markdown", "change_text"]

WIDTH = 96
_MOST = 100
_COMMENT = 40


def change_text(found: Mapping[str, Any]) -> str:
    """The comparison for a terminal, loosened first.

    Parameters
    ----------
    found : mapping
        As ``mltest.policy.change_runs.compared`` gives it; a line may have ``changed_by``.

    Examples
    --------
    >>> side = {"name": "a", "kind": "lock", "plan_digest": "sha256:0"}
    >>> change_text({"old": side, "new": side, "subjects": [], "counts": {}, "lines": [], "groups": []})
    'no difference'
    """
    if not found["lines"]:
        return "\n".join(["no difference", *_models(found)])
    lines = [_headline(found["counts"])]
    for group in found["groups"]:
        lines += ["", f"{group['title']} ({count(len(group['lines']))})"]
        for line in group["lines"][:_MOST]:
            lines += _entry(line)
        if len(group["lines"]) > _MOST:
            lines.append(f"  and {count(len(group['lines']) - _MOST)} more")
    return "\n".join([*lines, *([""] if found["subjects"] else []), *_models(found)])


def _headline(counts: Mapping[str, int]) -> str:
    told = [f"{count(counts[word])} {word}" for word in ("loosened", "tightened") if counts.get(word)]
    if counts.get("other"):
        told.append(f"{count(counts['other'])} other")
    return f"differs: {', '.join(told)}"


def _entry(line: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {printable(line['id'])}"
    told = [str(line["text"]).removeprefix(f"{line['id']}: "), line.get("effect"), _by(line)]
    for text in told:
        if text:
            yield from textwrap.wrap(
                printable(text), WIDTH, initial_indent="      ", subsequent_indent="        ", break_on_hyphens=False
            )


def _by(line: Mapping[str, Any]) -> str | None:
    by = line.get("changed_by")
    return f"{by['path']} last changed by {by['author']} in {by['commit'][:12]}" if by else None


def _models(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["subjects"]:
        yield f"model {printable(row['name'])}: {_short(row['old'])} -> {_short(row['new'])}"


def _short(digest: str | None) -> str:
    return "none" if digest is None else digest[:23]


def printable(text: object) -> str:
    """A text in one line that can do nothing to a terminal."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(text))


def change_markdown(found: Mapping[str, Any]) -> str:
    """The comparison as Markdown: a table for each group, at most forty lines of each.

    Examples
    --------
    >>> side = {"name": "a", "kind": "lock", "plan_digest": "sha256:0"}
    >>> print(change_markdown({"old": side, "new": side, "subjects": [], "counts": {}, "lines": [], "groups": []}))
    ### mltest: no difference
    """
    if not found["lines"]:
        return "\n".join(["### mltest: no difference", *([""] if found["subjects"] else []), *_models(found)])
    parts = [f"### mltest: {_headline(found['counts'])}"]
    for group in found["groups"]:
        parts += ["", f"**{group['title']}** ({count(len(group['lines']))})", "", "| check | change |", "|---|---|"]
        parts += [_row(line) for line in group["lines"][:_COMMENT]]
        if len(group["lines"]) > _COMMENT:
            parts += ["", f"and {count(len(group['lines']) - _COMMENT)} more"]
    return "\n".join([*parts, *([""] if found["subjects"] else []), *map(_escaped, _models(found))])


def _row(line: Mapping[str, Any]) -> str:
    told = [str(line["text"]).removeprefix(f"{line['id']}: "), line.get("effect"), _by(line)]
    cell = "<br>".join(_escaped(text) for text in told if text)
    return f"| {_escaped(line['id'])} | {cell} |"


def _escaped(text: object) -> str:
    """Text of a plan as text: no markup, no mention of a person, no end of a cell."""
    plain = printable(text).replace("&", "&amp;").replace("<", "&lt;").replace("@", "&#64;")
    return "".join(f"\\{letter}" if letter in "\\`*_[]|#~" else letter for letter in plain)
