"""What the caller knows of the run already: its commit, its model, its root."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["expected"]


def expected(case: Case) -> Iterator[Finding]:
    """Old evidence for a new commit, or for another model, is not the evidence that was asked for."""
    asked, run = case.asked, case.run
    commit = run["source"].get("commit") or "no commit"
    if asked.commit is not None and commit != asked.commit:
        yield Finding("MLV11", f"evidence is for commit {commit[:12]}, expected {asked.commit[:12]}")
    candidates = [subject["digest"] for subject in run["subjects"] if subject["role"] == "candidate"]
    if asked.model is not None and asked.model not in candidates:
        shown = ", ".join(map(short, candidates)) or "none"
        yield Finding("MLV12", f"subject digest {shown}, expected {short(asked.model)}")
    if asked.root is not None and asked.root != case.held.root:
        yield Finding("MLV43", f"evidence root is {short(case.held.root)}, expected {short(asked.root)}")
    yield from _source(case)


def _source(case: Case) -> Iterator[Finding]:
    """A tree that is not that of the commit; a dirty tree is held against a run that was no trial."""
    source, profile = case.run["source"], case.run["profile"]
    if source.get("dirty") and profile != "dev":
        paths = source.get("dirty_paths", 0)
        yield Finding("MLV15", f"{paths} uncommitted path{'s' * (paths != 1)} in a {profile} run")
    if case.repository is not None and case.repository.tree != source.get("tree"):
        tree, commit = str(source.get("tree"))[:12], str(source.get("commit"))[:12]
        yield Finding("MLV15", f"source tree {tree} is not the tree of commit {commit}")
