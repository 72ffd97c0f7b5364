"""The evidence grade of a run, E0 to E2, and what it is limited by (governance section 9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mltest.policy.standing import approval_problem, is_locked, left_out, valid_approvals
from mltest.policy.unnamed import unpinned

__all__ = ["grade_of"]


def grade_of(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    gate: str,
    completeness: Mapping[str, Any],
    *,
    waivers: Sequence[Mapping[str, Any]] = (),
    approvals: Sequence[Mapping[str, Any]] = (),
    plan_digest: str = "",
) -> tuple[str, list[str]]:
    """The grade, and in words what keeps it from the next one; a run never writes above E2.

    Parameters
    ----------
    plan, run : mappings
        The objects of governance sections 4.1 and 4.2.
    gate : str
        The decision.
    completeness : mapping
        Of this run.
    waivers : sequence of mappings
        The rows of the verdict object.
    approvals : sequence of mappings
        The entries of plan.approvals.json.
    plan_digest : str, optional
        The digest of the plan.

    Examples
    --------
    >>> grade_of({}, {"plan_status": "absent"}, "allow", {})
    ('E0', ['no plan was locked before this run'])
    """
    if not is_locked(run):
        return "E0", ["no plan was locked before this run"]
    for grade, limits in (
        ("E0", list(_below_e1(run, gate, completeness))),
        ("E1", list(_below_e2(plan, run, approvals, plan_digest))),
    ):
        if limits:
            return grade, limits
    return "E2", list(_below_e3(plan, run, waivers, valid_approvals(approvals, run, plan_digest)))


def _below_e1(run: Mapping[str, Any], gate: str, completeness: Mapping[str, Any]) -> Iterator[str]:
    source = run.get("source") or {}
    if run["plan_status"] != "matched":
        yield "the run differs from plan.lock"
    if completeness["unplanned"]:
        yield f"{completeness['unplanned']} judged that the plan does not list"
    if not completeness["holds"]:
        yield "planned checks are neither executed nor accounted for"
    if left_out(completeness) is not None:
        yield "a part of the plan was selected"
    if source.get("dirty"):
        yield "uncommitted changes in the source"
    if not source.get("commit"):
        yield "source commit not known"
    if gate == "void":
        yield "no decision was made"


def _below_e2(
    plan: Mapping[str, Any], run: Mapping[str, Any], approvals: Sequence[Mapping[str, Any]], plan_digest: str
) -> Iterator[str]:
    problem = approval_problem(approvals, run, plan_digest)
    if problem is not None:
        yield problem["text"]
    elif not run.get("lock_authors"):
        yield "author of plan.lock not known, so an approval by another person cannot be shown"
    seen = {row["id"] for row in run.get("data_seen") or () if row.get("digest")}
    used = {name for entry in plan["checks"] for name in entry.get("data") or ()}
    for row in plan.get("data") or ():
        if row["id"] in used and row["id"] not in seen and not row.get("digest"):
            yield f"data {row['id']} is neither pinned nor digested"


def _below_e3(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    waivers: Sequence[Mapping[str, Any]],
    approvals: Sequence[Mapping[str, Any]],
) -> Iterator[str]:
    claimed = any(entry.get("signature") for entry in approvals)
    yield "signature of the approval not checked" if claimed else "approval not signed"
    for waiver in waivers:
        if waiver["used"] and not waiver["proven"]:
            signed = waiver.get("signed")
            yield f"signature of waiver {waiver['id']} not checked" if signed else f"waiver {waiver['id']} not signed"
    moving = [row["id"] for row in plan.get("data") or () if row.get("policy") == "moving"]
    if moving:
        yield f"data not pinned: {', '.join(moving)}"
    if n := unpinned(plan):
        yield f"data of {n} check{'s' if n > 1 else ''} not pinned"
    cached = [row["id"] for row in run.get("data_seen") or () if row.get("cached")]
    if cached:
        yield f"digest taken from a cache: {', '.join(cached)}"
    store = run.get("store")
    if not store or str(store.get("uri", "")).startswith("memory:"):  # which is gone with its process
        yield "no store, so earlier runs cannot be shown"
    elif not store.get("begun"):
        yield "the store did not know of the run before its first check"
    yield "root not signed"
