"""``mltest store``: every run with its labels, and nothing deleted."""

from __future__ import annotations

import json

import pytest

from mltest.cli import main
from mltest.evidence.places import Folder
from mltest.evidence.storage import Store
from tests.evidence.stored_run import finished_run, run_named

KEPT = {
    "a": {"retention_until": "2026-12-31"},
    "b": {"retention_until": "2026-12-31", "legal_hold": True},
    "c": {"retention_until": "2099-12-31"},
    "d": {},
}


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """A project with a store of four runs, as the place to stand."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mltest.toml").write_text('project = "credit-pd"\nstore = "evidence"\n')
    store = Store(Folder(tmp_path / "evidence"), "credit-pd")
    for number, (name, labels) in enumerate(KEPT.items(), 1):
        folder = tmp_path / ".mltest" / "runs" / run_named(name)
        store.add(folder, finished_run(folder, name, sequence=number, **labels))
    return tmp_path


def test_every_run_has_a_line(stored, capsys):
    assert main(["store", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:26] for line in lines[:-1]] == [run_named(name) for name in KEPT]
    assert "allow" in lines[0]
    assert "until 2026-12-31, legal hold" in lines[1]
    assert "no date" in lines[3]
    assert lines[-1] == "4 runs"


def test_expired_runs_are_told_and_kept(stored, capsys):
    before = sorted(path for path in stored.rglob("*"))
    assert main(["store", "list", "--expired", "--at", "2027-01-01"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line[:26] for line in lines[:-1]] == [run_named("a")], "a hold and a later date are kept"
    assert lines[-1] == "1 run whose label ended before 2027-01-01; nothing was deleted"
    assert sorted(path for path in stored.rglob("*")) == before


def test_one_object_for_programs(stored, capsys):
    assert main(["store", "list", "--expired", "--at", "2027-01-01", "--json"]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert [run["run_id"] for run in found["runs"]] == [run_named("a")]
    assert found["runs"][0]["retention_until"] == "2026-12-31"
    assert "nothing was deleted" in said.err


def test_without_a_store_the_runs_of_this_machine_are_listed(stored, capsys):
    (stored / "mltest.toml").write_text('project = "credit-pd"\n')
    (stored / ".mltest" / "runs" / run_named("d") / "root.json").unlink()
    assert main(["store", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "4 runs"
    assert "abandoned" in lines[3]


def test_an_abandoned_run_has_no_label_and_never_expires(stored, capsys):
    (stored / "evidence" / "credit-pd" / "2026" / "11" / run_named("a") / "root.json").unlink()
    assert main(["store", "list", "--expired", "--at", "2100-01-01"]) == 0
    assert run_named("a") not in capsys.readouterr().out


def test_an_upload_again_adds_what_is_missing(stored, capsys):
    folder = stored / ".mltest" / "runs" / run_named("a")
    there = stored / "evidence" / "credit-pd" / "2026" / "11" / run_named("a")
    (there / "root.json").unlink()
    (folder / "signatures" / "second.json").write_bytes(b"{}")
    assert main(["store", "add", str(folder)]) == 0
    assert capsys.readouterr().out.strip() == there.relative_to(stored).as_posix()
    assert (there / "root.json").read_bytes() == (folder / "root.json").read_bytes()
    assert (there / "signatures" / "second.json").exists()


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["list", "--at", "tomorrow"], 2, "allowed is a day"),
        (["list", "memry://x"], 2, "nearest is 'memory'"),
        (["add", "nowhere"], 3, "cannot read evidence nowhere"),
        (["add", "changed", "elsewhere"], 3, "results has digest"),
    ],
)
def test_what_cannot_be_done_is_said(stored, capsys, words, status, said):
    finished_run(stored / "changed")
    (stored / "changed" / "results.json").write_bytes(b"{}")
    assert main(["store", *words]) == status
    assert said in capsys.readouterr().err
    assert not (stored / "elsewhere").exists()


def test_a_store_has_to_be_known(stored, capsys):
    (stored / "mltest.toml").write_text('project = "credit-pd"\n')
    assert main(["store", "add", str(stored / ".mltest" / "runs" / run_named("a"))]) == 2
    assert 'set store = "gs://bucket/prefix"' in capsys.readouterr().err


def test_another_run_in_its_place_is_refused(stored, capsys):
    folder = stored / ".mltest" / "runs" / run_named("a")
    there = stored / "evidence" / "credit-pd" / "2026" / "11" / run_named("a")
    (there / "verdict.json").write_bytes(b"{}")
    assert main(["store", "add", str(folder)]) == 3
    assert "MLS05" in capsys.readouterr().err
    assert (there / "verdict.json").read_bytes() == b"{}"
