"""What is on disk is whole, tied together, and never written over."""

from __future__ import annotations

import json

import pytest

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.store import OBJECTS, read_evidence, write_atomically, write_bundle, write_run
from tests.harness import bundle

OBJECTS_OF_A_RUN = {name: {"schema": f"mltest/{name}/v1", "number": 0.5, "text": "ä"} for name in OBJECTS}
ENCODED = {name: canonical(value) for name, value in OBJECTS_OF_A_RUN.items()}


@pytest.fixture
def folder(tmp_path):
    write_run(tmp_path / "run", ENCODED)
    return tmp_path / "run"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "evidence.json"
    path.write_bytes(canonical(bundle(OBJECTS_OF_A_RUN)))
    return path


def test_the_file_is_made_of_the_bytes_of_the_folder(folder, file, tmp_path):
    write_bundle(folder, tmp_path / "out" / "evidence.json")
    assert (tmp_path / "out" / "evidence.json").read_bytes() == file.read_bytes()


def test_folder_and_file_say_the_same(folder, file):
    assert read_evidence(folder) == read_evidence(file) == bundle(OBJECTS_OF_A_RUN)


def test_kept_files_are_written_before_the_root_and_travel_with_the_one_file(tmp_path):
    waivers = b'schema = "mltest/waivers/v1"\n'
    write_run(tmp_path / "run", ENCODED, {digest(waivers): waivers})
    write_bundle(tmp_path / "run", tmp_path / "evidence.json")
    for source in ("run", "evidence.json"):
        assert read_evidence(tmp_path / source)["blobs"] == {digest(waivers): waivers.decode()}
    assert f"blobs/{digest(waivers)[7:]}" in (tmp_path / "run" / "SHA256SUMS").read_text()


def test_a_changed_kept_file_is_refused(tmp_path):
    waivers = b'schema = "mltest/waivers/v1"\n'
    write_run(tmp_path / "run", ENCODED, {digest(waivers): waivers})
    (tmp_path / "run" / "blobs" / digest(waivers)[7:]).write_bytes(b"schema = 1\n")
    with pytest.raises(EvidenceError, match="the kept file sha256:"):
        read_evidence(tmp_path / "run")


def test_sums_are_those_of_the_files(folder):
    import hashlib

    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_finished_run_is_never_written_over(folder):
    with pytest.raises(EvidenceError, match="never written over"):
        write_run(folder, ENCODED)


@pytest.mark.parametrize("name", OBJECTS)
def test_a_changed_object_is_noticed(folder, name):
    changed = json.loads((folder / f"{name}.json").read_text()) | {"number": 0.6}
    (folder / f"{name}.json").write_bytes(canonical(changed))
    with pytest.raises(EvidenceError, match=f"{name} has digest"):
        read_evidence(folder)


def test_another_layout_of_the_same_json_is_noticed(folder):
    value = json.loads((folder / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps(value, indent=1))
    with pytest.raises(EvidenceError, match="canonical form"):
        read_evidence(folder)


def test_a_cut_file_is_noticed(file):
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(EvidenceError, match="not readable as evidence"):
        read_evidence(file)


@pytest.mark.parametrize("content", [b"[]", b"{}", b'{"plan":1}', b"\xff", b"[" * 100000, b'{"a":1,"a":2}'])
def test_what_is_no_evidence_is_said_plainly(tmp_path, content):
    path = tmp_path / "evidence.json"
    path.write_bytes(content)
    with pytest.raises(EvidenceError, match="evidence"):
        read_evidence(path)


def test_missing_file(tmp_path):
    with pytest.raises(EvidenceError, match="No such file"):
        read_evidence(tmp_path / "nowhere.json")


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
