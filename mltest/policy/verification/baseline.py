"""The plan beside that of a release: nothing removed, nothing loosened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mltest.policy.verification.finding import Finding

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["against_release"]


def against_release(case: Case) -> Iterator[Finding]:
    """What the plan promises less than that of the release."""
    release = case.asked.baseline
    if release is None:
        return
    from mltest.policy.change import changes

    less = [line for line in changes(release["plan"], case.plan) if line["direction"] == "loosened"]
    if less:
        counts = Counter("removed" if line["kind"] == "removed" else "loosened" for line in less)
        told = ", ".join(f"{counts[kind]} {kind}" for kind in ("removed", "loosened") if counts[kind])
        first = less[0]["id"]
        yield Finding("MLV04", f"plan differs from baseline release {release['name']}: {told} ({first})", first)
