"""Waivers that were extended or backdated: the recomputed verdict ignores them, and here they are named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mltest.policy.verification.finding import Finding

__all__ = ["waived"]

# Other codes are honest mishaps, such as an expired waiver: the check then stands as it is, and the verdict says so.
_DISHONEST = ("MLW08", "MLW12", "MLW20")


def waived(again: Mapping[str, Any]) -> Iterator[Finding]:
    """The waivers that no honest run would hold: longer than the policy allows, or approved after the run."""
    for row in again["waivers"]:
        codes = row.get("codes", [row["code"]] if "code" in row else [])
        for code in codes:
            if code in _DISHONEST:
                said = row.get("text", "") if code == row.get("code") else "does not hold"
                yield Finding(code, f"waiver {row['id']}: {said}", row["id"])
