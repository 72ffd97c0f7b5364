"""The first screen: the gate in words, why in one or two sentences, the counts, what was and was not run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.report.words import family_rank, plural, reason_text, verdict_text

if TYPE_CHECKING:
    from mltest.report.entries import Entry

__all__ = ["Count", "Decision", "NotRun", "decision_of", "not_run_of", "silent_of"]

_HEADLINES = {
    "allow": ("Allowed", "passed"),
    "allow_conditional": ("Allowed, with conditions", "inconclusive"),
    "block": ("Blocked", "failed"),
    "void": ("No decision", "not_run"),
}
_ALWAYS = ("passed", "failed", "inconclusive")
_SENTENCE = 260
_LISTED = 50
_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many checks ended with one word."""

    word: str
    mark: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The checks that ended with one bad word, by name, each with its place on the page."""

    word: str
    mark: str
    links: tuple[tuple[str, str], ...]
    rest: str
    families: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the gate says and why."""

    gate: str
    mark: str
    headline: str
    why: tuple[str, ...]
    named: tuple[Named, ...]
    counts: tuple[Count, ...]
    completeness: str
    problems: tuple[str, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotRun:
    """The tests that did not run for one reason."""

    reason: str
    number: str
    tests: tuple[tuple[str, str], ...]
    rest: str
    required: str


def decision_of(evidence: Mapping[str, Any], entries: Sequence[Entry]) -> Decision:
    """The decision as evidence states it; nothing is decided here."""
    verdict = evidence["verdict"]
    headline, mark = _HEADLINES.get(verdict["gate"], (verdict["gate"].replace("_", " ").capitalize(), "not_run"))
    not_run = evidence["results"]["not_run"]
    return Decision(
        gate=verdict["gate"],
        mark=mark,
        headline=headline,
        why=tuple(_why(verdict, entries, not_run)),
        named=_named(entries),
        counts=_counts(entries, len(not_run)),
        completeness=_completeness(verdict, evidence["plan"], entries, not_run),
        problems=tuple(_sentence(str(problem)) for problem in evidence["run"].get("problems") or ()),
        remarks=tuple(_remarks(verdict, evidence["run"])),
    )


def _why(verdict: Mapping[str, Any], entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]) -> list[str]:
    reasons = [reason for reason in verdict.get("reasons") or () if isinstance(reason, Mapping)]
    if verdict["gate"] == "allow" and not reasons:
        return [_all_passed(entries, not_run)]
    first = _first_reason(reasons, entries, not_run)
    others = _others(entries, not_run) if not _named(entries) else ""
    return [first, others] if others else [first]


def _all_passed(entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]) -> str:
    passed = sum(entry.mark == "passed" for entry in entries)
    rest = "nothing planned was left out" if not not_run else f"{plural(len(not_run), 'planned test')} did not run"
    return f"{_of(passed, len(entries))} met its demand; {rest}."


def _of(some: int, all_: int) -> str:
    if some == all_:
        return "The one check" if all_ == 1 else f"Each of {count(all_)} checks"
    return f"Each of {count(some)} among {count(all_)} checks"


def _first_reason(
    reasons: Sequence[Mapping[str, Any]], entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]
) -> str:
    """The worst reason in plain words: the check's own sentence where there is one."""
    if reasons and not reasons[0].get("id"):
        return _sentence(str(reasons[0].get("text") or reasons[0].get("code") or "no reason recorded"))
    wanted = str(reasons[0]["id"]) if reasons else ""
    same = [entry for entry in entries if wanted in (entry.node, entry.id)] or [
        entry for entry in entries if entry.mark in ("error", "failed", "inconclusive")
    ]
    if wanted and not any(wanted in (entry.node, entry.id) for entry in entries):
        missing = next((row for row in not_run if row["id"] == wanted), None)
        if missing is not None:
            return _sentence(f"The planned test {wanted} did not run: {_detail(missing)}")
    if not same:
        return _sentence(str(reasons[0].get("text") or reasons[0].get("code"))) if reasons else "No reason is recorded."
    worst = min(same, key=lambda entry: entry.urgency)
    return (
        _sentence(f"{worst.family}, {worst.name}: {worst.sentence}") + " " + _sentence(worst.because.partition(": ")[2])
    )


def _detail(row: Mapping[str, Any]) -> str:
    reason = reason_text(str(row.get("reason") or "no reason recorded"))
    return f"{reason} ({row['detail']})" if row.get("detail") else reason


def _sentence(text: str) -> str:
    """A capital, an end, and a length that leaves the first screen readable."""
    text = " ".join(text.split())
    if len(text) > _SENTENCE:
        text = text[: _SENTENCE - 1].rstrip() + "…"
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "…", "?", "!")) else ".")


