"""From what was compared to a verdict: a measurement for each route, a finding for each that differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import count
from mltest.judge import judge, judge_all
from mltest.result import Finding, Measurement, Verdict
from mltest.serving.flips import Flips, flips
from mltest.serving.wording import ADVICE, feature_findings, measured, not_asked, rows_of, unanswered, what_differs

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.demand import Demand
    from mltest.serving.differing import Difference
    from mltest.serving.question import Question
    from mltest.serving.routes import Outcome
    from mltest.serving.served import Compared

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
    flipped = [_flips(question, outcome) for outcome in outcomes]
    measurements = tuple(_measurement(*each, demand) for each in zip(outcomes, flipped, strict=True))
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
    findings = tuple(_finding(*each) for each in zip(outcomes, flipped, strict=True) if _is_found(*each))
    asked = [outcomes[at] for at in decides]
    sentence = f"{_fact(failed, asked)} on {question.table.name}, {demand.text}"
    return Judged(verdict, tuple(words), measurements, findings, sentence, _advice(failed))


def _decides(outcome: Outcome) -> bool:
    """A route that does not apply decides only where the call named it, and never where the model refused."""
    return outcome.not_asked is None or (outcome.asked.by_name and not outcome.not_asked.refused)


def _flips(question: Question, outcome: Outcome) -> Flips | None:
    if outcome.answer is None or outcome.difference is None:
        return None
    return flips(question.subject, question.base.take(outcome.difference.rows), outcome.answer)


def _measurement(outcome: Outcome, flipped: Flips | None, demand: Demand) -> Measurement:
    route, of = outcome.asked.name, outcome.of
    if outcome.not_asked:
        return not_asked(route, outcome.not_asked)
    if outcome.difference:
        return measured(route, outcome.difference, flipped, as_share=demand.as_share, of=of)
    return unanswered(route, outcome.error or "", outcome.rows, as_share=demand.as_share, of=of)


def _is_found(outcome: Outcome, flipped: Flips | None) -> bool:
    """Also a decision that flips within the tolerance, which is shown and fails nothing."""
    return outcome.not_asked is None and bool(outcome.mismatches or (flipped and flipped.flipped))


def _finding(outcome: Outcome, flipped: Flips | None) -> Finding:
    what = what_differs(outcome.difference, flipped) if outcome.difference else outcome.error or ""
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
    share, of = demand.as_share, table.rows
    if found.difference is None or found.base is None or found.answer is None:
        measurement = unanswered("served", found.error or "", of, as_share=share, of=of)
        findings = [Finding(rule="routes", where="served", what=found.error or "", count=of, rate=1.0)]
        fact = "no answer by served"
    else:
        flipped = flips(found.trained, found.base, found.answer)
        measurement = measured("served", found.difference, flipped, as_share=share, of=of)
        findings = _served_findings(found.difference, flipped, is_table=found.base.is_table)
        fact = f"{count(found.difference.mismatches)} of {rows_of(of)} differ between trained and served"
    verdict = judge(measurement, demand.requirement)
    advice = ADVICE["served"] if verdict.word == "failed" else None
    sentence = f"{fact} on {table.name}, {demand.text}"
    return Judged(verdict, (verdict.word,), (measurement,), tuple(findings), sentence, advice)


def _served_findings(difference: Difference, flipped: Flips | None, *, is_table: bool) -> list[Finding]:
    listed = feature_findings(difference)
    if is_table:
        return listed
    types = [finding for finding in listed if finding.count is None]
    if not difference.mismatches and not (flipped and flipped.flipped):
        return types
    number = difference.mismatches
    what, rate = what_differs(difference, flipped), number / len(difference.rows)
    return [Finding(rule="routes", where="served", what=what, count=number, rate=rate), *types]
