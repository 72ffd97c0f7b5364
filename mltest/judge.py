"""(measurement, requirement) -> verdict: the only code that compares a value with a limit."""

from __future__ import annotations

import math
import numbers
from collections.abc import Sequence
from dataclasses import replace

from mltest.digits import count, limit, number
from mltest.errors import UsageError
from mltest.result import Comparison, Measurement, Requirement, Verdict

__all__ = [
    "SIGNIFICANCE",
    "chances_text",
    "judge",
    "judge_all",
    "pvalues_text",
    "requirement_of",
    "requirement_text",
    "with_pvalues",
]

SIGNIFICANCE = 0.05
TOO_SMALL_SHARE = 0.20
LEAST_SHOWN = 1e-4
WITHOUT_INTERVAL = {
    "census": ("count", "counted in full"),
    "given": ("number", "given as a number, without an interval"),
}
_FORMS: tuple[Comparison, ...] = ("at_least", "at_most", "between")


def requirement_of(
    metric: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    between: tuple[float, float] | None = None,
    decision: str = "interval",
    call: str,
) -> Requirement:
    """The requirement that a call spells out; exactly one of the three forms.

    Examples
    --------
    >>> requirement_of("recall", at_least=0.3, call="assert_metric").comparison
    'at_least'
    """
    given = {name: value for name, value in zip(_FORMS, (at_least, at_most, between), strict=True) if value is not None}
    if len(given) != 1:
        got = ", ".join(given) or "none of them"
        msg = f"{call}({metric}): give exactly one of at_least=, at_most=, between=; got {got}"
        raise UsageError(msg)
    ((comparison, value),) = given.items()
    if decision not in ("interval", "point"):
        msg = f"{call}(decision={decision!r}): allowed are 'interval' and 'point'"
        raise UsageError(msg)
    return Requirement(
        metric=metric,
        comparison=comparison,
        limit=_ends(value, call) if comparison == "between" else finite(value, f"{call}({comparison}=)"),
        decision="point" if decision == "point" else "interval",
    )


def finite(value: object, place: str) -> float:
    """A finite Python number, from any real number that a caller hands in.

    Examples
    --------
    >>> finite(1, "assert_metric(at_least=)")
    1
    """
    # numbers.Real also holds NumPy's scalars and, unlike any number, bool
    if type(value) is not bool and isinstance(value, numbers.Real) and math.isfinite(value):
        return int(value) if isinstance(value, numbers.Integral) and abs(int(value)) < 2**53 else float(value)
    msg = f"{place} must be a finite number; got {value!r}"
    raise UsageError(msg)


def _ends(value: object, call: str) -> tuple[float, float]:
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        msg = f"{call}(between=) must be two numbers (low, high); got {value!r}"
        raise UsageError(msg)
    low, high = (finite(end, f"{call}(between=)") for end in value)
    if low > high:
        msg = f"{call}(between=): the low end {low} lies above the high end {high}"
        raise UsageError(msg)
    return low, high


def requirement_text(requirement: Requirement) -> str:
    """The demand in words.

    Examples
    --------
    >>> requirement_text(Requirement(metric="recall", comparison="at_least", limit=0.3))
    'at least 0.30'
    """
    if requirement.comparison == "holds":
        return "no exception"
    if requirement.comparison in ("better", "not_worse"):
        return _against_baseline(requirement)
    if requirement.limit is None:
        return f"{requirement.comparison.replace('_', ' ')} these limits: {requirement.metric}"
    if isinstance(requirement.limit, tuple):
        return f"between {limit(requirement.limit[0])} and {limit(requirement.limit[1])}"
    return f"{requirement.comparison.replace('_', ' ')} {limit(requirement.limit)}"


def _against_baseline(requirement: Requirement) -> str:
    if requirement.comparison == "better":
        beyond = f" by more than {limit(_edges(requirement)[0])}" if any(_edges(requirement)) else ""
        return f"better than the baseline{beyond}"
    if requirement.margin is None:
        return f"no worse than the baseline beyond these margins: {requirement.metric}"
    return f"no worse than the baseline by more than {limit(requirement.margin)}"


def _span(requirement: Requirement) -> tuple[float, float]:
    """The accepted values as one closed span."""
    if isinstance(requirement.limit, tuple):
        return requirement.limit
    edge = 0.0 if requirement.limit is None else requirement.limit
    if requirement.comparison == "better":
        # strictly above: the next float is the least that will do
        return math.nextafter(edge, math.inf), math.inf
    upwards = requirement.comparison == "at_least" or (requirement.comparison == "not_worse" and edge < 0)
    return (edge, math.inf) if upwards else (-math.inf, edge)


