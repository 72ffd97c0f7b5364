"""The verdict object: completeness, each check's cell of the gate, and the gate of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mltest.evidence.canonical import digest_of
from mltest.policy.completeness import completeness
from mltest.policy.gate import decide, outcome_of

__all__ = ["verdict_of"]

_BY_CHOICE = (
    "deselected_keyword",
    "deselected_mark",
    "deselected_option",
    "not_collected_cache",
    "skipped",
)
_WORST_FIRST = ("error", "failed", "inconclusive", "not_applicable", "passed")


def verdict_of(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    digests: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The verdict object over the other three; computing it again from the same objects gives the same.

    Parameters
    ----------
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3.
    digests : mapping, optional
        Their digests, where they are known already.

    Examples
    --------
    >>> nothing = {"checks": [], "settings": {}}, {"run_id": "x"}, {"records": [], "not_run": []}
    >>> verdict_of(*nothing)["gate"]
    'void'
    """
    known = digests or {"plan": digest_of(plan), "run": digest_of(run), "results": digest_of(results)}
    entries = {entry["id"]: entry for entry in plan["checks"]}
    judged = _worst_attempts(results["records"])
    policy = plan["settings"].get("inconclusive", "fail")
    outcomes = [_cell(record, entries.get(record["node"]), policy) for record in judged]
    outcomes += [_missing(missed, entries.get(missed["id"])) for missed in results["not_run"]]
    whole = _whole(entries, {record["node"] for record in judged}, results)
    gate, reasons = decide(outcomes, whole, partial=_partial(run))
    return {
        "schema": "mltest/verdict/v1",
        "run_id": run["run_id"],
        **{name: known[name] for name in ("plan", "run", "results")},
        "gate": gate,
        "reasons": reasons,
        "outcomes": sorted(outcomes, key=lambda cell: cell["id"]),
        "completeness": whole,
        "waivers": [],
        "declared": [],
        "controls": [],
        "baseline": None,
        "data_use": _data_use(run),
        "grade": "E0",
        "grade_limits": ["no plan was locked before this run"],
    }


def _data_use(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The most candidates that a demand on each holdout has judged, as the run's ledger has it."""
    names = {row["digest"]: row["id"] for row in run.get("data_seen") or ()}
    used: dict[str, int] = {}
    for look in run.get("looks") or ():
        used[look["holdout"]] = max(used.get(look["holdout"], 0), look["candidates"])
    return [{"data": names.get(digest), "digest": digest, "evaluations": used[digest]} for digest in sorted(used)]


def _partial(run: Mapping[str, Any]) -> str | None:
    """The option that left tests out before anything could see them, if there was one."""
    selection = run.get("invocation", {}).get("selection", {})
    named = {"last_failed": "--lf", "stepwise": "--sw"}
    return next((option for name, option in named.items() if selection.get(name)), None)


def _worst_attempts(records: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    worst: dict[str, dict[str, str]] = {}
    for record in records:
        other = worst.get(record["id"])
        if other is None or _WORST_FIRST.index(record["verdict"]) < _WORST_FIRST.index(other["verdict"]):
            worst[record["id"]] = {name: record[name] for name in ("id", "node", "verdict", "severity")}
    return list(worst.values())


def _cell(record: Mapping[str, Any], entry: Mapping[str, Any] | None, policy: str) -> dict[str, Any]:
    required = bool(entry["required"]) if entry else True
    severity = record["severity"]
    return {
        "id": record["id"],
        "verdict": record["verdict"],
        "severity": severity,
        "required": required,
        "waiver": None,
        "waiver_state": "none",
        "gate": outcome_of(record["verdict"], severity, required=required, inconclusive=policy),
    }


def _missing(missed: Mapping[str, Any], entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """Leaving a test out by choice is a condition without a locked plan, unless its mark requires it."""
    chosen = missed["reason"] in _BY_CHOICE
    required = entry is None or (entry["required"] and (not chosen or entry["required_by"] == "mark"))
    severity = entry["severity"] if entry else "block"
    return {
        "id": missed["id"],
        "verdict": "not_run",
        "severity": severity,
        "required": bool(required),
        "waiver": None,
        "waiver_state": "none",
        "gate": outcome_of("not_run", severity, required=bool(required)),
    }


def _whole(entries: Mapping[str, Any], judged: set[str], results: Mapping[str, Any]) -> dict[str, Any]:
    not_run = {missed["id"]: missed["reason"] for missed in results["not_run"]}
    silent = set(results.get("without_check", ()))
    return completeness(set(entries), judged | silent, not_run, silent)
