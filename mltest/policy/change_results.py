"""What two runs found otherwise: verdicts that changed, and estimates that moved beyond their noise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mltest.policy.change_effects import last_records
from mltest.policy.change_estimates import estimate_lines
from mltest.policy.change_line import line_of

__all__ = ["WORST_FIRST", "result_lines"]

WORST_FIRST = ("error", "failed", "not run", "inconclusive", "not_applicable", "passed")


def result_lines(
    old: Mapping[str, Any], new: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]] | None = None
) -> Iterator[dict[str, Any]]:
    """The lines of ranks 11 and 12 for the checks that both results hold.

    Parameters
    ----------
    old, new : mapping
        Results objects.
    entries : mapping, optional
        The planned checks of the new run by id, for those of tests that did not run.
    """
    before, after = _standing(old, entries or {}), _standing(new, entries or {})
    for name in sorted(before.keys() & after.keys()):
        (one, why), (other, reason) = before[name], after[name]
        if one != other:
            toward = "worse" if WORST_FIRST.index(other) < WORST_FIRST.index(one) else "better"
            what = f"{_told(one, why)} -> {_told(other, reason)}"
            yield line_of("verdict_changed", name, "verdict", (one, other), what, toward=toward)
    yield from estimate_lines(last_records(old), last_records(new))


def _told(word: str, reason: str) -> str:
    return f"{word} ({reason})" if word == "not run" and reason else word


def _standing(results: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """The worst verdict of each check over its attempts, or why it did not run."""
    found: dict[str, tuple[str, str]] = {}
    missed = {row["id"]: str(row.get("reason", "")) for row in results.get("not_run") or ()}
    for name, entry in entries.items():
        reason = missed.get(str(entry.get("nodeid")))
        if reason is not None:
            found[name] = "not run", reason
    found |= {name: ("not run", reason) for name, reason in missed.items()}
    for record in results.get("records") or ():
        name, word = record["id"], str(record["verdict"])
        kept = found.get(name, ("passed", ""))[0]
        if name not in found or WORST_FIRST.index(word) < WORST_FIRST.index(kept):
            found[name] = word, ""
    return found
