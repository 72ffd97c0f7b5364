from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from mltest.report import page as page_module
from mltest.report.model import Report
from mltest.report.page import render
from tests.report import evidence_samples as samples
from tests.report.page_tree import Node, tree_of

BANNED = """
compliant compliance certified conforms approved safe unbiased fair secure trustworthy guaranteed tamper-proof
court-proof
""".split()  # noqa: SIM905 - a list of words reads best as words
BANNED_PHRASES = ("meets article", "no drift", "no leakage", "no bias")


@pytest.fixture(scope="module")
def blocked() -> bytes:
    return render(Report.of(samples.blocked()))


@pytest.fixture(scope="module")
def tree(blocked: bytes) -> Node:
    return tree_of(blocked)


def test_the_page_opens_with_the_decision_and_why(tree):
    decision = tree.one("section", "decision")
    assert decision.one("h1").text == "Gate: block (3)"
    assert "holdout breaks 2 rules" in decision.all("div", "failed")[0].text
    assert decision.one("p", "sum").text == "29 planned = 27 executed + 2 not run (1 deselected by -k, 1 skipped)"
    assert decision.one("p", "unlocked").text.startswith("Exploratory. No plan was locked before this run.")


def test_counts_are_in_words_and_hold_inconclusive_and_not_run(tree):
    counts = {pair.one("dt").text: pair.one("dd").text for pair in tree.one("dl", "counts").all("div")}
    assert counts == {"passed": "24", "failed": "2", "inconclusive": "1", "not run": "2"}


def test_sections_come_in_the_order_of_urgency(tree):
    headings = [re.sub(r" [\d ]+( checks)?$", "", heading.text) for heading in tree.all("h2")]
    assert headings == [
        "What failed", "What is inconclusive", "Every check", "Slices and groups", "Data and lineage",
        "Reproducibility", "Completeness", "Controls by framework", "Run and environment", "Methods and formulas",
        "What this does not show", "Evidence root", "Sign-off", "Glossary",
    ]  # fmt: skip


def test_a_failure_tells_measured_required_verdict_and_how_to_run_it_again(tree):
    card = next(card for card in tree.all("article") if "each region" in card.one("h3").text)
    lines = {}
    for block in card.all("dl", "lines"):
        lines |= dict(zip([at.text for at in block.all("dt")], [at.text for at in block.all("dd")], strict=True))
    assert lines["measured"].startswith("0.702 in region=north (one-sided 95 % bounds 0.668 and 0.734")
    assert lines["required"].startswith("at least 0.75")
    assert lines["verdict"] == "failed: region=north: even the upper bound 0.734 misses it"
    node = "tests/test_lending.py::test_ranks_applicants_in_each_region"
    assert lines["rerun"] == f'pytest "{node}" --mltest-seed {samples.SEED}'
    rows = card.one("table", "ladder").one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == ["region=north", "region=east", "region=west", "region=south"]


def test_an_inconclusive_check_says_how_many_would_settle_it(tree):
    card = tree.one("article", "inconclusive")
    assert "about 750 positives would settle it" in card.text


def test_what_did_not_run_stands_under_its_reason(tree):
    section = next(part for part in tree.all("section") if part.attributes.get("aria-labelledby") == "completeness")
    assert [heading.text for heading in section.all("h3")] == [
        "deselected by -k 1 test, 1 required",
        "skipped 1 test, 1 required",
    ]
    assert "tests/test_latency.py::test_first_call_is_quick no GPU on this machine" in section.text


def test_every_record_has_a_row_in_its_family(tree):
    rows = [row for table in tree.all("table", "checks") for row in table.all("tr", "main")]
    assert len(rows) == 27
    assert all(len(row.all("td")) == 6 and all(cell.text or cell.all("svg") for cell in row.all("td")) for row in rows)


def test_families_with_failures_are_open_and_the_others_are_folded(tree):
    families = {
        family.all("summary")[0].children[0].strip(): "open" in family.attributes
        for family in tree.all("details")
        if family.all("table", "checks")
    }
    assert families["Data schema"]
    assert families["Model performance"]
    assert not families["Train-serve consistency"]


def test_each_check_names_its_inputs_and_the_full_digest_stands_once(blocked, tree):
    text = blocked.decode()
    for digest in samples.INPUTS.values():
        assert text.count(digest) == 1
    anchors = {node.attributes["id"] for node in tree.walk() if "id" in node.attributes}
    links = [node.attributes["href"] for node in tree.all("a")]
    assert links
    assert all(link.startswith("#") and link[1:] in anchors for link in links)


def test_ids_are_unique(tree):
    ids = [node.attributes["id"] for node in tree.walk() if node.attributes.get("id")]
    assert len(ids) == len(set(ids))


def test_the_page_begins_with_its_type(blocked):
    assert blocked.startswith(b"<!doctype html>\n<html")


