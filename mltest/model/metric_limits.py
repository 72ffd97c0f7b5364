"""Part of `assert_metric`: one estimate beside the limit that is demanded of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mltest.digits import number
from mltest.stats import power

if TYPE_CHECKING:
    from mltest.result import Measurement, Requirement
    from mltest.stats.estimate import Estimate

__all__ = ["detectable", "limits", "miss", "pvalue", "settles", "shown"]


def limits(requirement: Requirement) -> tuple[float, ...]:
    """The one limit, or both ends of a span."""
    if requirement.limit is None:
        return ()
    return requirement.limit if isinstance(requirement.limit, tuple) else (requirement.limit,)


def shown(found: Measurement, requirement: Requirement) -> str:
    """``recall 0.272``, with as many decimals as tell it from the limit."""
    return f"{found.name} {'not estimable' if found.value is None else number(found.value, *limits(requirement))}"


def miss(value: float | None, requirement: Requirement) -> float:
    """How far a value lies on the wrong side of the demand."""
    ends = limits(requirement)
    if value is None or not ends:
        return float("inf")
    below, above = ends[0] - value, value - ends[-1]
    return {"at_least": below, "at_most": above}.get(requirement.comparison, max(below, above))


def settles(estimate: Estimate, requirement: Requirement) -> int | None:
    """Units at which this estimate would be decided; inside a span both ends must be, outside one."""
    if estimate.value is None or requirement.decision == "point":
        return None
    needed = [power.n_to_settle(estimate, limit) for limit in limits(requirement)]
    known = [n for n in needed if n is not None]
    if not known or len(known) < len(needed):
        return None
    return max(known) if miss(estimate.value, requirement) <= 0 else min(known)


def detectable(estimate: Estimate, requirement: Requirement) -> float | None:
    """The least extreme value that would have passed; a span has none."""
    if isinstance(requirement.limit, tuple) or requirement.limit is None or requirement.decision == "point":
        return None
    side: Literal["at_least", "at_most"] = "at_least" if requirement.comparison == "at_least" else "at_most"
    return power.minimum_detectable(estimate, requirement.limit, side)


def pvalue(estimate: Estimate, requirement: Requirement) -> float:
    """P-value of "the requirement holds"; 1 where nothing can be told."""
    ends, sides = limits(requirement), [1.0]
    if estimate.value is None:
        return 1.0
    if requirement.comparison != "at_most":
        sides.append(power.pvalue_at_least(estimate, ends[0]))
    if requirement.comparison != "at_least":
        sides.append(power.pvalue_at_most(estimate, ends[-1]))
    return min(sides)
