"""Exports of evidence that holds, and none of evidence that does not."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import IN_TOTO, keyid_of, public_bytes, verify_envelope
from mltest.evidence.store import OBJECTS, read_evidence
from mltest.report.exports import TARGETS
from tests.commands.signed_project import key_text, private
from tests.harness import bundle

FILES = {"test_x.py": "import mltest\ndef test_a(): mltest.require(1, at_most=2, name='a')\n"}


@pytest.fixture
def run(project):
    folder = project(FILES).run().folder
    assert folder is not None
    return folder


def test_every_target_beside_the_evidence_and_the_same_twice(run, capsys):
    words = ["export", str(run), "--to", ",".join(TARGETS), "--at", "2099-01-01T00:00:00Z"]
    capsys.readouterr()
    assert main(words) == 0
    named = capsys.readouterr().out.split()
    files = {path.name: path.read_bytes() for path in (run / "exports").iterdir()}
    assert sorted(files) == [name.rpartition("/")[2] for name in named]
    assert len(files) == 11
    assert main([*words, "--json"]) == 0
    assert files == {path.name: path.read_bytes() for path in (run / "exports").iterdir()}
    said = json.loads(capsys.readouterr().out)
    assert said["evidence_root"] == read_evidence(run)["evidence_root"]
    assert len(said["files"]) == 11
    assert main(["verify", str(run)]) == 0


def test_a_key_adds_envelopes_over_the_statements(run, tmp_path):
    (tmp_path / "key").write_text(key_text("runner"))
    target = tmp_path / "out"
    words = ["export", str(run), "--to", "in-toto,svr,sarif", "-o", str(target), "--key", str(tmp_path / "key")]
    assert main(words) == 0
    raw = public_bytes(private("runner"))
    for name in ("test-result", "svr"):
        envelope = json.loads((target / f"{name}.intoto.dsse.json").read_bytes())
        payload = verify_envelope(envelope, {keyid_of(raw): raw}, IN_TOTO).payload
        assert payload == (target / f"{name}.intoto.json").read_bytes()
    assert not (run / "exports").exists()


def test_evidence_that_does_not_hold_is_not_exported(run, capsys):
    document = read_evidence(run)
    document["verdict"]["gate"] = "block"
    path = run.parent / "evidence.json"
    path.write_bytes(canonical(bundle({name: document[name] for name in OBJECTS}, document["blobs"])))
    assert main(["export", str(path), "--to", "sarif"]) == 1
    said = capsys.readouterr().err
    assert "MLV02" in said
    assert "nothing was exported" in said
    assert not (path.parent / "exports").exists()


def test_there_is_no_verification_result_of_a_blocked_run(project, capsys):
    bad = project({"test_x.py": FILES["test_x.py"].replace("(1,", "(9,")}).run().folder
    assert main(["export", str(bad), "--to", "sarif,svr"]) == 1
    assert "this gate is block" in capsys.readouterr().err
    assert not (bad / "exports").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--to", "sarf"], 2, "nearest is 'sarif'"),
        (["--to", "sarif", "--at", "noon"], 2, "with its zone"),
        (["--to", "sarif", "--key", "no-such-key"], 3, "cannot read the private key"),
    ],
)
def test_usage(run, capsys, words, code, says):
    assert main(["export", str(run), *words]) == code
    assert says in capsys.readouterr().err
    assert not (run / "exports").exists()


def test_a_key_without_a_statement_is_a_mistake(run, tmp_path):
    (tmp_path / "key").write_text(key_text("runner"))
    assert main(["export", str(run), "--to", "sarif", "--key", str(tmp_path / "key")]) == 2
    assert not (run / "exports").exists()


def test_missing_evidence(tmp_path):
    assert main(["export", str(tmp_path / "none"), "--to", "sarif"]) == 3


def test_the_card_keeps_what_people_wrote(run):
    assert main(["export", str(run), "--to", "model-card"]) == 0
    card = run / "exports" / "model-card.md"
    card.write_text(card.read_text().replace("to be written by its owner.", "Ours.", 1))
    assert main(["export", str(run), "--to", "model-card"]) == 0
    assert "Ours." in card.read_text()
    card.write_text("all by hand")
    assert main(["export", str(run), "--to", "model-card"]) == 2
    assert card.read_text() == "all by hand"
