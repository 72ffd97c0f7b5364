"""Completeness by id: nothing planned is missing, and nothing unplanned counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from mltest.policy.completeness import BROKEN, accounts_of
from mltest.policy.plan import COMPARATORS
from mltest.policy.verification.finding import Finding

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["FIXTURE", "accounted", "demanded"]

T = TypeVar("T")
FIXTURE = "fixture "


def accounted(case: Case) -> Iterator[Finding]:
    """Every planned check was executed or was not run for a reason, by id."""
    yield from _doubled(case)
    results, entries = case.results, case.entries
    judged = {record["id"]: record["node"] for record in results["records"]}
    accounts = accounts_of(case.plan, results, judged, locked=case.locked)
    for identity in sorted(accounts.planned - accounts.executed - accounts.not_run.keys()):
        yield Finding("MLV03", f"planned check {identity} has neither a record nor a not-run reason", identity)
    for identity in sorted(accounts.planned & accounts.executed & accounts.not_run.keys()):
        yield Finding("MLV17", f"{identity} has a record and a reason for none", identity)
    known = {*entries, *(entry["nodeid"] for entry in entries.values())}
    strange = {row["id"] for row in results["not_run"]} - known
    for identity in sorted(strange) if case.run["plan_status"] != "differs" else ():
        yield Finding("MLV23", f"not-run reason of {identity} is not in the plan", identity)


def _doubled(case: Case) -> Iterator[Finding]:
    records = Counter((record["id"], record["attempt"]) for record in case.results["records"])
    for identity, attempt in sorted(_more_than_once(records)):
        yield Finding("MLV17", f"duplicate record {identity} attempt {attempt}", identity)
    for identity in sorted(_more_than_once(Counter(entry["id"] for entry in case.plan["checks"]))):
        yield Finding("MLP11", f"duplicate check id {identity}", identity)
    for identity in sorted(_more_than_once(Counter(row["id"] for row in case.results["not_run"]))):
        yield Finding("MLV17", f"duplicate reason for {identity}", identity)


def _more_than_once(counts: Counter[T]) -> list[T]:
    return [one for one, count in counts.items() if count > 1]


def demanded(case: Case) -> Iterator[Finding]:
    """Every record was judged by the entry that it names; what is outside the plan says so."""
    nodes = {entry["nodeid"] for entry in case.plan["checks"]}
    tests = {entry["nodeid"]: entry["id"] for entry in case.plan["checks"] if entry["kind"] == "test"}
    by_digest = {digest: identity for identity, digest in case.entry_digests.items()}
    for record in case.results["records"]:
        identity, named = record["id"], record["entry"]
        if identity.endswith(BROKEN) and record["node"] in nodes:
            continue  # a test that broke: it stands for every entry of its test
        own = identity if identity in case.entries else tests.get(record["node"])
        if named is None:
            if _passed_off(record, own, case):
                yield Finding("MLV23", f"record {identity} is not in the plan", identity)
        elif own is None or named not in by_digest:
            yield Finding("MLV23", f"record {identity} is not in the plan: nothing there has its entry", identity)
        elif by_digest[named] != own:
            yield Finding("MLV23", f"record {identity} names the entry of {by_digest[named]}", identity)
        if named is not None:
            yield from _limit(record, case.entries.get(identity))


def _passed_off(record: Mapping[str, Any], own: str | None, case: Case) -> bool:
    """Whether a record without an entry counts as one of the plan; what a shared fixture judges is of no test."""
    if record["node"].rpartition("::")[2].startswith(FIXTURE) and own is None:
        return False
    return case.run["plan_status"] == "matched" or (case.run["plan_status"] == "absent" and own is None)


def _limit(record: Mapping[str, Any], entry: Mapping[str, Any] | None) -> Iterator[Finding]:
    """The limit that the record was judged by is that of its entry."""
    requirement = record.get("requirement")
    if entry is None or requirement is None or "comparator" not in entry:
        return
    used = COMPARATORS.get(requirement["comparison"]), requirement.get("limit")
    threshold = entry.get("threshold", {})
    limit = [threshold["low"], threshold["high"]] if {"low", "high"} <= set(threshold) else threshold.get("value")
    if used != (entry["comparator"], limit):
        text = f"check {record['id']} used limit {_said(*used)}, plan says {_said(entry['comparator'], limit)}"
        yield Finding("MLP08", text, record["id"])


def _said(comparator: object, limit: object) -> str:
    return f"{comparator} {limit}" if limit is not None else f"{comparator}"
