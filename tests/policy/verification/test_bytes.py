"""No byte of a run can be changed, added or taken away without a finding; and nothing of it is a traceback."""

from __future__ import annotations

import copy
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltest.evidence.canonical import canonical, digest
from mltest.evidence.store import OBJECTS, root_of
from mltest.policy.verification.case import Asked
from mltest.policy.verification.reading import read_held
from mltest.policy.verification.shapes import moment
from mltest.policy.verification.verification import verify
from tests.policy.verification.good_run import AT, bundled, good_objects
from tests.policy.verification.signing import write_signed

ASKED = Asked(at=moment(AT))


@pytest.fixture(scope="module")
def work(good, tmp_path_factory):
    """A run to be damaged and mended, thousands of times; a signed one where that can be checked."""
    folder = tmp_path_factory.mktemp("work") / "run"
    return write_signed(folder) if find_spec("cryptography") else shutil.copytree(good, folder)


@pytest.fixture(scope="module")
def plain(good, tmp_path_factory):
    """A copy of the run whose objects stand in this file."""
    return shutil.copytree(good, tmp_path_factory.mktemp("plain") / "run")


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def status_of(path: Path) -> int:
    return verify(read_held(path), ASKED).status


def damaged(data: bytes, draw: st.DataObject) -> bytes:
    at = draw.draw(st.integers(0, len(data) - 1), label="at")
    kind = draw.draw(st.sampled_from(("flip", "insert", "delete", "cut")), label="kind")
    if kind == "flip":
        return data[:at] + bytes([data[at] ^ draw.draw(st.integers(1, 255), label="bits")]) + data[at + 1 :]
    if kind == "insert":
        return data[:at] + bytes([draw.draw(st.integers(0, 255), label="byte")]) + data[at:]
    return data[:at] + data[at + 1 :] if kind == "delete" else data[:at]


@settings(max_examples=150)
@given(draw=st.data())
def test_no_byte_of_a_folder_is_free(work, draw):
    path = draw.draw(st.sampled_from(files_of(work)), label="file")
    data = path.read_bytes()
    path.write_bytes(damaged(data, draw))
    try:
        assert status_of(work) in (1, 3, 4)
    finally:
        path.write_bytes(data)
    assert status_of(work) == 0


@settings(max_examples=80)
@given(draw=st.data())
def test_no_byte_of_the_one_file_form_is_free(good, tmp_path_factory, draw):
    whole = bundled(good)
    data = whole.read_bytes()
    path = whole.with_name("damaged.json")
    path.write_bytes(damaged(data, draw))
    assert status_of(path) in (1, 3)


@pytest.mark.parametrize("data", [b"", b"\0", b"\xff\xfe", b"[", b"[]", b"{}", b'"', b"{" * 10**6, b"1e999", b"-"])
def test_what_is_no_evidence_is_said_plainly(data, tmp_path):
    path = tmp_path / "evidence.json"
    path.write_bytes(data)
    assert status_of(path) == 3


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-1e30, 1e30) | st.text("a#:é\ud800", max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=2),
    max_leaves=3,
)


def places(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places(inner, (*path, name))


OBJECTS_OF_A_RUN = good_objects()
PLACES = {name: [path for path in places(OBJECTS_OF_A_RUN[name]) if path] for name in OBJECTS}


def with_change(objects, draw):
    """The objects with one place of one of them replaced or taken out, and a root over what is there now."""
    name = draw.draw(st.sampled_from(OBJECTS), label="object")
    path = draw.draw(st.sampled_from(PLACES[name]), label="place")
    changed = copy.deepcopy({name: objects[name] for name in OBJECTS})
    inner = changed[name]
    for step in path[:-1]:
        inner = inner[step]
    if draw.draw(st.booleans(), label="remove"):
        del inner[path[-1]]
    else:
        inner[path[-1]] = draw.draw(PLAIN, label="value")
    return {name: canonical(changed[name]) for name in OBJECTS}


@settings(max_examples=150)
@given(draw=st.data())
def test_whatever_the_objects_say_it_is_judged_and_never_a_traceback(plain, draw):
    data = with_change(OBJECTS_OF_A_RUN, draw)
    before = {path: path.read_bytes() for path in files_of(plain)}
    data["root"] = canonical(root_of({name: digest(data[name]) for name in OBJECTS}))
    (plain / "SHA256SUMS").unlink()
    for name, encoded in data.items():
        (plain / f"{name}.json").write_bytes(encoded)
    try:
        assert verify(read_held(plain), ASKED).line.startswith("verify: ")
    finally:
        for path, old in before.items():
            path.write_bytes(old)
