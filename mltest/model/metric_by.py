"""Part of `assert_metric`: what ``by=`` asks for, and the limit of each slice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mltest.digits import limit as written
from mltest.errors import UsageError
from mltest.inputs.slices import Slices, slices_of
from mltest.judge import requirement_of
from mltest.result import Requirement

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation

__all__ = ["By", "Demands", "by_of", "demands_of", "names_of", "slices_by"]

REST = "*"
_NULL = "<null>"
_FORMS = ("at_least", "at_most", "between")


@dataclass(frozen=True, slots=True)
class By:
    """The columns to slice by, into how many parts each, and the slices that must occur."""

    columns: tuple[str, ...]
    parts: dict[str, int] = field(default_factory=dict)
    declared: tuple[str, ...] = ()


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


def by_of(by: object, call: str) -> By:
    """Read ``by=``: a column, a list of columns to cross, or a mapping that says more of each column."""
    if isinstance(by, Mapping):
        return _from_mapping(by, call)
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(name, str) for name in given):
        msg = f"{call}(by={by!r}): give the name of a column of the table, or a list of names"
        raise UsageError(msg)
    return By(given)


def _from_mapping(by: Mapping[Any, Any], call: str) -> By:
    columns, asked = tuple(by), list(by.values())
    if columns and all(isinstance(name, str) for name in columns):
        if len(columns) == 1 and isinstance(asked[0], (list, tuple)):
            return By(columns, declared=tuple(f"{columns[0]}={_text(value)}" for value in asked[0]))
        if all(number is None or (type(number) is int and number > 1) for number in asked):
            return By(columns, parts={name: number for name, number in by.items() if number is not None})
    msg = (
        f'{call}(by={by!r}): as a mapping it names one column and its values, {{"region": ["north", "south"]}}, '
        'or columns of numbers and into how many parts each is cut, {"income": 4}'
    )
    raise UsageError(msg)


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
    each = {_label(key, by.columns): requirement_of(metric, **{form: value}, decision=decision, call=call)
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


def _label(key: Any, columns: tuple[str, ...]) -> str:
    """The slice that a key names: by its label, by its value, or by one value for each crossed column."""
    if key == REST or (isinstance(key, str) and (len(columns) > 1 or key.startswith(f"{columns[0]}="))):
        return str(key)
    values = key if isinstance(key, tuple) and len(key) == len(columns) else (key,)
    return ", ".join(f"{name}={_text(value)}" for name, value in zip(columns, values, strict=False))


def _text(value: Any) -> str:
    if value is None:
        return _NULL
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def slices_by(evaluation: Evaluation, by: By, reference: Any, call: str) -> Slices:
    """The slice of every row; made once for all checks of these rows that cut them alike."""
    if evaluation.table is None:
        msg = (
            f"{call}(by={', '.join(by.columns)!r}): the evaluation has no table to slice; "
            "give Evaluation(..., table=), or let mltest.evaluate ask the model"
        )
        raise UsageError(msg)
    key = ("slices", by.columns, tuple(by.parts.items()), id(reference))
    if key not in evaluation.kept:
        made = slices_of(evaluation.table, by.columns, parts=by.parts, reference=_rows(reference, call))
        # the reference is kept too, or its id might come again for another
        evaluation.kept[key] = made, reference
    found: Slices = evaluation.kept[key][0]
    return found


def _rows(reference: Any, call: str) -> Any:
    """The table of a reference, which may be an evaluation."""
    from mltest.inputs.evaluation import Evaluation

    if not isinstance(reference, Evaluation):
        return reference
    if reference.table is None:
        msg = f"{call}(reference=): this evaluation has no table; give the table whose quantiles are the cuts"
        raise UsageError(msg)
    return reference.table


def names_of(labels: Sequence[str], most: int = 3) -> str:
    """The first labels, and how many more."""
    more = len(labels) - most
    return ", ".join(labels[:most]) + (f" and {more} more" if more > 0 else "")
