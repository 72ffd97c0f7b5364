"""What two pages say, line by line; ``python -m tests.report.test_page_goldens`` writes them anew, to be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples
from tests.report.governed_run import beside_run, governed
from tests.report.page_tree import Node, tree_of

PAGES = Path(__file__).with_name("pages")
LINES = {"h1", "h2", "h3", "p", "li", "tr", "caption", "summary", "figcaption", "pre", "title"}
MARKS = {"h1": "# ", "h2": "## ", "h3": "### ", "li": "- ", "summary": "> ", "caption": "table: ", "tr": "| "}


def read_aloud(node: Node) -> Iterator[str]:
    """The text of a page in its order, a line for each block; where a block is folded it says so."""
    for child in node.children:
        if isinstance(child, str) or child.tag in ("style", "head"):
            continue
        if child.tag == "tr":
            yield "| " + " | ".join(cell.text for cell in child.children if isinstance(cell, Node))
        elif child.tag in LINES and not (child.tag == "title" and not child.text):
            yield MARKS.get(child.tag, "") + child.text
        elif child.tag in ("dt", "dd"):
            yield f"{'' if child.tag == 'dt' else '    '}{child.text}"
        elif child.tag == "details":
            yield "open:" if "open" in child.attributes else "folded:"
            yield from read_aloud(child)
        else:
            yield from read_aloud(child)


def made() -> dict[str, str]:
    evidence = governed()
    reports = {"blocked": Report.of(samples.blocked()), "governed": Report.of(evidence, beside_run(evidence))}
    return {
        f"{name}.txt": "\n".join([*read_aloud(tree_of(render(report)).one("body")), ""])
        for name, report in reports.items()
    }


@pytest.mark.parametrize("name", ["blocked.txt", "governed.txt"])
def test_a_page_says_what_was_read(name):
    assert made()[name] == (PAGES / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    PAGES.mkdir(exist_ok=True)
    for file, text in made().items():
        (PAGES / file).write_text(text, encoding="utf-8")
