from __future__ import annotations

import hashlib
import os
import time

import pytest

from mltest.inputs.artifacts import Artifacts
from mltest.inputs.digest_cache import DigestCache
from mltest.inputs.digests import digest_file


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.bin"
    path.write_bytes(b"a" * 100)
    age(path)
    return path


def age(path):
    """As if it had been written a minute ago; the time of the inode's change cannot be set, so it is not asked."""
    past = time.time_ns() - 60_000_000_000
    os.utime(path, ns=(past, past))


@pytest.fixture(autouse=True)
def _settled(monkeypatch):
    monkeypatch.setattr("mltest.inputs.digest_cache._SETTLED_NS", -1)


def cache(tmp_path, **changes):
    return DigestCache(tmp_path / "cache" / "digests.json", **{"least": 10, **changes})


def digest(cache, file):
    return cache.digest(file, lambda: digest_file(file))


def test_the_second_run_reuses_what_the_first_one_made(tmp_path, file):
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), False)
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), True)


def test_other_bytes_of_the_same_size_are_digested(tmp_path, file):
    digest(cache(tmp_path), file)
    file.write_bytes(b"b" * 100)
    assert digest(cache(tmp_path), file) == (sha256(b"b" * 100), False)


def test_times_that_were_set_back_are_seen_by_the_time_of_the_inode(tmp_path, file):
    digest(cache(tmp_path), file)
    before = file.stat()
    file.write_bytes(b"b" * 100)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest(cache(tmp_path), file) == (sha256(b"b" * 100), False)


def test_another_file_in_its_place_is_seen_by_its_inode(tmp_path, file):
    digest(cache(tmp_path), file)
    other = tmp_path / "other"
    other.write_bytes(b"c" * 100)
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)
    assert digest(cache(tmp_path), file) == (sha256(b"c" * 100), False)


def test_a_release_digests_every_file_and_corrects_what_was_kept(tmp_path, file):
    wrong = cache(tmp_path)
    wrong.digest(file, lambda: sha256(b"wrong"))
    assert digest(cache(tmp_path), file) == (sha256(b"wrong"), True)
    assert digest(cache(tmp_path, rehash=True), file) == (sha256(b"a" * 100), False)
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "other", "files": {}}',
        '{"schema": "mltest/digests/v1", "files": {"sha256:x": [1, 2]}}',
    ],
)
def test_a_broken_cache_is_ignored_and_written_anew(text, tmp_path, file):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "digests.json").write_text(text)
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), False)
    assert digest(cache(tmp_path), file)[1]


def test_a_digest_that_is_none_is_not_believed(tmp_path, file):
    cache(tmp_path).digest(file, lambda: "whatever")
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), False)


def test_small_files_are_digested_each_time(tmp_path, file):
    digest(cache(tmp_path, least=101), file)
    assert not (tmp_path / "cache").exists()


def test_two_processes_keep_what_both_found(tmp_path, file):
    other = tmp_path / "more.bin"
    other.write_bytes(b"d" * 50)
    one, two = cache(tmp_path), cache(tmp_path)
    one._entries(), two._entries()
    digest(one, file), digest(two, other)
    assert digest(cache(tmp_path), file)[1]
    assert digest(cache(tmp_path), other)[1]


def test_where_the_cache_cannot_be_written_files_are_digested(tmp_path, file):
    (tmp_path / "cache").write_text("a file in the way")
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), False)
    assert digest(cache(tmp_path), file) == (sha256(b"a" * 100), False)


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path, file, monkeypatch):
    monkeypatch.setattr("mltest.inputs.digest_cache._SETTLED_NS", 10**12)
    digest(cache(tmp_path), file)
    assert digest(cache(tmp_path), file)[1] is False


def test_an_artifact_says_that_its_digest_is_one_from_before(tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("id\n" + "1\n" * 50)
    asked = [Artifacts({"rows": "rows.csv"}, tmp_path, cache=cache(tmp_path)) for _ in range(2)]
    digests = []
    for artifacts in asked:
        artifacts["rows"]
        digests.append((artifacts.digests["rows"], artifacts.provenance("rows")["cached"]))
    assert digests == [(sha256(table.read_bytes()), False), (sha256(table.read_bytes()), True)]
