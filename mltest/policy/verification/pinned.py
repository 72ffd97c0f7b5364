"""What a plan pins beside its limits: data, statistics, packages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["pinned"]


def pinned(case: Case) -> Iterator[Finding]:
    """The data of the run are those that the plan pinned; its statistics and its packages are those it asked for."""
    planned = {item["id"]: item for item in (*case.plan["data"], *case.plan["baselines"])}
    for seen in (*case.run["data_seen"], *case.run["subjects"]):
        identity = seen.get("id", seen.get("name"))
        wanted = planned.get(identity, {}).get("digest")
        moving = planned.get(identity, {}).get("policy") == "moving"
        if wanted is not None and not moving and wanted != seen["digest"]:
            text = f"data {identity}: run recorded {short(seen['digest'])}, plan pinned {short(wanted)}"
            yield Finding("MLV06", text, identity)
    used = case.results.get("stats", case.run.get("stats", case.plan["stats"]))
    if used != case.plan["stats"]:
        yield Finding("MLV40", f"results use {used}, plan says {case.plan['stats']}")
    policy = case.plan["settings"].get("policy", {})
    wanted, found = policy.get("packages_digest"), case.run["environment"]["packages_digest"]
    if wanted is not None and wanted != found:
        text = f"package set {short(found)}, {case.run['profile']} profile requires {short(wanted)}"
        yield Finding("MLV39", text)
