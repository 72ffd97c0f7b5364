"""`assert_not_worse`: a candidate is no worse than a baseline on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count, limit, number
from mltest.errors import UsageError
from mltest.inputs.slices import slices
from mltest.judge import finite, judge, judge_all, requirement_of
from mltest.metrics.curves import curves_of
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample, place
from mltest.model.not_worse_rows import differences
from mltest.result import Finding, Measurement, Requirement, Result, Verdict
from mltest.stats import power

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["assert_not_worse", "not_worse"]

CHECK = "model.not_worse"
CALL = "assert_not_worse"
MIN_ROWS = 30


@check(
    CHECK,
    title="A candidate is no worse than a baseline on the same rows, beyond a margin",
    kind="model.regression",
    rules=("paired", "comparable", "slices"),
    references=(
        "Tango (1998), Statistics in Medicine 17, 891-908",
        "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
    ),
)
def not_worse(
    candidate: Evaluation,
    baseline: Evaluation,
    metric: str | Callable[..., Any],
    *,
    margin: float,
    by: str | Sequence[str] | None = None,
    min_rows: int = MIN_ROWS,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a candidate is worse than a baseline by no more than a margin, on the same rows.

    Parameters
    ----------
    candidate, baseline : Evaluation
        Both models on the same rows in the same order.
    metric : str or callable
        As in ``assert_metric``.
    margin : float
        The loss that is tolerated, above 0, in the metric's own unit. It has no default: it is a business
        decision.
    by : str or sequence of str, optional
        The same demand is made of every slice of this column of the candidate's table.
    min_rows : int
        A slice with fewer rows decides nothing.
    higher_is_better : bool, optional
        Direction of a callable; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the difference alone, and the evidence says so.

    Returns
    -------
    Result
        First the difference candidate minus baseline, which is judged (one for each slice with ``by``),
        then both values, which are shown.

    Raises
    ------
    CheckFailed
        If the candidate is worse by more than the margin, or the two cannot be compared (reason
        ``not-comparable``: other rows, labels, weights or another positive class); its subclass
        ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a margin that is not above 0, an unknown metric, or a callable without direction.

    Notes
    -----
    The difference is estimated row by row, never from two separate intervals: Tango's score interval for
    shares of the same rows (accuracy, recall, specificity), paired DeLong for ROC AUC, Hall's t on the
    differences of mean losses, subtracted influence values for precision, F1, averages over classes, MCC,
    average precision, RMSE and R2, and the BCa bootstrap of the difference for callables and other scorers.
    With weights or clusters, shares are compared by Hall's t on the differences. It passes if the bound of
    the difference on the worse side lies within the margin. The same predictions on every row pass, with
    the flag ``identical``.

    References
    ----------
    Tango (1998); DeLong, DeLong and Clarke-Pearson (1988); Hall (1992).

    Examples
    --------
    >>> import mltest
    >>> y = [0, 1] * 100
    >>> old = mltest.Evaluation(y, prediction=[0, 1, 0, 0] * 50)
    >>> new = mltest.Evaluation(y, prediction=[0, 1, 0, 1] * 50)
    >>> mltest.checks.not_worse(new, old, "accuracy", margin=0.01).sentence
    'accuracy of candidate is 0.250 above baseline, required no worse by more than 0.01'
    """
    is_sample(candidate, CALL, "candidate")
    is_sample(baseline, CALL, "baseline")
    chosen = _directed(resolve(metric, higher_is_better=higher_is_better, call=CALL))
    requirement = _requirement(chosen, margin, decision)
    apart = differences(candidate, baseline)
    if apart:
        return _incomparable(candidate, baseline, requirement, _label(chosen, by), apart)
    chosen.refuse_misfit(candidate, CALL)
    if by is None:
        pairs = [_pair(candidate, baseline, chosen, None)]
    else:
        pairs = _pairs(candidate, baseline, chosen, by, _whole(min_rows))
        pairs.sort(key=lambda pair: (not pair.decides, -pair.short_of(_edge(requirement))))
    return replace(_result(candidate, baseline, chosen, requirement, pairs), label=_label(chosen, by))


