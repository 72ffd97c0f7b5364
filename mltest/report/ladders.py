"""Several measurements of one result: which is told first, which are drawn in one scale, which stand beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import count, number
from mltest.report.strips import Strip, limits_of, scale_of, strip
from mltest.report.words import URGENCY, flag_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.result import Measurement, Requirement, Result

__all__ = ["Ladder", "Rung", "bounds_text", "context_of", "ladders_of", "leading_of"]

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One measurement of several, in the shared scale of its ladder."""

    name: str
    word: str
    mark: str
    value: str
    bounds: str
    n: str
    strip: Strip | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The worst rungs, and a sentence on the others."""

    caption: str
    rungs: tuple[Rung, ...]
    rest: str


def leading_of(result: Result) -> Measurement | None:
    """The measurement that the verdict rests on, among those that the demand is about."""
    for found, word in _pairs(result):
        if word == result.verdict and _demanded(found, result):
            return found
    return result.measurements[0] if result.measurements else None


def context_of(result: Result) -> tuple[Measurement, ...]:
    """Measurements that nothing was demanded of, such as both levels beside a judged difference."""
    if result.verdict == "not_applicable":
        return ()
    return tuple(found for found, word in _pairs(result) if word == "not_applicable" and found.slice is None)


def _pairs(result: Result) -> list[tuple[Measurement, str]]:
    words = [*result.verdicts, *[result.verdict] * (len(result.measurements) - len(result.verdicts))]
    return list(zip(result.measurements, words, strict=False))


def _demanded(found: Measurement, result: Result) -> bool:
    """Whether the limit is about this measurement: a count of leaks says nothing about a ROC AUC beside it."""
    about = {result.measurements[0].name.split(" ")[0]}
    if result.requirement is not None:
        about.add(result.requirement.metric.split(" ")[0])
    return found.name.split(" ")[0] in about


def ladders_of(result: Result) -> tuple[Ladder, ...]:
    """What was measured against the demand in one scale, and what else was measured in another."""
    aside = context_of(result)
    pairs = [pair for pair in _pairs(result) if pair[0] not in aside]
    judged = [pair for pair in pairs if _demanded(pair[0], result)]
    others = [pair for pair in pairs if not _demanded(pair[0], result)]
    ladders = []
    if len(judged) > 1:
        ladders.append(_ladder(judged, result.requirement, "in one scale, the most urgent first"))
    if others:
        ladders.append(_ladder(others, None, "beside it, in a scale of their own, without the limit above"))
    return tuple(ladders)


def _ladder(pairs: Sequence[tuple[Measurement, str]], demand: Requirement | None, how: str) -> Ladder:
    """The most urgent first; at most twenty and a count of the others."""
    ordered = sorted(pairs, key=lambda pair: _rank(pair, demand))
    shown = ordered[:_SHOWN]
    scale = scale_of([found for found, _ in shown if demand or found.method != "census"], demand)
    drawn = [strip(found, demand, word, scale) if _can_be_drawn(found, demand) else None for found, word in shown]
    names = {found.name for found, _ in pairs}
    one = "measurement" if len(pairs) == 1 else "measurements"
    return Ladder(
        caption=f"{count(len(pairs))} {one} {how}",
        rungs=tuple(
            _rung(found, word, demand, line, named=len(names) > 1)
            for (found, word), line in zip(shown, drawn, strict=True)
        ),
        rest=_rest([word for _, word in ordered[_SHOWN:]]),
    )


def _can_be_drawn(found: Measurement, demand: Requirement | None) -> bool:
    return found.value is not None and (found.method != "census" if demand is None else bool(limits_of(demand)))


def _rung(found: Measurement, word: str, demand: Requirement | None, line: Strip | None, *, named: bool) -> Rung:
    name = found.slice or found.name
    return Rung(
        name=f"{found.name} {found.slice}" if named and found.slice else name,
        word=verdict_text(word),
        mark=word if word in URGENCY else "inconclusive",
        value="not estimable" if found.value is None else number(found.value, *limits_of(demand)),
        bounds=bounds_text(found, demand),
        n=count(found.n),
        strip=line,
        note="; ".join(flag_text(flag) for flag in found.flags),
    )


def _rank(pair: tuple[Measurement, str], demand: Requirement | None) -> tuple[int, float]:
    """By verdict, then the value nearest to failing first."""
    found, word = pair
    upwards = demand is not None and demand.comparison in ("at_least", "better", "not_worse")
    value = found.value if found.value is not None else 0.0
    return (URGENCY.index(word) if word in URGENCY else 2, value if upwards else -value)


def _rest(words: list[str]) -> str:
    if not words:
        return ""
    parts = [f"{count(words.count(word))} {verdict_text(word)}" for word in URGENCY if word in words]
    return f"And {count(len(words))} more: {', '.join(parts)}. All of them are in evidence.json."


def bounds_text(found: Measurement | None, demand: Requirement | None) -> str:
    """The bounds of a measurement, or why there are none."""
    if found is None:
        return "not measured"
    if found.value is None:
        return found.detail or "no reason recorded"
    if found.method == "census":
        return "exact count"
    beside = limits_of(demand)
    low = None if found.low is None else number(found.low, *beside)
    high = None if found.high is None else number(found.high, *beside)
    if low is None or high is None:
        return f"at least {low}" if low else f"at most {high}" if high else f"none: {found.detail or 'too few rows'}"
    return f"{low} to {high}"
