"""Data that a call read and no artifact names as it stands: rows filtered in a fixture, labels given as an array."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from mltest.policy.change_line import line_of

__all__ = ["input_lines", "lock_pins", "run_pins", "run_rows_lines", "unnamed_inputs", "unpinned"]

_MOVING = "moving"
# What evaluations, and the checks of data, call the rows and labels they read; all else is a model or its answer.
_ROWS = frozenset({"cluster", "data", "reference", "rows", "target", "test", "train", "weight"})
Entry = Mapping[str, Any]


def run_pins(settings: Mapping[str, Any], data: Iterable[Mapping[str, Any]], read: Collection[str]) -> bool:
    """Whether a plan that is recorded pins such data: not beside moving data, which they may be made from.

    Parameters
    ----------
    settings : mapping
        Those of the plan.
    data : iterable of mapping
        The plan's tables.
    read : collection of str
        The artifacts that were read.
    """
    moves = any(item.get("policy") == _MOVING and item["id"] in read for item in data)
    return not moves and settings.get("unnamed_data") != _MOVING


def lock_pins(plan: Mapping[str, Any]) -> bool:
    """Whether a plan that was recorded did, however little of it a run reads."""
    return plan["settings"].get("unnamed_data") != _MOVING and not unpinned(plan)


def unpinned(plan: Mapping[str, Any]) -> int:
    """How many checks read data that are not pinned."""
    return sum(_MOVING in (entry.get("inputs") or {}).values() for entry in plan["checks"])


def unnamed_inputs(inputs: Mapping[str, str], named: Collection[str], *, pinned: bool = True) -> dict[str, Any]:
    """The member ``inputs`` of a plan entry: digests of rows and labels; none where each table has a name.

    What a model answered is never among them: the candidate changes with each merge.

    Examples
    --------
    >>> read = {"candidate data": "sha256:1", "target": "sha256:2", "baseline score": "sha256:3", "model": "sha256:4"}
    >>> unnamed_inputs(read, {"sha256:1"})
    {'inputs': {'target': 'sha256:2'}}
    >>> unnamed_inputs(read, {"sha256:1"}, pinned=False)
    {'inputs': {'target': 'moving'}}
    """
    found = {key: digest for key, digest in sorted(inputs.items()) if _is_of_rows(key) and digest not in named}
    if not found:
        return {}
    return {"inputs": found if pinned else dict.fromkeys(found, _MOVING)}


def _is_of_rows(key: str) -> bool:
    """Of ``baseline data`` and ``data 2`` the word that says what it is, beside whose or which of several."""
    words = [word for word in key.split() if not word.isdigit()]
    return bool(words) and words[-1] in _ROWS


def input_lines(identity: str, old: Entry, new: Entry) -> Iterator[dict[str, Any]]:
    """The line of a planned check that reads other rows, or rows that are pinned no longer."""
    if "demands" not in old or "demands" not in new:  # entries of collected tests do not say what was read
        return
    before, after = _differing(old.get("inputs") or {}, new.get("inputs") or {})
    if not before and not after:
        return
    what = ", ".join(sorted({*before, *after}))
    if _MOVING in after.values():
        yield line_of("data_unpinned", identity, "inputs", (before, after), f"data pinned -> moving: {what}")
    elif _MOVING in before.values():
        yield line_of("data_pinned", identity, "inputs", (before, after), f"data moving -> pinned: {what}")
    else:
        yield line_of("data_replaced", identity, "inputs", (before, after), f"other rows than planned: {what}")


def _differing(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    names = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    return {name: old[name] for name in names if name in old}, {name: new[name] for name in names if name in new}


def run_rows_lines(
    old: Mapping[str, Entry], new: Mapping[str, Entry], named: tuple[Collection[str], Collection[str]]
) -> Iterator[dict[str, Any]]:
    """The lines of checks that read other rows in one run than in another.

    Parameters
    ----------
    old, new : mapping
        The last record of each check, by id.
    named : (collection, collection) of str
        The digests of the tables that each run read by name: their change is told once, with the table.
    """
    for identity in sorted(old.keys() & new.keys()):
        sides = (old[identity], named[0]), (new[identity], named[1])
        before, after = _differing(
            *(unnamed_inputs(record.get("inputs") or {}, known).get("inputs", {}) for record, known in sides)
        )
        if before or after:
            what = f"other rows: {', '.join(sorted({*before, *after}))}{_sizes(sides)}"
            yield line_of("data_replaced", identity, "inputs", (before, after), what)


def _sizes(sides: tuple[tuple[Entry, Any], ...]) -> str:
    one, other = (next((part.get("n") for part in record.get("measurements") or ()), None) for record, _ in sides)
    return "" if None in (one, other) or one == other else f", n {one} -> {other}"
