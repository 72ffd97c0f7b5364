"""One check as the page shows it: every word, number and coordinate prepared, nothing left to compute."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.digits import count, limit, number, share
from mltest.message import measured_text, required_text
from mltest.methods import method_text
from mltest.report.accepted import days_text
from mltest.report.charts import pictures_of
from mltest.report.ladders import Ladder, bounds_text, ladders_of, leading_of, size_text
from mltest.report.reading import ABSENT, result_of, short
from mltest.report.strips import Strip, WideStrip, limits_of, strip, wide_strip
from mltest.report.words import URGENCY, flag_text, plural, verdict_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltest.report.drawing import Picture
    from mltest.result import Finding, Measurement, Result

__all__ = ["TOLD", "Entry", "Reference", "entry_of"]

# Verdicts that are told in full, waived or not.
TOLD = ("error", "failed", "inconclusive")
# The record of a test that broke before or beside its checks.
_PYTEST = "pytest"
_CELL = 64
_PLAIN_IN_SHELL = re.compile(r"[^\"$`\\!\n]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Something that a check read: its name, its digest in short form, where the full form stands."""

    name: str
    short: str
    anchor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One concrete thing behind a verdict, as text."""

    rule: str
    where: str
    what: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """The findings that the evidence keeps, and a sentence on the others."""

    rows: tuple[FindingRow, ...]
    rest: str
    counted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One judged check."""

    id: str
    anchor: str
    name: str
    check: str
    node: str
    label: str
    mark: str
    word: str
    urgency: int
    family: str
    demand: str
    value: str
    bounds: str
    n: str
    method: str
    strip: Strip | None
    wide: WideStrip | None
    undrawn: str
    sentence: str
    measured: str
    required: str
    because: str
    settle: str
    advice: str
    rerun: str
    explain: str
    effect: str
    notes: tuple[str, ...]
    reads: tuple[Reference, ...]
    ladders: tuple[Ladder, ...]
    findings: Findings | None
    pictures: tuple[Picture, ...]
    owner: str = ""
    waived: str = ""
    detectable: str = ""
    more_pictures: str = ""
    brief: bool = False

    @property
    def told(self) -> bool:
        """Whether it is told in full: it did not pass, and it was meant to."""
        return self.mark in TOLD


def entry_of(
    record: Mapping[str, Any],
    *,
    anchor: str,
    planned: Mapping[str, Any],
    outcome: Mapping[str, Any],
    waiver: Mapping[str, Any] | None,
    seed: int | None,
    anchors: Mapping[str, str],
    family: str,
    attempts: int = 1,
    several: bool = False,
) -> Entry:
    """The entry of a record.

    ``planned`` is what the plan says of its test, ``outcome`` and ``waiver`` what the verdict object says of it,
    ``anchors`` are places of full digests; ``several`` says that its test holds other checks too.
    """
    result = result_of(record)
    node = str(record.get("node") or record["id"].partition("#")[0])
    leading = leading_of(result)
    drawn = leading is not None and (leading.value is not None) and bool(limits_of(result.requirement))
    told, waived = result.verdict in TOLD, waiver is not None and outcome.get("waiver_state") == "valid"
    return Entry(
        id=record["id"],
        anchor=anchor,
        name=_name(node, result.label) + (f", {result.label}" if several and result.label else ""),
        check=result.check if result.label in ("", result.check) else f"{result.check}  {result.label}",
        node=node,
        label=result.label,
        mark=result.verdict,
        word=verdict_text(result.verdict) + (", waived" if told and waived else ""),
        urgency=URGENCY.index(result.verdict),
        family=family,
        demand=_demand(result),
        value=_value(leading, result),
        bounds=_cell(bounds_text(leading, result.requirement)),
        n=_size(leading),
        method=method_text(leading.method) if leading else "no measurement",
        strip=strip(leading, result.requirement, result.verdict) if drawn and leading else None,
        wide=wide_strip(leading, result.requirement, result.verdict) if drawn and leading and told else None,
        undrawn=_undrawn(leading, result),
        sentence=result.sentence or f"{verdict_text(result.verdict)}: {result.because or ABSENT}",
        measured=measured_text(result) if result.measurements else "nothing was measured",
        required=_required(result),
        because=f"{verdict_text(result.verdict)}: {result.because or ABSENT}",
        settle=_settle(result, leading),
        advice=result.advice or "",
        rerun=_rerun(node, seed),
        explain="" if result.check == _PYTEST else f"mltest explain {result.check}",
        effect=_effect(outcome.get("gate")),
        notes=_notes(result, planned, attempts, record),
        reads=tuple(
            Reference(name=name, short=short(digest), anchor=anchors.get(digest))
            for name, digest in sorted(result.inputs.items())
        ),
        ladders=ladders_of(result),
        findings=_findings(result),
        pictures=pictures_of(result, anchor),
        owner=str(planned.get("owner") or ""),
        waived=_waived(waiver, outcome) if told and waiver else "",
        detectable=_detectable(result),
    )


