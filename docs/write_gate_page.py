"""Writes docs/governance/gate-table.md, whose cells come from the gate: ``python docs/write_gate_page.py``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

from mltest.policy.demands import INCONCLUSIVE, SEVERITIES
from mltest.policy.gate import EXIT, headline, outcome_of

PAGE = Path(__file__).with_name("governance") / "gate-table.md"
VERDICTS = ("passed", "failed", "inconclusive", "error", "not_run")
WAIVERS = ("none", "valid", "invalid")


def page() -> str:
    """The text of the page."""
    text = PAGE.with_suffix(".md.in").read_text(encoding="utf-8")
    reasons = [{"gate": "block"}, {"gate": "warn"}]
    parts = {
        "CELLS": "\n".join(_rows(VERDICTS)),
        "BESIDE": "\n".join(_rows(("not_applicable",))),
        "WORDS": "\n".join(_words()),
        "VOID": headline({"gate": "void", "reasons": []}),
        "BLOCK": headline({"gate": "block", "reasons": reasons}),
        "CONDITIONS": headline({"gate": "allow_conditional", "reasons": reasons}),
        "ALLOW": headline({"gate": "allow", "reasons": []}),
        "EXITS": ", ".join(f"{code} on `{gate}`" for gate, code in EXIT.items()),
    }
    for name, found in parts.items():
        text = text.replace(f"@{name}@", found)
    return text


def _rows(verdicts: tuple[str, ...]) -> Iterator[str]:
    for verdict, severity in product(verdicts, SEVERITIES):
        cells = [
            outcome_of(verdict, severity, required=required, waiver=waiver)
            for required, waiver in product((True, False), WAIVERS)
        ]
        shown = " | ".join("**block**" if cell == "block" else cell for cell in cells)
        yield f"| {verdict.replace('_', ' ')} | {severity} | {shown} |"


def _words() -> Iterator[str]:
    for word in INCONCLUSIVE:
        cells = [outcome_of("inconclusive", "block", required=kind, inconclusive=word) for kind in (True, False)]
        yield f'| `"{word}"` | {cells[0]} | {cells[1]} |'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
