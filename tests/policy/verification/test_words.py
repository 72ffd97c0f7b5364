"""What a finding says is plain words: no value as Python writes it, no empty name."""

from __future__ import annotations

import pytest

from tests.policy.verification.good_run import EARLIER, good_parts, retied, tied, write
from tests.policy.verification.tampering import bytes_of, edit, put


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("results", ("records",), None), "records is null, which is not allowed there"),
        (("results", ("records", 0, "attempt"), 0), "records[0].attempt is 0, which is not allowed there"),
        (("results", ("records", 0, "flags"), {"a": 1}), "records[0].flags is an object"),
        (("run", ("profile",), True), "profile is true"),
        (("run", ("profile",), "x"), 'profile is "x"'),
    ],
)
def test_a_member_that_is_not_allowed(change, said, tmp_path, verify):
    folder = write(tied(good_parts()), tmp_path / "run")
    name, path, value = change
    edit(name, put(*path, value=value))(folder)
    status, codes, told = verify(folder)
    assert status == 1
    assert "MLV42" in codes
    assert any(said in found["text"] for found in told["findings"])


def test_a_file_that_holds_no_object(tmp_path, verify):
    folder = write(tied(good_parts()), tmp_path / "run")
    bytes_of("run.json", lambda _: b"7")(folder)
    _, _, told = verify(folder)
    assert any("run.json holds 7, and no object" in found["text"] for found in told["findings"])


def test_a_row_is_called_by_its_code(tmp_path, verify):
    parts = retied(lambda _: None)
    parts["verdict"]["reasons"] = [{"code": "MLP01", "text": "no plan.lock"}]
    _, _, told = verify(write(parts, tmp_path / "run"))
    [found] = told["findings"]
    assert found["text"] == "reasons of verdict.json is not what the results come to (first: MLP01)"


def test_a_folder_that_is_only_a_dot_has_its_name(tmp_path, verify, monkeypatch):
    folder = write(tied(good_parts()), tmp_path / "run")
    (folder / "root.json").unlink()
    monkeypatch.chdir(folder)
    _, _, told = verify(".")
    assert any(found["text"] == "run has no root: an abandoned run" for found in told["findings"])


def test_what_was_begun_otherwise_is_said_in_plain_words(tmp_path, verify):
    folder = write(tied(good_parts()), tmp_path / "run")
    edit("begin", put("previous_root", value=EARLIER[:-1] + "0"))(folder)
    _, _, told = verify(folder)
    assert f'run.json "{EARLIER[:20]}' in told["findings"][0]["text"]
