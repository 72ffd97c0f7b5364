"""Which waivers came, went, or reach further than they did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from mltest.policy.change_line import line_of, shown
from mltest.policy.change_order import opposite, subset_direction

__all__ = ["plain_waivers", "waiver_lines"]

_KINDS = {"loosened": "waiver_extended", "tightened": "waiver_shortened"}
_ONLY_HERE = ("commit_range", "model")


def plain_waivers(waivers: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """The waivers by id as plain values: those of ``read_waivers``, or the tables of the file."""
    found = {}
    for waiver in waivers:
        row = asdict(waiver) if is_dataclass(waiver) and not isinstance(waiver, type) else dict(waiver)
        found[str(row["id"])] = {name: _plain(value) for name, value in row.items() if value is not None}
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def waiver_lines(
    old: Iterable[Any], new: Iterable[Any], comparators: Mapping[str, str | None] | None = None
) -> Iterator[dict[str, Any]]:
    """The lines of two lists of waivers.

    Parameters
    ----------
    old, new : iterable
        Waivers as ``read_waivers`` gives them, or as plain tables.
    comparators : mapping, optional
        The comparator of each check, which tells which bound is the worse one.
    """
    before, after = plain_waivers(old), plain_waivers(new)
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            yield _whole(name, one, other)
        elif one != other:
            yield from _changed(name, one, other, (comparators or {}).get(str(other.get("check"))))


def _whole(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> dict[str, Any]:
    found: Mapping[str, Any] = old or new or {}
    covers = " and ".join(found.get("covers") or ())
    about = f"covers {covers} of {found.get('check')} until {found.get('expires')}"
    kind, words = ("waiver_removed", "gone") if old else ("waiver_added", "new")
    said = found.get("check")
    return line_of(
        kind, f"waiver {name}", "waiver", (said if old else None, said if new else None), f"{words}: {about}"
    )


def _changed(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], comparator: str | None
) -> Iterator[dict[str, Any]]:
    for field in sorted({*old, *new}):
        one, other = old.get(field), new.get(field)
        if one != other:
            kind = _KINDS.get(_way(field, one, other, comparator), "changed")
            yield line_of(kind, f"waiver {name}", field, (one, other), f"{field} {shown(one)} -> {shown(other)}")


def _way(field: str, old: Any, new: Any, comparator: str | None) -> str:
    if field == "expires":
        return "loosened" if str(new) > str(old) else "tightened"
    if field == "covers":
        return opposite(subset_direction(set(old), set(new)))
    if field == "check":
        return opposite(_narrower(str(old), str(new)))
    if field in _ONLY_HERE and (old is None or new is None):
        return "loosened" if new is None else "tightened"
    if field == "bound":
        return _bound(old, new, comparator)
    return "other"


def _narrower(old: str, new: str) -> str:
    if old.endswith("*") and new.startswith(old[:-1]):
        return "loosened"
    return "tightened" if new.endswith("*") and old.startswith(new[:-1]) else "other"


def _bound(old: Any, new: Any, comparator: str | None) -> str:
    """Which bound lets a worse value through, as far as the check's comparator tells."""
    if old is None or new is None:
        return "loosened" if new is None else "tightened"
    if old.get("metric") != new.get("metric") or comparator not in (">=", ">", "<=", "<"):
        return "other"
    lower = new["no_worse_than"] < old["no_worse_than"]
    return "loosened" if lower is comparator.startswith(">") else "tightened"
