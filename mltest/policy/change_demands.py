"""What changed in the keyword arguments of a call: which of them ask more, which less, and which have no order."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mltest.policy.change_line import line_of, shown
from mltest.policy.change_order import Step, by_size, is_number, limit_steps, sense_of, subset_direction
from mltest.policy.change_structure import structure_lines

__all__ = ["demand_lines"]

# What a call means where it does not say.
DEFAULTS: Mapping[str, Any] = {
    "by_at_least": 0,
    "max_rate": 0,
    "mismatch_at_most": 0,
    "min_rows": 30,
    "near_duplicates": False,
    "p_at_most": 0.05,
    "seeds": 10,
    "share": 0.9,
}
# Without one of these a check asks for less than with it, whatever it is.
ASKING = ("cluster", "entity", "metric", "near_duplicates", "reference", "target", "time")
# With one of these it asks about fewer columns.
NARROWING = {("data.schema", "environment"), ("model.no_weak_slice", "features")}
_LIMITS = ("at_least", "at_most", "between")


def demand_lines(
    identity: str, old: Mapping[str, Any], new: Mapping[str, Any], *, apart: Collection[str] = ()
) -> Iterator[dict[str, Any]]:
    """The lines of the demands that both entries hold; ``decision`` has its own member of the entry.

    Parameters
    ----------
    identity : str
        The check.
    old, new : mapping
        Its two entries.
    apart : collection of str
        The demands that are told elsewhere.
    """
    before, after = old.get("demands"), new.get("demands")
    if before is None or after is None or before == after:
        return
    for name in sorted({*before, *after} - {"decision", *apart}):
        one, other = (found.get(name, DEFAULTS.get(name)) for found in (before, after))
        if one != other or isinstance(one, bool) is not isinstance(other, bool):
            yield from _lines(identity, str(new.get("check", "")), name, one, other)


def _lines(identity: str, check: str, name: str, old: Any, new: Any) -> Iterator[dict[str, Any]]:
    field = f"demands.{name}"
    steps = list(_steps(check, name, old, new))
    if any(step.direction == "other" for step in steps) or not steps:
        yield from structure_lines(identity, field, old, new, called=name)
        return
    for step in steps:
        kind = _kind(name, step)
        what = f"{step.field} {shown(step.old)} -> {shown(step.new)}"
        yield line_of(kind, identity, f"demands.{step.field}", (step.old, step.new), what)


def _kind(name: str, step: Step) -> str:
    weaker = step.direction == "loosened"
    if step.part:
        return "slice_removed" if weaker else "slice_added"
    if sense_of(name) and name not in ("min_rows", "seeds", "share"):
        return "threshold_loosened" if weaker else "threshold_tightened"
    return "rule_weakened" if weaker else "rule_strengthened"


def _steps(check: str, name: str, old: Any, new: Any) -> Iterator[Step]:
    """The differences of one demand that have a direction, and those that have none."""
    if name == "by":
        yield Step(name, old, new, _by(_columns(old), _columns(new)))
    elif name == "routes":
        yield Step(name, old, new, _routes(old, new))
    elif (check, name) in NARROWING:
        yield Step(name, old, new, _narrowed(old, new))
    elif name in ASKING and (not old or not new):
        yield Step(name, old, new, "loosened" if old else "tightened")
    elif sense := sense_of(name):
        if _count_and_share(name, old, new):
            yield Step(name, old, new, "other")
        else:
            yield from limit_steps(name, old, new, sense)
    else:
        yield Step(name, old, new, "other")


def _count_and_share(name: str, old: Any, new: Any) -> bool:
    """A tolerated number of rows beside a tolerated share: they have no order, unless one of them is none."""
    return name == "mismatch_at_most" and (0 < old < 1) is not (0 < new < 1) and bool(old and new)


def _columns(by: Any) -> dict[str, Any]:
    """What slices are made by: each column with its values, its number of parts, or None."""
    if by is None:
        return {}
    if isinstance(by, Mapping):
        return dict(by)
    return dict.fromkeys([by] if isinstance(by, str) else map(str, by))


def _by(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Fewer columns, fewer values that must occur or fewer parts make fewer slices."""
    ways = {subset_direction(set(old), set(new))} if set(old) != set(new) else set()
    for name in set(old) & set(new):
        one, other = old[name], new[name]
        if one == other:
            continue
        if isinstance(one, list) and isinstance(other, list):
            ways.add(subset_direction(set(map(str, one)), set(map(str, other))))
        else:
            both = is_number(one) and is_number(other)
            ways.add(by_size(one, other, "higher") if both else "other")
    return ways.pop() if len(ways) == 1 else "other"


def _narrowed(old: Any, new: Any) -> str:
    if old is None or new is None:
        return "loosened" if old is None else "tightened"
    lists = isinstance(old, list) and isinstance(new, list)
    return subset_direction(set(map(str, old)), set(map(str, new))) if lists else "other"


def _routes(old: Any, new: Any) -> str:
    """A list names all routes; a mapping changes the default, which is all of them."""
    if isinstance(old, list) or isinstance(new, list):
        return _narrowed(old, new)
    one, other = old or {}, new or {}
    ways = {
        "loosened" if _rows(one.get(name, True)) > _rows(other.get(name, True)) else "tightened"
        for name in {*one, *other}
        if _rows(one.get(name, True)) != _rows(other.get(name, True))
    }
    return ways.pop() if len(ways) == 1 else "other"


def _rows(asked: Any) -> float:
    return float("inf") if asked is True else float(asked)
