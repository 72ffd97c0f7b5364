"""One outcome for each planned or judged check: its raw verdict, what it weighs, and whether it had to be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.policy.completeness import BROKEN
from mltest.policy.demands import SEVERITIES, matches
from mltest.policy.standing import CHOSEN, is_locked

if TYPE_CHECKING:
    from mltest.policy.attempts import Counted
    from mltest.policy.completeness import Accounts

__all__ = ["Outcome", "outcomes_of", "unmet_demands"]


class Outcome(NamedTuple):
    """What a run came to for one id; ``record`` is None where it did not run."""

    id: str
    verdict: str
    severity: str
    required: bool
    kind: str
    record: Mapping[str, Any] | None = None


def outcomes_of(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    judged: Mapping[str, Counted],
    accounts: Accounts,
    policy: Mapping[str, Any],
) -> list[Outcome]:
    """Every judgement, then every planned check without one.

    Parameters
    ----------
    plan, run : mappings
        The objects of governance sections 4.1 and 4.2.
    judged : mapping of str to Counted
        The record of each check that counts.
    accounts : Accounts
        Where each id of the plan ended.
    policy : mapping
        Its ``required`` makes more checks required, never fewer.
    """
    entries = {entry["id"]: entry for entry in plan["checks"]}
    of_node: dict[str, list[Mapping[str, Any]]] = {}
    for entry in plan["checks"]:
        of_node.setdefault(entry.get("nodeid", entry["id"]), []).append(entry)
    demanded = tuple(policy["required"])
    found = [_judged(counted.record, entries.get(identity), of_node, demanded) for identity, counted in judged.items()]
    found += [_unjudged(entries[identity], "error", demanded) for identity in accounts.broken]
    lenient: tuple[str, ...] = ()
    if run.get("profile", "dev") == "dev":
        lenient = CHOSEN if is_locked(run) else (*CHOSEN, "skipped")
    for identity, reason in accounts.not_run.items():
        found.append(_missed(identity, entries.get(identity), demanded, lenient=reason in lenient))
    return found


def _judged(
    record: Mapping[str, Any],
    own: Mapping[str, Any] | None,
    of_node: Mapping[str, list[Mapping[str, Any]]],
    demanded: tuple[str, ...],
) -> Outcome:
    entries = [own] if own else of_node.get(record["node"], ())
    if own is None and not record["id"].endswith(BROKEN):
        entries = [entry for entry in entries if entry["id"] == record["node"]]
    severities = [record["severity"], *(entry["severity"] for entry in entries if own or entry["id"] != record["node"])]
    kind = record.get("kind", "")
    required = not entries or any(entry["required"] for entry in entries)
    return Outcome(
        id=record["id"],
        verdict=record["verdict"],
        severity=min(severities, key=SEVERITIES.index),
        required=required or _is_demanded(demanded, record["id"], record["node"], kind),
        kind=kind,
        record=record,
    )


def _unjudged(entry: Mapping[str, Any], verdict: str, demanded: tuple[str, ...]) -> Outcome:
    kind = entry.get("kind", "")
    required = bool(entry["required"]) or _is_demanded(demanded, entry["id"], entry.get("nodeid", ""), kind)
    return Outcome(entry["id"], verdict, entry["severity"], required, kind)


def _missed(identity: str, entry: Mapping[str, Any] | None, demanded: tuple[str, ...], *, lenient: bool) -> Outcome:
    """In the dev profile, leaving a check out by choice is a condition, unless its mark or the policy requires it.

    Under a lock such a run comes to no decision, and a skip is no choice of whoever runs the tests.
    """
    if entry is None:
        return Outcome(identity, "not_run", "block", required=True, kind="")
    found = _unjudged(entry, "not_run", demanded)
    named = entry.get("required_by") in ("mark", "policy") and entry["required"]
    insisted = named or _is_demanded(demanded, identity, entry.get("nodeid", ""), found.kind)
    return found._replace(required=insisted) if lenient else found


def _is_demanded(demanded: tuple[str, ...], *names: str) -> bool:
    return any(matches(pattern, *names) for pattern in demanded)


def unmet_demands(
    plan: Mapping[str, Any], outcomes: list[Outcome], policy: Mapping[str, Any], *, partial: bool
) -> Iterator[dict[str, str]]:
    """What the policy requires and neither the plan nor the run has at all: absence is a result.

    Parameters
    ----------
    plan : mapping
        The plan object.
    outcomes : list of Outcome
        What the run came to.
    policy : mapping
        The policy.
    partial : bool
        Whether a part was left out by choice where no lock lists the checks: nobody can know, so it is a condition.
    """
    if not policy["required"]:
        return
    known = {
        (entry["id"], entry.get("nodeid", ""), entry.get("kind", ""), entry.get("check", ""))
        for entry in plan["checks"]
    }
    known |= {
        (found.id, str(found.record["node"]), found.kind, str(found.record.get("check", "")))
        for found in outcomes
        if found.record
    }
    for pattern in policy["required"]:
        if not any(matches(pattern, *names) for names in known):
            text = f"the policy requires {pattern}: no planned check is one"
            yield {"code": "required_missing", "id": pattern, "text": text, "gate": "warn" if partial else "block"}
