"""`assert_fair`: a rate in each group is near that of all other rows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.digits import count, number
from mltest.errors import UsageError, nearest
from mltest.judge import finite, judge_all, pvalues_text, requirement_of, requirement_text, with_pvalues
from mltest.metrics.measured import measured
from mltest.metrics.sample import is_sample
from mltest.model.fair_groups import Compared, Grouping, compared, grouped
from mltest.model.fair_shares import MEASURES, quantity_of
from mltest.result import Finding, Measurement, Requirement, Result, Verdict
from mltest.stats import power
from mltest.stats.units import prepare

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.inputs.evaluation import Evaluation

__all__ = ["assert_fair", "fair"]

CHECK = "model.fair"
CALL = "assert_fair"
MIN_ROWS = 30
MOST_UNJUDGED = 0.20

_FAMILIES = {"equalised_odds": ("tpr", "fpr"), "equalized_odds": ("tpr", "fpr")}
_OF_TWO_CLASSES = set(MEASURES) - {"error_rate", "accuracy"}


@check(
    CHECK,
    title="A rate in each group is near that of all other rows",
    kind="model.fairness",
    rules=("groups", "intersections"),
    references=(
        "Koopman (1984), Biometrics 40, 513-517",
        "Newcombe (1998), Statistics in Medicine 17, 873-890",
        "Zou and Donner (2008), Statistics in Medicine 27, 1693-1702",
        "Hardt, Price and Srebro (2016), Advances in Neural Information Processing Systems 29",
        "Berger (1982), Technometrics 24, 295-300",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
)
def fair(
    evaluation: Evaluation,
    measure: str,
    *,
    by: str | Sequence[str],
    ratio_at_least: float | None = None,
    difference_at_most: float | None = None,
    min_rows: int = MIN_ROWS,
    decision: str = "interval",
) -> Result:
    """Demand that a rate in each group is near that of all other rows.

    Parameters
    ----------
    evaluation : Evaluation
        Labels and predictions with a table, of ``mltest.evaluate`` or ``mltest.Evaluation(..., table=)``.
    measure : str
        ``selection_rate``, ``tpr``, ``fpr``, ``tnr``, ``fnr``, ``ppv``, ``npv``, ``error_rate``, ``accuracy``, or
        ``equalised_odds``, which is ``tpr`` and ``fpr`` together.
    by : str or sequence of str
        The protected column of the table, which the model need not see; with several, the groups of each
        column and those of each pair of columns. Missing values are a group of their own.
    ratio_at_least : float
        The least ratio of the group's rate to that of the rest, and its reciprocal the greatest: 0.8 is the
        four-fifths rule. Exactly one of this and ``difference_at_most``.
    difference_at_most : float
        The greatest difference between the group's rate and that of the rest, either way.
    min_rows : int
        A group with fewer rows under the rate (positives for ``tpr``) is not judged by itself.
    decision : {"interval", "point"}
        ``"point"`` judges the ratios or differences alone, and the evidence says so.

    Returns
    -------
    Result
        One measurement for each group and rate; a group too small to judge is listed as such.

    Raises
    ------
    CheckFailed
        If the demand is missed; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For an unknown measure or column, a wrong demand, or an evaluation without a table.
    ModelError
        If the model raises or answers something unusable.

    Notes
    -----
    No group is the reference: each is compared with all other rows. Ratios have Koopman's score interval,
    differences Newcombe's; with weights or clusters both rest on influence values. It passes if every group
    passes at its own bound, without correction, and fails if one fails after Holm's correction over groups
    and rates; two groups make one comparison, which counts once. Groups with fewer than ``min_rows`` rows
    are judged together as ``other_small``, if these are enough. More than 20 % of the rows in groups that are
    not judged make the whole inconclusive.

    A pass says that these rates are near each other on these rows. It does not say that the rates are the
    right ones to compare, nor that labels or features are free of bias.

    References
    ----------
    Koopman (1984); Newcombe (1998); Zou and Donner (2008); Hardt, Price and Srebro (2016) for equalised odds;
    Berger (1982) and Holm (1979) for several groups.

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> table = {"sex": np.repeat(["f", "m"], 200), "approved": np.tile([1, 0, 0, 1], 100)}
    >>> import polars
    >>> holdout = mltest.Evaluation(table["approved"], prediction=table["approved"], table=polars.DataFrame(table))
    >>> result = fair(holdout, "selection_rate", by="sex", ratio_at_least=0.8)
    >>> result.sentence, result.verdict
    ('selection_rate ratio 1.000 in sex=f, required between 0.80 and 1.25 (n = 200)', 'passed')
    """
    is_sample(evaluation, CALL, "evaluation")
    names = _rates(measure, evaluation)
    requirement = _requirement(measure, ratio_at_least, difference_at_most, decision)
    columns = _columns(by, evaluation)
    if type(min_rows) is not int or min_rows < 1:
        msg = f"{CALL}(min_rows={min_rows!r}): must be a whole number of at least 1"
        raise UsageError(msg)
    units = prepare(evaluation.rows, evaluation.weight, evaluation.cluster)
    quantities = [quantity_of(evaluation, name, units) for name in names]
    found = [
        compared(groups, quantity, units, ratio=ratio_at_least is not None, min_rows=min_rows)
        for groups in grouped(evaluation, columns)
        for quantity in quantities
    ]
    return _result(evaluation, f"{measure} by {' and '.join(columns)}", found, requirement)


assert_fair = asserting(fair)


def _rates(measure: object, evaluation: Evaluation) -> tuple[str, ...]:
    allowed = [*MEASURES, "equalised_odds"]
    if not isinstance(measure, str) or measure not in (*MEASURES, *_FAMILIES):
        msg = f"{CALL}(measure={measure!r}): no such rate{nearest(str(measure), allowed)} ({', '.join(allowed)})"
        raise UsageError(msg)
    if evaluation.task == "regression":
        msg = f"{CALL}({measure}): compares rates of classes; the target of {evaluation.data_name} is a number"
        raise UsageError(msg)
    names = _FAMILIES.get(measure, (measure,))
    if evaluation.task == "multiclass" and _OF_TWO_CLASSES & set(names):
        msg = (
            f"{CALL}({measure}): needs two classes, the target of {evaluation.data_name} has "
            f"{len(evaluation.classes)}; ask for error_rate, or give y and prediction as one class against the others"
        )
        raise UsageError(msg)
    return names


def _requirement(measure: str, ratio: object, difference: object, decision: str) -> Requirement:
    if (ratio is None) == (difference is None):
        got = "neither" if ratio is None else "both"
        msg = f"{CALL}({measure}): give exactly one of ratio_at_least= and difference_at_most=; got {got}"
        raise UsageError(msg)
    if ratio is not None:
        least = finite(ratio, f"{CALL}(ratio_at_least=)")
        if not 0 < least <= 1:
            msg = f"{CALL}(ratio_at_least={ratio!r}): must be above 0 and at most 1; 0.8 is the four-fifths rule"
            raise UsageError(msg)
        return requirement_of(f"{measure} ratio", between=(least, 1 / least), decision=decision, call=CALL)
    most = finite(difference, f"{CALL}(difference_at_most=)")
    if not 0 <= most < 1:
        msg = f"{CALL}(difference_at_most={difference!r}): must be from 0 to below 1; 0.1 is ten percentage points"
        raise UsageError(msg)
    return requirement_of(f"{measure} difference", between=(-most, most), decision=decision, call=CALL)


def _columns(by: object, evaluation: Evaluation) -> tuple[str, ...]:
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(name, str) for name in given) or len(set(given)) < len(given):
        msg = f"{CALL}(by={by!r}): give the name of a column of the table, or a list of different names"
        raise UsageError(msg)
    if evaluation.table is None:
        msg = (
            f"{CALL}(by={', '.join(given)!r}): the evaluation has no table with the groups; "
            "give Evaluation(..., table=), or let mltest.evaluate ask the model"
        )
        raise UsageError(msg)
    return given


def _result(evaluation: Evaluation, label: str, groupings: list[Grouping], requirement: Requirement) -> Result:
    kind = requirement.metric.rpartition(" ")[2]
    members = [each for grouping in groupings for each in grouping.members]
    decides = sorted(
        (each for each in members if not each.lack and not each.mirror), key=lambda each: -_far(each, kind)
    )
    words = dict.fromkeys(map(id, members), "inconclusive")
    chances: dict[int, Measurement] = {}
    verdict = _unjudged(groupings)
    if decides:
        surrogates = [_judged(each, kind) for each in decides]
        pvalues = [_pvalue(each, found, requirement) for each, found in zip(decides, surrogates, strict=True)]
        alone, judged = judge_all(
            surrogates, requirement, pvalues=pvalues, n_to_settle=[_settles(each, requirement) for each in decides]
        )
        words |= dict(zip(map(id, decides), judged, strict=True))
        chances = dict(zip(map(id, decides), with_pvalues(surrogates, requirement, pvalues), strict=True))
        verdict = alone if verdict is None or alone.word in ("error", "failed") else verdict
    for grouping in groupings:
        for first, second in zip(grouping.members, grouping.members[1:], strict=False):
            if second.mirror:
                words[id(second)] = words[id(first)]
                chances |= {id(second): chances[id(first)]} if id(first) in chances else {}
    verdict = verdict or Verdict(word="inconclusive", reason="no-groups", text="there are no groups to compare")
    shown = sorted(members, key=lambda each: (bool(each.lack), _rank(words[id(each)]), each.mirror, -_far(each, kind)))
    told = {id(each): _with_pvalues(_measurement(each, kind), chances.get(id(each))) for each in shown}
    findings = [_finding(each, told[id(each)], words[id(each)]) for each in shown if words[id(each)] != "passed"]
    return Result(
        check=CHECK,
        label=label,
        sentence=_sentence(shown, words, verdict, requirement, kind),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=tuple(told[id(each)] for each in shown),
        verdicts=tuple(words[id(each)] for each in shown),
        requirement=requirement,
        findings=tuple(findings),
        findings_total=len(findings),
        inputs=evaluation.inputs,
        advice=_advice(verdict),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
    )


def _unjudged(groupings: list[Grouping]) -> Verdict | None:
    """The verdict where too many rows lie in groups that cannot be judged."""
    worst = max(groupings, key=lambda each: 1 - each.judged / each.rows if each.rows else 1.0)
    left = worst.rows - worst.judged
    if worst.rows and left <= MOST_UNJUDGED * worst.rows:
        return None
    if len(worst.members) == 1:
        text = f"{worst.members[0].group} is the only group: there is nothing to compare with"
        return Verdict(word="inconclusive", reason="one-group", text=text)
    where = f"{worst.quantity} by {worst.columns}"
    text = f"{where}: {count(left)} of {count(worst.rows)} rows lie in groups too small to judge"
    return Verdict(word="inconclusive", reason="too-small-groups", text=text)


def _measurement(each: Compared, kind: str) -> Measurement:
    flags = ("too_small",) if each.lack else ("mirror",) if each.mirror else ()
    estimate = each.estimate
    if each.lack:
        estimate = replace(estimate, detail=each.lack, flags=())
    return measured(estimate, f"{each.quantity} {kind}", slice=each.group, flags=flags)


def _with_pvalues(found: Measurement, judged: Measurement | None) -> Measurement:
    return found if judged is None else replace(found, p=judged.p, p_adjusted=judged.p_adjusted)


def _finding(each: Compared, found: Measurement, word: str) -> Finding:
    value, behind = each.estimate.value, each.lack or each.estimate.detail
    chance = f"; {pvalues_text(found)}" if found.p is not None else ""
    told = "" if each.lack else f" {'not estimable' if value is None else number(value)}"
    return Finding(
        rule="intersections" if each.crossed else "groups",
        where=each.group,
        what=f"{'too small to judge' if each.lack else word}: {found.name}{told} ({behind}{chance})",
    )


def _judged(each: Compared, kind: str) -> Measurement:
    """What is judged: a ratio to a rate of 0 has no value, and is judged by its lower bound alone."""
    found = _measurement(each, kind)
    return replace(found, value=found.low) if found.value is None and found.low is not None else found


def _ends(requirement: Requirement) -> tuple[float, float]:
    return cast("tuple[float, float]", requirement.limit)


def _pvalue(each: Compared, found: Measurement, requirement: Requirement) -> float:
    """P-value of "the demand holds"; only those that fail by themselves are worked out, the others come last."""
    low, high = _ends(requirement)
    below, above = found.high is not None and found.high < low, found.low is not None and found.low > high
    if below:
        return power.pvalue_at_least(each.estimate, low)
    return power.pvalue_at_most(each.estimate, high) if above else 1.0


def _settles(each: Compared, requirement: Requirement) -> int | None:
    value = each.estimate.value
    if value is None:
        return None
    low, high = _ends(requirement)
    needed = [power.n_to_settle(each.estimate, end) for end in (low, high)]
    known = [n for n in needed if n is not None]
    if len(known) < len(needed):
        return None
    return max(known) if low <= value <= high else min(known)


def _far(each: Compared, kind: str) -> float:
    """How far from equal rates."""
    value = each.estimate.value
    if value is None:
        return math.inf
    return abs(value) if kind == "difference" else abs(math.log(value)) if value else math.inf


def _rank(word: str) -> int:
    return ("error", "failed", "inconclusive", "passed").index(word)


def _sentence(
    shown: list[Compared], words: dict[int, str], verdict: Verdict, requirement: Requirement, kind: str
) -> str:
    demand = f"required {requirement_text(requirement)}"
    same = [each for each in shown if words[id(each)] == verdict.word and not each.lack and not each.mirror]
    if not same:
        return f"{requirement.metric} not judged in {count(len(shown))} groups, {demand}"
    first = same[0]
    value = first.estimate.value
    told = "not estimable" if value is None else number(value, *_ends(requirement))
    return f"{first.quantity} {kind} {told} in {first.group}, {demand} (n = {count(first.estimate.n)})"


def _advice(verdict: Verdict) -> str | None:
    if verdict.reason in ("too-small-groups", "one-group"):
        return "take coarser groups, or add rows of the small ones"
    if verdict.word == "failed":
        return "see which rows of this group are decided otherwise: mltest.assert_metric(..., by=) shows each rate"
    if verdict.word == "inconclusive" and verdict.reason != "not-estimable":
        return 'add rows, or judge the estimates with decision="point", which the evidence will show'
    return None
