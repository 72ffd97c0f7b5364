"""Part of `assert_not_worse`: the metrics that are guarded, each with its margin (rule ``guardrails``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.digits import limit
from mltest.errors import UsageError
from mltest.judge import finite, requirement_of
from mltest.metrics.registry import resolve

if TYPE_CHECKING:
    from mltest.metrics.metric import Metric
    from mltest.result import Requirement

__all__ = ["Guard", "guards_of", "together"]


@dataclass(frozen=True, slots=True)
class Guard:
    """One metric with the loss that is tolerated in it."""

    metric: Metric
    requirement: Requirement

    @property
    def margin(self) -> float:
        """How much worse is tolerated."""
        return self.requirement.margin or 0.0

    @property
    def edge(self) -> float:
        """The difference at which it is too much."""
        return -self.margin if self.metric.higher_is_better else self.margin


def guards_of(
    metric: Any,
    margin: float | None,
    higher_is_better: bool | None,  # noqa: FBT001
    decision: str,
    call: str,
) -> list[Guard]:
    """The metric with its margin, or each of a mapping with its own."""

    def guard(each: Any, tolerated: float | None) -> Guard:
        told = None if isinstance(each, str) and isinstance(metric, Mapping) else higher_is_better
        chosen = _directed(resolve(each, higher_is_better=told, call=call), call)
        return Guard(chosen, _requirement(chosen, tolerated, decision, call))

    if not isinstance(metric, Mapping):
        return [guard(metric, margin)]
    if margin is not None or not metric:
        msg = (
            f"{call}(metric={dict(metric)!r}, margin={margin!r}): a mapping holds each metric's margin, and margin= is "
            'left out: metric={"roc_auc": 0.01, "recall": 0.02}'
        )
        raise UsageError(msg)
    return [guard(each, tolerated) for each, tolerated in metric.items()]


def together(guards: list[Guard]) -> Requirement:
    """The demand of several: each has a margin of its own, so that there is no one limit."""
    listed = ", ".join(f"{guard.metric.name} {limit(guard.margin)}" for guard in guards)
    return replace(guards[0].requirement, metric=listed, limit=None, margin=None)


def _directed(metric: Metric, call: str) -> Metric:
    if metric.higher_is_better is None:
        msg = f"{call}(metric={metric.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    return metric


def _requirement(metric: Metric, margin: object, decision: str, call: str) -> Requirement:
    if margin is None:
        raise UsageError(f"{call}(margin=None): say how much worse is tolerable, in units of {metric.name}")
    tolerated = finite(margin, f"{call}(margin=)")
    if tolerated <= 0:
        msg = f"{call}(margin={margin!r}): must be above 0, in units of {metric.name}; how much worse is tolerable?"
        raise UsageError(msg)
    edge = -tolerated if metric.higher_is_better else tolerated
    asked = requirement_of(metric.name, at_least=edge, decision=decision, call=call)
    return replace(asked, comparison="not_worse", margin=tolerated)
