"""The first screen: the gate in words, what is open, what was and was not run, the grade, who and which bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.policy.gate import headline
from mltest.report.words import family_rank, plural, reason_text, verdict_text

if TYPE_CHECKING:
    from mltest.report.entries import Entry

__all__ = ["Count", "Decision", "Named", "NotRun", "decision_of", "not_run_of", "silent_of"]

_MARKS = {"allow": "passed", "allow_conditional": "inconclusive", "block": "failed", "void": "not_run"}
_ALWAYS = ("passed", "failed", "inconclusive")
_SENTENCE = 260
_LISTED = 50
_NAMED = 5
_NO_PLAN = (
    "No plan was locked before this run. Its demands could have been written after the results were known, and the "
    "count below is of what the run collected itself (MLC03). It tells the author how things stand and settles nothing "
    "for others."
)
_DIFFERS = "This run differs from its locked plan: it is exploratory, and no decision is made on it."


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many checks ended with one word."""

    word: str
    mark: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One check on the first screen: where it stands, what it says, who answers for it until when."""

    anchor: str
    name: str
    said: str
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The checks that ended with one bad word, a sentence each."""

    word: str
    mark: str
    items: tuple[Item, ...]
    rest: str
    families: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the gate says and why."""

    gate: str
    mark: str
    headline: str
    why: tuple[str, ...]
    unlocked: str
    named: tuple[Named, ...]
    counts: tuple[Count, ...]
    completeness: str
    problems: tuple[str, ...]
    conditions: tuple[str, ...]
    remarks: tuple[str, ...]
    grade: str


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
    not_run = evidence["results"]["not_run"]
    return Decision(
        gate=verdict["gate"],
        mark=_MARKS.get(verdict["gate"], "not_run"),
        headline=_headline(verdict),
        why=tuple(_why(verdict, entries, not_run)),
        unlocked=_unlocked(evidence["run"]),
        named=_named(entries),
        counts=_counts(entries, len(not_run)),
        completeness=_completeness(verdict, evidence["plan"], entries, not_run),
        problems=tuple(_sentence(str(problem)) for problem in evidence["run"].get("problems") or ()),
        conditions=tuple(_conditions(verdict, entries, not_run)),
        remarks=tuple(_remarks(verdict)),
        grade=_grade(verdict),
    )


def _headline(verdict: Mapping[str, Any]) -> str:
    """The words of every output; older evidence does not say of a reason what it does to the gate."""
    if verdict["gate"] not in _MARKS:
        return f"Gate: {verdict['gate'].replace('_', ' ')}"
    reasons = _reasons(verdict)
    if not any(reason.get("gate") for reason in reasons):
        reasons = [row for row in verdict.get("outcomes") or () if isinstance(row, Mapping)]
    return headline({"gate": verdict["gate"], "reasons": reasons})


def _reasons(verdict: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [reason for reason in verdict.get("reasons") or () if isinstance(reason, Mapping)]


def _unlocked(run: Mapping[str, Any]) -> str:
    if not run.get("lock_digest"):
        return _NO_PLAN
    return _DIFFERS if run.get("plan_status") == "differs" else ""


def _grade(verdict: Mapping[str, Any]) -> str:
    limits = "; ".join(str(limit) for limit in verdict.get("grade_limits") or ())
    if not verdict.get("grade"):
        return "not recorded"
    return f"{verdict['grade']}" + (f", limited by: {limits}" if limits else "")


def _why(verdict: Mapping[str, Any], entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the list of checks below does not say itself."""
    reasons = _reasons(verdict)
    if verdict["gate"] == "allow" and not reasons:
        return [_all_passed(entries, not_run)]
    untold = _untold(reasons, entries)
    beside = [reason for reason in untold if reason.get("gate") != "warn"]
    if not beside:
        return [] if reasons or any(entry.told for entry in entries) else ["No reason is recorded."]
    return _listed(beside, not_run)


def _conditions(
    verdict: Mapping[str, Any], entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]
) -> list[str]:
    """The conditions of the gate that no listed check tells."""
    untold = _untold(_reasons(verdict), entries)
    return _listed([reason for reason in untold if reason.get("gate") == "warn"], not_run)


