from __future__ import annotations

import hashlib
import re

import pytest

from mltest.errors import ArtifactError
from mltest.inputs.artifacts import Artifacts
from mltest.inputs.tracking import dvc_of, lfs_of, refuse_lfs_pointer

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n"
ROWS = "id,income\n1,2\n"
MD5 = hashlib.md5(ROWS.encode()).hexdigest()


@pytest.mark.parametrize("name", ["test.csv", "test.parquet", "model.skops", "notes.txt", "limits.json"])
def test_a_pointer_that_was_never_pulled_is_told_apart_from_a_broken_file(name, tmp_path):
    (tmp_path / name).write_text(POINTER)
    with pytest.raises(
        ArtifactError, match=rf"{re.escape(name)} is a Git LFS pointer to 12345 bytes.*run `git lfs pull`"
    ):
        Artifacts({"it": name}, tmp_path)["it"]


@pytest.mark.parametrize("content", [POINTER.encode() + b"x" * 1024, b"version 1\noid sha256:1", b"", ROWS.encode()])
def test_other_files_are_no_pointers(content):
    refuse_lfs_pointer(content, "it")


def test_a_file_that_git_lfs_keeps(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / ".gitattributes").write_text(
        "# large\n*.csv filter=lfs diff=lfs merge=lfs -text\ndata/small.csv -filter\n"
    )
    for name in ("test.csv", "small.csv", "test.json"):
        (tmp_path / "data" / name).write_text(ROWS)
    artifacts = Artifacts({name: f"data/{name}" for name in ("test.csv", "small.csv", "test.json")}, tmp_path)
    digest = "sha256:" + hashlib.sha256(ROWS.encode()).hexdigest()
    assert artifacts.provenance("test.csv") == {"cached": False, "lfs": {"oid": digest}}
    assert artifacts.provenance("small.csv") == {"cached": False}
    assert lfs_of(tmp_path / "data" / "test.json", digest) is None


def test_the_pointer_of_dvc_beside_a_file_and_whether_its_bytes_agree(tmp_path):
    (tmp_path / "test.csv").write_text(ROWS)
    (tmp_path / "test.csv.dvc").write_text(f"outs:\n- md5: {MD5}\n  size: 14\n  hash: md5\n  path: test.csv\n")
    assert dvc_of(tmp_path / "test.csv") == {"md5": MD5, "agrees": True}
    assert Artifacts({"it": "test.csv"}, tmp_path).provenance("it") == {
        "cached": False,
        "dvc": {"md5": MD5, "agrees": True},
    }
    (tmp_path / "test.csv").write_text(ROWS + "3,4\n")
    assert dvc_of(tmp_path / "test.csv") == {"md5": MD5, "agrees": False}


def test_the_lock_of_a_pipeline_names_its_outputs(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "test.csv").write_text(ROWS)
    (tmp_path / "dvc.lock").write_text(
        "schema: '2.0'\nstages:\n  split:\n    cmd: python split.py\n    deps:\n    - path: all.csv\n      hash: md5\n"
        "      md5: 00000000000000000000000000000000\n      size: 5\n    outs:\n    - path: data/train.csv\n"
        "      hash: md5\n      md5: 11111111111111111111111111111111\n      size: 5\n"
        f"    - path: data/test.csv\n      hash: md5\n      md5: {MD5}\n      size: 14\n"
    )
    assert dvc_of(tmp_path / "data" / "test.csv") == {"md5": MD5, "agrees": True}
    assert dvc_of(tmp_path / "data" / "other.csv") is None


def test_a_folder_of_dvc_is_named_and_not_compared(tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images.dvc").write_text(
        "outs:\n- md5: abcdef0123456789abcdef0123456789.dir\n  nfiles: 3\n  path: images\n"
    )
    assert dvc_of(tmp_path / "images") == {"md5": "abcdef0123456789abcdef0123456789.dir"}


def test_a_file_that_dvc_has_not_pulled_says_so(tmp_path):
    (tmp_path / "test.csv.dvc").write_text(f"outs:\n- md5: {MD5}\n  path: test.csv\n")
    with pytest.raises(ArtifactError, match=r"test\.csv\.dvc, which DVC left in its place: run `dvc pull`"):
        Artifacts({"it": "test.csv"}, tmp_path)["it"]
