"""The commit that a run tested, and whether the tree was clean, asked of git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["source_of"]

_SECONDS = 20
_GIT = "git"
_QUESTIONS = (
    ("status", "--porcelain=v2", "--branch", "--untracked-files=normal"),
    ("log", "-1", "--format=%T %cI"),
    ("config", "--get", "remote.origin.url"),
)


def source_of(root: Path) -> dict[str, Any]:
    """Commit, tree, branch and dirty state of the repository around ``root``; ``{"vcs": "none"}`` without one."""
    asked = [_start(root, *words) for words in _QUESTIONS]
    status, log, remote = (_answer(process) for process in asked)
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
