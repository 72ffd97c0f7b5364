"""What a verification is about: the evidence, what its caller expects, and what the surroundings say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.evidence.canonical import canonical_of_json, digest

if TYPE_CHECKING:
    from mltest.policy.verification.reading import Held

__all__ = ["Asked", "Case", "Repository"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the caller of ``mltest verify`` expects."""

    at: datetime
    commit: str | None = None
    model: str | None = None
    root: str | None = None
    max_age: timedelta | None = None
    grade: str | None = None
    data_folder: Path | None = None
    trust: bytes | None = None
    baseline: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Repository:
    """What the repository says about the commit of the run; None where it does not know.

    ``files`` are the committed inputs at that commit, ``base_trust`` is trust.toml of the base branch, and
    ``added_by`` names who wrote the commit that last changed the approvals.
    """

    tree: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict)
    base: str | None = None
    base_trust: bytes | None = None
    lock_authors: tuple[str, ...] = ()
    added_by: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Case:
    """Evidence whose four objects could be read and have their form, and what it is held against."""

    held: Held
    asked: Asked
    repository: Repository | None = None

    @property
    def plan(self) -> Mapping[str, Any]:
        """The plan object."""
        return self.held.documents["plan"]  # type: ignore[no-any-return]

    @property
    def run(self) -> Mapping[str, Any]:
        """The run object."""
        return self.held.documents["run"]  # type: ignore[no-any-return]

    @property
    def results(self) -> Mapping[str, Any]:
        """The results object."""
        return self.held.documents["results"]  # type: ignore[no-any-return]

    @property
    def verdict(self) -> Mapping[str, Any]:
        """The stored verdict object: compared, never believed."""
        return self.held.documents["verdict"]  # type: ignore[no-any-return]

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, Any]]:
        """The planned checks by id."""
        return {entry["id"]: entry for entry in self.plan["checks"]}

    @cached_property
    def entry_digests(self) -> Mapping[str, str]:
        """The digest of each planned check by id."""
        return {identity: digest(canonical_of_json(entry)) for identity, entry in self.entries.items()}

    @property
    def locked(self) -> bool:
        """Whether a plan was locked before the run."""
        return bool(self.run["plan_status"] != "absent")

    def kept(self, role: str) -> bytes | None:
        """The bytes of a committed input that the run used."""
        named = self.run["inputs"].get(role)
        return self.held.blobs.get(named) if named else None
