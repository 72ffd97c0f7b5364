"""Part of `assert_not_worse`: the metrics that are guarded, each with its margin (rule ``guardrails``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mltest.digits import limit
from mltest.errors import UsageError
from mltest.inputs.slices_asked import REST, slice_label
from mltest.judge import finite, requirement_of
from mltest.metrics.registry import resolve

if TYPE_CHECKING:
    from mltest.inputs.slices_asked import By
    from mltest.metrics.metric import Metric
    from mltest.result import Requirement

__all__ = ["Guard", "guards_of", "together"]


@dataclass(frozen=True, slots=True)
class Guard:
    """One metric with the loss that is tolerated in it: one for all slices, or by label, and one for the rest."""

    metric: Metric
    requirement: Requirement
    named: dict[str, Requirement] = field(default_factory=dict)
    rest: Requirement | None = None

    def of(self, label: str | None) -> Requirement | None:
        """The demand on a slice; None where nobody gave one."""
        return self.named.get(label or "", self.rest) if self.named or self.rest else self.requirement

    @property
    def told(self) -> str:
        """The margin, or that of each slice."""
        if not self.named and not self.rest:
            return limit(self.requirement.margin)
        each = [f"{limit(one.margin)} in {label}" for label, one in self.named.items()]
        return ", ".join([*each, *([f"{limit(self.rest.margin)} in every other"] if self.rest else [])])


def guards_of(
    metric: Any,
    margin: Any,
    higher_is_better: bool | None,  # noqa: FBT001
    decision: str,
    by: By | None,
    *,
    call: str,
) -> list[Guard]:
    """The metric with its margin, or each of a mapping with its own."""

    def guard(each: Any, tolerated: Any) -> Guard:
        told = None if isinstance(each, str) and isinstance(metric, Mapping) else higher_is_better
        chosen = _directed(resolve(each, higher_is_better=told, call=call), call)
        if isinstance(tolerated, Mapping):
            return _by_slice(chosen, tolerated, decision, by, call)
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
    """The demand of all; where members have margins of their own there is no one limit."""
    if len(guards) == 1 and not guards[0].named:
        return guards[0].requirement
    listed = ", ".join(f"{guard.metric.name} {guard.told}" for guard in guards)
    return replace(guards[0].requirement, metric=listed, limit=None, margin=None)


def _by_slice(metric: Metric, margins: Mapping[Any, Any], decision: str, by: By | None, call: str) -> Guard:
    if by is None or not margins:
        msg = f"{call}(margin={dict(margins)!r}): margins by slice need by=, the column whose values they name"
        raise UsageError(msg)
    each = {slice_label(key, by.columns): _requirement(metric, own, decision, call) for key, own in margins.items()}
    if len(each) < len(margins):
        msg = f"{call}(margin={dict(margins)!r}): two of the keys name one slice"
        raise UsageError(msg)
    any_one = next(iter(each.values()))
    rest = each.pop(REST, None)
    return Guard(metric, any_one, each, rest)


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