def judge(
    measurement: Measurement,
    requirement: Requirement,
    *,
    n_to_settle: int | None = None,
    detectable: float | None = None,
) -> Verdict:
    """The verdict on one measurement, by its one-sided bounds.

    Examples
    --------
    >>> found = Measurement(name="recall", value=0.6, low=0.5, high=0.7, method="clopper_pearson", n=90)
    >>> judge(found, Requirement(metric="recall", comparison="at_least", limit=0.4)).word
    'passed'
    """
    if "nonfinite" in measurement.flags:
        return Verdict(word="error", reason="nonfinite", text=f"{measurement.detail}; it satisfies no demand")
    if measurement.value is None:
        return Verdict(word="inconclusive", reason="not-estimable", text=f"not estimable: {measurement.detail}")
    floor, ceiling = _span(requirement)
    if requirement.decision == "point" or measurement.method in WITHOUT_INTERVAL:
        return _by_value(measurement, requirement, floor <= measurement.value <= ceiling)
    low = -math.inf if measurement.low is None else measurement.low
    high = math.inf if measurement.high is None else measurement.high
    if low >= floor and high <= ceiling:
        return Verdict(
            word="passed", reason="bound-meets", text=_met(measurement, floor, ceiling), detectable=detectable
        )
    if high < floor or low > ceiling:
        text = _missed(measurement, floor, _edges(requirement))
        return Verdict(word="failed", reason="bound-misses", text=text, n_to_settle=None, detectable=detectable)
    text = _undecided(measurement, floor, n_to_settle)
    return Verdict(
        word="inconclusive", reason="bound-straddles", text=text, n_to_settle=n_to_settle, detectable=detectable
    )


def _by_value(measurement: Measurement, requirement: Requirement, meets: bool) -> Verdict:  # noqa: FBT001
    point = ("point", "judged by the estimate alone, without error control")
    code, how = WITHOUT_INTERVAL.get(measurement.method, point)
    word, reason = ("passed", "meets") if meets else ("failed", "misses")
    value = number(measurement.value, *_edges(requirement))
    return Verdict(
        word=word,
        reason=f"{code}-{reason}",
        text=f"{value} {reason} the demand; {how}",
    )


def _edges(requirement: Requirement) -> tuple[float, ...]:
    if isinstance(requirement.limit, tuple):
        return requirement.limit
    return () if requirement.limit is None else (requirement.limit,)


def _met(measurement: Measurement, floor: float, ceiling: float) -> str:
    if math.isinf(ceiling):
        return f"the lower bound {number(measurement.low, floor)} meets it"
    if math.isinf(floor):
        return f"the upper bound {number(measurement.high, ceiling)} meets it"
    return f"both bounds {number(measurement.low, floor)} and {number(measurement.high, ceiling)} meet it"


def _missed(measurement: Measurement, floor: float, edges: tuple[float, ...]) -> str:
    if measurement.high is not None and measurement.high < floor:
        return f"even the upper bound {number(measurement.high, *edges[:1])} misses it"
    return f"even the lower bound {number(measurement.low)} misses it"


def _undecided(measurement: Measurement, floor: float, n_to_settle: int | None) -> str:
    if measurement.low is None and measurement.high is None:
        few = any(flag.startswith(("too_few", "too_small")) for flag in measurement.flags)
        return f"{f'too few {measurement.unit} for an interval' if few else 'no interval'}: {measurement.detail}"
    shown = f"at least {number(measurement.low)}" if math.isfinite(floor) else f"at most {number(measurement.high)}"
    settle = f"; about {count(n_to_settle)} {measurement.unit} would settle it" if n_to_settle else ""
    return f"these {measurement.unit} show {shown}{settle}"


def judge_all(
    measurements: Sequence[Measurement],
    requirement: Requirement | Sequence[Requirement],
    *,
    pvalues: Sequence[float] | None = None,
    n_to_settle: Sequence[int | None] = (),
    detectable: Sequence[float | None] = (),
) -> tuple[Verdict, tuple[str, ...]]:
    """The verdict on a conjunction, and the word for each member.

    It passes where every member passes at its own bound (intersection-union, Berger 1982); it fails
    where a member fails after Holm's correction of ``pvalues``, the p-values of "the requirement holds".
    Members may have a requirement each. A member flagged ``too_small`` decides nothing; more than 20 %
    of the rows in such members make the whole inconclusive.

    Examples
    --------
    >>> good = Measurement(name="recall", value=0.6, low=0.5, high=0.7, method="clopper_pearson", n=90)
    >>> judge_all([good, good], Requirement(metric="recall", comparison="at_least", limit=0.4))[1]
    ('passed', 'passed')
    """
    demands = [requirement] * len(measurements) if isinstance(requirement, Requirement) else list(requirement)
    settles = list(n_to_settle) or [None] * len(measurements)
    shown = list(detectable) or [None] * len(measurements)
    alone = [
        judge(found, demand, n_to_settle=settle, detectable=seen)
        for found, demand, settle, seen in zip(measurements, demands, settles, shown, strict=True)
    ]
    words = [verdict.word for verdict in alone]
    decides = [at for at, found in enumerate(measurements) if "too_small" not in found.flags]
    if pvalues is not None and all(demand.decision == "interval" for demand in demands):
        measurements = with_pvalues(measurements, demands, pvalues)
        words = [_confirmed(word, found) for word, found in zip(words, measurements, strict=True)]
    for at in set(range(len(words))) - set(decides):
        words[at] = "inconclusive"
    for word in ("error", "failed", "inconclusive"):
        members = [at for at in decides if words[at] == word]
        if members:
            return _of_members(members, alone, measurements, word), tuple(words)
    return _unless_too_small(measurements, decides), tuple(words)