def _waived(waiver: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    """Until when a bad result is accepted, and by whom; a waiver that does not hold says so."""
    if outcome.get("waiver_state") != "valid":
        return f"waiver {waiver.get('id')} does not hold: {waiver.get('code', '')} {waiver.get('text', '')}".strip(": ")
    left = days_text(waiver.get("days_left"))
    by = waiver.get("approved_by", ABSENT)
    return f"waived by {waiver.get('id')} until {waiver.get('expires', ABSENT)}, {left}; accepted by {by}"


def _detectable(result: Result) -> str:
    """The mildest estimate that these rows could have shown to be good enough."""
    if result.detectable is not None:
        return f"{number(result.detectable)}: the mildest estimate that would have passed with these rows"
    return "not known for this method" if result.verdict == "inconclusive" else ""


def _name(node: str, label: str) -> str:
    """A test's name in words: ``test_ranks_applicants[north]`` reads "Ranks applicants [north]"."""
    last = node.rpartition("::")[2] or node
    name, bracket, rest = last.partition("[")
    words = name.removeprefix("test_").replace("_", " ").strip() or label or last
    return words[:1].upper() + words[1:] + (f" {bracket}{rest}" if bracket else "")


def _cell(text: str) -> str:
    """A text that fits into a cell of the table; its whole form stands with the check."""
    return text if len(text) <= _CELL else f"{text[: _CELL - 1].rstrip()}…"


def _unmeasured(leading: Measurement | None, result: Result) -> bool:
    """Whether a check could not even begin, as a comparison with predictions that nobody approved yet."""
    return leading is None and not result.findings and result.verdict not in ("passed", "failed")


def _undrawn(leading: Measurement | None, result: Result) -> str:
    """Why there is no strip: no value, no one limit, or nothing that has a scale."""
    if _unmeasured(leading, result):
        return "nothing was measured"
    unknown = leading is not None and (leading.value is None or leading.method != "census")
    return "not drawn" if unknown else "nothing to draw: it holds or it does not"


def _demand(result: Result) -> str:
    demand = result.requirement
    if demand is None:
        return "no limit"
    point = " (point)" if demand.decision == "point" else ""
    if demand.comparison == "not_worse" and demand.margin is None:
        return f"margins {demand.metric}{point}"
    if demand.comparison == "better" and isinstance(demand.limit, (int, float)):
        return f"better by more than {limit(demand.limit)}{point}"
    if demand.comparison == "not_worse":
        return f"margin {limit(demand.margin)}{point}"
    return required_text(demand).partition(" (decision=")[0] + point


def _required(result: Result) -> str:
    if result.requirement is None:
        return "the test runs to its end" if result.check == _PYTEST else "no limit: a rule that holds or not"
    source = result.requirement.source
    return required_text(result.requirement) + (f"  ({source})" if source else "")


def _value(found: Measurement | None, result: Result) -> str:
    if found is None:
        return "none" if _unmeasured(found, result) else plural(result.findings_total, "finding")
    if found.value is None:
        return "not estimable"
    return number(found.value, *limits_of(result.requirement))


def _size(found: Measurement | None) -> str:
    return "none" if found is None else size_text(found)


def _settle(result: Result, found: Measurement | None) -> str:
    if result.verdict != "inconclusive" or "settle" in result.because or found is None:
        return ""
    if result.n_to_settle is None:
        return "The number of rows that would settle it is not known."
    return f"About {count(result.n_to_settle)} {found.unit} would settle it at this estimate."


def _rerun(node: str, seed: int | None) -> str:
    quoted = f'"{node}"' if _PLAIN_IN_SHELL.fullmatch(node) else shlex.quote(node)
    return f"pytest {quoted}" + (f" --mltest-seed {seed}" if seed is not None else "")


def _effect(effect: str | None) -> str:
    words = {
        "block": "blocks the gate",
        "warn": "a condition of the gate",
        "note": "noted; the gate does not depend on it",
    }
    return words.get(effect or "", "")


def _notes(result: Result, planned: Mapping[str, Any], attempts: int, record: Mapping[str, Any]) -> tuple[str, ...]:
    marks = dict.fromkeys([*result.flags, *(flag for found in result.measurements[:1] for flag in found.flags)])
    notes = [flag_text(flag) for flag in marks]
    if result.severity != "block":
        notes.append(f"severity {result.severity}")
    if attempts > 1:
        notes.append(f"attempt {record.get('attempt', 1)} of {attempts}; the worst one counts")
    if result.detectable is not None and result.verdict not in TOLD:
        notes.append(f"with these rows an estimate of {number(result.detectable)} would have passed")
    if planned.get("owner"):
        notes.append(f"owner {planned['owner']}")
    if planned.get("controls"):
        notes.append("controls: " + "; ".join(str(control) for control in planned["controls"]))
    return tuple(notes)


def _findings(result: Result) -> Findings | None:
    if not result.findings:
        return None
    more = result.findings_total - len(result.findings)
    return Findings(
        rows=tuple(_finding(found) for found in result.findings),
        rest=f"And {plural(more, 'more finding')}, not kept in the evidence." if more > 0 else "",
        counted=any(found.count is not None or found.rate is not None for found in result.findings),
    )


def _finding(found: Finding) -> FindingRow:
    amount = "not counted" if found.count is None else count(found.count)
    rate = "" if found.rate is None else f" ({share(found.rate, 1)})"
    return FindingRow(rule=found.rule, where=found.where, what=found.what, amount=amount + rate)
