"""Who wrote a plan, over a real history: nobody's work on it is washed out by another person's commit."""

from __future__ import annotations

import subprocess

import pytest

from mltest.evidence.canonical import digest_of
from mltest.interop.authorship import discreet, lock_authors
from mltest.policy.approvals import is_author
from mltest.policy.plan import lock_bytes


def plan(number):
    return {"schema": "mltest/plan/v1", "checks": [], "project": f"p{number}"}


def approval(number, name):
    return {"plan_digest": digest_of(plan(number)), "name": name, "role": "approver", "approved_at": "2026-01-01"}


@pytest.fixture
def history(tmp_path):
    def commit(*steps):
        subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
        for name, data in steps:
            (tmp_path / "plan.lock").write_bytes(data if isinstance(data, bytes) else lock_bytes(plan(data)))
            who = ["-c", f"user.name={name}", "-c", f"user.email={name}@example.com"]
            subprocess.run(["git", "-C", str(tmp_path), *who, "add", "plan.lock"], check=True)
            subprocess.run(["git", "-C", str(tmp_path), *who, "commit", "-qm", "plan"], check=True)
        return tmp_path

    return commit


def names(folder, number, *approvals):
    return [name for name in lock_authors(folder, approvals, digest_of(plan(number))) if "@" not in name]


def test_everybody_since_the_last_approved_version(history):
    folder = history(("cy", 1), ("ann", 2), ("bob", 3))
    assert names(folder, 3) == ["cy", "ann", "bob"]
    assert names(folder, 3, approval(1, "dee")) == ["ann", "bob"]
    assert names(folder, 3, approval(2, "dee")) == ["bob"]


def test_an_approval_of_this_very_plan_ends_nothing(history):
    folder = history(("ann", 1), ("bob", 2))
    assert names(folder, 2, approval(2, "dee")) == ["ann", "bob"]


@pytest.mark.parametrize("by", ["ann", "ann@example.com", "ANN"])
def test_an_approval_by_an_author_settles_nothing(history, by):
    folder = history(("ann", 1), ("bob", 2))
    assert names(folder, 2, approval(1, by)) == ["ann", "bob"]


def test_nor_does_it_where_the_author_is_one_of_an_earlier_commit(history):
    folder = history(("ann", 1), ("bob", 2), ("bob", 3))
    assert names(folder, 3, approval(2, "ann")) == ["ann", "bob"]


def test_a_version_that_only_claims_an_approved_digest_settles_nothing(history):
    forged = lock_bytes(plan(2)).replace(digest_of(plan(2)).encode(), digest_of(plan(1)).encode())
    folder = history(("cy", 1), ("ann", forged), ("bob", 3))
    assert names(folder, 3, approval(1, "dee")) == ["ann", "bob"]


def test_a_file_in_a_folder_of_a_larger_repository(history):
    folder = history(("cy", 1))
    inner = folder / "team"
    inner.mkdir()
    for name, number in (("ann", 1), ("bob", 2)):
        (inner / "plan.lock").write_bytes(lock_bytes(plan(number)))
        subprocess.run(["git", "-C", str(folder), "add", "team"], check=True)
        who = ["-c", f"user.name={name}", "-c", f"user.email={name}@example.com"]
        subprocess.run(["git", "-C", str(folder), *who, "commit", "-qm", "plan"], check=True)
    assert names(inner, 2, approval(1, "dee")) == ["bob"]
    assert names(inner, 2) == ["ann", "bob"]


def test_a_commit_has_its_own_authors(history):
    folder = history(("ann", 1), ("bob", 2))
    assert lock_authors(folder, [], digest_of(plan(1)), at="HEAD~1") == ["ann", "ann@example.com"]


def test_no_address_is_kept_and_its_owner_is_found(history):
    kept = discreet(["Ann Bell", "Ann@Example.com"])
    assert "@" not in "".join(kept)
    assert is_author("ann bell", kept)
    assert is_author(" ANN@example.com", kept)
    assert not is_author("bob@example.com", kept)