def _listed(reasons: Sequence[Mapping[str, Any]], not_run: Sequence[Mapping[str, Any]]) -> list[str]:
    named = [_reason(reason, not_run) for reason in reasons[:_NAMED]]
    more = len(reasons) - len(named)
    return [*dict.fromkeys(named), *([f"And {plural(more, 'more reason')}, under Completeness."] if more > 0 else [])]


def _untold(reasons: Sequence[Mapping[str, Any]], entries: Sequence[Entry]) -> list[Mapping[str, Any]]:
    told = {name for entry in entries if entry.told for name in (entry.id, entry.node)}
    return [reason for reason in reasons if not _is_told(reason, told)]


def _is_told(reason: Mapping[str, Any], told: set[str]) -> bool:
    """Whether the first screen tells a reason elsewhere: with its check, or among what was loosened."""
    return reason.get("code") in ("loosened", "removed") or str(reason.get("id") or "") in told


def _all_passed(entries: Sequence[Entry], not_run: Sequence[Mapping[str, Any]]) -> str:
    passed = sum(entry.mark == "passed" for entry in entries)
    rest = "nothing planned was left out" if not not_run else f"{plural(len(not_run), 'planned test')} did not run"
    return f"{_of(passed, len(entries))} met its demand; {rest}."


def _of(some: int, all_: int) -> str:
    if some == all_:
        return "The one check" if all_ == 1 else f"Each of {count(all_)} checks"
    return f"Each of {count(some)} among {count(all_)} checks"


def _reason(reason: Mapping[str, Any], not_run: Sequence[Mapping[str, Any]]) -> str:
    """One reason in plain words."""
    wanted = str(reason.get("id") or "")
    missing = next((row for row in not_run if wanted and wanted in (row["id"], str(row["id"]).partition("#")[0])), None)
    missing = missing or next((row for row in not_run if wanted.partition("#")[0] == row["id"]), None)
    if missing is not None and wanted:
        return _sentence(f"The planned test {wanted} did not run: {_detail(missing)}")
    return _sentence(str(reason.get("text") or reason.get("code") or "no reason recorded"))


def _detail(row: Mapping[str, Any]) -> str:
    reason = reason_text(str(row.get("reason") or "no reason recorded"))
    return f"{reason} ({row['detail']})" if row.get("detail") else reason


def _sentence(text: str) -> str:
    """A capital, an end, and a length that leaves the first screen readable."""
    text = _ended(text)
    first = text.partition(" ")[0]
    return text if "_" in first else text[:1].upper() + text[1:]


def _ended(text: str) -> str:
    text = " ".join(text.split())
    if len(text) > _SENTENCE:
        text = text[: _SENTENCE - 1].rstrip() + "…"
    return text + ("" if text.endswith((".", "…", "?", "!")) else ".")


def _named(entries: Sequence[Entry]) -> tuple[Named, ...]:
    """At most a handful for each word; a waived check stands apart and keeps its verdict."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        if entry.told:
            groups.setdefault((entry.mark, entry.word), []).append(entry)
    return tuple(
        Named(
            word=word,
            mark=mark,
            items=tuple(_item(entry) for entry in found[:_NAMED]),
            rest=f"and {count(len(found) - _NAMED)} more" if len(found) > _NAMED else "",
            families=_families(found),
        )
        for (mark, word), found in sorted(groups.items(), key=lambda group: (group[1][0].urgency, group[0][1]))
    )


def _item(entry: Entry) -> Item:
    because = entry.because.partition(": ")[2]
    said = entry.sentence if because in ("", "not recorded") else f"{entry.sentence.rstrip('.')}; {because}"
    owner = f"owner {entry.owner}" if entry.owner else "no owner named"
    return Item(
        anchor=entry.anchor,
        name=_short_name(entry.name),
        said=_ended(said),
        who=". ".join(filter(None, [owner, entry.waived])),
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


def _remarks(verdict: Mapping[str, Any]) -> list[str]:
    """Quiet lines under the counts: what limits the weight of this decision."""
    told = verdict.get("completeness") or {}
    remarks = []
    if told.get("holds") is False:
        remarks.append("the count above does not add up: planned tests are neither executed nor accounted for")
    if told.get("unplanned"):
        remarks.append(f"{plural(told['unplanned'], 'executed check was', 'executed checks were')} not planned")
    if told.get("without_check"):
        remarks.append(f"{plural(told['without_check'], 'executed test')} called no check")
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
