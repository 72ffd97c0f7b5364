"""A store takes a run in an order in which no state looks finished, never over another, and says where it is."""

from __future__ import annotations

import itertools
import subprocess
import sys
from types import SimpleNamespace

import pytest

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.fetching import fetched
from mltest.evidence.places import Folder, place_of, put, shown_url
from mltest.evidence.remote import Remote
from mltest.evidence.storage import Store
from mltest.evidence.store import read_evidence
from tests.evidence.stored_run import WAIVERS, Failing, finished_run, run_named, sha

KEY = f"credit-pd/2026/11/{run_named('a')}"
HEAD = f"credit-pd/heads/main/00000001-{run_named('a')}.json"
ORDER = [
    f"{KEY}/begin.json",
    f"{KEY}/blobs/{sha(WAIVERS)}",
    *(f"{KEY}/{name}.json" for name in ("plan", "run", "results", "verdict")),
    f"{KEY}/report.html",
    f"{KEY}/signatures/runner.json",
    f"{KEY}/SHA256SUMS",
    f"{KEY}/root.json",
    HEAD,
]
_fresh = itertools.count()


def memory():
    return Remote(f"memory://bucket{next(_fresh)}/evidence")


@pytest.fixture(params=["folder", "memory"])
def place(request, tmp_path):
    return Folder(tmp_path / "store") if request.param == "folder" else memory()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "run"


@pytest.fixture
def head(folder):
    return finished_run(folder)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "index.html").write_bytes(b"<html>")
    return tmp_path / "index.html"


def state(place):
    return {key: place.read(key) for key in place.keys("credit-pd")}


def test_the_root_comes_last_and_then_the_head(place, folder, head, page):
    watched = Failing(place, 99)
    assert Store(watched, "credit-pd").add(folder, head, report=page) == KEY
    assert watched.made == ORDER
    assert sorted(ORDER) == place.keys("credit-pd"), "the journal stays here"


def test_what_arrives_are_the_bytes_of_the_folder(place, folder, head):
    Store(place, "credit-pd").add(folder, head)
    for path in (path for path in folder.rglob("*") if path.is_file() and "journal" not in path.name):
        assert place.read(f"{KEY}/{path.relative_to(folder).as_posix()}") == path.read_bytes()


@pytest.mark.parametrize("after", range(len(ORDER)))
def test_a_failure_after_any_object_leaves_nothing_that_looks_finished(folder, head, page, after, tmp_path):
    place = memory()
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(EvidenceError, match=r"MLS07 memory://.* cannot be written: No space left on device"):
        Store(Failing(place, after), "credit-pd").add(folder, head, report=page)
    there = place.keys("credit-pd")
    assert there == sorted(ORDER[:after])
    if f"{KEY}/root.json" not in there:
        assert HEAD not in there
        with pytest.raises(EvidenceError), fetched(f"{place.shown}/{KEY}") as brought:
            read_evidence(brought)
    kept = list(Store(place, "credit-pd").runs())
    assert [run.finished is not None for run in kept] == [f"{KEY}/root.json" in there] * bool(after)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}, "the copy here is whole"
    Store(place, "credit-pd").add(folder, head, report=page)
    assert place.keys("credit-pd") == sorted(ORDER), "and the upload can be done again"


def test_the_same_run_twice_is_left_as_it_is(place, folder, head):
    store = Store(place, "credit-pd")
    store.add(folder, head)
    before = state(place)
    store.add(folder, head)
    assert state(place) == before


@pytest.mark.parametrize("at", [0, 1, 3, 8, 9])
def test_an_older_object_is_never_written_over(place, folder, head, page, at):
    place.create(ORDER[at], b"older")
    with pytest.raises(EvidenceError, match=r"MLS05 .* is there with sha256:.* never written over"):
        Store(place, "credit-pd").add(folder, head, report=page)
    assert place.read(ORDER[at]) == b"older"
    assert not set(ORDER[at + 1 :]) & set(place.keys("credit-pd")), "nothing is written after it"


def test_a_place_that_changes_bytes_is_noticed(folder, head):
    class Changing(Failing):
        def create(self, key, data):
            super().create(key, data + b" " if key.endswith("results.json") else data)

    with pytest.raises(EvidenceError, match=r"MLS06 .*results\.json was written as sha256:"):
        Store(Changing(memory(), 99), "credit-pd").add(folder, head)


def test_a_run_without_a_root_or_with_another_is_not_stored(place, folder, head):
    (folder / "results.json").write_bytes(b"{}")
    with pytest.raises(EvidenceError, match=r"its root names other bytes of results"):
        Store(place, "credit-pd").add(folder, head)
    (folder / "root.json").unlink()
    with pytest.raises(EvidenceError, match=r"it has no root\.json"):
        Store(place, "credit-pd").add(folder, head)
    assert place.keys("credit-pd") == []


def test_a_stored_run_is_read_from_its_url(place, folder, head):
    store = Store(place, "credit-pd")
    url = f"{place.shown}/{store.add(folder, head)}"
    with fetched(url) as brought:
        assert read_evidence(brought) == read_evidence(folder)


