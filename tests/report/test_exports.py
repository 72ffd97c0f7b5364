"""Every export: the same bytes twice, the whole root, and no text that could be read as markup or as a command."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from mltest.errors import EvidenceError, UsageError
from mltest.report.exports import TARGETS, Asked, export, targets_of
from tests.architecture.test_never_claim import claims
from tests.report.export_samples import HOSTILE, many, passing, released

ASKED = Asked(grade="E2", verified_at="2026-11-21T06:03:00.000Z", verifier="pkg:pypi/pytest-mltest@0.1.0")
HOSTILE_PREFIX = f"tests/test_pd.py::test_[{HOSTILE}] "


def files(evidence, names=tuple(name for name in TARGETS if name != "svr")):
    return export(evidence, names, ASKED)


def hostile():
    evidence = released(HOSTILE_PREFIX)
    evidence["plan"]["project"] = HOSTILE
    evidence["run"]["data_seen"][0]["id"] = HOSTILE
    evidence["run"]["subjects"][0]["name"] = HOSTILE
    evidence["verdict"]["waivers"][0]["reason"] = HOSTILE
    for record in evidence["results"]["records"]:
        record["sentence"] = record["because"] = f"{HOSTILE}\n::error::boo\n| x |"
    return evidence


@pytest.mark.parametrize("made", [released, passing, hostile], ids=["released", "passing", "hostile"])
def test_the_same_bytes_twice_and_nothing_changed(made):
    evidence = made()
    before = copy.deepcopy(evidence)
    first = files(evidence)
    assert files(copy.deepcopy(evidence)) == first
    assert evidence == before


@pytest.mark.parametrize("made", [released, passing, hostile], ids=["released", "passing", "hostile"])
def test_every_file_holds_the_whole_root(made):
    evidence = made()
    digits = evidence["evidence_root"].removeprefix("sha256:")
    without = {name for name, data in files(evidence).items() if digits.encode() not in data}
    quiet = {"gl-code-quality.json", "annotations.txt"}  # an empty list of findings
    assert without == (quiet if made is passing else set())


def test_nothing_is_claimed():
    for name, data in files(released()).items():
        assert not claims(data.decode()), name
    assert not [name for name, data in files(passing()).items() if claims(data.decode())]
    assert "no statement of conformity" in files(released())["model-card.md"].decode()


def test_conformance_and_confidence_are_never_scored():
    text = files(released())["bom-1.6.cdx.json"].decode()
    assert '"map"' in text
    assert not re.search(r'"(conformance|confidence|score)"', text)


def test_a_waived_failure_is_nowhere_a_pass():
    found = files(released())
    identity = "tests/test_pd.py::test_north#model.metric:roc_auc"
    statement = json.loads(found["test-result.intoto.json"])["predicate"]
    assert identity in statement["failedTests"]
    (result,) = [
        row for row in json.loads(found["mltest.sarif"])["runs"][0]["results"] if row["properties"]["check"] == identity
    ]
    assert result["level"] == "warning"
    assert result["suppressions"] == [
        {
            "kind": "external",
            "status": "accepted",
            "justification": "W-2026-014, until 2027-01-31: New region, 214 defaults so far; "
            "bound too wide until March",
        }
    ]
    assert "failed, waived by W-2026-014 until 2027-01-31 (72 days left)" in found["summary.md"].decode()
    assert "1 error, 1 failed (1 waived), 1 inconclusive, 2 not run, 2 passed" in found["summary.md"].decode()
    assert "failed, waived by W-2026-014" in found["model-card.md"].decode()
    (case,) = [case for case in ET.fromstring(found["junit.xml"]).iter("testcase") if case.get("name") == "test_north"]
    assert case.find("failure") is not None
    bom = json.loads(found["bom-1.6.cdx.json"])
    (claim,) = [claim for claim in bom["declarations"]["claims"] if f"check {identity} " in claim["predicate"]]
    assert claim["counterEvidence"] == ["evidence-results"]
    assert "evidence" not in claim


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attrs):
        self.seen.add((tag, tuple(attrs)))


@pytest.mark.parametrize("name", ["summary.md", "model-card.md"])
def test_markdown_shows_hostile_text_as_it_is(name):
    text = files(hostile())[name].decode()
    tags = Tags()
    tags.feed(text.replace("<!--", "").replace("-->", ""))
    assert {tag for tag, attributes in tags.seen} <= {"code", "details", "summary"}
    assert not any(attributes for _, attributes in tags.seen)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert "::" not in text
    assert "`" not in text
    assert "\u202e" not in text
    assert "](" not in text
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows
    assert {line.count("|") for line in rows} <= {5, 8}


def test_annotations_stay_on_their_line():
    lines = files(hostile())["annotations.txt"].decode().splitlines()
    assert len(lines) == 5
    for line in lines:
        assert re.match(r"::(error|warning|notice) file=[^:,]*(,line=\d+)?,title=[^:,\n]*::", line), line
        assert not re.search(r"%(?!25|0D|0A|3A|2C)", line)


@pytest.mark.parametrize("name", ["junit.xml"])
def test_xml_can_be_read_whatever_the_names_hold(name):
    data = files(hostile())[name]
    tree = ET.fromstring(data)
    assert any("\U0001f600" in case.get("name") for case in tree.iter("testcase"))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", data.decode())
    assert not list(tree.iter("script"))


def test_metrics_are_one_sample_a_line():
    lines = files(hostile())["metrics.txt"].decode().split("\n")
    assert lines[-2:] == ["# EOF", ""]
    sample = re.compile(r'mltest_\w+(\{\w+="(?:[^"\\\n]|\\.)*"(,\w+="(?:[^"\\\n]|\\.)*")*\})? -?[0-9.e+-]+')
    assert not [line for line in lines[:-2] if not line.startswith("# TYPE ") and not sample.fullmatch(line)]


@pytest.mark.parametrize(("gate", "number"), [("allow", 0), ("allow_conditional", 1), ("block", 2), ("void", 3)])
def test_the_gate_is_a_number_for_the_metrics_widget(gate, number):
    evidence = released()
    evidence["verdict"]["gate"] = gate
    assert f"\nmltest_gate {number}\n" in files(evidence, ["gitlab"])["metrics.txt"].decode()


def test_targets_are_named_with_the_nearest():
    assert targets_of("sarif,in-toto, sarif") == ["sarif", "in-toto"]
    with pytest.raises(UsageError, match="nearest is 'cyclonedx'"):
        targets_of("sarif,cyclonedxx")
    with pytest.raises(UsageError, match="names no export"):
        targets_of(" , ")


def test_the_test_result_names_what_was_tested():
    statement = json.loads(files(released())["test-result.intoto.json"])
    assert [subject["name"] for subject in statement["subject"]] == [
        "git.example.com/acme/lending",
        "candidate.skops",
        "mltest-evidence-root",
    ]
    assert statement["subject"][0]["digest"] == {"gitCommit": "9f31c02a77d4e0b1c2d3e4f5a6b7c8d9e0f1a2b3"}
    predicate = statement["predicate"]
    assert [row["name"] for row in predicate["configuration"]] == [
        "plan.lock",
        "waivers.toml",
        "holdout.parquet",
        "train.parquet",
    ]
    assert predicate["url"] == "https://git.example.com/acme/pd/runs/77"
    start = "tests/test_pd.py::test_"
    assert predicate["passedTests"] == [f"{start}auc#model.metric:roc_auc"]
    assert predicate["warnedTests"] == [f"{start}extra", f"{start}seed#model.metric:mcc"]
    assert predicate["failedTests"] == [
        f"{start}gpu#model.metric:roc_auc",
        f"{start}north#model.metric:roc_auc",
        f"{start}recall#model.metric:recall",
        f"{start}shape#pytest",
    ]
    assert predicate["result"] == "FAILED"
    assert json.loads(files(passing())["test-result.intoto.json"])["predicate"]["result"] == "PASSED"


def test_a_commit_with_uncommitted_changes_is_not_what_was_tested():
    evidence = released()
    evidence["run"]["source"]["dirty"] = True
    names = [subject["name"] for subject in json.loads(files(evidence)["test-result.intoto.json"])["subject"]]
    assert names == ["candidate.skops", "mltest-evidence-root"]


def test_a_verification_result_exists_where_the_gate_allows():
    said = json.loads(files(passing(), ["svr"])["svr.intoto.json"])["predicate"]
    assert said["properties"] == [
        "MLTEST_PLAN_MATCHED",
        "MLTEST_COMPLETE",
        "MLTEST_GATE_ALLOW",
        "MLTEST_GRADE_E2",
    ]
    assert said["verifier"]["id"] == "pkg:pypi/pytest-mltest@0.1.0"
    assert said["timeCreated"] == "2026-11-21T06:03:00.000Z"
    assert [row["name"] for row in said["verifier"]["policies"]] == ["plan.lock", "waivers.toml"]
    with pytest.raises(EvidenceError, match="this gate is block"):
        files(released(), ["svr"])


def test_a_partial_run_is_not_called_complete():
    evidence = released()
    evidence["verdict"]["gate"] = "allow_conditional"
    said = json.loads(files(evidence, ["svr"])["svr.intoto.json"])["predicate"]["properties"]
    assert said == ["MLTEST_PLAN_MATCHED", "MLTEST_GATE_ALLOW_CONDITIONAL", "MLTEST_GRADE_E2"]


def test_suppressed_slices_appear_in_no_export():
    for name, data in files(released()).items():
        assert b"region=tiny" not in data, name
    assert b"region=south" in files(released())["bom-1.6.cdx.json"]


def test_gitlab_counts_the_same_finding_once_whatever_its_value():
    first, second = released(), released()
    second["results"]["records"][1]["value"] = 0.5
    second["results"]["records"][1]["because"] = "another number"
    prints = [
        [row["fingerprint"] for row in json.loads(files(found, ["gitlab"])["gl-code-quality.json"])]
        for found in (first, second)
    ]
    assert prints[0] == prints[1]
    rows = json.loads(files(first, ["gitlab"])["gl-code-quality.json"])
    assert [row["severity"] for row in rows] == ["blocker", "blocker", "blocker", "major", "info"]
    for row in rows:
        assert set(row) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert not row["location"]["path"].startswith("/")
        assert row["location"]["lines"]["begin"] >= 1


def test_the_summary_of_thousands_fits_and_is_cut_between_rows():
    evidence = many(5000)
    text = files(evidence, ["github"])["summary.md"]
    assert 850 * 1024 < len(text) <= 900 * 1024
    lines = text.decode().splitlines()
    left = re.fullmatch(r"([\d ]+) more in report.html", lines[-1])
    rows = sum(line.startswith("| <code>") for line in lines)
    assert left is not None
    assert rows + int(left[1].replace("\u2009", "").replace(" ", "")) == 5000
    assert lines[-3].startswith("| <code>")
    assert lines[-3].endswith("|")


def test_passes_are_folded_and_the_fold_is_closed_where_it_is_cut():
    text = files(many(5000, "passed"), ["github"])["summary.md"].decode()
    assert text.count("<details>") == text.count("</details>") == 1
    assert "more in report.html" in text


def test_ten_annotations_and_the_tenth_counts_the_rest():
    lines = files(many(5000), ["github"])["annotations.txt"].decode().splitlines()
    assert len(lines) == 10
    assert re.match(r"::error title=mltest::4.991 more", lines[9])
    assert len(files(many(10), ["github"])["annotations.txt"].decode().splitlines()) == 10


def test_the_summary_says_first_what_matters_first():
    text = files(released(), ["github"])["summary.md"].decode()
    order = [
        "## Gate: block",
        "Evidence root",
        "### Loosened or removed",
        "### Failed and waived",
        "### Inconclusive",
        "### Not run",
        "<summary>2 checks passed",
    ]
    assert sorted(order, key=text.index) == order
    assert "x threshold 0.80 -&gt; 0.78" in text


def test_what_people_wrote_on_the_card_survives():
    from mltest.report.model_card import render

    evidence = released()
    card = render(evidence).decode()
    ours = card.replace("to be written by its owner.", "Ranks applicants | for loans.", 1) + "\nA last word.\n"
    again = render(passing(), ours).decode()
    assert "Ranks applicants | for loans." in again
    assert again.endswith("\nA last word.\n")
    assert evidence["evidence_root"] not in again
    assert render(evidence, again).decode() == ours
    for broken in ("no block at all", ours.replace("<!-- mltest:end -->", "")):
        with pytest.raises(UsageError, match="add both comments"):
            render(evidence, broken)


def test_the_card_shows_what_was_declared_and_not_tested():
    card = files(released())["model-card.md"].decode()
    for heading in ("Declared against tested", "Data", "Failed and waived (2)", "Inconclusive (1)", "Not tested (2)"):
        assert f"## {heading}\n" in card
    assert "E2, limited by: approval not signed; root not signed" in card
    assert "| roc&#95;auc" not in card
    assert "| roc_auc | region=south | 0.83 | 0.81 to 0.85 | 700 |" in card
