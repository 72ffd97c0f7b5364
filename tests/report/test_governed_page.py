"""What each of the five readers must find on the page of a run under an approved plan."""

from __future__ import annotations

import pytest

from mltest.errors import UsageError
from mltest.report.beside import AUDIENCES, Beside, Shown, marked, shown_as
from mltest.report.model import Report
from mltest.report.page import render
from mltest.report.readers import GUIDE, SECTIONS
from tests.policy.verification.good_run import AUC
from tests.report import evidence_samples as samples
from tests.report.governed_run import beside_run, governed, governed_by, signed_off
from tests.report.page_tree import tree_of


@pytest.fixture(scope="module")
def evidence():
    return governed()


@pytest.fixture(scope="module")
def tree(evidence):
    return tree_of(render(Report.of(evidence, beside_run(evidence))))


def section(tree, at):
    return next(part for part in tree.all("section") if part.attributes.get("aria-labelledby") == at)


def facts(part):
    return {
        name.text: text.text
        for block in part.all("dl")
        for name, text in zip(block.all("dt"), block.all("dd"), strict=True)
    }


def test_the_first_screen_is_in_the_order_of_the_page(tree):
    text = tree.one("section", "decision").text
    told = [
        "Gate: block (1)",
        "Loosened or removed: 4 lines",
        "failed, waived",
        "inconclusive",
        "4 planned = 4 executed + 0 not run",
        "E2, limited by: approval not signed",
        "evidence root sha256:",
        "plan approved by model-validation",
        "signed off by K. Ito, validator: validation",
        "still open 1 condition of sign-offs: retrain in March",
        "row data none",
    ]
    places = [text.index(line) for line in told]
    assert places == sorted(places)


def test_a_waived_failure_stays_failed_and_says_until_when(tree):
    named = tree.one("section", "decision").all("div", "named")
    assert [group.one("p").one("b").text for group in named] == ["failed, waived", "inconclusive"]
    assert "waived by W-2026-014 until 2027-01-31, 72 days left; accepted by model-validation" in named[0].text
    assert "owner credit-risk" in named[0].text
    card = section(tree, "failed").one("article")
    assert "failed" in card.attributes["class"]
    assert card.one("h3").text.startswith("failed, waived : Auc, roc_auc")
    counts = {pair.one("dt").text: pair.one("dd").text for pair in tree.one("dl", "counts").all("div")}
    assert counts["failed"] == "1"


def test_a_waiver_that_does_not_hold_is_listed_with_its_code(tree):
    rows = section(tree, "waivers").one("tbody").all("tr")
    assert [row.one("th").text for row in rows] == ["W-2026-015 PD-412", "W-2026-014 PD-412"]
    assert rows[0].all("td")[0].text.startswith("does not hold: MLW07 expires 2026-10-01 is in the past")
    assert rows[1].all("td")[0].text == "used"
    assert "model-validation (named, not proven)" in rows[1].text


def test_a_validator_sees_what_these_rows_could_have_shown(tree):
    for at, value in (("inconclusive", "0.330"), ("failed", "0.810")):
        assert facts(section(tree, at))["detectable"].startswith(f"{value}: the mildest estimate")
    assert "DeLong, logit" in section(tree, "methods").text
    assert facts(section(tree, "reproducibility"))["seed of the run"] == "7"


def test_loosened_lines_come_first_with_their_effect(tree):
    part = section(tree, "changes")
    assert [head.text for head in part.all("h3")][:2] == ["Against plan.lock", part.all("h3")[1].text]
    assert part.all("h3")[1].text.startswith("Against release 2.2.0, root ")
    first = part.all("table")[0].one("tbody").all("tr")[0]
    assert [cell.text for cell in first.all("td")] == ["threshold >= 0.80 -> 0.78", "the old limit would fail too"]
    assert tree.one("ul", "loosened").all("li")[0].text == f"{AUC}: threshold >= 0.80 -> 0.78"


def test_declared_values_stand_against_what_was_tested(tree):
    rows = {
        row.one("th").text: [cell.text for cell in row.all("td")]
        for row in section(tree, "declared").one("tbody").all("tr")
    }
    assert rows["recall"][2:5] == ["0.420 (0.410 to 0.430)", "the declared value lies inside the interval", "none"]
    assert rows["roc_auc"][2] == "not measured"


