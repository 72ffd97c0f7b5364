"""The commit and the state of a real repository, asked of git."""

from __future__ import annotations

import subprocess

import pytest

from mltest.interop.git import source_of


def git(folder, *arguments):
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init", "-b", "main")
    (tmp_path / "a.txt").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "one")
    return tmp_path


def test_clean_tree(repository):
    found = source_of(repository)
    assert (found["commit"], found["ref"]) == (git(repository, "rev-parse", "HEAD"), "main")
    assert found["tree"] == git(repository, "rev-parse", "HEAD^{tree}")
    assert (found["dirty"], found["dirty_paths"]) == (False, 0)
    assert "remote" not in found


def test_changed_and_new_files_make_it_dirty(repository):
    (repository / "a.txt").write_text("b")
    (repository / "b.txt").write_text("b")
    assert source_of(repository)["dirty_paths"] == 2


def hide(repository, name, how):
    if how == "index":
        git(repository, "add", "-f", name)
        git(repository, "commit", "-m", "two")
        git(repository, "update-index", "--assume-unchanged", name)
        (repository / name).write_text("another\n")
    elif how == "ignored":
        (repository / ".git" / "info" / "exclude").write_text("*.toml\n*.json\n")


@pytest.mark.parametrize("name", ["waivers.toml", "plan.approvals.json"])
@pytest.mark.parametrize("how", ["ignored", "index", "untracked"])
def test_a_file_that_is_judged_by_cannot_be_hidden_from_git(repository, name, how):
    (repository / name).write_text("one\n")
    hide(repository, name, how)
    found = source_of(repository)
    assert (found["uncommitted"], found["dirty"], found["dirty_paths"]) == ([name], True, 1)
    assert found["dirty_first"] == [name]


@pytest.mark.parametrize("folder", ["", "team/pd"])
def test_a_committed_file_is_that_of_the_commit_whatever_ends_its_lines(repository, folder):
    root = repository / folder
    root.mkdir(parents=True, exist_ok=True)
    (root / "waivers.toml").write_bytes(b"a\nb\n")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "two")
    assert "uncommitted" not in source_of(root)
    git(repository, "update-index", "--assume-unchanged", str(root / "waivers.toml"))
    (root / "waivers.toml").write_bytes(b"a\r\nb\r\n")
    assert "uncommitted" not in source_of(root)
    (root / "waivers.toml").unlink()
    assert source_of(root)["uncommitted"] == ["waivers.toml"]


def test_the_first_paths_are_named(repository):
    git(repository, "mv", "a.txt", "c d.txt")
    for name in ("e.txt", "f.txt", "g.txt"):
        (repository / name).write_text("x")
    found = source_of(repository)
    assert (found["dirty_paths"], found["dirty_first"]) == (4, ["c d.txt", "e.txt", "f.txt"])


@pytest.mark.parametrize(("ci", "commits", "told"), [("1", 0, True), ("1", 1, True), ("1", 2, False), ("", 1, False)])
def test_a_removed_plan_is_told_on_ci(repository, monkeypatch, ci, commits, told):
    monkeypatch.setenv("CI", ci)
    (repository / "plan.lock").write_text("x")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "two")
    (repository / "plan.lock").unlink()
    for _ in range(commits):
        git(repository, "commit", "--allow-empty", "-am", "removed")
    assert (source_of(repository).get("removed") == ["plan.lock"]) == told


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        ("https://user:secret@git.example.org/acme/pd.git", "git.example.org/acme/pd.git"),
        ("git@git.example.org:acme/pd.git", "git.example.org:acme/pd.git"),
    ],
)
def test_remote_without_credentials(repository, remote, shown):
    git(repository, "remote", "add", "origin", remote)
    assert source_of(repository)["remote"] == shown


def test_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert source_of(tmp_path) == {"vcs": "none"}


def test_no_git(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert source_of(repository) == {"vcs": "none"}
