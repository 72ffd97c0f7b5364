"""WCAG 2.2 AA in a real Chromium: axe-core finds nothing, in any colours, at any width, and on paper."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mltest.report.beside import Shown
from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples
from tests.report.devtools import Chromium, missing, needed
from tests.report.governed_run import beside_run, governed
from tests.report.test_hostile import hostile
from tests.report.test_pictures import drawn

pytestmark = pytest.mark.once
AXE = gzip.decompress((Path(__file__).parent / "vendor" / "axe.min.js.gz").read_bytes()).decode()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKED_AT = """
axe.run(document, {runOnly: %s, resultTypes: ['violations']}).then(found => found.violations.map(rule =>
  [rule.id, rule.nodes.length, rule.nodes[0].html.slice(0, 200), rule.nodes[0].failureSummary]))
"""
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"
LIGHT = {"prefers_color_scheme": "light"}
DARK = {"prefers_color_scheme": "dark"}
FORCED = {"forced_colors": "active"}
PAPER = {"media": "print"}
# 320 CSS pixels are a page of 1280 at 400 %
LOOKS = [
    (LIGHT, 1280),
    (LIGHT, 320),
    (DARK, 1280),
    (DARK, 320),
    (FORCED, 1280),
    (FORCED, 320),
    (PAPER, 1280),
    (PAPER, 794),
]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(needed(), tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    evidence = governed()
    made = {
        "governed": Report.of(evidence, beside_run(evidence), Shown(unverified=("MLV01 results.json was changed",))),
        "blocked": Report.of(samples.blocked()),
        "pictures": Report.of(drawn()),
        "hostile": Report.of(hostile("long_name_without_any_break_" * 12)),
        "empty": Report.of(
            samples.evidence([], gate="void", reasons=[{"code": "empty", "text": "no check was called"}])
        ),
    }
    folder = tmp_path_factory.mktemp("pages")
    paths = {name: folder / f"{name}.html" for name in made}
    for name, report in made.items():
        paths[name].write_bytes(render(report))
    return paths


def problems(browser: Chromium) -> list[Any]:
    browser.run(UNFOLD)
    browser.run(f"{AXE};0")
    found: list[Any] = browser.run(LOOKED_AT % TAGS)
    return found


@pytest.mark.parametrize(
    ("look", "width"), LOOKS, ids=lambda given: str(given) if isinstance(given, int) else next(iter(given.values()))
)
def test_axe_finds_nothing(chromium, pages, look, width):
    chromium.show(width=width, **look)
    chromium.open(pages["governed"])
    assert problems(chromium) == []
    assert chromium.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", ["blocked", "pictures", "hostile", "empty"])
def test_axe_finds_nothing_on_other_pages(chromium, pages, name):
    chromium.show(width=320, **DARK)
    chromium.open(pages[name])
    assert problems(chromium) == []
    assert chromium.run("document.documentElement.scrollWidth") <= 320


def test_axe_would_find_something(chromium, tmp_path):
    (tmp_path / "bad.html").write_text(
        "<title>x</title><p style='color:#aaa'>pale<img src=x><a href=#>", encoding="utf-8"
    )
    chromium.show()
    chromium.open(tmp_path / "bad.html")
    assert {"color-contrast", "image-alt", "html-has-lang"} <= {rule[0] for rule in problems(chromium)}


def test_the_focus_is_seen_and_begins_at_the_skip_link(chromium, pages):
    chromium.show()
    chromium.open(pages["governed"])
    outlined = """(() => {
      const one = document.activeElement;
      return [one.className, parseFloat(getComputedStyle(one).outlineWidth), one.getBoundingClientRect().left >= 0];
    })()"""
    chromium.press("Tab")
    assert chromium.run(outlined) == ["skip", 3, True]
    for _ in range(3):
        chromium.press("Tab")
        assert chromium.run(outlined)[1] == 3


def test_nothing_moves_for_those_who_asked_for_it(chromium, pages):
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    chromium.show(prefers_reduced_motion="reduce")
    chromium.open(pages["governed"])
    assert chromium.run(behaviour) == "auto"
    chromium.show(prefers_reduced_motion="no-preference")
    assert chromium.run(behaviour) == "smooth"


def test_nothing_is_loaded_and_no_script_could_run(chromium, pages):
    chromium.show()
    chromium.open(pages["governed"])
    assert chromium.run("performance.getEntriesByType('resource').length") == 0
    added = """(() => {
      const one = document.createElement('script');
      one.textContent = 'window.ran = 1';
      document.body.append(one);
      return window.ran ?? 0;
    })()"""
    assert chromium.run(added) == 0


@pytest.mark.parametrize(("paper", "inches"), [("A4", (8.27, 11.69)), ("Letter", (8.5, 11.0))])
def test_paper(chromium, pages, tmp_path, paper, inches):
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    chromium.show()
    chromium.open(pages["governed"])
    target = chromium.pdf(tmp_path / f"{paper}.pdf", inches=inches)
    told = ["pdftotext", "-layout", str(target), "-"]
    sheets = subprocess.run(told, capture_output=True, text=True, check=True).stdout.split("\f")[:-1]
    root = governed()["evidence_root"]
    assert len(sheets) < 30
    for at, sheet in enumerate(sheets, start=1):
        assert f"evidence root {root}" in sheet
        assert f"page {at} of {len(sheets)}" in sheet
        assert "UNVERIFIED" in sheet
    (signed,) = [sheet for sheet in sheets if "signature in ink" in sheet]
    assert "K. Ito" in signed
    assert "typed name, not a signature" in signed
    assert signed.split()[:2] == ["UNVERIFIED", "Sign-off"]
    assert "Glossary" not in signed
    assert "Art. 15(1)" in "".join(sheets), "a folded framework is missing"