def test_controls_are_told_by_strength_without_a_percentage(tree):
    part = section(tree, "controls")
    (act,) = [one for one in part.all("details") if one.one("summary").text.startswith("EU AI Act")]
    groups = [caption.one("b").text for caption in act.all("caption")]
    assert groups == [strength for strength in ("direct", "partial", "record", "manual") if strength in groups]
    assert len(groups) > 2
    row = next(
        row for table in act.all("table") for row in table.one("tbody").all("tr") if row.one("th").text == "Art. 15(1)"
    )
    assert row.all("td")[1].text == "evidence present for a part"
    assert "missing: " in row.all("td")[3].text
    assert "1 failed" in row.all("td")[2].text
    assert "k.ito (named, not proven)" in act.text
    assert "%" not in part.text.replace("95 %", "")
    assert all(head.text != "title" for head in part.all("th"))
    assert "what it asks" in [head.text for head in part.all("th")]


def test_the_score_and_the_trend_are_there_when_earlier_runs_are(tree, evidence):
    assert section(tree, "score").one("b").text.startswith("ML Test Score 0 of 7: data 0, model 1")
    part = section(tree, "trend")
    assert "9 runs, oldest first." in part.text
    assert "Not read: runs/x: is broken" in part.text
    assert all(figure.all("table")[0].all("td") for figure in part.all("figure"))
    alone = tree_of(render(Report.of(evidence)))
    assert "No earlier run is beside this page" in section(alone, "score").text
    assert not [head for head in alone.all("h2") if head.attributes["id"] == "trend"]


def test_a_data_protection_officer_sees_what_of_persons_is_in_the_record(tree):
    told = facts(section(tree, "sources"))
    assert told["row data"] == "none"
    assert told["groups read"] == "region (1 check)"
    assert told["names of people"] == "credit-risk, model-validation"


def test_rows_in_the_record_are_told_on_top():
    def rows(parts):
        parts["run"]["row_data"] = {"contains": True, "columns": ["income", "age"]}

    page = tree_of(render(Report.of(governed_by(rows))))
    assert "row data: yes, of income, age" in page.one("header").text


def test_sign_offs_of_this_root_alone_are_shown_with_what_stands_behind_the_name(tree):
    part = section(tree, "sign-off")
    rows = [
        [cell.text for cell in [row.one("th"), *row.all("td")]]
        for row in part.all("table", "signed")[0].one("tbody").all("tr")
    ]
    assert [row[0] for row in rows] == ["K. Ito", "R. Vela"]
    assert rows[0][1:] == [
        "validator", "2026-11-20 18:00:00 UTC, local offset +09:00", "validation",
        "accepted with conditions retrain in March", "typed name, not a signature",
    ]  # fmt: skip
    assert rows[1][-1] == "signed by key 5647 5aa7 5463 474c; mltest verify checks it"
    assert [head.text for head in part.one("table", "lined").one("thead").all("th")] == [
        "name", "role", "date and time", "meaning", "signature in ink",
    ]  # fmt: skip


def test_an_auditor_derives_the_root_in_three_commands(tree):
    lines = tree.one("pre").children[0].strip().splitlines()
    assert len(lines) == 3
    assert lines[1] == "sha256sum plan.json run.json results.json verdict.json"


def test_the_guide_leads_each_reader_to_what_is_there(tree):
    guide = tree.one("dl", "readers")
    assert [name.text.partition(" ")[0] for name in guide.all("dt")] == [
        "Merge",
        "Model",
        "Auditor",
        "Data-protection",
        "Executive",
    ]
    ids = {node.attributes["id"] for node in tree.walk() if node.attributes.get("id")}
    links = [link.attributes["href"][1:] for link in guide.all("a")]
    assert len(links) > 15
    assert set(links) <= ids


@pytest.mark.parametrize("audience", AUDIENCES)
def test_an_audience_changes_order_and_folding_and_leaves_nothing_out(evidence, audience):
    usual, own = (tree_of(render(Report.of(evidence, shown=Shown(audience=one)))) for one in (None, audience))
    order = [head.attributes["id"] for head in own.all("h2")]
    wanted = next(reader for reader in GUIDE if reader.audience == audience).sections
    assert sorted(order) == sorted(head.attributes["id"] for head in usual.all("h2"))
    first = [at for at in wanted if at in order and at != "sign-off"]
    assert order[: len(first)] == first
    assert sorted(own.one("main").text.split()) == sorted(usual.one("main").text.split())


