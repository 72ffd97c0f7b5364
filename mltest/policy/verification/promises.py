"""Lock and approvals: the plan of the run is the one that was locked, and someone else approved it before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mltest.errors import UsageError
from mltest.evidence.canonical import digest
from mltest.policy.approvals import approvals_of, is_author, read_approvals
from mltest.policy.verification.finding import Finding, short
from mltest.policy.verification.parsing import encoded, parsed
from mltest.policy.verification.shapes import moment

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["approvals_in", "approved", "locked"]


def locked(case: Case) -> Iterator[Finding]:
    """The lock that the run kept is whole, and its plan is the plan of the run."""
    run, data = case.run, case.kept("lock")
    if run["inputs"].get("lock") is None:
        if case.locked or run["lock_digest"] is not None:
            yield Finding("MLP02", f"run.json says the plan {run['plan_status']}, and names no plan.lock")
        return
    if run["plan_status"] == "absent":
        yield Finding("MLP02", "run.json names a plan.lock and says that there was none")
    if data is None:
        return  # that the blob is missing has been said
    lock, problems = _lock(data)
    yield from problems
    if lock is None:
        return
    computed, stored = _digest(lock["plan"]), lock.get("plan_digest")
    if computed != stored:
        yield Finding("MLP04", f"plan.lock was edited by hand: stored {short(stored)}, computed {short(computed)}")
    if run["lock_digest"] != stored:
        yield Finding("MLP02", f"plan.lock holds plan {short(stored)}, run.json names {short(run['lock_digest'])}")
    if computed != case.held.digests["plan"]:
        text = f"plan differs: plan.lock holds {short(computed)}, plan.json is {short(case.held.digests['plan'])}"
        yield Finding("MLP02", text)


def _digest(plan: dict[str, Any]) -> str:
    try:
        return digest(encoded(plan))
    except (TypeError, ValueError, RecursionError):  # a number that has no canonical form
        return "none"


def _lock(data: bytes) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The lock as it is written, its digest not yet believed."""
    found, problems = parsed("plan.lock", data, "mltest/lock/v1", member="lock", is_canonical=False)
    if found is not None and not isinstance(found.get("plan"), dict):
        return None, [Finding("MLV42", "plan.lock holds no plan", "plan.lock")]
    return found, problems


def approvals_in(case: Case) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The approvals that the run kept, or what is wrong with their file."""
    data = case.kept("approvals")
    if data is None:
        return [], []
    try:
        return read_approvals(data), []
    except UsageError as wrong:
        return [], [Finding("MLV42", line, "plan.approvals.json") for line in str(wrong).splitlines()]


def approved(case: Case) -> Iterator[Finding]:
    """Somebody approved this very plan, before the run, and wrote none of it."""
    approvals, problems = approvals_in(case)
    yield from problems
    if not case.locked or not approvals:
        return
    plan = case.held.digests["plan"]
    own = approvals_of(approvals, plan)
    if not own:
        covered = ", ".join(sorted({short(entry["plan_digest"]) for entry in approvals}))
        yield Finding("MLP07", f"approval covers another digest: {covered}, the plan is {short(plan)}")
        return
    authors = (*case.run.get("lock_authors", ()), *(case.repository.lock_authors if case.repository else ()))
    others = [entry for entry in own if not is_author(entry["name"], authors)]
    for entry in own if not others else ():
        yield Finding("MLP05", f"approver {entry['name']} is also an author of the change")
    yield from _late(others or own, case)
    facts = case.repository
    same = [name for name in (facts.added_by if facts else ()) if facts and is_author(name, facts.lock_authors)]
    if same:
        yield Finding("MLP05", f"the approval was committed by {same[0]}, who also wrote the change of plan.lock")


def _late(approvals: list[Mapping[str, Any]], case: Case) -> Iterator[Finding]:
    """Approvals that came after the start, where none came before."""
    started = moment(case.run["clock"]["started"])
    times = [(entry, moment(entry["approved_at"])) for entry in approvals]
    for entry, at in times:
        if at is None:
            yield Finding("MLV42", f"approval by {entry['name']}: {entry['approved_at']!r} is no time")
    if started is not None and times and all(at is not None and at > started for _, at in times):
        entry, at = times[0]
        yield Finding("MLP06", f"approval is dated after the run started: {entry['name']}, {entry['approved_at']}")
