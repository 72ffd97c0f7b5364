"""What ``by=`` of a call asks for: columns, the values that must occur, and the labels that limits name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mltest.errors import UsageError
from mltest.inputs.slices import Slices, slices_of
from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation

__all__ = ["REST", "By", "by_of", "missing_from", "names_of", "slice_label", "slices_by"]

REST = "*"
_NULL = "<null>"


@dataclass(frozen=True, slots=True)
class By:
    """The columns to slice by, into how many parts each, and the slices that must occur."""

    columns: tuple[str, ...]
    parts: dict[str, int] = field(default_factory=dict)
    declared: tuple[str, ...] = ()


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


def slice_label(key: Any, columns: tuple[str, ...]) -> str:
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


def missing_from(labels: Sequence[str], due: Sequence[str]) -> tuple[Finding, ...]:
    """A finding for each slice that must occur and has no rows."""
    there = set(labels)
    return tuple(
        Finding(rule="slices", where=name, what="declared, and has no rows", count=0)
        for name in dict.fromkeys(due)
        if name not in there
    )
