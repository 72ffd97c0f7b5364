"""How often each check ran, and where: nothing was rerun until it passed, and all workers had the same tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mltest.policy.completeness import BROKEN
from mltest.policy.verification.accounted import FIXTURE
from mltest.policy.verification.finding import Finding

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["attempted", "collected"]

# a test with one of these may be missing from what a worker was left with
_NEVER_SEEN = (
    *("not_collected_path", "not_collected_cache", "collection_error", "plugin_disabled", "skipped", "stopped_early"),
    *("deselected_keyword", "deselected_mark", "deselected_option", "deselected_plugin", "not_collected_gone"),
)


def attempted(case: Case) -> Iterator[Finding]:
    """Attempts that differ, where the locked plan grants no reruns."""
    attempts: dict[str, list[str]] = defaultdict(list)
    for record in case.results["records"]:
        attempts[record["id"]].append(record["verdict"])
    for identity, verdicts in sorted(attempts.items()):
        granted = _granted(identity, case)
        passed = verdicts.count("passed")
        if case.locked and len(verdicts) > 1 + granted and 0 < passed < len(verdicts):
            rule = f"{granted} reruns in the plan" if granted else "no rerun rule in the plan"
            yield Finding("MLV25", f"{identity}: {len(verdicts)} attempts, {passed} pass, {rule}", identity)


def _granted(identity: str, case: Case) -> int:
    """The reruns that the plan grants a check; a test that broke has those of every check of it."""
    node = identity.removesuffix(BROKEN)
    own = [entry for entry in case.entries.values() if entry["nodeid"] == node] if identity.endswith(BROKEN) else []
    return int(min((entry.get("reruns", 0) for entry in own), default=case.entries.get(identity, {}).get("reruns", 0)))


def collected(case: Case) -> Iterator[Finding]:
    """All workers collected the same tests, and those of the plan."""
    workers = case.run["workers"]
    never = {row["id"] for row in case.results["not_run"] if row["reason"] in _NEVER_SEEN}
    nodes = {entry["nodeid"] for entry in case.plan["checks"] if not never & {entry["id"], entry["nodeid"]}}
    nodes = {node for node in nodes if not node.rpartition("::")[2].startswith(FIXTURE)}
    plans = {worker["plan_digest"] for worker in workers if "plan_digest" in worker}
    if len(plans) > 1:
        yield Finding("MLC06", f"workers have {len(plans)} different plans")
    # the one that takes the place of a crashed worker may be stopped before it has collected anything
    crashed = any(worker.get("exit") == "crashed" for worker in workers)
    for worker in workers:
        there = worker.get("collected")
        excused = worker.get("exit") == "crashed" or (crashed and not there)
        if there is not None and there < len(nodes) and not excused:
            yield Finding("MLC06", f"plan says {len(nodes)} tests, worker {worker['id']} collected {there}")
