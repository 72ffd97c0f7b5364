from __future__ import annotations

# ruff: noqa: E501 - data that reads best in rows
import html

import pytest

from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples
from tests.report.page_tree import tree_of

SCRIPT = "<script>alert(1)</script>"
BREAKOUT = '"><img src=x onerror=alert(1)><style>*{display:none}</style></title></svg>'
NASTY = [
    SCRIPT,
    BREAKOUT,
    "{{ 7 * 7 }}{% raw %}",
    "Ünïcødé 東京 🏦",
    "a" * 4000,
    "\x00\x1b[31m\x85",
    "\u202egnp.exe",
    "\ud800",
    "",
    "]]>",
]


def hostile(text: str) -> dict:
    row = samples.record(
        "test_x", "failed", node=f"tests/test_{text}.py::test_{text}[{text}]", label=text or "m", check=text or "c", kind=text or "k",
        measured=[
            samples.measurement(0.5, 0.4, 0.6, slice=text, name=text, detail=text, method=text or "m", unit=text, flags=[text]),
            samples.measurement(None, slice=f"other {text}", detail=text),
        ],
        verdicts=["failed", "inconclusive"], because=text, sentence=text, advice=text, inputs={text: text, "model": samples.digest(text.encode("utf-8", "replace").decode())},
        findings=[{"rule": text, "where": text, "what": text, "count": 1, "rate": 0.5}], findings_total=9, flags=[text],
        curves=[{"kind": "roc", "label": text, "x": [0, 1], "y": [0, 1]}, {"kind": "train_test", "label": text, "x": [0.5], "y": [0]}],
    )  # fmt: skip
    skip = {"id": f"{text}::never", "reason": text, "detail": text}
    evidence = samples.evidence([row], [skip], reasons=[{"code": text, "id": row["id"], "text": text}])
    evidence["plan"]["project"] = text
    evidence["plan"]["settings"][text] = {text: text}
    evidence["plan"]["checks"][0] |= {"owner": text, "controls": [text]}
    evidence["run"]["source"] |= {"commit": text, "ref": text, "remote": text}
    evidence["run"]["subjects"][0] |= {"name": text, "role": text, "digest": text}
    evidence["run"]["environment"] |= {"packages": [[text, text]], "plugins": [[text, text]], "python": text}
    evidence["run"]["invocation"]["args"] = [text]
    evidence["run"]["problems"] = [text]
    evidence["run"]["run_id"] = text
    evidence["verdict"]["grade_limits"] = [text]
    evidence["verdict"]["completeness"]["by_reason"] = {text: 1}
    return evidence


@pytest.mark.parametrize("text", NASTY, ids=[f"nasty{at}" for at in range(len(NASTY))])
def test_what_tests_and_data_say_is_text_and_nothing_else(text):
    page = render(Report.of(hostile(text)))
    tree = tree_of(page)
    nodes = tree.walk()
    assert not {node.tag for node in nodes} & {"script", "img", "iframe", "object"}
    assert len(tree.all("style")) == len(tree.all("body")) == len(tree.all("h1")) == 1
    assert not [name for node in nodes for name in node.attributes if name.startswith("on")]
    assert all(part != "49" for part in tree.one("header").text.split())


def test_what_was_said_can_still_be_read():
    text = tree_of(render(Report.of(hostile(SCRIPT)))).text
    assert SCRIPT in text
    assert "Ünïcødé 東京 🏦" in tree_of(render(Report.of(hostile("Ünïcødé 東京 🏦")))).text


@pytest.mark.parametrize(
    ("text", "shown"), [("\u202egnp.exe", "<U+202E>gnp.exe"), ("a\x00b", "a<U+0000>b"), ("\u200bx", "<U+200B>x")]
)
def test_characters_that_hide_or_reorder_text_are_named(text, shown):
    page = render(Report.of(hostile(text))).decode()
    assert text not in page
    assert html.escape(shown) in page


@pytest.mark.parametrize(
    "node",
    ['tests/t.py::test_x["a b"]', "tests/t.py::test_x[$(rm -rf .)]", "tests/t.py::test_x[`id`]", "tests/t.py::t[it's]"],
)
def test_the_rerun_command_is_one_argument_for_a_shell(node):
    import shlex

    (entry,) = Report.of(samples.evidence([samples.record("x", "failed", node=node)])).failed
    assert shlex.split(entry.rerun) == ["pytest", node, "--mltest-seed", str(samples.SEED)]
    assert "$(" not in entry.rerun or entry.rerun.startswith("pytest '")


def test_two_hundred_slices_show_the_worst_twenty_and_count_the_others():
    rows = [samples.measurement(0.9 - at / 1000, 0.85, 0.95, slice=f"branch={at}") for at in range(200)]
    verdicts = ["failed" if at in (50, 150) else "passed" for at in range(200)]
    row = samples.record("test_by_branch", "failed", measured=rows, verdicts=verdicts)
    page = render(Report.of(samples.evidence([row])))
    card = tree_of(page).one("article")
    names = [line.one("th").text for line in card.one("table", "ladder").one("tbody").all("tr")]
    assert names[:3] == ["branch=150", "branch=50", "branch=199"]
    assert len(names) == 20
    assert "And 180 more: 180 passed. All of them are in evidence.json." in card.text
    assert len(page) < 80_000


def test_a_value_that_cannot_be_had_is_told_with_its_reason():
    row = samples.record(
        "test_x", "inconclusive", measured=[samples.measurement(None, detail="no positives among 12 rows")]
    )
    tree = tree_of(render(Report.of(samples.evidence([row]))))
    cells = [cell.text for cell in tree.one("table", "checks").all("tr", "main")[0].all("td")]
    assert cells[1:4] == ["not estimable", "not drawn", "no positives among 12 rows"]


def test_no_check_at_all():
    evidence = samples.evidence([], gate="void", reasons=[{"code": "empty", "text": "no check was called in this run"}])
    tree = tree_of(render(Report.of(evidence)))
    assert tree.one("h1").text == "Gate: no decision (exploratory)"
    assert tree.one("p", "why").text == "No check was called in this run."
    assert "No check was called in this run, so nothing was measured." in tree.text


def test_only_failures():
    rows = [samples.record(f"test_{at}", "failed") for at in range(12)]
    tree = tree_of(render(Report.of(samples.evidence(rows))))
    assert len(tree.all("article")) == 12
    named = tree.one("section", "decision").one("div", "named")
    assert named.one("span", "concerns").text == "Model performance 12"
    assert named.all("li")[-1].text == "and 7 more"


def test_the_evidence_is_not_changed():
    evidence = hostile(SCRIPT)
    before = repr(evidence)
    Report.of(evidence)
    assert repr(evidence) == before
