"""The page in a real Chromium: nothing overflows at any width, colours can be read, paper shows everything."""

from __future__ import annotations

# ruff: noqa: E501 - data that reads best in rows
import html
import json
import re
import shutil
import subprocess

import pytest

from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples
from tests.report.devtools import missing, needed
from tests.report.test_hostile import BREAKOUT, hostile
from tests.report.test_pictures import drawn

pytestmark = pytest.mark.once
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars",
]  # fmt: skip
# Frames have the width that is asked for; a headless window has a least width of its own.
MEASURE = """
const out = {};
const luminance = c => { const f = c.map(v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
  return .2126 * f[0] + .7152 * f[1] + .0722 * f[2]; };
const rgb = text => (text.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
const behind = (node, view) => { for (; node; node = node.parentElement) { const c = rgb(view.getComputedStyle(node).backgroundColor);
  if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
window.addEventListener('load', () => {
  for (const frame of document.querySelectorAll('iframe')) {
    const page = frame.contentDocument, view = frame.contentWindow, wide = page.documentElement.clientWidth;
    page.querySelectorAll('details').forEach(one => one.open = true);
    const over = [...page.body.querySelectorAll('*')].filter(node => node.getBoundingClientRect().right > wide + 1
      && !node.closest('.scroll, .sr, .skip, .defs') && !node.closest('thead')).map(node => node.tagName + '.' + node.className);
    let least = 99, where = '';
    for (const node of page.body.querySelectorAll('*')) {
      if (node.closest('svg, .sr, .skip') || ![...node.childNodes].some(c => c.nodeType === 3 && c.textContent.trim())) continue;
      const a = luminance(rgb(view.getComputedStyle(node).color)), b = luminance(behind(node, view));
      const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
      if (ratio < least) { least = ratio; where = node.tagName + '.' + node.className; }
    }
    const small = [...page.querySelectorAll('summary, nav a')].filter(n => n.getBoundingClientRect().height < 23.5).length;
    out[frame.id] = {scroll: page.documentElement.scrollWidth, width: wide, over: over.slice(0, 5), contrast: least, where, small,
      dark: view.matchMedia('(prefers-color-scheme: dark)').matches,
      styled: view.getComputedStyle(page.querySelector('h1')).fontWeight};
  }
  const pre = document.createElement('pre'); pre.id = 'measured'; pre.textContent = JSON.stringify(out); document.body.append(pre);
});
"""


@pytest.fixture(scope="module")
def chromium():
    return needed()


def run(chromium, folder, *arguments):
    command = [chromium, *FLAGS, f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True, encoding="utf-8").stdout


def measured(chromium, folder, *flags):
    """The page in frames of several widths, measured by a script of the test's own around it."""
    pages = {
        "blocked": samples.blocked(),
        "hostile": hostile("long_name_without_any_break_" * 12),
        "escaped": hostile(BREAKOUT),
        "drawn": drawn(),
    }
    frames = []
    for name, evidence in pages.items():
        (folder / f"{name}.html").write_bytes(render(Report.of(evidence)))
        frames += [
            f'<iframe id="{name}-{width}" src="{name}.html" width="{width}" height="900"></iframe>'
            for width in (320, 390, 768, 1280)
        ]
    (folder / "frames.html").write_text(
        f"<!doctype html><body>{''.join(frames)}<script>{MEASURE}</script>", encoding="utf-8"
    )
    dumped = run(
        chromium,
        folder,
        "--allow-file-access-from-files",
        "--virtual-time-budget=4000",
        "--dump-dom",
        *flags,
        (folder / "frames.html").as_uri(),
    )
    found = re.search(r'<pre id="measured">(.*?)</pre>', dumped, re.DOTALL)
    assert found, dumped[-2000:]
    return json.loads(html.unescape(found.group(1)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_overflows_and_everything_can_be_read(chromium, tmp_path, scheme):
    flags = (
        ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else ["--blink-settings=preferredColorScheme=1"]
    )
    frames = measured(chromium, tmp_path, *flags)
    assert len(frames) == 16
    for name, frame in frames.items():
        assert frame["dark"] == (scheme == "dark"), name
        assert frame["styled"] == "700", f"{name}: the style sheet was not admitted by the policy"
        assert frame["scroll"] <= frame["width"], (name, frame)
        assert frame["over"] == [], name
        assert frame["contrast"] >= 4.5, (name, frame["where"], frame["contrast"])
        assert frame["small"] == 0, name


def test_on_paper_everything_is_unfolded_and_each_page_names_the_root(chromium, tmp_path):
    if shutil.which("pdftotext") is None:
        missing("pdftotext")
    report = Report.of(samples.blocked())
    (tmp_path / "page.html").write_bytes(render(report))
    run(
        chromium,
        tmp_path,
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'page.pdf'}",
        (tmp_path / "page.html").as_uri(),
    )
    text = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    sheets = text.split("\f")[:-1]
    assert len(sheets) > 2
    for at, sheet in enumerate(sheets, start=1):
        assert f"evidence root {report.root}" in sheet
        assert f"page {at} of {len(sheets)}" in sheet
    assert "float32" in text, "a folded family is missing on paper"
    assert "narwhals" in text, "the folded list of packages is missing on paper"