def test_an_audience_that_nobody_is():
    with pytest.raises(UsageError, match="nearest is 'auditor'"):
        Shown(audience="auditors")


def test_unfolded_everything_is_open(evidence):
    tree = tree_of(render(Report.of(evidence, shown=Shown(unfolded=True))))
    assert all("open" in part.attributes for part in tree.all("details"))


@pytest.mark.parametrize("given", [Shown(), Shown(audience="executive"), Shown(audience="developer", unfolded=True)])
def test_a_page_says_how_it_was_made(evidence, given):
    beside = Beside(signoffs=signed_off(evidence)[:2])
    assert shown_as(marked(given, beside)) == (given, ("signoff-1.json", "signoff-2.json"))


def test_evidence_that_was_rejected_is_marked_on_top_and_on_each_sheet(evidence):
    page = render(Report.of(evidence, shown=Shown(unverified=("MLV01 <b>results</b>",))))
    tree = tree_of(page)
    assert "MLV01 <b>results</b>" in tree.one("section", "unverified").text
    assert tree.one("p", "watermark").text == "UNVERIFIED"
    assert b'@top-center{content:"UNVERIFIED"' in page
    assert b'@top-center{content:""' in render(Report.of(evidence))


def test_a_run_that_differs_from_its_plan_says_so():
    def differ(parts):
        line = {
            "kind": "threshold_loosened",
            "rank": 2,
            "direction": "loosened",
            "id": AUC,
            "text": f"{AUC}: 0.78 -> 0.75",
        }
        parts["run"] |= {"plan_status": "differs", "differences": [line], "baseline": None}

    decision = tree_of(render(Report.of(governed_by(differ)))).one("section", "decision")
    assert decision.one("h1").text == "Gate: no decision (exploratory)"
    assert "differs from its locked plan" in decision.one("p", "unlocked").text
    assert decision.one("ul", "loosened").text == f"{AUC}: 0.78 -> 0.75"


def test_evidence_without_its_files_says_what_cannot_be_shown(evidence):
    tree = tree_of(render(Report.of({**evidence, "blobs": {}})))
    assert "which its evidence does not hold" in section(tree, "controls").text
    assert "no valid approval" in tree.one("section", "decision").text


def test_without_a_lock_nothing_is_claimed():
    tree = tree_of(render(Report.of(samples.allowed(3))))
    told = tree.one("section", "decision").text
    assert "No plan was locked before this run." in told
    assert "Loosened or removed: not known." in told
    assert "nobody: there was no plan to approve" in told
    assert "this project selected none" in section(tree, "controls").text


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><style>*{display:none}</style>', "\u202egnp.exe", "{{ 7 * 7 }}"]
)
def test_what_people_wrote_is_text_and_nothing_else(text):
    evidence = governed()
    evidence["verdict"]["waivers"][0] |= {"reason": text, "risk": text, "id": text, "requested_by": text, "issue": text}
    evidence["verdict"]["declared"][0] |= {"metric": text, "population": text, "source": text}
    evidence["run"]["differences"] = [
        {"kind": "removed", "direction": "loosened", "id": text, "text": text, "effect": text}
    ]
    evidence["run"]["lock_file"] = {"path": text, "digest": text}
    signoff = signed_off(evidence)[0] | {"name": text, "comment": text, "conditions": [text], "decision": text}
    run = {"finished": text, "commit": text, "gate": text, "root": text}
    series = [
        {"run": 0, "time": text, "value": at, "low": None, "high": 1.0, "verdict": text, "limit": None}
        for at in (0.5, 0.6)
    ]
    trend = {
        "runs": [run],
        "checks": [{"id": text, "metric": text, "series": series}],
        "unreadable": [{"place": text, "why": text}],
    }
    trend["points"] = [{"id": text, "kind": text, "run": 0, "toward": text, "text": text}]
    tree = tree_of(render(Report.of(evidence, Beside(signoffs=[signoff], trend=trend), Shown(unverified=(text,)))))
    assert not {node.tag for node in tree.walk()} & {"script", "img", "iframe"}
    assert len(tree.all("style")) == len(tree.all("h1")) == 1
    assert "\u202e" not in tree.text
    shown = text.replace("\u202e", "<U+202E>")
    assert tree.text.count(shown) > 15


def test_every_section_has_its_template(tree):
    from mltest.report import page

    assert {path.name for path in (page._TEMPLATES / "sections").iterdir()} == {f"{at}.html.j2" for at in SECTIONS}