def test_runs_are_listed_with_their_labels(place, tmp_path):
    store = Store(place, "credit-pd")
    for name, labels in {
        "a": {"retention_until": "2026-12-31"},
        "b": {"retention_until": "2026-12-31", "legal_hold": True},
        "c": {},
    }.items():
        store.add(tmp_path / name, finished_run(tmp_path / name, name, sequence=ord(name), **labels))
    store.begin((tmp_path / "c" / "begin.json").read_bytes().replace(run_named("c").encode(), run_named("d").encode()))
    kept = list(store.runs())
    assert [run.run_id for run in kept] == [run_named(name) for name in "abcd"]
    assert [run.gate for run in kept] == ["allow", "allow", "allow", None]
    assert [run.finished is None for run in kept] == [False, False, False, True]
    assert [run.expired("2026-12-31") for run in kept] == [False] * 4, "the day itself is kept"
    assert [run.expired("2027-01-01") for run in kept] == [True, False, False, False]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("s3://AKIA123:secret@bucket/runs?X-Amz-Signature=1", "s3://bucket/runs"),
        ("https://ann:pw@store.example.com:8443/x#y", "https://store.example.com:8443/x"),
        ("gs://Bucket_1/p", "gs://Bucket_1/p"),
        ("evidence/store", "evidence/store"),
    ],
)
def test_a_url_is_shown_without_credentials(url, shown):
    assert shown_url(url) == shown


def client(**calls):
    """What a backend answers, where nothing is there unless said."""
    return SimpleNamespace(**{"invalidate_cache": lambda: None, "exists": lambda path: False, **calls})


def test_errors_of_a_client_are_not_quoted():
    place = memory()

    def refused(*_, **__):
        raise RuntimeError("403 for https://bucket/x?token=SECRET")

    place._system = client(pipe_file=refused)
    with pytest.raises(EvidenceError, match="cannot be written: RuntimeError") as told:
        put(place, "a", b"b")
    assert "SECRET" not in str(told.value)


def test_a_lost_answer_is_no_failure():
    """The object is there though the client raised: what counts is what can be read."""
    place = memory()
    create = place._system.pipe_file

    def lost(path, data, mode):
        create(path, data, mode=mode)
        raise TimeoutError("no answer")

    place._system = client(pipe_file=lost, exists=place._system.exists, cat_file=place._system.cat_file)
    put(place, "a", b"b")
    assert place.read("a") == b"b"


def test_the_backend_is_asked_for_a_new_object_only():
    place, asked = memory(), []
    place._system = client(pipe_file=lambda path, data, mode: asked.append(mode), cat_file=lambda path: b"b")
    put(place, "a", b"b")
    assert asked == ["create"]


def test_a_backend_that_writes_over_is_not_asked_where_something_is():
    place = memory()
    place.create("a", b"older")
    system = place._system
    place._system = client(
        pipe_file=lambda path, data, mode: system.pipe_file(path, data), exists=system.exists, cat_file=system.cat_file
    )
    with pytest.raises(EvidenceError, match="MLS05"):
        put(place, "a", b"newer")
    assert place.read("a") == b"older"


@pytest.mark.parametrize("said", ["retentionExpirationTime", "ObjectLockMode", "temporaryHold"])
def test_a_lock_is_told_only_where_the_place_tells_it(said):
    place = memory()
    place.create("a", b"b")
    assert place.lock("a") == "unknown"
    place._system = client(info=lambda path: {said: "2036-01-01T00:00:00Z"})
    assert place.lock("a") == "observed"


def test_paths_and_file_urls_need_no_package(tmp_path):
    program = f"""
import sys
sys.modules["fsspec"] = None
from pathlib import Path
from mltest.evidence.places import place_of
for url in ("store", {tmp_path.as_uri()!r}):
    place_of(url, Path({str(tmp_path)!r})).create("k", b"v") if url == "store" else print(place_of(url).names(""))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['store']"


@pytest.mark.parametrize(("url", "extra"), [("gs://b/x", "pytest-mltest[gs]"), ("s3://b/x", "pytest-mltest[s3]")])
def test_a_missing_package_names_its_extra(url, extra):
    program = f"""
import sys
sys.modules |= dict.fromkeys(("gcsfs", "s3fs"))
from mltest.errors import MissingDependency
from mltest.evidence.places import place_of
try:
    place_of({url!r})
except MissingDependency as told:
    print(told)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == f"{url} needs a package that is not installed: pip install '{extra}'\n"


def test_an_unknown_kind_of_url_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"fsspec knows no memry://; nearest is 'memory'"):
        place_of("memry://x")


def test_what_is_being_written_has_no_name_yet(tmp_path, monkeypatch):
    place = Folder(tmp_path)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(EvidenceError, match="No space left"):
        put(place, "run/a.json", b"x")
    assert place.keys("") == place.names("run") == list((tmp_path / "run").iterdir()) == []


def test_a_file_system_without_links_still_keeps_what_is_there(tmp_path, monkeypatch):
    def unsupported(self, target):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("pathlib.Path.hardlink_to", unsupported)
    place = Folder(tmp_path)
    put(place, "a", b"first")
    with pytest.raises(EvidenceError, match="MLS05"):
        put(place, "a", b"second")
    assert place.read("a") == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_is_none_is_said(folder, head, tmp_path):
    (tmp_path / "store").write_bytes(b"a file is in the way")
    with pytest.raises(EvidenceError, match=r"MLS07 .* cannot be written"):
        Store(Folder(tmp_path / "store"), "credit-pd").add(folder, head)
