"""A run of many checks, one in a hundred of which did not pass."""

from __future__ import annotations

from typing import Any

from tests.report import evidence_samples as samples

__all__ = ["large_run"]


def large_run(checks: int, *, bad: int = 100) -> dict[str, Any]:
    """Evidence of so many checks; every ``bad``-th failed, and every ``bad``-th after it is inconclusive."""
    rows = [samples.passing(at) for at in range(checks)]
    for at in range(0, checks, bad):
        rows[at] |= {"verdict": "failed", "verdicts": ["failed"], "because": "even the upper bound misses it"}
    for at in range(bad // 2, checks, bad):
        rows[at] |= {"verdict": "inconclusive", "verdicts": ["inconclusive"], "because": "the limit lies between"}
    return samples.evidence(rows)
