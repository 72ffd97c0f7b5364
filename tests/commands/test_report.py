"""``mltest report``: the page of evidence that holds; one that is marked where it does not, and only when asked."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical
from mltest.evidence.store import OBJECTS, read_evidence, write_bundle
from tests.harness import bundle
from tests.policy.verification.good_run import AT, good_objects, write
from tests.report.governed_run import signed_off


@pytest.fixture
def run(tmp_path):
    return write(good_objects(), tmp_path / "runs" / "01k9x2m4t7q8r5v6w3y0z1a2b3")


def tampered(folder):
    """An evidence.json whose gate says otherwise than its results."""
    target = folder.parent / "evidence.json"
    write_bundle(folder, target)
    document = json.loads(target.read_text())
    document["verdict"]["gate"] = "block"
    target.write_bytes(canonical(bundle({name: document[name] for name in OBJECTS}, document["blobs"])))
    return target


def test_the_page_stands_beside_the_evidence(run, capsys):
    assert main(["report", str(run)]) == 0
    assert capsys.readouterr().out.strip().endswith("index.html")
    first = (run / "index.html").read_bytes()
    assert main(["report", str(run)]) == 0
    assert (run / "index.html").read_bytes() == first


def test_rejected_evidence_has_no_page_unless_forced_and_then_it_is_marked(run, capsys):
    evidence = tampered(run)
    page = evidence.with_name("index.html")
    assert main(["report", str(evidence)]) == 1
    assert not page.exists()
    assert "--force writes a page that says so" in capsys.readouterr().err
    assert main(["report", str(evidence), "--force"]) == 0
    assert b"UNVERIFIED: this evidence was rejected" in page.read_bytes()
    assert b"MLV02" in page.read_bytes()


def test_a_digest_that_does_not_match_is_shown_when_forced(run):
    path = run / "results.json"
    path.write_bytes(path.read_bytes().replace(b"0.8123", b"0.8124"))
    assert main(["report", str(run), "--force"]) == 0
    assert b"MLV01" in (run / "index.html").read_bytes()


def test_what_cannot_be_read_cannot_be_shown(run, capsys):
    (run / "results.json").unlink()
    assert main(["report", str(run), "--force"]) == 3
    assert "not all could be read" in capsys.readouterr().err


def test_audience_and_unfolding_are_in_the_page_and_verify_makes_the_same_again(run, capsys):
    assert main(["report", str(run), "--audience", "auditor", "--print", "-o", str(run / "report.html")]) == 0
    page = (run / "report.html").read_bytes()
    assert b'<meta name="mltest-page" content="auditor unfolded">' in page
    assert b"<details>" not in page
    assert main(["verify", str(run), "--at", AT]) == 0
    (run / "report.html").write_bytes(page.replace(b"auditor unfolded", b"validator unfolded"))
    assert main(["verify", str(run), "--at", AT]) == 1
    assert "MLV26" in capsys.readouterr().out


def test_sign_offs_beside_the_evidence_are_shown(run):
    folder = run / "signatures"
    folder.mkdir()
    for row in signed_off(read_evidence(run))[:1]:
        (folder / row["file"]).write_bytes(canonical({name: value for name, value in row.items() if name != "file"}))
    assert main(["report", str(run), "-o", str(run / "report.html")]) == 0
    assert b"K. Ito" in (run / "report.html").read_bytes()
    assert main(["verify", str(run), "--at", AT]) == 0


def test_earlier_runs_give_a_trend_and_a_baseline_the_changes(run, tmp_path, capsys):
    earlier = good_objects()
    earlier["run"] |= {"run_id": "01k9x2m4t7q8r5v6w3y0z1a2b0"}
    earlier["run"]["clock"] = earlier["run"]["clock"] | {"finished": "2026-11-19T16:55:15.427Z"}
    before = write(earlier, tmp_path / "runs" / "01k9x2m4t7q8r5v6w3y0z1a2b0")
    target = tmp_path / "page.html"
    told = ["report", str(run), "--runs", str(tmp_path / "runs"), "--baseline", str(before), "-o", str(target)]
    assert main([*told, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["verified"] is True
    page = target.read_text(encoding="utf-8")
    assert "2 runs, oldest first." in page
    assert "Against the run with root " in page
    assert 'content="and-runs"' in page
