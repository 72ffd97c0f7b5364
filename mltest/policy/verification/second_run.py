"""A second run of the same plan on the same data, by another identity, and whether the results agree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["agreed", "independent"]


def agreed(case: Case, second: Case) -> Iterator[Finding]:
    """Same plan, same data, the same verdicts, and values within the planned tolerance."""
    if case.held.digests["plan"] != second.held.digests["plan"]:
        plans = short(case.held.digests["plan"]), short(second.held.digests["plan"])
        yield Finding("MLV45", f"the second run has plan {plans[1]}, this one {plans[0]}")
    data = {seen["id"]: seen["digest"] for seen in case.run["data_seen"]}
    others = {seen["id"]: seen["digest"] for seen in second.run["data_seen"]}
    for name in sorted({*data, *others}):
        if data.get(name) != others.get(name):
            shown = short(others.get(name)), short(data.get(name))
            yield Finding("MLV45", f"data {name}: the second run recorded {shown[0]}, this one {shown[1]}", name)
    tolerance = _tolerance(case.plan)
    mine, theirs = _records(case), _records(second)
    for identity in sorted({*mine, *theirs}):
        one, other = mine.get(identity), theirs.get(identity)
        if one is None or other is None or not _alike(one, other, tolerance):
            yield Finding("MLV45", f"{identity}: {_said(one)} here, {_said(other)} in the second run", identity)


def independent(case: Case, second: Case, signers: tuple[str | None, str | None]) -> bool:
    """Whether another identity or another class of machine made the second run."""
    keys = ("os", "arch", "host_hash")
    here, there = ([c.run["environment"].get(key) for key in keys] for c in (case, second))
    return case.run["run_id"] != second.run["run_id"] and (signers[0] != signers[1] or here != there)


def _tolerance(plan: Mapping[str, Any]) -> float:
    found = plan["settings"].get("tolerances")
    value = found.get("float64", 0.0) if isinstance(found, dict) else 0.0
    return float(value) if type(value) in (int, float) else 0.0


def _records(case: Case) -> Mapping[str, Mapping[str, Any]]:
    return {f"{record['id']} attempt {record['attempt']}": record for record in case.results["records"]}


def _alike(one: Mapping[str, Any], other: Mapping[str, Any], tolerance: float) -> bool:
    if one["verdict"] != other["verdict"] or ("value" in one) != ("value" in other):
        return False
    return "value" not in one or abs(one["value"] - other["value"]) <= tolerance * max(1.0, abs(one["value"]))


def _said(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "no record"
    return f"{record['verdict']} {record['value']}" if "value" in record else str(record["verdict"])
