"""Several measurements of one result: which is told first, which are drawn in one scale, which stand beside."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.digits import count, number
from mltest.message import pvalues_text
from mltest.methods import method_text
from mltest.report.strips import Strip, limits_of, scale_of, strip
from mltest.report.words import URGENCY, flag_text, verdict_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.result import Measurement, Requirement, Result

__all__ = ["Ladder", "Rung", "bounds_text", "context_of", "ladders_of", "leading_of", "levels_of", "size_text"]

_SHOWN = 20
# Pictures that tell what stands beside the judged number, so that it needs no picture of its own.
_TELLING = ("permutation", "seeds")


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
    undrawn: str = "not drawn"
    chance: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The worst rungs, and a sentence on the others."""

    caption: str
    drawn: str = "bounds against the demand"
    rungs: tuple[Rung, ...]
    rest: str

    @property
    def corrected(self) -> bool:
        """Whether a rung misses by itself, so that its p-value is shown before and after Holm's correction."""
        return any(rung.chance for rung in self.rungs)


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


def levels_of(result: Result) -> list[list[Measurement]]:
    """What stands beside the judged difference: of each metric two levels or more, which share a scale."""
    if any(curve.kind in _TELLING for curve in result.curves):
        return []
    by_metric: dict[str, list[Measurement]] = {}
    for found in context_of(result):
        if found.value is not None:
            metric, of, _ = found.name.partition(" of ")
            by_metric.setdefault(metric if of else "", []).append(found)
    return [one for one in by_metric.values() if len(one) > 1]


def _pairs(result: Result) -> list[tuple[Measurement, str]]:
    words = [*result.verdicts, *[result.verdict] * (len(result.measurements) - len(result.verdicts))]
    return list(zip(result.measurements, words, strict=False))


def _demanded(found: Measurement, result: Result) -> bool:
    """Whether the limit is about this measurement: a count of leaks says nothing about a ROC AUC beside it."""
    if _guarded(result):
        return found.name.endswith(" difference")
    return _about(found.name, _asked(result))


def _asked(result: Result) -> str:
    """What the limit is about: by the demand where it names what was measured, else what was measured first."""
    demand = result.requirement
    if demand is not None and any(_about(found.name, demand.metric) for found in result.measurements):
        return demand.metric
    return result.measurements[0].name


def _about(name: str, metric: str) -> bool:
    """The same metric, or the same comparison of several: odds are two differences, each of another rate."""
    own, asked = name.split(" "), metric.split(" ")
    return own[0] == asked[0] or (len(asked) == len(own) == 2 and own[1] == asked[1])


def _guarded(result: Result) -> bool:
    """Whether several metrics were demanded, each with a margin of its own."""
    demand = result.requirement
    return demand is not None and demand.comparison == "not_worse" and demand.margin is None


def ladders_of(result: Result) -> tuple[Ladder, ...]:
    """What was measured against the demand in one scale, and what else was measured in another."""
    aside = context_of(result)
    pairs = [pair for pair in _pairs(result) if pair[0] not in aside]
    judged = [pair for pair in pairs if _demanded(pair[0], result)]
    others = [pair for pair in pairs if not _demanded(pair[0], result)]
    ladders = []
    if len(judged) > 1:
        how = "each in its own unit" if _guarded(result) else "in one scale"
        ladders.append(_ladder(judged, result.requirement, f"{how}, the most urgent first"))
    if others:
        own = "its own" if len(others) == 1 else "their own"
        ladders.append(_ladder(others, None, f"beside it, in a scale of {own}, without the limit above"))
    drawn = [found for level in levels_of(result) for found in level]
    untold = [found for found in aside if found not in drawn]
    if untold:
        ladders.append(_beside(untold))
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


def _beside(found: Sequence[Measurement]) -> Ladder:
    """What was measured and nothing demanded of: each in its own unit, so that a shared scale would say nothing."""
    one = "measurement" if len(found) == 1 else "measurements"
    return Ladder(
        caption=f"{count(len(found))} {one} beside it, of which nothing is demanded",
        drawn="how",
        rungs=tuple(_undemanded(each) for each in found),
        rest="",
    )


def _undemanded(found: Measurement) -> Rung:
    bounded = found.value is None or found.low is not None or found.high is not None
    notes = [found.detail] if found.detail and found.value is not None else []
    return Rung(
        name=found.name,
        word="no demand",
        mark="not_applicable",
        value="not estimable" if found.value is None else number(found.value),
        bounds=bounds_text(found, None) if bounded else "none",
        n=size_text(found),
        strip=None,
        note="; ".join([*notes, *(flag_text(flag) for flag in found.flags)]),
        undrawn=method_text(found.method),
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
        n=size_text(found),
        strip=line,
        note="; ".join(flag_text(flag) for flag in found.flags),
        chance=pvalues_text(found).removeprefix("p "),
    )


def _rank(pair: tuple[Measurement, str], demand: Requirement | None) -> tuple[int, float]:
    """By verdict, then the value nearest to failing first."""
    found, word = pair
    upwards = demand is not None and demand.comparison in ("at_least", "better", "not_worse")
    value = found.value if found.value is not None else 0.0
    limits = limits_of(demand)
    if len(limits) > 1:
        return (_urgency(word), -_beyond(value, *limits[:2]))
    return (_urgency(word), value if upwards else -value)


def _urgency(word: str) -> int:
    return URGENCY.index(word) if word in URGENCY else 2


def _beyond(value: float, low: float, high: float) -> float:
    """How far outside two limits, below 0 inside; ratios by their logarithm, so that a half is as far as double."""
    if low > 0:
        value, low, high = (math.log(max(at, 1e-9)) for at in (value, low, high))
    return max(low - value, value - high)


def _rest(words: list[str]) -> str:
    if not words:
        return ""
    parts = [f"{count(words.count(word))} {verdict_text(word)}" for word in URGENCY if word in words]
    return f"And {count(len(words))} more: {', '.join(parts)}. All of them are in evidence.json."


def size_text(found: Measurement) -> str:
    """How many units a measurement rests on; a small group's size is withheld, and that is said."""
    if found.n is not None:
        return count(found.n)
    fewer = (found.detail or "").partition("fewer than ")[2].partition(" ")[0]  # type: ignore[unreachable]
    return f"<{fewer}" if fewer else "withheld"


def bounds_text(found: Measurement | None, demand: Requirement | None) -> str:
    """The bounds of a measurement, or why there are none."""
    if found is None:
        return "not measured"
    if found.value is None:
        return found.detail or "no reason recorded"
    if found.method == "census":
        return "exact count"
    if found.low == found.high == found.value:
        return "exact"
    beside = limits_of(demand)
    low = None if found.low is None else number(found.low, *beside)
    high = None if found.high is None else number(found.high, *beside)
    if low is None or high is None:
        return f"at least {low}" if low else f"at most {high}" if high else f"none: {found.detail or 'too few rows'}"
    return f"{low} to {high}"
