"""GitHub: the summary of a step, within its size, and at most ten annotations, worst first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mltest.digits import count
from mltest.policy.gate import headline
from mltest.report.judgements import Judgement, exact, judgements_of, worst_first
from mltest.report.markdown import cell, code, heading, row, table_head
from mltest.report.reading import evidence_parts
from mltest.report.words import plural, reason_text, verdict_text

__all__ = ["ANNOTATIONS", "BUDGET", "annotated", "summary"]

BUDGET = 900 * 1024  # the limit of a step is 1024 KiB, above which all of it is refused
ANNOTATIONS = 10  # shown of one step
_LEVELS = {"block": "error", "warn": "warning", "note": "notice"}
_ROOM = 512
_TEXT = 600


class _Section(NamedTuple):
    head: list[str]
    rows: list[str]
    tail: list[str]


def summary(evidence: Mapping[str, Any], *, page: str = "report.html", budget: int = BUDGET) -> bytes:
    """The summary of a step: the gate, the root, what was loosened, failures first, passes folded.

    Parameters
    ----------
    evidence : mapping
        What a run left.
    page : str
        Where all of it stands, for what does not fit.
    budget : int
        The most bytes; what is beyond is cut between two rows and counted.
    """
    parts = evidence_parts(evidence)
    rows = judgements_of(parts)
    lines = [f"## {cell(headline(parts['verdict']))}", "", _counts(rows), ""]
    lines += [f"Evidence root {code(parts['evidence_root'])}", ""]
    lines += [_completeness(parts), ""]
    size, left = _size(lines), 0
    for section in _sections(parts, rows):
        frame = _size([*section.head, *section.tail])
        fits = 0
        if not left and size + frame + _ROOM < budget:
            size += frame
            for line in section.rows:
                if size + len(line.encode()) + 1 + _ROOM > budget:
                    break
                size, fits = size + len(line.encode()) + 1, fits + 1
            lines += [*section.head, *section.rows[:fits], *section.tail]
        left += len(section.rows) - fits
    if left:
        lines += ["", f"{count(left)} more in {cell(page)}"]
    return ("\n".join(lines).rstrip("\n") + "\n").encode("utf-8", "replace")


def _size(lines: Sequence[str]) -> int:
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)


def _counts(rows: Sequence[Judgement]) -> str:
    """How many ended how; a waived failure is one of the failures."""
    words = ("error", "failed", "inconclusive", "not_run", "not_applicable", "passed")
    groups = [(word, [row for row in rows if row.verdict == word]) for word in words]
    said = [f"{count(len(found))} {verdict_text(word)}{_waived(found)}" for word, found in groups if found]
    return ", ".join(said) or "no check was called"


def _waived(rows: Sequence[Judgement]) -> str:
    number = sum(row.waiver is not None for row in rows)
    return f" ({count(number)} waived)" if number else ""


def _completeness(parts: Mapping[str, Any]) -> str:
    whole, verdict = parts["verdict"].get("completeness") or {}, parts["verdict"]
    reasons = ", ".join(f"{reason_text(name)} {many}" for name, many in (whole.get("by_reason") or {}).items())
    missed = f"{count(whole.get('not_run', 0))} not run" + (f" ({reasons})" if reasons else "")
    limits = "; ".join(str(limit) for limit in verdict.get("grade_limits") or ())
    text = f"{count(whole.get('planned', 0))} planned = {count(whole.get('executed', 0))} executed + {missed}. "
    return cell(f"{text}Grade {verdict.get('grade', 'E0')}" + (f", limited by: {limits}" if limits else ""))


def _sections(parts: Mapping[str, Any], rows: Sequence[Judgement]) -> Iterator[_Section]:
    worst = worst_first(rows)
    loosened = _loosened(parts)
    if loosened:
        yield _Section(heading("Loosened or removed", 3), loosened, [])
    problems = [f"- {cell(text)}" for text in _voids(parts)]
    if problems:
        yield _Section(heading("Why there is no decision", 3), problems, [])
    groups = (
        ("Failed and waived", [row for row in worst if row.verdict in ("failed", "error") or row.waiver]),
        ("Inconclusive", [row for row in worst if row.verdict == "inconclusive" and not row.waiver]),
        ("Not run", _by_reason(worst)),
        ("Not applicable", [row for row in worst if row.verdict == "not_applicable" and not row.waiver]),
    )
    for title, found in groups:
        if found:
            yield _table(heading(f"{title} ({count(len(found))})", 3), found, [])
    passed = [row for row in rows if row.verdict == "passed"]
    if passed:
        folded = ["", "<details>", f"<summary>{plural(len(passed), 'check')} passed</summary>", ""]
        yield _table(folded, passed, ["", "</details>"])


def _loosened(parts: Mapping[str, Any]) -> list[str]:
    """The lines of change against the plan and against the last release, and what the gate says of them."""
    changed = [*(parts["run"].get("differences") or ()), *((parts["run"].get("baseline") or {}).get("lines") or ())]
    told = [str(line.get("text") or line.get("id")) for line in changed if line.get("direction") == "loosened"]
    told += [str(reason["text"]) for reason in parts["verdict"]["reasons"] if reason["code"] in ("removed", "loosened")]
    return [f"- {cell(text)}" for text in dict.fromkeys(told)]


def _voids(parts: Mapping[str, Any]) -> list[str]:
    reasons = [reason for reason in parts["verdict"]["reasons"] if not reason.get("id")]
    return [str(reason["text"]) for reason in reasons if reason["code"] not in ("removed", "loosened")]


def _by_reason(rows: Sequence[Judgement]) -> list[Judgement]:
    missed = [row for row in rows if row.verdict == "not_run" and not row.waiver]
    return sorted(missed, key=lambda row: (str(row.missed.get("reason")), row.id))


def _table(head: list[str], rows: Sequence[Judgement], tail: list[str]) -> _Section:
    names = ("check", "verdict", "value", "interval", "limit", "n", "what was found")
    return _Section([*head, *table_head(names)], [_line(found) for found in rows], tail)


def _line(found: Judgement) -> str:
    low, high = (_number(end) for end in found.bounds)
    cells = (
        code(found.id),
        cell(found.said),
        _number(found.value),
        f"{low} to {high}" if low or high else "",
        " to ".join(exact(limit) for limit in found.limits),
        count(int(found.record.get("n") or 0)) if found.record.get("n") is not None else "",
        cell(_cut(found.told)),
    )
    return row(cells)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1].rstrip()}…"


def annotated(evidence: Mapping[str, Any], *, most: int = ANNOTATIONS) -> bytes:
    """Workflow commands for the log, one a line: worst first, and the last says how many remain."""
    parts = evidence_parts(evidence)
    rows = [row for row in worst_first(judgements_of(parts)) if row.gate in _LEVELS]
    shown = rows if len(rows) <= most else rows[: most - 1]
    lines = [_annotation(row, parts["evidence_root"]) for row in shown]
    if len(rows) > len(shown):
        rest = f"{count(len(rows) - len(shown))} more, evidence root {parts['evidence_root']}"
        lines.append(f"::{_LEVELS[rows[len(shown)].gate]} title=mltest::{_data(rest)}")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _annotation(row: Judgement, root: str) -> str:
    path, line = row.place
    place = f"file={_property(path)}" + (f",line={line}" if line else "")
    text = f"{_cut(row.told)} [{row.id}; evidence root {root}]"
    return f"::{_LEVELS[row.gate]} {place},title={_property(_cut(row.said))}::{_data(text)}"


def _data(text: str) -> str:
    """The message of a command: one line, whatever it holds."""
    one = " ".join(text.splitlines())
    return one.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
