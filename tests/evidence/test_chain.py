"""Heads: one new file a run, each naming the root before; none is written over."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical, parse
from mltest.evidence.chain import Earlier, add_head, branch_folder, head_of, latest
from mltest.evidence.places import Folder
from mltest.evidence.remote import Remote
from tests.evidence.stored_run import root_named, run_named


@pytest.fixture(params=["folder", "memory"])
def place(request, tmp_path):
    if request.param == "folder":
        return Folder(tmp_path)
    return Remote(f"memory://heads-{tmp_path.name}/{id(request)}")


def head(number, *, name="a", branch="main", root=None, before=None):
    run = {
        "source": {"ref": branch} if branch else {},
        "sequence": number,
        "run_id": run_named(name),
        "previous_root": before,
        "clock": {"finished": "2026-11-21T06:03:00.000Z"},
    }
    return head_of(run, project="credit-pd", root=root or root_named(f"{number}{name}"), gate="allow")


def test_the_first_run_has_none_before_it(place):
    assert latest(place, "heads", "main") == Earlier(0, None)


def test_the_next_run_knows_the_number_and_the_root_of_the_last(place):
    for number in (1, 2, 10):
        add_head(place, "heads", head(number))
    assert latest(place, "heads", "main") == Earlier(10, root_named("10a"))


def test_numbers_are_ordered_as_numbers(place):
    for number in (99_999_999, 100_000_000):
        add_head(place, "heads", head(number))
    assert latest(place, "heads", "main").sequence == 100_000_000


def test_a_head_is_one_canonical_object_of_its_own(place):
    made = head(3, before=root_named("2a"))
    key = add_head(place, "heads", made)
    assert key == f"heads/main/00000003-{run_named('a')}.json"
    assert place.read(key) == canonical(made)
    assert set(parse(place.read(key))) == {
        *("schema", "project", "branch", "sequence", "run_id", "root", "previous_root", "finished", "gate")
    }


def test_two_runs_with_the_same_number_both_stay(place):
    for name in ("a", "b"):
        add_head(place, "heads", head(4, name=name))
    assert len(place.names("heads/main")) == 2
    assert latest(place, "heads", "main") == Earlier(4, root_named("4b")), "which one is before is no matter of chance"


def test_the_same_head_again_changes_nothing_and_another_is_refused(place):
    add_head(place, "heads", head(1))
    add_head(place, "heads", head(1))
    with pytest.raises(EvidenceError, match=r"MLS05 .* never written over"):
        add_head(place, "heads", head(1, root=root_named("other")))
    assert latest(place, "heads", "main").root == root_named("1a")


def test_branches_have_chains_of_their_own(place):
    add_head(place, "heads", head(7))
    add_head(place, "heads", head(2, branch="feature/x"))
    add_head(place, "heads", head(5, branch=None))
    assert [latest(place, "heads", name).sequence for name in ("main", "feature/x", None, "feature-x")] == [7, 2, 5, 0]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema":"mltest/head/v2","root":"x"}', b"[" * 99_999])
def test_a_broken_head_keeps_its_number_and_is_told(place, content):
    add_head(place, "heads", head(1))
    place.create(f"heads/main/00000002-{run_named('z')}.json", content)
    sequence, root, problem = latest(place, "heads", "main")
    assert (sequence, root) == (2, None)
    assert f"00000002-{run_named('z')}.json is no head of a run" in problem


def test_other_files_are_no_heads(place):
    add_head(place, "heads", head(1))
    for name in ("README", "00000009.json", f"9-{run_named('a')}.json", f"00000009-{run_named('a')}.json.bak"):
        place.create(f"heads/main/{name}", b"{}")
    assert latest(place, "heads", "main").sequence == 1


@given(st.text(max_size=90), st.text(max_size=90))
def test_each_branch_has_a_folder_that_every_system_can_have(one, other):
    name = branch_folder(one)
    assert name == name.lower()
    assert not set(name) - set("abcdefghijklmnopqrstuvwxyz0123456789._-")
    assert name[0] not in ".-"
    assert 0 < len(name) <= 73
    assert (name == branch_folder(other)) == (one == other)


@pytest.mark.parametrize("name", ["main", "release-2.1", "v2"])
def test_a_plain_branch_keeps_its_name(name):
    assert branch_folder(name) == name


@pytest.mark.parametrize("name", ["Main", "a/b", "..", "(detached)", "", "-x", "a" * 65])
def test_another_gets_a_part_of_its_digest(name):
    assert branch_folder(name) != name