def test_there_is_no_script_no_network_and_no_style_attribute(blocked, tree):
    nodes = tree.walk()
    assert not {node.tag for node in nodes} & {"script", "iframe", "object", "embed", "link", "img", "base", "form"}
    assert not [node for node in nodes for name in node.attributes if name == "style" or name.startswith("on")]
    assert not re.findall(rb"(?:src|href|url)\s*[=(]\s*[\"']?\s*(?:https?:|//)", blocked)
    assert b"@import" not in blocked


def test_the_policy_is_first_in_the_head_and_admits_this_style_alone(blocked, tree):
    first = next(child for child in tree.one("head").children if isinstance(child, Node))
    assert first.attributes["http-equiv"] == "Content-Security-Policy"
    style = re.search(rb"<style>(.*?)</style>", blocked, re.DOTALL).group(1)
    hashed = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert first.attributes["content"] == (
        f"default-src 'none'; style-src 'sha256-{hashed}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert blocked.count(b"<style>") == 1


def test_structure_serves_those_who_do_not_see_it(tree):
    assert tree.one("html").attributes["lang"] == "en"
    assert len(tree.all("h1")) == 1
    assert {"header", "main", "footer", "nav"} <= {node.tag for node in tree.walk()}
    assert tree.one("a", "skip").attributes["href"] == "#main"
    levels = [int(node.tag[1]) for node in tree.walk() if re.fullmatch("h[1-6]", node.tag)]
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all(table.all("caption") for table in tree.all("table"))
    assert all(head.attributes.get("scope") in ("col", "row") for head in tree.all("th"))


def test_every_picture_has_a_title_a_description_and_its_numbers(tree):
    figures = tree.all("figure")
    assert figures
    for figure in figures:
        drawing = figure.all("svg")[0]
        assert drawing.attributes["role"] == "img"
        assert drawing.all("title")[0].text
        assert drawing.all("desc")[0].text
        assert figure.all("table")[0].all("td")
    strips = tree.all("svg", "strip")
    assert all(drawing.attributes["role"] == "img" and drawing.one("title").text for drawing in strips)


def test_coordinates_have_at_most_one_decimal(tree):
    for drawing in [*tree.all("svg", "strip"), *tree.all("svg", "plot")]:
        for node in drawing.walk():
            for name in ("d", "x", "y", "cx", "cy", "width"):
                assert not re.search(r"\d\.\d\d", node.attributes.get(name) or "")


def test_the_footer_and_the_way_to_derive_the_root(tree):
    assert tree.one("footer").text == (
        "This report records tests. It is not legal advice and no statement of conformity."
    )
    assert "sha256sum plan.json run.json results.json verdict.json" in tree.one("pre").text


@pytest.mark.parametrize("made", [samples.blocked, samples.allowed], ids=["blocked", "allowed"])
def test_words_that_claim_too_much_are_never_used(made):
    text = tree_of(render(Report.of(made()))).one("body").text.lower().replace("plan approved by", "")
    assert not [word for word in BANNED if re.search(rf"\b{word}\b", text)]
    assert not [phrase for phrase in BANNED_PHRASES if phrase in text]


def test_the_same_evidence_gives_the_same_bytes(blocked):
    assert render(Report.of(samples.blocked())) == blocked


def test_the_order_of_keys_in_the_evidence_changes_nothing(blocked):
    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    assert render(Report.of(turned(samples.blocked()))) == blocked


@pytest.mark.parametrize(("checks", "most"), [(1, 40_000), (100, 300_000), (2000, 2_000_000)])
def test_size(checks, most):
    page = render(Report.of(samples.allowed(checks)))
    assert len(page) <= most
    assert len([row for table in tree_of(page).all("table", "checks") for row in table.all("tr", "main")]) == checks


def test_a_hundred_checks_that_all_have_curves_stay_within_the_size():
    rows = [samples.passing(at) | {"curves": [*samples.roc_curves(), *samples.recall_curves()]} for at in range(100)]
    for at, row in enumerate(rows):
        row["curves"][0]["y"] = [y * (1 - at / 1000) for y in row["curves"][0]["y"]]
    assert len(render(Report.of(samples.evidence(rows)))) <= 300_000


def test_a_run_that_passed_says_so_in_words():
    tree = tree_of(render(Report.of(samples.allowed(3))))
    assert tree.one("h1").text == "Gate: allow"
    assert tree.one("p", "why").text == "Each of 3 checks met its demand; nothing planned was left out."
    assert not tree.all("article")


def test_kept_templates_change_nothing(tmp_path: Path) -> None:
    report = Report.of(samples.blocked())
    first = render(report, cache=tmp_path)
    assert list(tmp_path.iterdir())
    page_module._environment.cache_clear()  # as in the next session, which finds what this one kept
    assert first == render(report, cache=tmp_path) == render(report)
