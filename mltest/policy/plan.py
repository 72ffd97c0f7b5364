"""plan.lock: what was promised, in a form that people review, and what one call of a check promised."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from mltest.errors import UsageError
from mltest.evidence.canonical import canonical, canonical_of_json, digest, digest_of, parse
from mltest.policy.demands import matches
from mltest.policy.unnamed import unnamed_inputs

__all__ = ["COMPARATORS", "Lock", "lock_bytes", "planned_check", "read_lock"]

SCHEMA = "mltest/lock/v1"
COMPARATORS = {
    "at_least": ">=",
    "at_most": "<=",
    "between": "between",
    "not_worse": "non-inferior",
    "better": "superior",
    "holds": "predicate",
}
# What an entry has from its test, and not from the call of the check.
OF_TEST = ("severity", "required", "required_by", "controls", "owner", "rationale", "reruns", "source")
_NONE: Mapping[str, str] = {}
_LIMITS = ("at_least", "at_most", "between", "margin")


class Lock(NamedTuple):
    """A plan that was written down, and the digest of its canonical form."""

    plan: dict[str, Any]
    digest: str


def read_lock(data: bytes, name: str = "plan.lock") -> Lock:
    """The plan of a lock, whose digest is computed again.

    Raises
    ------
    UsageError
        If it is no lock, or was edited by hand (MLP04).

    Examples
    --------
    >>> plan = {"schema": "mltest/plan/v1", "checks": []}
    >>> read_lock(lock_bytes(plan)).plan == plan
    True
    """
    try:
        found = parse(data)
    except (ValueError, RecursionError) as broken:
        msg = f"{name} is not readable: {broken}; write it again with `mltest plan`, never by hand"
        raise UsageError(msg) from broken
    if not isinstance(found, dict) or found.get("lock") != SCHEMA or not isinstance(found.get("plan"), dict):
        msg = f"{name} is no lock of the form {SCHEMA}: write it again with `mltest plan`"
        raise UsageError(msg)
    computed, stored = digest(canonical_of_json(found["plan"])), str(found.get("plan_digest"))
    if computed != stored:
        msg = (
            f"MLP04 {name} was edited by hand: stored {stored[:23]}, computed {computed[:23]}; "
            "change the tests and run `mltest plan`"
        )
        raise UsageError(msg)
    _refuse_doubles(found["plan"].get("checks", ()), name)
    return Lock(found["plan"], computed)


def _refuse_doubles(checks: Iterable[Mapping[str, Any]], name: str) -> None:
    seen: set[str] = set()
    for entry in checks:
        if entry["id"] in seen:
            msg = f"MLP11 {name}: duplicate check id {entry['id']}"
            raise UsageError(msg)
        seen.add(entry["id"])


def lock_bytes(plan: Mapping[str, Any]) -> bytes:
    """The lock of a plan: indented JSON with sorted keys, the same bytes for the same plan.

    Examples
    --------
    >>> lock_bytes({"checks": []}).splitlines()[1].decode()[:11]
    '  "lock": "'
    """
    promised = json.loads(canonical(plan))
    whole = {"lock": SCHEMA, "plan_digest": digest_of(promised), "plan": promised}
    return (json.dumps(whole, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def planned_check(
    event: Mapping[str, Any],
    test: Mapping[str, Any] | None,
    identity: str,
    *,
    data: Mapping[str, str] = _NONE,
    baselines: Mapping[str, str] = _NONE,
    policy: Mapping[str, Any] | None = None,
    pinned: bool = True,
) -> dict[str, Any]:
    """What one call of a check promised, without what it found (governance section 4.1).

    Parameters
    ----------
    event : mapping
        A ``result`` event of a journal, with the call's ``demands``.
    test : mapping or None
        The plan entry of its test; None for a shared fixture.
    identity : str
        The id of its record.
    data, baselines : mapping of str to str
        The ids of the plan's tables and of the models that it compares with, by the digest each was read with.
    policy : mapping, optional
        What the project demands of all checks: which are required, and how reruns count.
    pinned : bool
        Whether the plan pins the rows that come from none of its tables.

    Examples
    --------
    >>> result = {
    ...     "check": "model.metric",
    ...     "severity": "block",
    ...     "inputs": {"data": "sha256:0"},
    ...     "requirement": {
    ...         "metric": "recall",
    ...         "comparison": "at_least",
    ...         "limit": 0.3,
    ...         "margin": None,
    ...         "decision": "interval",
    ...     },
    ... }
    >>> event = {"node": "t.py::t", "kind": "model.performance", "result": result, "demands": {"at_least": 0.3}}
    >>> entry = planned_check(event, None, "t.py::t#model.metric:recall")
    >>> entry["comparator"], entry["threshold"]
    ('>=', {'kind': 'literal', 'value': 0.3})
    >>> entry["inputs"]
    {'data': 'sha256:0'}
    """
    result = event["result"]
    demands = dict(event.get("demands") or {})
    entry: dict[str, Any] = {
        "id": identity,
        "nodeid": event["node"],
        "check": result["check"],
        "kind": event["kind"],
        "slices": sorted({str(key) for name in _LIMITS for key in _keys(demands.get(name))}),
        "data": sorted({data[found] for found in result["inputs"].values() if found in data}),
        "baselines": sorted({baselines[found] for found in result["inputs"].values() if found in baselines}),
        "demands": demands,
        "inline": True,
        "severity": result["severity"],
        "required": True,
        "required_by": "default",
        "controls": [],
        **_demanded(result.get("requirement")),
        **unnamed_inputs(result["inputs"], {*data, *baselines}, pinned=pinned),
    }
    entry |= {name: test[name] for name in OF_TEST if test and name in test and name != "severity"}
    return {**entry, **_by_policy(entry, policy or {})}


def _by_policy(entry: Mapping[str, Any], policy: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    named = any(
        matches(pattern, entry["id"], entry["nodeid"], str(entry["kind"])) for pattern in policy.get("required", ())
    )
    if named and entry["required_by"] != "mark":
        found |= {"required": True, "required_by": "policy"}
    if entry.get("reruns"):
        found["rerun_rule"] = policy.get("rerun_rule", "all")
    return found


def _keys(value: object) -> Iterable[Any]:
    return value if isinstance(value, Mapping) else ()


def _demanded(requirement: Mapping[str, Any] | None) -> dict[str, Any]:
    if requirement is None:
        return {"metric": "", "comparator": "predicate", "decision": "interval"}
    limit = requirement["limit"]
    threshold: dict[str, Any] = {}
    if isinstance(limit, (list, tuple)):
        threshold = {"threshold": {"kind": "literal", "low": limit[0], "high": limit[1]}}
    elif limit is not None:
        threshold = {"threshold": {"kind": "literal", "value": limit}}
    margin = requirement.get("margin")
    return {
        "metric": requirement["metric"],
        "comparator": COMPARATORS[requirement["comparison"]],
        "decision": requirement["decision"],
        **threshold,
        **({} if margin is None else {"margin": margin}),
    }
