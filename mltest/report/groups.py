"""Slices and groups over all checks: of each check that was judged by groups the one that is nearest to failing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.digits import count

if TYPE_CHECKING:
    from mltest.report.entries import Entry
    from mltest.report.strips import Strip

__all__ = ["GroupRow", "groups_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One check by its groups."""

    anchor: str
    name: str
    groups: str
    worst: str
    value: str
    bounds: str
    n: str
    word: str
    mark: str
    strip: Strip | None
    hidden: str


def groups_of(entries: Iterable[Entry], records: Iterable[Mapping[str, Any]]) -> tuple[GroupRow, ...]:
    """The checks that were judged in groups, in the order of their urgency."""
    sliced = {str(row["id"]): row.get("slices") or _measured(row) for row in records}
    return tuple(_row(entry, sliced.get(entry.id, ())) for entry in entries if entry.ladders and sliced.get(entry.id))


def _measured(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The measurements of groups, in a record that does not list its slices."""
    return [found for found in record.get("measurements") or () if found.get("slice")]


def _row(entry: Entry, slices: Iterable[Mapping[str, Any]]) -> GroupRow:
    parts = list(slices)
    worst = entry.ladders[0].rungs[0]
    hidden = sum(bool(part.get("suppressed")) for part in parts)
    return GroupRow(
        anchor=entry.anchor,
        name=entry.name,
        groups=count(len(parts)),
        worst=worst.name,
        value=worst.value,
        bounds=worst.bounds,
        n=worst.n,
        word=worst.word,
        mark=worst.mark,
        strip=worst.strip,
        hidden=f"{count(hidden)} too small to be shown" if hidden else "all shown",
    )
