"""The commit that a run tested, and whether the tree was clean, asked of git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Asked", "authors_of", "commit_of", "head_of", "is_ancestor", "is_tracked", "last_change", "source_of"]

_SECONDS = 20
_GIT = "git"
_QUESTIONS = (
    ("status", "--porcelain=v2", "--branch", "--untracked-files=normal"),
    ("log", "-1", "--format=%T %cI"),
    ("config", "--get", "remote.origin.url"),
)


class Asked:
    """The questions about a work tree, put to git at once and answered while tests are collected."""

    def __init__(self, root: Path) -> None:
        self._processes = [_start(root, *words) for words in _QUESTIONS]
        self._source: dict[str, Any] | None = None

    def source(self) -> dict[str, Any]:
        """Commit, tree, branch and dirty state as they were when asked; ``{"vcs": "none"}`` without a repository."""
        if self._source is None:
            self._source = _source(*(_answer(process) for process in self._processes))
        return self._source


def source_of(root: Path) -> dict[str, Any]:
    """Commit, tree, branch and dirty state of the repository around ``root``; ``{"vcs": "none"}`` without one."""
    return Asked(root).source()


def _source(status: str | None, log: str | None, remote: str | None) -> dict[str, Any]:
    if status is None:
        return {"vcs": "none"}
    lines = status.splitlines()
    heads = dict(line[2:].split(" ", 1) for line in lines if line.startswith("# "))
    changed = [line for line in lines if not line.startswith("# ")]
    found: dict[str, Any] = {
        "vcs": "git",
        "commit": heads.get("branch.oid", ""),
        "ref": heads.get("branch.head", ""),
        "dirty": bool(changed),
        "dirty_paths": len(changed),
    }
    tree, _, time = (log or "").strip().partition(" ")
    if tree:
        found |= {"tree": tree, "commit_time": time}
    return found | ({"remote": _without_credentials(remote.strip())} if remote else {})


def authors_of(root: Path, name: str) -> list[str]:
    """Name and e-mail of whoever wrote a file as it stands: its last commit's author, or the one at work on it.

    Parameters
    ----------
    root : Path
        A folder of the repository.
    name : str
        The file, relative to ``root``.
    """
    changed = _ask(root, "status", "--porcelain", "--", name)
    if changed is None:
        return []
    if changed.strip():
        found = [_ask(root, "config", "--get", key) for key in ("user.name", "user.email")]
    else:
        found = [_ask(root, "log", "-1", f"--format={form}", "--", name) for form in ("%an", "%ae")]
    return [text.strip() for text in found if text and text.strip()]


def last_change(root: Path, name: str) -> dict[str, str] | None:
    """Commit and author of the last change of a file; None where git does not know it.

    Parameters
    ----------
    root : Path
        A folder of the repository.
    name : str
        The file, relative to ``root``.
    """
    said = (_ask(root, "log", "-1", "--format=%H%x00%an", "--", name) or "").strip()
    commit, _, author = said.partition("\0")
    return {"commit": commit, "author": author} if commit else None


def commit_of(root: Path, name: str) -> str:
    """The last commit that changed a file, or nothing."""
    return (_ask(root, "log", "-1", "--format=%H", "--", name) or "").strip()


def head_of(root: Path) -> str:
    """The commit that is checked out, or nothing where there is none."""
    return (_ask(root, "rev-parse", "--verify", "HEAD") or "").strip()


def is_ancestor(root: Path, commit: str) -> bool:
    """Whether a commit is part of the history that is checked out."""
    return _ask(root, "merge-base", "--is-ancestor", commit, "HEAD") is not None


def is_tracked(path: Path) -> bool:
    """Whether git keeps this file."""
    return bool((_ask(path.parent, "ls-files", "--", path.name) or "").strip())


def _ask(root: Path, *arguments: str) -> str | None:
    return _answer(_start(root, *arguments))


def _without_credentials(remote: str) -> str:
    if "://" in remote:
        parts = urlsplit(remote)
        return f"{parts.hostname or ''}{parts.path}"
    return remote.rpartition("@")[2] if ":" in remote else Path(remote).name


def _start(root: Path, *arguments: str) -> subprocess.Popen[str] | None:
    """Ask git, without waiting for it; None where there is no git."""
    try:
        return subprocess.Popen(  # noqa: S603 - no word of the command comes from outside
            [_GIT, "-C", str(root), *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
    except FileNotFoundError:
        return None


def _answer(process: subprocess.Popen[str] | None) -> str | None:
    """What git says, or None where there is no git, no repository or no answer in time."""
    if process is None:
        return None
    try:
        said, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    return said if process.returncode == 0 else None
