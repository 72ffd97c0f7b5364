"""What a repository holds at a commit: its tree, the committed files, and who wrote them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from mltest.errors import UsageError
from mltest.interop.authorship import lock_authors
from mltest.policy.approvals import read_approvals
from mltest.policy.committed import NAMES
from mltest.policy.plan import read_lock
from mltest.policy.verification.case import Repository

__all__ = ["repository_of"]

_SECONDS = 30
_GIT = "git"


def repository_of(folder: Path, commit: str, *, base: str | None = None) -> Repository:
    """The facts that evidence of ``commit`` is held against; what git does not know stays None.

    Parameters
    ----------
    folder : Path
        The project's folder in its repository.
    commit : str
        The commit, in full.
    base : str, optional
        The branch that trust.toml is taken from; without one the default branch of origin, main or master.
    """
    if not commit or set(commit) - set("0123456789abcdef"):
        return Repository()
    tree = _said(folder, "rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}")
    if tree is None:
        return Repository()
    files = {role: data for role, name in NAMES.items() if (data := _file(folder, commit, name)) is not None}
    branch = base or _base(folder)
    return Repository(
        tree=tree,
        files=files,
        base=branch,
        base_trust=_file(folder, branch, NAMES["trust"]) if branch else None,
        lock_authors=_lock_authors(folder, commit, files),
        added_by=_authors(folder, commit, NAMES["approvals"]),
    )


def _lock_authors(folder: Path, commit: str, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Who changed the plan since another person approved it, by the approvals of that commit."""
    try:
        approvals = read_approvals(files["approvals"]) if "approvals" in files else []
        digest = read_lock(files["lock"]).digest if "lock" in files else ""
    except UsageError:  # told where the files themselves are looked at; nothing is settled by them
        approvals, digest = [], ""
    return tuple(lock_authors(folder, approvals, digest, at=commit))


def _base(folder: Path) -> str | None:
    for name in ("origin/HEAD", "main", "master"):
        if _said(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}") is not None:
            return name
    return None


def _file(folder: Path, commit: str, name: str) -> bytes | None:
    found = _asked(folder, "show", f"{commit}:./{name}")
    return None if found is None else found.replace(b"\r\n", b"\n")


def _authors(folder: Path, commit: str, name: str) -> tuple[str, ...]:
    """Name and e-mail of who wrote the last commit that changed a file."""
    said = _said(folder, "log", "-1", "--format=%an%n%ae", commit, "--", name)
    return tuple(said.splitlines()) if said else ()


def _said(folder: Path, *words: str) -> str | None:
    found = _asked(folder, *words)
    return None if found is None else found.decode("utf-8", "replace").strip()


def _asked(folder: Path, *words: str) -> bytes | None:
    try:
        answer = subprocess.run(  # noqa: S603 - a list of words, and the commit is hexadecimal
            [_GIT, "-C", str(folder), *words], capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout if answer.returncode == 0 else None
