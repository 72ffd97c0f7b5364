"""The repository's side: what it holds at the commit of the run, and on the branch that the run wants to join."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mltest.evidence.canonical import digest
from mltest.policy.committed import NAMES
from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["as_committed"]


def as_committed(case: Case) -> Iterator[Finding]:
    """The files that the run was judged by are those of its commit; trust.toml is that of the base branch."""
    facts = case.repository
    if facts is None:
        return
    for role, name in NAMES.items():
        used, there = case.run["inputs"].get(role), facts.files.get(role)
        found = digest(there) if there is not None else None
        if found != used:
            yield Finding("MLV24", f"{name} has {_named(found)}, run used {_named(used)}", name)
    trust = case.kept("trust")
    if facts.base is not None and trust != facts.base_trust:
        yield Finding("MLV34", f"trust.toml differs from {facts.base}: approvals by new keys ignored", "trust.toml")


def _named(found: str | None) -> str:
    return short(found) if found else "none"
