"""Part of `assert_metric`: the limit of each slice that ``by=`` asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mltest.digits import limit as written
from mltest.errors import UsageError
from mltest.inputs.slices_asked import REST, By, slice_label
from mltest.judge import requirement_of
from mltest.result import Requirement

__all__ = ["Demands", "demands_of"]

_FORMS = ("at_least", "at_most", "between")


@dataclass(frozen=True, slots=True)
class Demands:
    """The demand of each slice: one for all, or by label, with or without one for the rest."""

    shown: Requirement
    named: dict[str, Requirement]
    rest: Requirement | None

    @property
    def varies(self) -> bool:
        """Whether slices have limits of their own."""
        return bool(self.named)

    def of(self, label: str) -> Requirement | None:
        """The demand of a slice; None where nobody gave one."""
        return self.named.get(label, self.rest)


def demands_of(metric: str, given: Mapping[str, Any], decision: str, by: By | None, call: str) -> Demands:
    """The demand that a call spells out, for all slices or for each."""
    forms = [name for name, value in given.items() if isinstance(value, Mapping)]
    if not forms or len([name for name in _FORMS if given.get(name) is not None]) > 1:
        one = requirement_of(metric, **given, decision=decision, call=call)
        return Demands(one, {}, one)
    (form,), limits = forms, given[forms[0]]
    if by is None or not limits:
        msg = f"{call}({form}={dict(limits)!r}): limits by slice need by=, the column whose values they name"
        raise UsageError(msg)
    each = {slice_label(key, by.columns): requirement_of(metric, **{form: value}, decision=decision, call=call)
            for key, value in limits.items()}  # fmt: skip
    if len(each) < len(limits):
        msg = f"{call}({form}={dict(limits)!r}): two of the keys name one slice"
        raise UsageError(msg)
    listed = ", ".join(f"{_limit(one)} in {'every other' if at == REST else at}" for at, one in each.items())
    any_one = next(iter(each.values()))
    shown = Requirement(
        metric=f"{metric} {listed}", comparison=any_one.comparison, limit=None, decision=any_one.decision
    )
    rest = each.pop(REST, None)
    return Demands(shown, each, rest)


def _limit(requirement: Requirement) -> str:
    if isinstance(requirement.limit, tuple):
        return f"{written(requirement.limit[0])} to {written(requirement.limit[1])}"
    return written(requirement.limit)