assert_not_worse = asserting(not_worse)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The difference on all rows, or in one slice."""

    estimate: Estimate
    found: Measurement

    @property
    def decides(self) -> bool:
        return "too_small" not in self.found.flags

    def short_of(self, edge: float) -> float:
        """How far it lies on the wrong side of the edge."""
        value = self.found.value
        if value is None:
            return float("inf")
        return edge - value if edge < 0 else value - edge

    def pvalue(self, edge: float) -> float:
        """P-value of "no worse than the margin"."""
        if not self.decides or self.found.value is None:
            return 1.0
        return (power.pvalue_at_least if edge < 0 else power.pvalue_at_most)(self.estimate, edge)


def _directed(metric: Metric) -> Metric:
    if metric.higher_is_better is None:
        msg = f"{CALL}(metric={metric.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    return metric


def _requirement(metric: Metric, margin: object, decision: str) -> Requirement:
    tolerated = finite(margin, f"{CALL}(margin=)")
    if tolerated <= 0:
        msg = f"{CALL}(margin={margin!r}): must be above 0, in units of {metric.name}; how much worse is tolerable?"
        raise UsageError(msg)
    edge = -tolerated if metric.higher_is_better else tolerated
    asked = requirement_of(metric.name, at_least=edge, decision=decision, call=CALL)
    return replace(asked, comparison="not_worse", margin=tolerated)


def _edge(requirement: Requirement) -> float:
    return requirement.limit if isinstance(requirement.limit, (int, float)) else 0.0


def _pairs(candidate: Evaluation, baseline: Evaluation, metric: Metric, by: Any, min_rows: int) -> list[_Pair]:
    """The difference in every slice."""
    if candidate.table is None:
        msg = f"{CALL}(by={by!r}): the candidate's evaluation has no table to slice; give Evaluation(..., table=)"
        raise UsageError(msg)
    pairs = []
    if not isinstance(by, (str, list, tuple)):
        msg = f"{CALL}(by={by!r}): give the name of a column of the table, or a list of names"
        raise UsageError(msg)
    for name, index in slices(candidate.table, by):
        small = f"{len(index)} rows, min_rows is {min_rows}" if len(index) < min_rows else None
        pair = _pair(candidate.take(index), baseline.take(index), metric, name, small)
        pairs.append(pair)
    return pairs


def _whole(min_rows: object) -> int:
    if isinstance(min_rows, int) and not isinstance(min_rows, bool) and min_rows >= 1:
        return min_rows
    msg = f"{CALL}(min_rows={min_rows!r}): must be a whole number of at least 1"
    raise UsageError(msg)


def _pair(
    candidate: Evaluation, baseline: Evaluation, metric: Metric, name: str | None, small: str | None = None
) -> _Pair:
    estimate = metric.paired(candidate, baseline, seed_here(CHECK, metric.name, name or ""))
    if name is not None and not small and estimate.low is None and estimate.high is None:
        small = "too small for an interval"
    flags = ("too_small",) if small else ()
    label = f"{metric.name} difference"
    return _Pair(estimate, measured(estimate, label, unit=metric.unit, slice=name, detail=small, flags=flags))


def _judged(pairs: list[_Pair], requirement: Requirement) -> tuple[Verdict, tuple[str, ...]]:
    edge, point = _edge(requirement), requirement.decision == "point"
    side: Literal["at_least", "at_most"] = "at_least" if edge < 0 else "at_most"
    settle = [None if point else power.n_to_settle(pair.estimate, edge) for pair in pairs]
    shown = [None if point else power.minimum_detectable(pair.estimate, edge, side) for pair in pairs]
    if len(pairs) == 1 and pairs[0].found.slice is None:
        verdict = judge(pairs[0].found, requirement, n_to_settle=settle[0], detectable=shown[0])
        return verdict, (verdict.word,)
    return judge_all(
        [pair.found for pair in pairs],
        requirement,
        pvalues=[pair.pvalue(edge) for pair in pairs],
        n_to_settle=settle,
        detectable=shown,
    )


def _result(
    candidate: Evaluation,
    baseline: Evaluation,
    metric: Metric,
    requirement: Requirement,
    pairs: list[_Pair],
) -> Result:
    verdict, words = _judged(pairs, requirement)
    names = _names(candidate, baseline)
    sides = tuple(zip((candidate, baseline), names, strict=True))
    values = tuple(measured(metric.beside(side), f"{metric.name} of {name}", unit=metric.unit) for side, name in sides)
    at = words.index(verdict.word) if verdict.word in words else 0
    whole = pairs[0].found.slice is None
    found = tuple(pair.found for pair in pairs) if not whole else (_beside(pairs[0].found, values),)
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(pairs[at].found, metric, requirement, names, candidate),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(*found, *values),
        verdicts=(*words, *("not_applicable" for _ in values)),
        requirement=requirement,
        inputs=inputs_of(candidate=candidate.inputs, baseline=baseline.inputs),
        curves=tuple(curve for side, name in sides for curve in curves_of(metric, side, name)) if whole else (),
        advice=_advice(verdict),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _beside(found: Measurement, values: tuple[Measurement, ...]) -> Measurement:
    """The difference with both values in its detail."""
    both = ", ".join(f"{side.name.partition(' of ')[2]} {number(side.value)}" for side in values)
    return replace(found, detail=f"{both}; {found.detail}" if found.detail else both)


def _incomparable(
    candidate: Evaluation, baseline: Evaluation, requirement: Requirement, label: str, apart: tuple[Finding, ...]
) -> Result:
    names = _names(candidate, baseline)
    return Result(
        check=CHECK,
        label=label,
        sentence=f"{requirement.metric} of {names[0]} and {names[1]} cannot be compared, their rows differ",
        verdict="failed",
        reason="not-comparable",
        because=f"{apart[0].where}: {apart[0].what}" + (f"; and {len(apart) - 1} more" if len(apart) > 1 else ""),
        requirement=requirement,
        findings=apart,
        inputs=inputs_of(candidate=candidate.inputs, baseline=baseline.inputs),
        advice="evaluate both models on the same table: mltest.evaluate(model, test, target)",
    )


def _sentence(
    found: Measurement, metric: Metric, requirement: Requirement, names: tuple[str, str], candidate: Evaluation
) -> str:
    where = f" in {found.slice}" if found.slice else place(candidate)
    demand = f"required no worse by more than {limit(requirement.margin)}"
    end = f" (n = {count(found.n)})" if found.slice else ""
    subject = f"{metric.name} of {names[0]}"
    if found.value is None:
        return f"{subject} cannot be told from {names[1]}{where}, {demand}{end}"
    if found.value == 0:
        return f"{subject} equals {names[1]}{where}, {demand}{end}"
    way = "above" if found.value > 0 else "below"
    return f"{subject} is {number(abs(found.value), requirement.margin)} {way} {names[1]}{where}, {demand}{end}"


def _names(candidate: Evaluation, baseline: Evaluation) -> tuple[str, str]:
    """What to call the two: by their own names where these tell them apart."""
    names = candidate.model_name, baseline.model_name
    return ("candidate", "baseline") if names[0] == names[1] else names


def _label(metric: Metric, by: Any) -> str:
    if by is None:
        return metric.name
    return f"{metric.name} by {by if isinstance(by, str) else ' and '.join(map(str, by))}"


def _advice(verdict: Verdict) -> str | None:
    if verdict.reason == "too-small-slices":
        return "take a coarser column for by=, or add rows to the small slices"
    if verdict.word == "inconclusive" and verdict.reason != "not-estimable":
        return 'add rows, or judge the estimate with decision="point", which the evidence will show'
    return None
