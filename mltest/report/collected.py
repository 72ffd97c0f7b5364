"""Every check of a run as the page shows it: once, by its worst attempt, with as many pictures as a page can hold."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mltest.report.entries import Entry, entry_of
from mltest.report.words import URGENCY, family_of, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PICTURES", "UNDRAWN", "entries_of"]

# Above this many checks a passed one is told in one line without a drawing, so that the page stays usable.
_MANY = 400
PICTURES, _FEWEST, _REPEATED = 24, 3, 20
UNDRAWN = "{} not drawn; the points are in evidence.json."


def entries_of(parts: Mapping[str, Any], anchors: Mapping[str, str]) -> list[Entry]:
    """One entry a check; of several attempts the worst, as the gate has it."""
    attempts: dict[str, list[Mapping[str, Any]]] = {}
    for record in parts["results"]["records"]:
        attempts.setdefault(record["id"], []).append(record)
    planned = {check["id"]: check for check in parts["plan"]["checks"]}
    outcomes = {row.get("id"): row for row in parts["verdict"].get("outcomes") or ()}
    waivers = {row.get("id"): row for row in parts["verdict"].get("waivers") or ()}
    seed = (parts["plan"].get("settings") or {}).get("seed")
    brief = len(attempts) > _MANY
    nodes = Counter(identity.partition("#")[0] for identity in attempts)
    entries = []
    for at, (identity, records) in enumerate(attempts.items(), start=1):
        worst = min(records, key=_urgency)
        node = str(worst.get("node") or identity.partition("#")[0])
        outcome = outcomes.get(identity) or outcomes.get(node) or {}
        entry = entry_of(
            worst,
            anchor=f"c{at}",
            planned=planned.get(identity) or planned.get(node) or {},
            outcome=outcome,
            waiver=waivers.get(outcome.get("waiver")),
            seed=seed if isinstance(seed, int) else None,
            anchors=anchors,
            family=family_of(worst.get("kind")),
            attempts=len(records),
            several=nodes[identity.partition("#")[0]] > 1,
        )
        entries.append(replace(entry, brief=True) if brief and entry.mark == "passed" else entry)
    return _rationed(sorted(entries, key=lambda entry: (entry.urgency, entry.id)))


def _rationed(entries: Sequence[Entry]) -> list[Entry]:
    """Of the checks that are told in full the first ones with their pictures, so that the page stays small."""
    told = sum(entry.told for entry in entries)
    left, found = max(PICTURES - told // 4, _FEWEST), []
    for entry in entries:
        if entry.told:
            more = max(len(entry.pictures) - left, 0)
            entry = replace(  # noqa: PLW2901
                entry,
                pictures=entry.pictures[:left],
                strip=entry.strip if told <= _REPEATED else None,
                undrawn=entry.undrawn if told <= _REPEATED else "drawn above",
                more_pictures=UNDRAWN.format(plural(more, "more picture" if left else "picture")) if more else "",
            )
            left -= len(entry.pictures)
        found.append(entry)
    return found


def _urgency(record: Mapping[str, Any]) -> int:
    word = record.get("verdict")
    return URGENCY.index(word) if word in URGENCY else -1
