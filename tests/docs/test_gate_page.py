"""docs/governance/gate-table.md is what ``python docs/write_gate_page.py`` writes: 90 cells, from the gate itself."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
TEXT = (DOCS / "governance" / "gate-table.md").read_text(encoding="utf-8")


def test_page_is_up_to_date() -> None:
    assert runpy.run_path(str(DOCS / "write_gate_page.py"))["page"]() == TEXT
    assert not re.findall(r"@[A-Z]+@", TEXT)


def test_the_table_has_ninety_cells() -> None:
    table = TEXT.partition("## ")[0].partition("The table is written")[0]
    rows = [line for line in table.splitlines() if re.match(r"\| \w[\w ]* \| (block|warn|info) \|", line)]
    cells = [cell for row in rows for cell in row.strip("| ").split(" | ")[2:]]
    assert len(rows) == 15
    assert len(cells) == 90
    assert {cell.strip("*") for cell in cells} == {"ok", "note", "warn", "block"}
