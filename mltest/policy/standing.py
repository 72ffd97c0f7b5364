"""What lets no decision be made on a run: objects that do not fit, another plan, a part of it, no approval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from mltest.policy.approvals import approvals_of, is_author

__all__ = ["CHOSEN", "SELECTED", "approval_problem", "is_locked", "left_out", "valid_approvals", "voids_of"]

# reasons of not_run that mean somebody ran a part of the plan
SELECTED = (
    "deselected_keyword",
    "deselected_mark",
    "deselected_option",
    "deselected_plugin",
    "not_collected_path",
    "not_collected_cache",
    "stopped_early",
)
# those that a person at their own desk is free to use: what ran tells them how it stands, and decides nothing
CHOSEN = tuple(reason for reason in SELECTED if reason != "stopped_early")
_SHOWN = {
    "deselected_keyword": "-k",
    "deselected_mark": "-m",
    "deselected_option": "--deselect",
    "deselected_plugin": "by a plugin or a conftest",
    "not_collected_gone": "no test of this name was collected",
    "not_collected_path": "paths",
    "not_collected_cache": "--lf",
    "stopped_early": "-x",
}
Reason = dict[str, str]


def is_locked(run: Mapping[str, Any]) -> bool:
    """Whether a lock was there, matched or not.

    Examples
    --------
    >>> is_locked({"plan_status": "absent"}), is_locked({"plan_status": "differs"})
    (False, True)
    """
    return bool(run.get("plan_status", "absent") != "absent")


def voids_of(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    completeness: Mapping[str, Any],
    *,
    repeated: Iterable[tuple[str, int]] = (),
    approvals: Sequence[Mapping[str, Any]] = (),
    plan_digest: str,
) -> list[Reason]:
    """Every reason for which a run has no decision (governance section 8), with stable codes.

    Parameters
    ----------
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3.
    completeness : mapping
        Of this run.
    repeated : iterable of (str, int)
        The attempts that have more than one record.
    approvals : sequence of mappings
        The entries of plan.approvals.json.
    plan_digest : str
        The digest of the plan.
    """
    strict = run.get("profile", "dev") != "dev"
    release = run.get("profile") == "release" and is_locked(run)
    unapproved = approval_problem(approvals, run, plan_digest) if release else None
    return [
        *_self_check(plan, run, results, repeated, plan_digest),
        *_plan(plan, run, completeness, strict=strict),
        *_removed(run),
        *(_tree(run) if strict else ()),
        *(_part(completeness, SELECTED if strict else CHOSEN) if is_locked(run) else ()),
        *([unapproved] if unapproved else ()),
    ]


def _self_check(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    repeated: Iterable[tuple[str, int]],
    plan_digest: str,
) -> Iterator[Reason]:
    if results.get("run_id", run["run_id"]) != run["run_id"]:
        yield _void("MLV20", f"results belong to run {results['run_id']}, run.json to {run['run_id']}")
    named = {found["plan_digest"] for found in (run, results) if found.get("plan_digest")}
    for other in sorted(named - {plan_digest}):
        yield _void("MLV20", f"the run names plan {_short(other)}, this plan is {_short(plan_digest)}")
    for identity, times in sorted(Counter(entry["id"] for entry in plan["checks"]).items()):
        if times > 1:
            yield _void("MLP11", f"duplicate check id {identity}")
    for identity, attempt in sorted(repeated):
        yield _void("MLV17", f"duplicate record {identity} attempt {attempt}")
    plans = {worker["plan_digest"] for worker in run.get("workers") or () if worker.get("plan_digest")}
    if len(plans) > 1:
        yield _void("MLC06", f"workers collected {len(plans)} different plans")


def _plan(
    plan: Mapping[str, Any], run: Mapping[str, Any], completeness: Mapping[str, Any], *, strict: bool
) -> Iterator[Reason]:
    status, unplanned = run.get("plan_status", "absent"), completeness["unplanned"]
    if status == "absent":
        if strict:
            yield _void("MLP01", "no plan.lock: run is exploratory")
        return
    if status != "matched":
        yield _void("MLP02", _differs(run.get("differences") or ()))
    elif unplanned:
        yield _void("MLP02", f"plan differs: {unplanned} judged that it does not list")
    elif run.get("lock_digest") not in (None, run.get("plan_digest")):
        yield _void("MLP02", f"plan.lock has {_short(run['lock_digest'])}, the run {_short(run['plan_digest'])}")
    yield from _data(plan, run)


def _differs(lines: Sequence[Mapping[str, Any]]) -> str:
    kinds = Counter({"removed": "missing", "added": "added"}.get(line["kind"], "changed") for line in lines)
    first = f" (first: {lines[0]['text']})" if lines else ""
    return f"plan differs: {kinds['changed']} changed, {kinds['added']} added, {kinds['missing']} missing{first}"


def _data(plan: Mapping[str, Any], run: Mapping[str, Any]) -> Iterator[Reason]:
    seen = {row["id"]: row["digest"] for row in run.get("data_seen") or ()}
    for row in plan.get("data") or ():
        found, pinned = seen.get(row["id"]), row.get("digest")
        if row.get("policy") == "pinned" and pinned and found not in (None, pinned):
            yield _void("MLP10", f"data {row['id']} has digest {_short(str(found))}, plan says {_short(pinned)}")


def _removed(run: Mapping[str, Any]) -> Iterator[Reason]:
    for name in (run.get("source") or {}).get("removed") or ():
        yield _void(
            "lock_removed", f"{name} was removed: the last commits hold one, and without it nothing is promised"
        )


def _tree(run: Mapping[str, Any]) -> Iterator[Reason]:
    source = run.get("source") or {}
    other = source.get("uncommitted") or ()
    for name in other:
        yield _void("dirty_tree", f"{name} is not the one that is committed")
    paths = source.get("dirty_paths", 0)
    if source.get("dirty") and (not other or paths > len(other)):
        yield _void("dirty_tree", f"{paths} uncommitted {'path' if paths == 1 else 'paths'}{_first(source, paths)}")


def _first(source: Mapping[str, Any], paths: int) -> str:
    """The first paths of a dirty tree, where the run kept them."""
    named = list(source.get("dirty_first") or ())
    return f": {', '.join(named)}{', ...' if paths > len(named) else ''}" if named else ""


def left_out(completeness: Mapping[str, Any], reasons: Sequence[str] = SELECTED) -> str | None:
    """What a selection left out of the plan, in words, or None.

    Examples
    --------
    >>> left_out(
    ...     {"planned": 60, "executed": 42, "not_run": 18, "by_reason": {"deselected_keyword": 12, "stopped_early": 6}}
    ... )
    '42 of 60 planned checks ran; 18 not run (-k 12, -x 6)'
    >>> left_out({"planned": 60, "executed": 59, "not_run": 1, "by_reason": {"skipped": 1}})
    """
    found = completeness["by_reason"]
    if not any(reason in found for reason in reasons):
        return None
    counts = ", ".join(f"{_SHOWN.get(name, name.replace('_', ' '))} {number}" for name, number in found.items())
    ran, planned = completeness["executed"], completeness["planned"]
    return f"{ran} of {planned} planned checks ran; {completeness['not_run']} not run ({counts})"


def _part(completeness: Mapping[str, Any], reasons: Sequence[str]) -> Iterator[Reason]:
    text = left_out(completeness, reasons)
    if text is not None:
        yield _void("MLC01", text)


def approval_problem(approvals: Sequence[Mapping[str, Any]], run: Mapping[str, Any], plan_digest: str) -> Reason | None:
    """Why no approval holds for the plan of this run, or None where one does: MLP03, MLP05, MLP06 or MLP07.

    Examples
    --------
    >>> approval_problem([], {}, "sha256:" + "0" * 64)["text"]
    'plan.lock is not approved for digest 0000 0000 0000 0000'
    """
    mine = approvals_of(approvals, plan_digest)
    if not mine:
        short = _short(plan_digest)
        if approvals:
            return _void(
                "MLP07", f"approval covers another digest, {_short(approvals[-1]['plan_digest'])}, not {short}"
            )
        return _void("MLP03", f"plan.lock is not approved for digest {short}")
    if valid_approvals(approvals, run, plan_digest):
        return None
    others = [entry for entry in mine if not is_author(entry["name"], run.get("lock_authors") or ())]
    if not others:
        return _void("MLP05", f"approver {mine[-1]['name']} is also an author of the change")
    return _void("MLP06", f"approval of {others[-1]['name']} is dated after the run started")


def valid_approvals(
    approvals: Sequence[Mapping[str, Any]], run: Mapping[str, Any], plan_digest: str
) -> list[Mapping[str, Any]]:
    """The approvals of this plan by others than its author, given before the run started."""
    authors = run.get("lock_authors") or ()
    started = _moment(run["clock"]["started"]) if run.get("clock") else None
    return [
        entry
        for entry in approvals_of(approvals, plan_digest)
        if not is_author(entry["name"], authors)
        and started is not None
        and (given := _moment(entry["approved_at"])) is not None
        and given <= started
    ]


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _void(code: str, text: str) -> Reason:
    return {"code": code, "text": text}


def _short(digest: str) -> str:
    """The first 16 hexadecimal digits in groups of four, as people compare them."""
    digits = digest.removeprefix("sha256:")[:16]
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))
