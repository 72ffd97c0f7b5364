"""The command itself: what it refuses before any work, what it prints, and what it needs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mltest import cli
from tests.policy.verification.good_run import AT, bundled, good_parts, tied, write, write_good

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def good(tmp_path):
    return write_good(tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--expect-commit", "9f31c02"), "a short form settles nothing"),
        (("--expect-model", "1a2b 3c4d"), "a full digest"),
        (("--expect-root", "sha256:1a2b"), "a full digest"),
        (("--max-age", "soon"), "such as 24h"),
        (("--at", "2026-11-21"), "with its zone"),
        (("--require-run",), "evidence of which commit"),
        (("--require-grade", "E4"), "two runs have to agree"),
        (("--chain", "no/such/folder"), "no such file or folder"),
        (("--baseline", "no/such.lock"), "no such file or folder"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_read(options, said, capsys):
    assert cli.main(["verify", "no/such/run", *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("place", ["no/such/run", "."])
def test_no_evidence_is_3(place, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["verify", place]) == 3
    assert "mltest: " in capsys.readouterr().err


def test_the_last_line_says_what_came_of_it(good, capsys):
    assert cli.main(["verify", str(good), "--at", AT]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith("verify: consistent, E2 (limited by: ")
    assert "; root not signed" in lines[-1]
    assert ", root " in lines[-1]
    assert any(line.startswith("not shown: ") for line in lines)
    (good / "run.json").write_bytes((good / "run.json").read_bytes() + b" ")
    assert cli.main(["verify", str(good), "--at", AT]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "MLV21 run.json is not in canonical form" in lines
    assert lines[-1].startswith("verify: REJECTED, ")


def test_json_is_one_object_and_text_goes_beside_it(good, capfd):
    assert cli.main(["verify", str(good), "--at", AT, "--json"]) == 0
    said = capfd.readouterr()
    told = json.loads(said.out)
    assert told["schema"] == "mltest/verification/v1"
    assert told["consistent"] is True
    assert said.out.endswith("}\n")
    assert "verify: consistent" in said.err


def test_text_of_the_evidence_can_do_nothing_to_a_terminal(tmp_path, capsys):
    parts = good_parts()
    parts["results"]["not_run"] = [{"id": "\x1b[31mred\ud800", "reason": "skipped", "detail": ""}]
    run = write(tied(parts), tmp_path / "run")
    assert cli.main(["verify", str(run), "--at", AT]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said
    assert r"\x1b[31mred" in said


def test_a_url_is_read_as_a_path_is(good, capsys):
    whole = bundled(good)
    folder = good.parent / "out"
    folder.mkdir()
    (folder / "evidence.json").write_bytes(whole.read_bytes())
    for place in (good, whole, folder):
        assert cli.main(["verify", place.as_uri(), "--at", AT]) == 0
    assert cli.main(["verify", (good.parent / "gone.json").as_uri(), "--at", AT]) == 3
    assert cli.main(["verify", "nosuch://place/run", "--at", AT]) == 3
    assert "verify: consistent" in capsys.readouterr().out


def test_help_lists_what_cannot_be_shown(capsys):
    with pytest.raises(SystemExit):
        cli.main(["verify", "--help"])
    said = capsys.readouterr().out
    assert "a signer who signs what is false" in said
    assert "(T2)" in said


BLOCKED = (
    *("numpy", "scipy", "pandas", "polars", "narwhals", "sklearn", "pyarrow", "pandera", "jinja2", "markupsafe"),
    *("pytest", "cryptography", "fsspec", "hypothesis", "deepdiff", "joblib", "skops"),
)
ALONE = """
import sys
for name in {blocked!r}:
    sys.modules[name] = None
sys.path.insert(0, {root!r})
from mltest.cli import main
sys.exit(main(["verify", {place!r}, "--at", {at!r}, "--chain", {chain!r}]))
"""


def alone(place):
    """``mltest verify`` with the standard library and mltest's own files, and with nothing else to import."""
    script = ALONE.format(blocked=BLOCKED, root=str(ROOT), place=str(place), at=AT, chain=str(place.parent))
    command = [sys.executable, "-I", "-S", "-c", script]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_it_needs_neither_numpy_nor_the_model(good):
    for place in (good, bundled(good)):
        answer = alone(place)
        assert "verify: consistent, E2" in answer.stdout, answer.stderr
        assert answer.returncode == 0
    (good / "results.json").write_bytes(b"{")
    answer = alone(good)
    assert (answer.returncode, answer.stderr) == (3, "")
    assert "MLV16 results.json ends early at byte 1" in answer.stdout
