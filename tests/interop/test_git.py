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