def _others(entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]) -> str:
    """How many other checks failed or were left open, beside the one that is told in full."""
    parts = []
    told = True
    for word in ("error", "failed", "inconclusive"):
        found = sum(entry.mark == word for entry in entries)
        if found and told:
            found, told = found - 1, False
        if found:
            parts.append(f"{plural(found, 'check')} {_ended(word, found)}")
    if not_run:
        parts.append(f"{plural(len(not_run), 'planned test')} did not run")
    if not parts:
        return ""
    listed = f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
    return f"Beside it, {listed}."


def _ended(word: str, found: int) -> str:
    return {"error": "broke", "failed": "failed"}.get(word, "is inconclusive" if found == 1 else "are inconclusive")


def _named(entries: Sequence[Entry]) -> tuple[Named, ...]:
    """Nothing where one check is told in full already; else the names, at most a handful for each word."""
    groups = {word: [entry for entry in entries if entry.mark == word] for word in ("error", "failed", "inconclusive")}
    if sum(map(len, groups.values())) < 2:
        return ()
    return tuple(
        Named(
            word=verdict_text(word),
            mark=word,
            links=tuple((entry.anchor, _short_name(entry.name)) for entry in found[:_NAMED]),
            rest=f"and {count(len(found) - _NAMED)} more" if len(found) > _NAMED else "",
            families=_families(found),
        )
        for word, found in groups.items()
        if found
    )


def _families(entries: Sequence[Entry]) -> str:
    """What the checks are about, in the order of the page, with the number of each."""
    tally = Counter(entry.family for entry in entries)
    return ", ".join(f"{family} {count(tally[family])}" for family in sorted(tally, key=family_rank))


def _short_name(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"


def _counts(entries: Sequence[Entry], not_run: int) -> tuple[Count, ...]:
    tally = {word: sum(entry.mark == word for entry in entries) for word in (*_ALWAYS, "not_applicable", "error")}
    shown = [
        Count(word=verdict_text(word), mark=word, number=count(found))
        for word, found in tally.items()
        if found or word in _ALWAYS
    ]
    return (*shown, Count(word="not run", mark="not_run", number=count(not_run)))


def _completeness(
    verdict: Mapping[str, Any], plan: Mapping[str, Any], entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]
) -> str:
    told = verdict.get("completeness") or {}
    planned = told.get("planned", len(plan["checks"]))
    executed = told.get("executed", len({entry.node for entry in entries}))
    missed = told.get("not_run", len(not_run))
    reasons = told.get("by_reason") or {}
    why = ", ".join(f"{count(number)} {reason_text(str(code))}" for code, number in sorted(reasons.items()))
    line = f"{count(planned)} planned = {count(executed)} executed + {count(missed)} not run"
    return f"{line} ({why})" if why else line


def _remarks(verdict: Mapping[str, Any], run: Mapping[str, Any]) -> list[str]:
    """Quiet lines under the counts: what limits the weight of this decision."""
    told = verdict.get("completeness") or {}
    remarks = []
    if told.get("holds") is False:
        remarks.append("the count above does not add up: planned tests are neither executed nor accounted for")
    if told.get("unplanned"):
        remarks.append(f"{plural(told['unplanned'], 'executed test was', 'executed tests were')} not planned")
    if told.get("without_check"):
        remarks.append(f"{plural(told['without_check'], 'executed test')} called no check")
    if not run.get("lock_digest"):
        remarks.append("no plan was locked before this run: exploratory")
    elif run.get("plan_status") == "differs":
        remarks.append("the plan of this run differs from the locked one")
    if verdict.get("grade"):
        limits = "; ".join(str(limit) for limit in verdict.get("grade_limits") or ())
        remarks.append(f"evidence grade {verdict['grade']}" + (f", limited by: {limits}" if limits else ""))
    return remarks


def not_run_of(evidence: Mapping[str, Any]) -> tuple[NotRun, ...]:
    """What did not run, grouped by reason, the largest group first."""
    required = {check["id"]: check.get("required") is True for check in evidence["plan"]["checks"]}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in evidence["results"]["not_run"]:
        groups.setdefault(str(row.get("reason") or "no reason recorded"), []).append(row)
    return tuple(
        NotRun(
            reason=reason_text(reason),
            number=plural(len(rows), "test"),
            tests=tuple((str(row["id"]), str(row.get("detail") or "")) for row in rows[:_LISTED]),
            rest=f"And {count(len(rows) - _LISTED)} more, listed in evidence.json." if len(rows) > _LISTED else "",
            required=_required(sum(required.get(row["id"], False) for row in rows)),
        )
        for reason, rows in sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    )


def silent_of(evidence: Mapping[str, Any]) -> NotRun | None:
    """The tests that ran to their end and called no check: they say nothing about a model or a table."""
    nodes = evidence["results"].get("without_check") or ()
    if not nodes:
        return None
    return NotRun(
        reason="ran, and called no check",
        number=plural(len(nodes), "test"),
        tests=tuple((str(node), "") for node in nodes[:_LISTED]),
        rest=f"And {count(len(nodes) - _LISTED)} more, listed in evidence.json." if len(nodes) > _LISTED else "",
        required="",
    )


def _required(number: int) -> str:
    return f"{count(number)} required" if number else ""
