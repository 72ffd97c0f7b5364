"""Checks by their kind, each kind with its tally and its pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mltest.digits import count
from mltest.report.collected import PICTURES, UNDRAWN
from mltest.report.words import URGENCY, family_rank, plural, verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.report.drawing import Picture
    from mltest.report.entries import Entry

__all__ = ["Family", "families_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The checks of one kind."""

    title: str
    tally: str
    open: bool
    entries: tuple[Entry, ...]
    pictures: tuple[tuple[str, Picture], ...]
    more_pictures: str


def families_of(entries: Sequence[Entry]) -> tuple[Family, ...]:
    """The families in the order of the page; all of them share its room for pictures."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.family, []).append(entry)
    left = PICTURES
    families = []
    for title in sorted(groups, key=family_rank):
        family = _family(title, groups[title], left)
        left -= len(family.pictures)
        families.append(family)
    return tuple(families)


def _family(title: str, entries: Sequence[Entry], room: int) -> Family:
    """A family with its pictures: those of failed checks stand with the failure, equal ones are drawn once."""
    drawn: dict[object, tuple[str, Picture]] = {}
    for entry in entries:
        if not entry.told:
            for picture in entry.pictures:
                drawn.setdefault(replace(picture, anchor=""), (entry.name, picture))
    # the small ones after the large ones, so that rows of pictures are level
    pictures = sorted(drawn.values(), key=lambda named: -named[1].height)
    more = len(pictures) - room
    return Family(
        title=title,
        tally=_tally(entries),
        open=any(entry.told for entry in entries) and not any(entry.brief for entry in entries),
        entries=tuple(entries),
        pictures=tuple(pictures[:room]),
        more_pictures=UNDRAWN.format(plural(more, "more picture")) if more > 0 else "",
    )


def _tally(entries: Sequence[Entry]) -> str:
    total = len(entries)
    passed = sum(entry.mark == "passed" for entry in entries)
    others = [
        f"{count(found)} {verdict_text(word)}"
        for word in URGENCY[:-1]
        if (found := sum(entry.mark == word for entry in entries))
    ]
    return ", ".join([f"{count(passed)} of {count(total)} passed", *others])
