"""Which of two demands asks less: the order of limits, tolerances, severities and rules, where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, TypeGuard

__all__ = ["Step", "by_rank", "by_size", "is_number", "limit_steps", "opposite", "sense_of", "subset_direction"]

LOOSENED, TIGHTENED, OTHER = "loosened", "tightened", "other"
HIGHER_IS_STRICTER, LOWER_IS_STRICTER, INSIDE, UNKNOWN = "higher", "lower", "inside", ""

# Strictest first; the names that `tolerance=` knows, by how far two numbers may differ.
TOLERANCES = ("bitwise", "float64", "float32", "float16", "bfloat16")
_STRICTER_HIGH = ("at_least", "confidence", "min_n", "share", "seeds")
_STRICTER_LOW = ("at_most", "margin", "max_rate", "min_rows", "tolerance")


class Step(NamedTuple):
    """One difference of a limit: where, from what to what, and which way; ``part`` where a slice came or went."""

    field: str
    old: Any
    new: Any
    direction: str
    part: bool = False


def sense_of(key: str) -> str:
    """Whether a higher or a lower number asks more: ``"higher"``, ``"lower"``, ``"inside"``; ``""`` if unknown.

    ``min_rows`` is a size below which a slice decides nothing, so that a higher one asks less.

    Examples
    --------
    >>> sense_of("ratio_at_least"), sense_of("gap_at_most"), sense_of("between"), sense_of("positive")
    ('higher', 'lower', 'inside', '')
    """
    if key == "between":
        return INSIDE
    if key in _STRICTER_HIGH or key.endswith("_at_least"):
        return HIGHER_IS_STRICTER
    return LOWER_IS_STRICTER if key in _STRICTER_LOW or key.endswith("_at_most") else UNKNOWN


def is_number(value: object) -> TypeGuard[float]:
    """A number that has an order; truth values have none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def opposite(direction: str) -> str:
    """Which way the change back would be."""
    return {LOOSENED: TIGHTENED, TIGHTENED: LOOSENED}.get(direction, direction)


def by_size(old: Any, new: Any, sense: str) -> str:
    """Which way a number went; an absent limit (None) asks nothing.

    Examples
    --------
    >>> by_size(0.78, 0.75, "higher"), by_size(0.01, 0.02, "lower"), by_size(0.3, None, "higher")
    ('loosened', 'loosened', 'loosened')
    """
    if sense == UNKNOWN:
        return OTHER
    if old is None or new is None:
        return TIGHTENED if old is None else LOOSENED
    if sense == INSIDE or not (is_number(old) and is_number(new)):
        return OTHER
    return LOOSENED if (new < old) is (sense == HIGHER_IS_STRICTER) else TIGHTENED


def by_rank(old: Any, new: Any, strictest_first: Sequence[Any]) -> str:
    """Which way a word went in an order that begins with the strictest.

    Examples
    --------
    >>> by_rank("block", "warn", ("block", "warn", "info"))
    'loosened'
    """
    if old not in strictest_first or new not in strictest_first:
        return OTHER
    return LOOSENED if strictest_first.index(new) > strictest_first.index(old) else TIGHTENED


def subset_direction(old: set[Any], new: set[Any]) -> str:
    """Which way a set of what is asked went: with some gone it asks less.

    Examples
    --------
    >>> subset_direction({"a", "b"}, {"a"}), subset_direction({"a"}, {"b"})
    ('loosened', 'other')
    """
    if new < old:
        return LOOSENED
    return TIGHTENED if old < new else OTHER


def limit_steps(field: str, old: Any, new: Any, sense: str) -> Iterator[Step]:
    """How one limit differs from another: numbers, the two ends of a range, or one limit for each slice.

    Parameters
    ----------
    field : str
        What the limit is called.
    old, new : Any
        A number, a pair of numbers for ``between``, a mapping from slices to these, or None for none.
    sense : str
        As ``sense_of`` gives it.

    Examples
    --------
    >>> [(step.field, step.direction) for step in limit_steps("at_least", {"a": 0.3, "b": 0.2}, {"a": 0.2}, "higher")]
    [('at_least[a]', 'loosened'), ('at_least[b]', 'loosened')]
    """
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _slice_steps(f"{field}[{key}]", old.get(key), new.get(key), sense)
    elif isinstance(old, Mapping) and new is not None:
        yield from (step_back(step) for step in limit_steps(field, new, old, sense))
    elif isinstance(new, Mapping) and old is not None:
        for key in sorted(new):
            yield from limit_steps(f"{field}[{key}]", old, new[key], sense)
        yield Step(f"{field}[all others]", old, None, LOOSENED, part=True)
    elif _is_range(old) and _is_range(new):
        yield from _range_steps(field, old, new)
    else:
        yield Step(field, old, new, _plain_direction(old, new, sense))


def step_back(step: Step) -> Step:
    """The same difference from the other side."""
    return step._replace(old=step.new, new=step.old, direction=opposite(step.direction))


def _plain_direction(old: Any, new: Any, sense: str) -> str:
    if isinstance(old, str) and isinstance(new, str) and sense == LOWER_IS_STRICTER:
        return by_rank(old, new, TOLERANCES)
    known = all(value is None or is_number(value) or _is_range(value) for value in (old, new))
    return by_size(old, new, sense) if known else OTHER


def _slice_steps(field: str, old: Any, new: Any, sense: str) -> Iterator[Step]:
    if old is None or new is None:
        yield Step(field, old, new, TIGHTENED if old is None else LOOSENED, part=True)
    else:
        yield from limit_steps(field, old, new, sense)


def _is_range(value: object) -> bool:
    return isinstance(value, (list, tuple)) and len(value) == 2 and all(map(is_number, value))


def _range_steps(field: str, old: Sequence[float], new: Sequence[float]) -> Iterator[Step]:
    """One step where both ends moved the same way, else one for each end."""
    ends = [
        Step(f"{field}.low", old[0], new[0], by_size(old[0], new[0], HIGHER_IS_STRICTER)),
        Step(f"{field}.high", old[1], new[1], by_size(old[1], new[1], LOWER_IS_STRICTER)),
    ]
    moved = [step for step in ends if step.old != step.new]
    if all(one.direction == other.direction for one, other in pairwise(moved)):
        yield Step(field, list(old), list(new), moved[0].direction)
    else:
        yield from moved
