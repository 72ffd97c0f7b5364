"""The commit that a run tested, and whether the tree was clean, asked of git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["source_of"]

_SECONDS = 20
_GIT = "git"


def source_of(root: Path) -> dict[str, Any]:
    """Commit, tree, branch and dirty state of the repository around ``root``; ``{"vcs": "none"}`` without one."""
    status = _git(root, "status", "--porcelain=v2", "--branch", "--untracked-files=normal")
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
    tree, _, time = (_git(root, "log", "-1", "--format=%T %cI") or "").strip().partition(" ")
    if tree:
        found |= {"tree": tree, "commit_time": time}
    remote = (_git(root, "config", "--get", "remote.origin.url") or "").strip()
    return found | ({"remote": _without_credentials(remote)} if remote else {})


def _without_credentials(remote: str) -> str:
    if "://" in remote:
        parts = urlsplit(remote)
        return f"{parts.hostname or ''}{parts.path}"
    return remote.rpartition("@")[2] if ":" in remote else Path(remote).name


def _git(root: Path, *arguments: str) -> str | None:
    """What git says, or None where there is no git or no repository."""
    try:
        answer = subprocess.run(  # noqa: S603 - no word of the command comes from outside
            [_GIT, "-C", str(root), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
