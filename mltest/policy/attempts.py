"""Which attempt of a check counts: the worst, unless its plan entry grants reruns and a rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mltest.policy.completeness import BROKEN

__all__ = ["Counted", "counted"]

_WORST_FIRST = ("error", "failed", "inconclusive", "not_applicable", "passed")


class Counted(NamedTuple):
    """One check: the record that the gate uses, and what is to be said about its attempts."""

    record: Mapping[str, Any]
    notes: tuple[dict[str, str], ...] = ()


def counted(records: Iterable[Mapping[str, Any]], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, Counted]:
    """The record of each check that counts, by id.

    Parameters
    ----------
    records : iterable of mappings
        Every attempt.
    entries : mapping
        The plan entries by id, of a locked plan; without a lock nobody granted a rerun.

    Examples
    --------
    >>> tries = [{"id": "a", "attempt": 1, "verdict": "failed"}, {"id": "a", "attempt": 2, "verdict": "passed"}]
    >>> counted(tries, {})["a"].record["attempt"]
    1
    >>> counted(tries, {"a": {"reruns": 1, "rerun_rule": "any"}})["a"].record["attempt"]
    2
    """
    attempts: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        attempts.setdefault(record["id"], []).append(record)
    found = {}
    for identity, tries in attempts.items():
        chosen = tries[0] if len(tries) == 1 else _chosen(tries, _granted(identity, tries[0], entries))
        found[identity] = Counted(chosen, tuple(_notes(chosen, tries)))
    return found


def _granted(identity: str, record: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    """The entry of a check; for the record of a test that broke, the strictest of its test's."""
    if not identity.endswith(BROKEN):
        return entries.get(identity) or {}
    own = [entry for entry in entries.values() if entry.get("nodeid") == record.get("node")]
    rules = {entry.get("rerun_rule", "all") for entry in own}
    return {
        "reruns": min((entry.get("reruns", 0) for entry in own), default=0),
        "rerun_rule": next((rule for rule in ("all", "majority", "any") if rule in rules), "all"),
    }


def _chosen(tries: Sequence[Mapping[str, Any]], entry: Mapping[str, Any]) -> Mapping[str, Any]:
    worst = min(tries, key=lambda record: (_WORST_FIRST.index(record["verdict"]), record.get("attempt", 1)))
    passed = [record for record in tries if record["verdict"] == "passed"]
    if not passed or len(tries) > 1 + entry.get("reruns", 0):
        return worst
    enough = {"any": True, "majority": 2 * len(passed) > len(tries)}.get(entry.get("rerun_rule", "all"), False)
    return passed[0] if enough else worst


def _notes(chosen: Mapping[str, Any], tries: Sequence[Mapping[str, Any]]) -> Iterable[dict[str, str]]:
    identity = chosen["id"]
    if len({record["verdict"] for record in tries}) > 1:
        bad = sum(record["verdict"] != "passed" for record in tries)
        last = max(record.get("attempt", 1) for record in tries if record["verdict"] == tries[-1]["verdict"])
        tail = f"gate uses attempt {chosen.get('attempt', 1)}"
        failures = "1 failure" if bad == 1 else f"{bad} failures"
        end = f"{tries[-1]['verdict']} on attempt {last}".replace("_", " ")
        yield _note("MLC04", identity, f"{identity} {end} after {failures}; {tail}")
    if chosen["verdict"] != "passed" and "xfail" in (chosen.get("flags") or ()):
        yield _note("MLC05", identity, f"{identity} {chosen['verdict']} under xfail: the gate counts it as it is")


def _note(code: str, identity: str, text: str) -> dict[str, str]:
    return {"code": code, "id": identity, "text": text, "gate": "note"}
