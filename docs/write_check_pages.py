"""Writes docs/checks/<id>.md from the declaration and docstring of each check: ``python docs/write_check_pages.py``."""

from __future__ import annotations

from pathlib import Path

from mltest.catalogue import find, ids
from mltest.commands.explain import page

FOLDER = Path(__file__).parent / "checks"

if __name__ == "__main__":
    for identifier in ids():
        (FOLDER / f"{identifier}.md").write_text(page(find(identifier)), encoding="utf-8")
