"""Writes docs/controls.md, whose tables come from the catalogue: ``python docs/write_controls_page.py``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mltest.policy.control_rows import COLUMNS, KINDS, STRENGTHS
from mltest.policy.control_tables import MEANINGS
from mltest.policy.controls import catalogue

PAGE = Path(__file__).with_name("controls.md")


def page() -> str:
    """The text of the page."""
    text = Path(__file__).with_name("controls.md.in").read_text(encoding="utf-8")
    tables = {
        "FRAMEWORKS": _frameworks(),
        "STRENGTHS": (f"| {word} | {MEANINGS[word]} |" for word in STRENGTHS),
        "KINDS": _kinds(),
        "COLUMNS": [",".join(COLUMNS)],
        "DATE": [str(catalogue().version["date"])],
        "DIGEST": [str(catalogue().version["digest"])],
        "COUNT": [f"{len(catalogue().rows)} controls of {len(catalogue().frameworks)} frameworks"],
    }
    for name, lines in tables.items():
        text = text.replace(f"@{name}@", "\n".join(lines))
    return text


def _frameworks() -> Iterator[str]:
    known = catalogue()
    for name in known.frameworks:
        rows = [row for row in known.rows if row.framework == name]
        first = known.short(rows[0].id)
        counts = (str(sum(row.strength == word for row in rows)) for word in STRENGTHS)
        version = rows[0].framework_version
        yield f"| {name} | {version} | `{first}` | {len(rows)} | {' | '.join(counts)} |"


def _kinds() -> Iterator[str]:
    rows = catalogue().rows
    for kind in KINDS:
        yield f"| `{kind}` | {sum(kind in row.check_kinds for row in rows)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