def _confirmed(word: str, found: Measurement) -> str:
    """A word after Holm's correction."""
    confirmed = found.p_adjusted is not None and found.p_adjusted <= SIGNIFICANCE
    return word if word != "failed" or confirmed else "inconclusive"


def with_pvalues(
    measurements: Sequence[Measurement],
    requirement: Requirement | Sequence[Requirement],
    pvalues: Sequence[float],
) -> tuple[Measurement, ...]:
    """The members of a conjunction; those that miss their demand by themselves with both p-values.

    What ``judge_all`` decides by, in the result for whoever wants to see it.

    Examples
    --------
    >>> found = Measurement(name="recall", value=0.3, low=0.2, high=0.39, method="clopper_pearson", n=90)
    >>> demand = Requirement(metric="recall", comparison="at_least", limit=0.4)
    >>> [(each.p, each.p_adjusted) for each in with_pvalues([found, found], demand, [0.03, 0.02])]
    [(0.03, 0.04), (0.02, 0.04)]
    """
    from mltest.stats.multiplicity import holm

    demands = [requirement] * len(measurements) if isinstance(requirement, Requirement) else list(requirement)
    if any(demand.decision != "interval" for demand in demands):
        return tuple(measurements)
    decides = [at for at, found in enumerate(measurements) if "too_small" not in found.flags]
    told = list(measurements)
    for at, adjusted in zip(decides, holm([pvalues[at] for at in decides]), strict=True):
        if judge(told[at], demands[at]).word == "failed":
            told[at] = replace(told[at], p=float(pvalues[at]), p_adjusted=adjusted)
    return tuple(told)


def pvalues_text(measurement: Measurement) -> str:
    """``p 0.012, Holm 0.048``; nothing where a measurement has none.

    Examples
    --------
    >>> pvalues_text(Measurement(name="recall", value=0.3, p=0.012, p_adjusted=1e-9))
    'p 0.012, Holm < 0.0001'
    """
    if measurement.p is None or measurement.p_adjusted is None:
        return ""
    return chances_text(measurement.p, measurement.p_adjusted)


def chances_text(p: float, adjusted: float) -> str:
    """A p-value, alone and after Holm's correction.

    Examples
    --------
    >>> chances_text(0.012, 1.0)
    'p 0.012, Holm 1.000'
    """
    return f"p {_chance(p)}, Holm {_chance(adjusted)}"


def _chance(p: float) -> str:
    return "< 0.0001" if p < LEAST_SHOWN else number(p, SIGNIFICANCE)


def _of_members(members: list[int], alone: list[Verdict], measurements: Sequence[Measurement], word: str) -> Verdict:
    first = min(members, key=lambda at: (alone[at].word != word, at))
    text = f"{measurements[first].slice or measurements[first].name}: {alone[first].text}"
    more = len(members) - 1
    confirmed = alone[first].word == word
    if not confirmed:
        text += f", not confirmed among {len(measurements)} ({pvalues_text(measurements[first])})"
    return Verdict(
        word=word,
        reason=alone[first].reason if confirmed else "not-confirmed-after-holm",
        text=text + (f"; and {more} more" if more else ""),
        n_to_settle=alone[first].n_to_settle,
        detectable=alone[first].detectable,
    )


def _unless_too_small(measurements: Sequence[Measurement], decides: list[int]) -> Verdict:
    rows = sum(found.n for found in measurements)
    judged = sum(measurements[at].n for at in decides)
    if rows and (rows - judged) > TOO_SMALL_SHARE * rows:
        text = f"{count(rows - judged)} of {count(rows)} rows lie in slices too small to judge"
        return Verdict(word="inconclusive", reason="too-small-slices", text=text)
    few = len(measurements) - len(decides)
    aside = f"; {few} too small to judge" if few else ""
    return Verdict(word="passed", reason="all-meet", text=f"each of {len(decides)} meets it at its own bound{aside}")
