"""One block at the end of the session: the decision, what stopped it, where the report is."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.plugin.node_ids import redacted_ids
from mltest.policy.gate import headline

if TYPE_CHECKING:
    import pytest

    from mltest.plugin.closing import Closing

__all__ = ["summarise"]

_WORST = 3
_ORDER = ("error", "failed", "inconclusive")


def summarise(reporter: pytest.TerminalReporter, closing: Closing | None, problems: list[str]) -> None:
    """Print the block."""
    reporter.section("mltest")
    if closing is not None:
        for line in _lines(closing):
            reporter.write_line(line)
        for line in closing.lines:
            reporter.write_line(line)
    for problem in problems:
        reporter.write_line(f"  problem   {problem}", red=True)


def _lines(closing: Closing) -> list[str]:
    verdict, records = closing.verdict, list(closing.records.briefs())
    lines = [f"  gate      {headline(verdict).removeprefix('Gate: ')}"]
    lines += _causes(verdict["reasons"])
    lines += [f"  profile   {closing.note}"] if closing.note else []
    lines.append(f"  checks    {_tally(records)}")
    lines.append(f"  {'planned ' if closing.locked else 'tests   '}  {_completeness(verdict['completeness'])}")
    waived = {cell["id"]: cell["waiver"] for cell in verdict["outcomes"] if cell["waiver_state"] == "valid"}
    worst = sorted((record for record in records if record["verdict"] in _ORDER), key=_urgency)
    lines += [
        f"  {_label(at)}{_word(record, waived)}: {record['sentence']}" for at, record in enumerate(worst[:_WORST])
    ]
    if len(worst) > _WORST:
        lines.append(f"            and {count(len(worst) - _WORST)} more")
    lines += _too_early(records)
    lines += _ignored(verdict)
    lines += _looks(closing.looks)
    warned = redacted_ids(record["node"] for record in records)
    lines += [f"  note      {warned}"] if warned else []
    if closing.report is not None:
        lines.append(f"  report    {_shown(closing)}")
    if closing.locked:
        lines.append(f"  grade     {_grade(verdict)}")
    lines.append(f"  root      {closing.root}")
    if closing.stored is not None:
        lines += [f"  store     {closing.stored.url}"] if closing.stored.url else []
        word = "problem" if closing.stored.must_fail else "warning"
        lines += [f"  {word}   {problem}" for problem in closing.stored.problems]
        lines += [f"  exit 1    {_demand_of_store(closing)}"] if closing.stored.must_fail else []
    return lines


def _causes(reasons: list[dict[str, Any]]) -> list[str]:
    """What kept a decision from being made, other than a check's own result."""
    told = [f"{reason['text']}" for reason in reasons if "id" not in reason]
    more = [f"and {count(len(told) - _WORST)} more"] if len(told) > _WORST else []
    return [f"  {'because   ' if at == 0 else '          '}{text}" for at, text in enumerate([*told[:_WORST], *more])]


def _demand_of_store(closing: Closing) -> str:
    """Why a run that could not be stored fails, whatever its gate."""
    by = "the profile release" if closing.profile == "release" else 'upload = "fail" in the settings'
    return f"{by} demands that the evidence reaches its store"


def _too_early(records: list[dict[str, Any]]) -> list[str]:
    """The checks that were called outside of any test."""
    early = [record["id"] for record in records if not record["node"] and record["verdict"] == "error"]
    more = f" (and {count(len(early) - 1)} more)" if len(early) > 1 else ""
    return [f"  too early MLP09 check {early[0]} ran before the plan was sealed{more}"] if early else []


def _ignored(verdict: dict[str, Any]) -> list[str]:
    """Why a waiver that names a check of this run does not hold; one line for each, and few of them."""
    told = {
        row["id"]: f"{row['id']} does not hold: {row['code']} {row['text']}"
        for row in verdict["waivers"]
        if row["checks"] and "code" in row
    }
    # a waiver without a mistake of its own that does not cover what was found: the reason of the check says why
    said = {reason["id"]: reason["text"] for reason in verdict["reasons"] if "id" in reason}
    for cell in verdict["outcomes"]:
        if cell["waiver_state"] == "invalid" and cell["waiver"] not in told:
            why = said.get(cell["id"], "").partition("; waiver ")[2]
            told |= {cell["waiver"]: f"{why} ({cell['id']})"} if why else {}
    more = [f"and {count(len(told) - _WORST)} more"] if len(told) > _WORST else []
    return [f"  waiver    {text}" for text in [*list(told.values())[:_WORST], *more]]


def _word(record: dict[str, str], waived: dict[str, str]) -> str:
    """The verdict, and the waiver that covers it: it stays what it is."""
    by = waived.get(record["id"])
    return f"{record['verdict']}, waived by {by}" if by else record["verdict"]


def _grade(verdict: dict[str, Any]) -> str:
    limits = verdict["grade_limits"]
    return f"{verdict['grade']}, limited by: {'; '.join(limits)}" if limits else str(verdict["grade"])


def _looks(told: tuple[dict[str, Any], ...]) -> list[str]:
    """One line where a holdout had judged other candidates before; the one that it hurts most."""
    again = sorted(
        (look for look in told if look["k"] > 1),
        key=lambda look: (look["alpha_adj"] is not None, look["meets"] is not False, -look["k"], look["id"]),
    )
    if not again:
        return []
    first = again[0]
    passed = f"candidate {count(first['k'])} on the same rows, {count(first['passed_before'])} passed before"
    more = f" (and {count(len(again) - 1)} more)" if len(again) > 1 else ""
    return [f"  looks     {first['label']}: {passed}; {_left(first)}{more}"]


def _left(look: dict[str, Any]) -> str:
    """What the looks leave of a promise of 5 %."""
    if look["alpha_adj"] is None:
        return "no error is left, collect fresh rows"
    left = f"error left {100 * look['alpha_adj']:.2g} %"
    return left if look["meets"] is None else f"{left}, {'still' if look['meets'] else 'no longer'} met by that bound"


def _label(at: int) -> str:
    return "worst     " if at == 0 else "          "


def _urgency(record: dict[str, str]) -> tuple[int, str]:
    return _ORDER.index(record["verdict"]), record["id"]


def _tally(records: list[dict[str, str]]) -> str:
    words = Counter(record["verdict"] for record in records)
    order = ("passed", "failed", "inconclusive", "not_applicable", "error")
    return ", ".join(f"{count(words[word])} {word.replace('_', ' ')}" for word in order if words[word]) or "none called"


def _completeness(whole: dict[str, Any]) -> str:
    reasons = ", ".join(f"{name.replace('_', ' ')} {count(n)}" for name, n in whole["by_reason"].items())
    missed = f" + {count(whole['not_run'])} not run ({reasons})" if whole["not_run"] else ""
    silent = f", {count(whole['without_check'])} without a check" if whole["without_check"] else ""
    return f"{count(whole['planned'])} planned = {count(whole['executed'])} executed{missed}{silent}"


def _shown(closing: Closing) -> str:
    relative = os.path.relpath(str(closing.report))
    return relative if not relative.startswith("..") else str(closing.report)
