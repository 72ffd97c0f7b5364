"""Signing off a run, and signing its root."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from mltest.cli import main
from mltest.evidence.canonical import canonical
from mltest.evidence.seal import IN_TOTO, keyid_of, public_bytes, verify_envelope
from mltest.evidence.signoff import read_signoff, signed_signoff
from mltest.evidence.store import OBJECTS, read_evidence
from mltest.policy.signatures import approvals_signed, signoffs_in, signoffs_shown
from tests.commands.signed_project import key_text, locked_project, private, run_in
from tests.harness import bundle


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return locked_project(tmp_path_factory.mktemp("signed"))


@pytest.fixture
def run(made, tmp_path, monkeypatch):
    """The finished run of a copy of the project, which is the folder that the command is given in."""
    folder = tmp_path / "project"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return run_in(folder)


def signoff(run, *words):
    return main(["signoff", str(run), *words])


WORDS = ("--as", "lee", "--role", "validator", "--meaning", "approval")


def test_a_typed_name_is_called_what_it_is(run, capsys):
    capsys.readouterr()
    assert signoff(run, *WORDS, "--condition", "retrain in March", "--comment", "read it") == 0
    said = capsys.readouterr().out
    assert "typed name, not a signature" in said
    root = read_evidence(run)["evidence_root"]
    assert root in said
    found = read_signoff((run / "signatures" / "signoff-1.json").read_bytes())
    assert {name: found[name] for name in ("root", "name", "role", "meaning", "decision", "conditions")} == {
        "root": root,
        "name": "lee",
        "role": "validator",
        "meaning": "approval",
        "decision": "accepted with conditions",
        "conditions": ["retrain in March"],
    }
    assert "signature" not in found
    assert signoff(run, "--as", "kim", "--role", "quality", "--meaning", "review") == 0
    assert [row["file"] for row in signoffs_in(run / "signatures")] == ["signoff-1.json", "signoff-2.json"]
    assert main(["verify", str(run)]) == 0
    assert approvals_signed(read_evidence(run), run / "signatures") == []
    assert {row["proof"] for row in signoffs_shown(read_evidence(run), run / "signatures")} == {
        "typed name, not a signature"
    }


def test_a_signed_one_is_proven_and_exported(run, capsys):
    assert signoff(run, *WORDS, "--key", "keys/lee") == 0
    assert "signed by key" in capsys.readouterr().out
    (row,) = approvals_signed(read_evidence(run), run / "signatures")
    assert row["name"] == "lee"
    assert main(["export", str(run), "--to", "cyclonedx"]) == 0
    bom = json.loads((run / "exports" / "bom-1.6.cdx.json").read_bytes())
    assert bom["declarations"]["affirmation"]["signatories"][0]["name"] == "lee"
    assert row["proof"].endswith("of lee")
    place = run / "signatures" / "signoff-1.json"
    place.write_bytes(canonical(json.loads(place.read_bytes()) | {"name": "somebody else"}))
    (row,) = signoffs_shown(read_evidence(run), run / "signatures")
    assert not row["proven"]
    assert "over another sign-off" in row["proof"]
    (row,) = signoffs_shown(read_evidence(run), run / "signatures", b'schema = "mltest/trust/v1"\n')
    assert "no known key" in row["proof"]


def test_the_root_is_signed_by_the_runner(run, capsys, monkeypatch):
    monkeypatch.setenv("RUNNER_KEY", key_text("runner"))
    capsys.readouterr()
    assert main(["signoff", str(run), "--role", "runner", "--key", "env:RUNNER_KEY", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    envelope = json.loads((run / "signatures" / said["file"].rpartition("/")[2]).read_bytes())
    raw = public_bytes(private("runner"))
    opened = verify_envelope(envelope, {keyid_of(raw): raw}, IN_TOTO)
    subjects = json.loads(opened.payload)["subject"]
    root = read_evidence(run)["evidence_root"].removeprefix("sha256:")
    assert {"name": "mltest-evidence-root", "digest": {"sha256": root}} in subjects
    assert said["keyid"] == keyid_of(raw)
    assert main(["verify", str(run)]) == 0
    assert "root not signed" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--as", "Ann Bell", "--role", "owner", "--meaning", "approval"), "an author of the plan"),
        (("--as", "ann@example.com", "--role", "owner", "--meaning", "validation"), "an author of the plan"),
        ((*WORDS, "--at", "2026-01-01T00:00:00Z"), "before the run finished"),
    ],
)
def test_refused(run, capsys, words, says):
    assert signoff(run, *words) == 1
    assert says in capsys.readouterr().err
    assert not (run / "signatures").exists()


def test_the_author_may_say_that_it_is_theirs(run):
    assert signoff(run, "--as", "ann bell", "--role", "developer", "--meaning", "authorship") == 0


def test_no_decision_is_signed_off_by_nobody(project, capsys):
    made = project({"test_x.py": "def test_a(): pass\n", "mltest.toml": "project = 'x'\n"})
    path = made.run("--mltest-report", "out").folder
    if path is None:
        pytest.fail("the session left no evidence")
    assert read_evidence(path)["verdict"]["gate"] == "void"
    assert signoff(path, *WORDS) == 1
    assert "nothing to sign off" in capsys.readouterr().err


def test_evidence_that_does_not_hold_is_not_signed_off(run, capsys):
    document = read_evidence(run)
    document["verdict"]["gate"] = "allow_conditional"
    path = run / "evidence.json"
    path.write_bytes(canonical(bundle({name: document[name] for name in OBJECTS}, document["blobs"])))
    assert signoff(path, *WORDS) == 1
    assert "MLV02" in capsys.readouterr().err


@pytest.mark.parametrize("words", [("signoff", *WORDS), ("export", "--to", "in-toto")])
def test_a_signature_that_does_not_hold_is_refused_with_its_own_status(run, capsys, words):
    (run / "signatures").mkdir()
    (run / "signatures" / "root-1.dsse.json").write_bytes(b"{}")
    assert main([words[0], str(run), *words[1:]]) == 4
    assert "MLV30" in capsys.readouterr().err


def test_a_sign_off_under_a_key_of_somebody_else_is_a_finding(run, capsys):
    """Written by hand, as the command refuses it."""
    assert signoff(run, *WORDS) == 0
    place = run / "signatures" / "signoff-1.json"
    said = json.loads(place.read_bytes())
    place.write_bytes(canonical(signed_signoff(said, private("lee"))))
    assert main(["verify", str(run)]) == 0
    for name, row in (("approver", said), ("lee", said | {"role": "quality"}), ("lee", said | {"name": "kim"})):
        place.write_bytes(canonical(signed_signoff(row, private(name))))
        capsys.readouterr()
        assert main(["verify", str(run)]) == 4
        assert "MLV31" in capsys.readouterr().out
        (shown,) = signoffs_shown(read_evidence(run), run / "signatures")
        assert not shown["proven"]


@pytest.mark.parametrize(
    ("who", "key", "says"),
    [
        (("validator", "lee"), "stranger", "does not list it"),
        (("validator", "old"), "old", "expired 2021-01-01"),
        (("validator", "lee"), "approver", "belongs to approver, not to lee"),
        (("validator", "approver"), "approver", "not trusted for role validator"),
        (("quality", "LEE"), "lee", "not trusted for role quality"),
        (("owner", "runner"), "runner", "not trusted for role owner"),
        (("runner", None), "approver", "not trusted for role runner"),
    ],
)
def test_a_key_that_is_not_trusted(run, capsys, who, key, says):
    role, name = who
    words = ("--role", role) + (("--as", name, "--meaning", "review") if name else ())
    assert signoff(run, *words, "--key", f"keys/{key}") == 4
    assert says in capsys.readouterr().err
    assert not (run / "signatures").exists()


def test_a_key_in_the_repository_is_refused(run, capsys):
    subprocess.run(["git", "add", "--force", "keys/approver"], check=True, capture_output=True)
    assert signoff(run, *WORDS, "--key", "keys/approver") == 2
    said = capsys.readouterr().err
    assert "MLS01" in said
    assert key_text("approver") not in said


@pytest.mark.parametrize(
    "words",
    [
        ("--role", "validator"),
        ("--role", "validator", "--as", "lee"),
        ("--role", "runner"),
        ("--role", "runner", "--key", "keys/runner", "--as", "lee"),
        (*WORDS, "--at", "tomorrow"),
        (*WORDS, "--decision", "rejected"),
    ],
)
def test_usage(run, words):
    assert signoff(run, *words) == 2
    assert not (run / "signatures").exists()


def test_a_bundle_has_its_signatures_beside_it(run):
    from mltest.evidence.store import write_bundle

    place = run.parent / "handed-over" / "evidence.json"
    write_bundle(run, place)
    assert signoff(place, *WORDS) == 0
    assert (place.parent / "signatures" / "signoff-1.json").is_file()
