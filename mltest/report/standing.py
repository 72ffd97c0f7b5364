"""What people decided about a run, read from the files that it kept: approvals, attested controls, waivers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mltest.errors import EvidenceError, UsageError
from mltest.policy.approvals import approvals_of
from mltest.policy.committed import NAMES, Committed
from mltest.policy.given import Given, given_by
from mltest.policy.standing import approval_problem, is_locked, valid_approvals
from mltest.report.reading import clean

__all__ = ["Standing", "standing_of"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The committed files of a run; ``unread`` says why they could not be read, where they could not."""

    given: Given = field(default_factory=Given)
    unread: str = ""
    locked: bool = False
    status: str = "absent"
    problem: str = ""
    approvals: Sequence[Mapping[str, Any]] = ()
    files: tuple[tuple[str, str], ...] = ()

    @property
    def approved(self) -> bool:
        """Whether another person than its author approved the plan before the run began."""
        return self.locked and not self.problem


def standing_of(evidence: Mapping[str, Any]) -> Standing:
    """What was approved and accepted; old evidence kept no files, and that is said."""
    run = evidence["run"]
    given, unread = Given(), ""
    try:
        given = given_by(Committed.of_evidence(evidence))
    except (EvidenceError, UsageError) as refused:
        unread = " ".join(str(clean(str(refused))).split())
    digest = str(run.get("plan_digest") or evidence["root"].get("plan") or "")
    locked = is_locked(run)
    problem = approval_problem(given.approvals, run, digest) if locked and not unread else None
    held = valid_approvals(given.approvals, run, digest) if locked else []
    named = held or approvals_of(given.approvals, digest)
    return Standing(
        given=given,
        unread=unread,
        locked=locked,
        status=str(run.get("plan_status", "absent")),
        problem=problem["text"] if problem else "the approvals cannot be read" if unread and locked else "",
        approvals=tuple(clean(dict(entry)) for entry in named),
        files=tuple((NAMES.get(role, role), str(held)) for role, held in (run.get("inputs") or {}).items() if held),
    )
