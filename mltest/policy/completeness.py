"""planned = executed + not run, each with its reason: absence is a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

__all__ = ["Accounts", "accounts_of", "completeness"]

BROKEN = "#pytest"  # the record of a test that ended otherwise than by a judgement


class Accounts(NamedTuple):
    """Where each id ended; ``broken`` are the planned checks whose test broke before it judged them."""

    planned: frozenset[str]
    executed: frozenset[str]
    not_run: Mapping[str, str]
    broken: frozenset[str]


def accounts_of(
    plan: Mapping[str, Any], results: Mapping[str, Any], judged: Mapping[str, str], *, locked: bool
) -> Accounts:
    """Match a run with its plan, by id and never by count.

    The entry of a whole test is executed when its test ran; that of a check needs a record of its own, or the record
    of a test that broke. What ran beside the plan stays in ``executed``: under its own id where a lock lists each
    check, under its test's where the plan is what was collected.

    Parameters
    ----------
    plan, results : mappings
        The objects of governance sections 4.1 and 4.3.
    judged : mapping of str to str
        The id of each judgement to its test.
    locked : bool
        Whether the plan is that of a lock.

    Examples
    --------
    >>> plan = {"checks": [{"id": "t.py::t#own.require:x", "nodeid": "t.py::t", "kind": "own"}]}
    >>> accounts_of(plan, {"not_run": []}, {"t.py::t#pytest": "t.py::t"}, locked=True).broken
    frozenset({'t.py::t#own.require:x'})
    """
    of_node: dict[str, list[str]] = {}
    for entry in plan["checks"]:
        of_node.setdefault(entry.get("nodeid", entry["id"]), []).append(entry["id"])
    planned = {identity for identities in of_node.values() for identity in identities}
    tests = planned & of_node.keys()
    not_run = _not_run(results, planned, of_node, judged)
    broken = {
        identity
        for judgement, node in judged.items()
        if judgement.endswith(BROKEN)
        for identity in of_node.get(node, ())
        if identity not in tests and identity not in judged and identity not in not_run
    }
    ran = {*judged.values(), *results.get("without_check", ())}
    beyond = _beyond_lock(judged, planned, of_node) if locked else set(judged.values()) - of_node.keys()
    executed = (tests & ran) | broken | (judged.keys() & planned) | beyond
    return Accounts(frozenset(planned), frozenset(executed), not_run, frozenset(broken))


def _not_run(
    results: Mapping[str, Any], planned: Collection[str], of_node: Mapping[str, list[str]], judged: Mapping[str, str]
) -> dict[str, str]:
    """The reasons by planned id; a whole test that did not run stands for each of its checks."""
    found: dict[str, str] = {}
    for missed in results["not_run"]:
        if missed["id"] in planned or missed["id"] not in of_node:
            found[missed["id"]] = missed["reason"]
        else:
            found |= {identity: missed["reason"] for identity in of_node[missed["id"]] if identity not in judged}
    return found


def _beyond_lock(judged: Mapping[str, str], planned: Collection[str], of_node: Mapping[str, list[str]]) -> set[str]:
    return {
        identity
        for identity, node in judged.items()
        if identity not in planned and not (identity.endswith(BROKEN) and node in of_node)
    }


def completeness(
    planned: Collection[str], executed: Collection[str], not_run: Mapping[str, str], without_check: Collection[str]
) -> dict[str, Any]:
    """The identity of a run, by id and not by count alone.

    Parameters
    ----------
    planned : collection of str
        Ids of everything that was planned: what the lock lists, or, without one, what was collected.
    executed : collection of str
        Ids that ran to a verdict, or to their end without calling a check; those beyond the plan included.
    not_run : mapping of str to str
        Id to reason.
    without_check : collection of str
        Those executed that called no check.

    Examples
    --------
    >>> completeness({"a", "b"}, {"a"}, {"b": "skipped"}, ())["holds"]
    True
    """
    promised, done, missed = set(planned), set(executed), set(not_run)
    return {
        "planned": len(promised),
        "executed": len(done & promised),
        "not_run": len(missed & promised),
        "unplanned": len(done - promised),
        "without_check": len(set(without_check)),
        "by_reason": dict(sorted(Counter(not_run[node] for node in missed & promised).items())),
        "holds": not (done & missed) and promised <= done | missed,
    }
