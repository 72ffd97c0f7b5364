"""Waivers over the raw verdicts of a run: which hold, which result each covers, and what is left as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.policy.waiver_codes import over_the_limit, problems_of

if TYPE_CHECKING:
    from mltest.policy.waiver import Waiver
    from mltest.policy.waiver_codes import Circumstances, Problem

__all__ = ["Applied", "Found", "judge_waivers"]

_MORE_IS_BETTER = ("at_least", "not_worse", "better")
_AS_NOT_RUN = ("not_run", "not_applicable")
# a waiver is active from its approval to its expiry: one that is invalid otherwise makes no room for another
_OUT_OF_TIME = {"MLW07", "MLW12"}


class Found(NamedTuple):
    """What a run found for one check: its verdict, the record behind it where there is one, and whether it blocks."""

    id: str
    verdict: str
    record: Mapping[str, Any] | None = None
    blocks: bool = True


class Applied(NamedTuple):
    """What a waiver does to one check: ``state`` is ``valid`` or ``invalid``; ``text`` says it in words."""

    waiver: str
    state: str
    text: str


def judge_waivers(
    waivers: Sequence[Waiver], outcomes: Iterable[Found], found: Circumstances
) -> tuple[list[dict[str, Any]], dict[str, Applied]]:
    """The rows ``waivers`` of the verdict object, and what applies to each check that a waiver names.

    Parameters
    ----------
    waivers : sequence of Waiver
        As ``read_waivers`` gives them.
    outcomes : iterable of Found
        The raw verdicts; ``not_run`` where a check did not run.
    found : Circumstances
        The run.

    Returns
    -------
    rows, applied
        A row for each waiver, by expiry, those that nothing needed included; and ``Applied`` by check id.
    """
    by_id = {outcome.id: outcome for outcome in outcomes}
    named = {waiver.id: _named(waiver, found) for waiver in waivers}
    problems = {waiver.id: problems_of(waiver, named[waiver.id], found) for waiver in waivers}
    active = [waiver for waiver in waivers if not _OUT_OF_TIME & {code for code, _ in problems[waiver.id]}]
    over, words = over_the_limit(active, found.policy)
    for waiver in over:
        problems[waiver.id].append(("MLW21", words))
    rows, applied = [], {}
    for waiver in waivers:
        results = [by_id[check] for check in named[waiver.id] if check in by_id]
        worse = {} if problems[waiver.id] else _beyond_bound(waiver, results)
        for outcome in results:
            applied[outcome.id] = _applied(waiver, outcome, problems[waiver.id], worse.get(outcome.id))
        rows.append(_row(waiver, results, problems[waiver.id], worse, found))
    return rows, applied


def _named(waiver: Waiver, found: Circumstances) -> list[str]:
    if not waiver.is_pattern:
        return [waiver.check] if waiver.check in found.named else []
    return sorted(check for check in found.named if waiver.names(check))


def _covered(waiver: Waiver, outcome: Found) -> bool:
    """A check that could not apply measured nothing, as one that did not run."""
    return outcome.verdict in waiver.covers or (outcome.verdict in _AS_NOT_RUN and "not_run" in waiver.covers)


def _beyond_bound(waiver: Waiver, results: Iterable[Found]) -> dict[str, Problem]:
    beyond = {}
    for outcome in results:
        if outcome.verdict == "failed" and _covered(waiver, outcome) and (problem := _worse(waiver, outcome.record)):
            beyond[outcome.id] = problem
    return beyond


def _worse(waiver: Waiver, record: Mapping[str, Any] | None) -> Problem | None:
    """Why a failed result is not covered: it is worse than the bound, or the bound says nothing about it."""
    bound, record = waiver.bound or {}, record or {}
    limit, requirement = bound["no_worse_than"], record.get("requirement") or {}
    measured = requirement.get("metric")
    if measured and measured != bound["metric"]:
        return "MLW15", f"bound missing for covers failed: it is about {bound['metric']}, the result about {measured}"
    for value in _failing(record):
        if not _no_worse(value, limit, requirement):
            return "MLW16", f"value {value:.6g} is worse than bound {limit:.6g}: waiver does not cover this result"
    if record.get("value") is None:
        return "MLW16", f"no value can be held against bound {limit:.6g}: waiver does not cover this result"
    return None


def _failing(record: Mapping[str, Any]) -> Iterator[float]:
    """The value that the verdict rests on, and those of the slices that failed as well."""
    if record.get("value") is not None:
        yield record["value"]
    yield from (
        part["value"]
        for part in record.get("slices") or ()
        if part.get("verdict") == "failed" and part.get("value") is not None
    )


def _no_worse(value: float, bound: float, requirement: Mapping[str, Any]) -> bool:
    """Whether a value is on the demanded side of the bound; what no demand orders is a count of what is broken."""
    comparison = requirement.get("comparison")
    if comparison == "between":
        low, high = requirement["limit"]
        return bound <= value if value < low else value <= bound if value > high else True
    return value >= bound if comparison in _MORE_IS_BETTER else value <= bound


def _applied(waiver: Waiver, outcome: Found, problems: Sequence[Problem], worse: Problem | None) -> Applied:
    problem = problems[0] if problems else worse
    if problem is not None:
        return Applied(waiver.id, "invalid", f"waiver {waiver.id} does not hold: {problem[0]} {problem[1]}")
    if outcome.verdict == "passed":
        return Applied(waiver.id, "valid", f"waiver {waiver.id} is not needed")
    if outcome.verdict == "error":
        return Applied(
            waiver.id, "invalid", f"waiver {waiver.id}: MLW13 an error measured nothing and cannot be waived"
        )
    if not _covered(waiver, outcome):
        listed = ", ".join(waiver.covers)
        return Applied(waiver.id, "invalid", f"waiver {waiver.id} covers {listed}, not {outcome.verdict}")
    return Applied(waiver.id, "valid", f"waived by {waiver.id} until {waiver.expires.isoformat()}")


def _row(
    waiver: Waiver,
    results: Sequence[Found],
    problems: Sequence[Problem],
    worse: Mapping[str, Problem],
    found: Circumstances,
) -> dict[str, Any]:
    held = [outcome for outcome in results if _covered(waiver, outcome) and outcome.id not in worse]
    # a waiver that moves no cell is not used: without it the gate would be the same
    used = not problems and any(outcome.blocks for outcome in held)
    said = [*problems, *(worse[check] for check in sorted(worse))]
    proven = bool(waiver.signature and found.signed is not None and found.signed(waiver))
    return {
        "id": waiver.id,
        "check": waiver.check,
        "checks": sorted(outcome.id for outcome in results),
        "state": "invalid" if problems or (worse and not held) else "valid",
        **({"code": said[0][0], "text": said[0][1]} if said else {}),
        **({"codes": sorted({code for code, _ in said})} if len(said) > 1 else {}),
        "covers": list(waiver.covers),
        "expires": waiver.expires.isoformat(),
        "days_left": (waiver.expires - found.finished.astimezone(UTC).date()).days,
        "bound_held": not worse,
        "used": used,
        "proven": proven,
        "signed": bool(waiver.signature),
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "approved_at": waiver.approved_at.isoformat(),
        "reason": waiver.reason,
        "risk": waiver.risk,
        **({"issue": waiver.issue} if waiver.issue else {}),
    }
