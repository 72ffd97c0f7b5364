"""Each check's page is what ``mltest explain`` prints: written by ``python docs/write_check_pages.py``."""

from __future__ import annotations

from pathlib import Path

import pytest

from mltest.catalogue import find, ids
from mltest.commands.explain import page

PAGES = Path(__file__).resolve().parents[2] / "docs" / "checks"


@pytest.mark.parametrize("identifier", ids())
def test_page_is_up_to_date(identifier: str) -> None:
    assert (PAGES / f"{identifier}.md").read_text(encoding="utf-8") == page(find(identifier))


def test_no_page_without_a_check() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == set(ids())
