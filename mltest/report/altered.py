"""What became looser or went, against the plan and against the last release: loosened lines first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltest.policy.change_runs import grouped, report_changes
from mltest.report.reading import short
from mltest.report.words import plural

__all__ = ["Alteration", "Altered", "altered_of"]

_FIRST, _LISTED = 5, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One comparison: against what, and its lines in groups."""

    anchor: str
    title: str
    groups: tuple[tuple[str, str, tuple[tuple[str, str, str], ...], str], ...]
    none: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Altered:
    """The first screen's lines, and the comparisons in full."""

    said: str
    first: tuple[str, ...]
    rest: str
    comparisons: tuple[Alteration, ...]


def altered_of(evidence: Mapping[str, Any], baseline: Mapping[str, Any] | None) -> Altered:
    """The changes that the run recorded against its lock and its release, and those against another run if given."""
    run = evidence["run"]
    comparisons, lines = [], []
    if run.get("lock_digest"):
        found = _lines(run.get("differences"))
        lines += found
        said = "Everything that was executed agrees with plan.lock, bit by bit."
        comparisons.append(_alteration("against-lock", "Against plan.lock", found, said))
    recorded = run.get("baseline")
    if isinstance(recorded, Mapping):
        found = _lines(recorded.get("lines"))
        lines += found
        title = f"Against release {recorded.get('release', '')}, root {short(recorded.get('root'))}"
        comparisons.append(_alteration("against-release", title, found, "No line differs."))
    if baseline is not None:
        found = _lines(report_changes(evidence, baseline)["lines"])
        lines += found
        title = f"Against the run with root {short(baseline.get('evidence_root'))}"
        comparisons.append(_alteration("against-run", title, found, "No line differs."))
    return _altered(comparisons, lines)


def _lines(found: object) -> list[Mapping[str, Any]]:
    if not isinstance(found, Sequence) or isinstance(found, str):
        return []
    return [line for line in found if isinstance(line, Mapping) and {"id", "text", "direction", "kind"} <= line.keys()]


def _altered(comparisons: Sequence[Alteration], lines: Sequence[Mapping[str, Any]]) -> Altered:
    loosened = list(dict.fromkeys(str(line["text"]) for line in lines if line["direction"] == "loosened"))
    if not comparisons:
        said = "Loosened or removed: not known. There is no locked plan and no earlier release to compare with."
    elif not loosened:
        said = f"Loosened or removed: nothing, {_against(comparisons)}."
    else:
        said = f"Loosened or removed: {plural(len(loosened), 'line')}, {_against(comparisons)}."
    more = len(loosened) - _FIRST
    return Altered(
        said=said,
        first=tuple(loosened[:_FIRST]),
        rest=f"and {plural(more, 'more line')}" if more > 0 else "",
        comparisons=tuple(comparisons),
    )


def _against(comparisons: Sequence[Alteration]) -> str:
    titles = [one.title[:1].lower() + one.title[1:] for one in comparisons]
    return " and ".join(title.partition(", root")[0] for title in titles)


def _alteration(anchor: str, title: str, lines: Sequence[Mapping[str, Any]], none: str) -> Alteration:
    groups = []
    for group in grouped(lines):
        told = group["lines"]
        rows = tuple(_row(line) for line in told[:_LISTED])
        rest = f"And {plural(len(told) - _LISTED, 'more line')}, in evidence.json." if len(told) > _LISTED else ""
        groups.append((str(group["title"]), str(len(told)), rows, rest))
    return Alteration(anchor=anchor, title=title, groups=tuple(groups), none="" if lines else none)


def _row(line: Mapping[str, Any]) -> tuple[str, str, str]:
    identity = str(line["id"])
    return identity, str(line["text"]).removeprefix(f"{identity}: "), str(line.get("effect") or "not computed")
