"""From what was compared to a verdict: a measurement for each route, a finding for each that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import count
from mltest.judge import judge, judge_all
from mltest.result import Finding, Measurement, Verdict
from mltest.serving.flips import flips
from mltest.serving.wording import ADVICE, feature_findings, measured, not_asked, rows_of, unanswered, what_differs

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.answer import Answer
    from mltest.serving.demand import Demand
    from mltest.serving.differing import Difference
    from mltest.serving.question import Question
    from mltest.serving.routes import Outcome
    from mltest.serving.served import Compared
    from mltest.serving.subject import Subject

__all__ = ["Judged", "judged_routes", "judged_served"]


@dataclass(frozen=True, slots=True)
class Judged:
    """The parts of a result that rest on the comparison."""

    verdict: Verdict
    words: tuple[str, ...]
    measurements: tuple[Measurement, ...]
    findings: tuple[Finding, ...]
    sentence: str
    advice: str | None = None


def judged_routes(question: Question, outcomes: list[Outcome], demand: Demand) -> Judged:
    """A conjunction over the routes that apply, and those that were named."""
    measurements = tuple(_measurement(outcome, demand) for outcome in outcomes)
    decides = [at for at, outcome in enumerate(outcomes) if _decides(outcome)]
    if not decides:
        reasons = "; ".join(f"{each.asked.name}: {each.not_asked.reason}" for each in outcomes if each.not_asked)
        verdict = Verdict(word="not_applicable", reason="no-route-applies", text=reasons)
        sentence = f"no route applies to {question.subject.name} on {question.table.name}"
        return Judged(verdict, ("not_applicable",) * len(outcomes), measurements, (), sentence)
    verdict, judged = judge_all([measurements[at] for at in decides], demand.requirement)
    words = ["not_applicable"] * len(outcomes)
    for at, word in zip(decides, judged, strict=True):
        words[at] = word
    failed = [outcome for outcome, word in zip(outcomes, words, strict=True) if word == verdict.word != "passed"]
    findings = tuple(
        _finding(question, outcome) for outcome in outcomes if outcome.mismatches and not outcome.not_asked
    )
    asked = [outcomes[at] for at in decides]
    sentence = f"{_fact(failed, asked)} on {question.table.name}, {demand.text}"
    return Judged(verdict, tuple(words), measurements, findings, sentence, _advice(failed))


def _decides(outcome: Outcome) -> bool:
    """A route that does not apply decides only where the call named it, and never where the model refused."""
    return outcome.not_asked is None or (outcome.asked.by_name and not outcome.not_asked.refused)


def _measurement(outcome: Outcome, demand: Demand) -> Measurement:
    route, of = outcome.asked.name, outcome.of
    if outcome.not_asked:
        return not_asked(route, outcome.not_asked)
    if outcome.difference:
        return measured(route, outcome.difference, as_share=demand.as_share, of=of)
    return unanswered(route, outcome.error or "", outcome.rows, as_share=demand.as_share, of=of)


def _finding(question: Question, outcome: Outcome) -> Finding:
    what = outcome.error or ""
    if outcome.difference and outcome.answer:
        base = question.base.take(outcome.difference.rows)
        what = what_differs(outcome.difference, flips(question.subject, base, outcome.answer))
    rate = outcome.mismatches / outcome.rows
    return Finding(rule="routes", where=outcome.asked.name, what=what, count=outcome.mismatches, rate=rate)


def _fact(failed: list[Outcome], asked: list[Outcome]) -> str:
    if not failed:
        worst = max(asked, key=lambda outcome: outcome.mismatches)
        by = asked[0].asked.name if len(asked) == 1 else f"{len(asked)} routes"
        return f"{count(worst.mismatches)} of {rows_of(worst.rows)} differ by {by}"
    first = failed[0]
    more = f" and {len(failed) - 1} more route{'s' * (len(failed) > 2)}" if len(failed) > 1 else ""
    if first.not_asked:
        return f"{first.asked.name}{more} could not be asked"
    if first.error:
        return f"no answer by {first.asked.name}{more}"
    return f"{count(first.mismatches)} of {rows_of(first.rows)} differ by {first.asked.name}{more}"


def _advice(failed: list[Outcome]) -> str | None:
    return ADVICE[failed[0].asked.name] if failed and not failed[0].not_asked else None


def judged_served(found: Compared, table: Table, demand: Demand) -> Judged:
    """One measurement; a finding for each feature, or one for the predictions."""
    if found.difference is None:
        measurement = unanswered("served", found.error or "", table.rows, as_share=demand.as_share, of=table.rows)
        fact = "no answer by served"
    else:
        measurement = measured("served", found.difference, as_share=demand.as_share, of=table.rows)
        fact = f"{count(found.difference.mismatches)} of {rows_of(table.rows)} differ between trained and served"
    verdict = judge(measurement, demand.requirement)
    sentence = f"{fact} on {table.name}, {demand.text}"
    advice = ADVICE["served"] if verdict.word == "failed" else None
    return Judged(verdict, (verdict.word,), (measurement,), _served_findings(found, table.rows), sentence, advice)


def _served_findings(found: Compared, rows: int) -> tuple[Finding, ...]:
    if found.difference is None or found.base is None or found.answer is None:
        return (Finding(rule="routes", where="served", what=found.error or "", count=rows, rate=1.0),)
    listed = feature_findings(found.difference)
    if found.base.is_table:
        return tuple(listed)
    own = _prediction_finding(found.trained, found.base, found.answer, found.difference)
    return (*own, *(finding for finding in listed if finding.count is None))


def _prediction_finding(trained: Subject, base: Answer, answer: Answer, difference: Difference) -> list[Finding]:
    if not difference.mismatches:
        return []
    what = what_differs(difference, flips(trained, base, answer))
    number = difference.mismatches
    return [Finding(rule="routes", where="served", what=what, count=number, rate=number / len(difference.rows))]
