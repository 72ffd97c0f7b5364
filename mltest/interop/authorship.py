"""Who wrote the plan as it stands: everybody who changed plan.lock since it was last approved by another person."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mltest.errors import UsageError
from mltest.interop.git import ask
from mltest.policy.approvals import approvals_of, is_author
from mltest.policy.committed import NAMES
from mltest.policy.plan import read_lock

__all__ = ["discreet", "lock_authors"]

_MOST = 50
_STORED = re.compile(r'"plan_digest":\s*"(sha256:[0-9a-f]{64})"')


class _Version(NamedTuple):
    """One commit of plan.lock."""

    commit: str
    authors: tuple[str, ...]


def lock_authors(root: Path, approvals: Iterable[Mapping[str, Any]], digest: str, *, at: str = "") -> list[str]:
    """Names and e-mails of everybody who changed plan.lock since the last version that somebody else approved.

    Parameters
    ----------
    root : Path
        The project's folder in its repository.
    approvals : iterable of mappings
        The entries of plan.approvals.json.
    digest : str
        The digest of the plan whose authors are wanted; its own approvals end nothing.
    at : str, optional
        A commit; left out, the work tree counts as well, and whoever is at work on the file there.

    Notes
    -----
    The last 50 commits of the file are read from the oldest on. Each adds its author; a version that is approved by
    none of the authors so far settles what came before it. An approval by one of them settles nothing, and a version
    whose digest does not fit its plan is no version that anybody approved.
    """
    known = list(approvals)
    wrote: list[str] = []
    for version in _versions(root, at):
        wrote += version.authors
        found = _approved_digest(root, version.commit, known) if known else None
        if found not in (None, digest) and _by_another(known, str(found), wrote):
            wrote = []
    if not at:
        wrote += _at_work(root)
    return list(dict.fromkeys(wrote))


def discreet(authors: Iterable[str]) -> list[str]:
    """Authors as evidence keeps them: names as they are, addresses as the digest that ``is_author`` compares.

    Examples
    --------
    >>> discreet(["Ann Bell", "Ann@example.com"])[1][:15]
    'sha256:71d4f55f'
    """
    return [
        f"sha256:{hashlib.sha256(author.strip().casefold().encode()).hexdigest()}" if "@" in author else author
        for author in authors
    ]


def _versions(root: Path, at: str) -> Iterator[_Version]:
    """The commits of the file, oldest first."""
    form = "--format=%H%x1f%an%x1f%ae"
    said = ask(root, "log", "--topo-order", f"-{_MOST}", form, *([at] if at else []), "--", NAMES["lock"]) or ""
    for line in reversed(said.splitlines()):
        commit, *authors = line.split("\x1f")
        yield _Version(commit, tuple(author.strip() for author in authors if author.strip()))


def _approved_digest(root: Path, commit: str, approvals: Iterable[Mapping[str, Any]]) -> str | None:
    """The digest of a version, where an approval is over it; what nobody approved is not computed."""
    text = ask(root, "show", f"{commit}:./{NAMES['lock']}") or ""
    stored = set(_STORED.findall(text))
    if not stored & {entry["plan_digest"] for entry in approvals}:
        return None
    try:
        return read_lock(text.encode()).digest
    except UsageError:
        return None


def _by_another(approvals: Iterable[Mapping[str, Any]], digest: str, authors: Iterable[str]) -> bool:
    wrote = tuple(authors)
    return any(not is_author(entry["name"], wrote) for entry in approvals_of(approvals, digest))


def _at_work(root: Path) -> list[str]:
    """Who has changed the file and not committed it."""
    if not (ask(root, "status", "--porcelain", "--", NAMES["lock"]) or "").strip():
        return []
    found = [ask(root, "config", "--get", key) for key in ("user.name", "user.email")]
    return [text.strip() for text in found if text and text.strip()]
