"""The commit that a run tested, and whether the tree was clean, asked of git."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mltest.policy.committed import NAMES

__all__ = ["Asked", "ask", "commit_of", "head_of", "is_ancestor", "is_tracked", "last_change", "on_ci", "source_of"]

_SECONDS = 20
_GIT = "git"
_QUESTIONS = (
    ("status", "--porcelain=v2", "--branch", "--untracked-files=normal"),
    ("log", "-1", "--format=%T %cI"),
    ("config", "--get", "remote.origin.url"),
    ("ls-tree", "-z", "HEAD", "--", *NAMES.values()),
)
_BEFORE = ("ls-tree", "-z", "HEAD~1", "--", NAMES["lock"])
_SHOWN = 3
# the fields before the path in a line of status, by its first letter
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}


class Asked:
    """The questions about a work tree, put to git at once and answered while tests are collected."""

    def __init__(self, root: Path) -> None:
        self._processes = [_start(root, *words) for words in _QUESTIONS]
        self._files = {name: (root / name).read_bytes() for name in NAMES.values() if (root / name).is_file()}
        asks_before = on_ci() and NAMES["lock"] not in self._files
        self._before = _start(root, *_BEFORE) if asks_before else None
        self._source: dict[str, Any] | None = None

    def source(self) -> dict[str, Any]:
        """Commit, tree, branch and dirty state as they were when asked; ``{"vcs": "none"}`` without a repository."""
        if self._source is None:
            status, log, remote, held = (_answer(process) for process in self._processes)
            before = _answer(self._before)
            found = _source(status, log, remote)
            if found["vcs"] != "none":
                found |= _committed(self._files, _blobs(held), found)
            if on_ci() and NAMES["lock"] not in self._files and NAMES["lock"] in _blobs(held) | _blobs(before):
                found["removed"] = [NAMES["lock"]]
            self._source = found
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
        **({"dirty_first": [_path_of(line) for line in changed[:_SHOWN]]} if changed else {}),
    }
    tree, _, time = (log or "").strip().partition(" ")
    if tree:
        found |= {"tree": tree, "commit_time": time}
    return found | ({"remote": _without_credentials(remote.strip())} if remote else {})


def _path_of(line: str) -> str:
    """The path in a line of status, relative to the repository."""
    return line.split(" ", _FIELDS.get(line[0], 1))[-1].partition("\t")[0]


def _blobs(said: str | None) -> dict[str, str]:
    """The object of each file in what ls-tree says."""
    entries = (entry.partition("\t") for entry in (said or "").split("\0") if entry)
    return {name: about.split()[-1] for about, _, name in entries}


def _committed(files: dict[str, bytes], blobs: dict[str, str], found: dict[str, Any]) -> dict[str, Any]:
    """The committed files that are not those of HEAD: git's own ignore rules and index flags hide nothing here."""
    named = [name for name in NAMES.values() if name in files or name in blobs]
    other = [name for name in named if not _is_blob(files.get(name), blobs.get(name))]
    if not other:
        return {}
    first = list(found.get("dirty_first", ()))
    unseen = [name for name in other if not any(path == name or path.endswith(f"/{name}") for path in first)]
    if found["dirty_paths"] > len(first):
        unseen = []  # which of the others they are is not kept
    return {
        "uncommitted": other,
        "dirty": True,
        "dirty_paths": found["dirty_paths"] + len(unseen),
        "dirty_first": [*first, *unseen][:_SHOWN],
    }


def _is_blob(data: bytes | None, named: str | None) -> bool:
    """Whether bytes are those of an object, the ends of lines aside."""
    if data is None or named is None:
        return False
    kind = "sha256" if len(named) == 64 else "sha1"  # repositories of either kind of digest
    forms: Sequence[bytes] = (data, data.replace(b"\r\n", b"\n"))
    return any(hashlib.new(kind, b"blob %d\0" % len(form) + form).hexdigest() == named for form in forms)


def on_ci() -> bool:
    """Whether this is a job of a CI service, as ``CI`` says."""
    return os.environ.get("CI", "").strip().lower() not in ("", "false")


def last_change(root: Path, name: str) -> dict[str, str] | None:
    """Commit and author of the last change of a file; None where git does not know it.

    Parameters
    ----------
    root : Path
        A folder of the repository.
    name : str
        The file, relative to ``root``.
    """
    said = (ask(root, "log", "-1", "--format=%H%x00%an", "--", name) or "").strip()
    commit, _, author = said.partition("\0")
    return {"commit": commit, "author": author} if commit else None


def commit_of(root: Path, name: str) -> str:
    """The last commit that changed a file, or nothing."""
    return (ask(root, "log", "-1", "--format=%H", "--", name) or "").strip()


def head_of(root: Path) -> str:
    """The commit that is checked out, or nothing where there is none."""
    return (ask(root, "rev-parse", "--verify", "HEAD") or "").strip()


def is_ancestor(root: Path, commit: str) -> bool:
    """Whether a commit is part of the history that is checked out."""
    return ask(root, "merge-base", "--is-ancestor", commit, "HEAD") is not None


def is_tracked(path: Path) -> bool:
    """Whether git keeps this file."""
    return bool((ask(path.parent, "ls-files", "--", path.name) or "").strip())


def ask(root: Path, *arguments: str) -> str | None:
    """What git says to one question, or None where it has no answer."""
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
            [_GIT, "-C", str(root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            errors="replace",
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
