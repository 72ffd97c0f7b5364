from __future__ import annotations

import hashlib

from mltest.interop.lock_files import lock_files


def test_each_lock_file_with_its_digest_the_strictest_first(tmp_path):
    for name in ("requirements.txt", "requirements-dev.txt", "uv.lock", "conda-lock.yml", "pixi.lock", "notes.txt"):
        (tmp_path / name).write_text(name)
    found = lock_files(tmp_path)
    assert [each["path"] for each in found] == [
        "uv.lock",
        "pixi.lock",
        "conda-lock.yml",
        "requirements-dev.txt",
        "requirements.txt",
    ]
    assert found[0]["digest"] == "sha256:" + hashlib.sha256(b"uv.lock").hexdigest()


def test_a_folder_of_that_name_is_no_lock_file(tmp_path):
    (tmp_path / "uv.lock").mkdir()
    assert lock_files(tmp_path) == []
