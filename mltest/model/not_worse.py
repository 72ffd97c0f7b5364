"""`assert_not_worse`: a candidate is no worse than a baseline on the same rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count, limit
from mltest.errors import UsageError
from mltest.inputs.slices_asked import by_of, missing_from, names_of, slices_by
from mltest.judge import judge, judge_all, with_pvalues
from mltest.metrics.comparison import Sides, beside, settles, sides_of
from mltest.metrics.measured import measured
from mltest.model.not_worse_guards import Guard, guards_of, together
from mltest.result import Finding, Measurement, Requirement, Result, Verdict
from mltest.stats import power

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.slices_asked import By
    from mltest.stats.estimate import Estimate

__all__ = ["assert_not_worse", "not_worse"]

CHECK = "model.not_worse"
CALL = "assert_not_worse"
MIN_ROWS = 30


@check(
    CHECK,
    title="A candidate is no worse than a baseline on the same rows, beyond a margin",
    kind="model.regression",
    rules=("paired", "comparable", "slices", "guardrails"),
    references=(
        "Tango (1998), Statistics in Medicine 17, 891-908",
        "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
        "Nadeau and Bengio (2003), Machine Learning 52, 239-281",
    ),
)
def not_worse(
    candidate: Evaluation | Sequence[Evaluation],
    baseline: Evaluation | Sequence[Evaluation],
    metric: str | Callable[..., Any] | Mapping[Any, Any],
    *,
    margin: float | Mapping[Any, float] | None = None,
    by: str | Sequence[str] | Mapping[str, Sequence[Any] | int | None] | None = None,
    min_rows: int = MIN_ROWS,
    train_rows: int | None = None,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a candidate is worse than a baseline by no more than a margin, on the same rows.

    Parameters
    ----------
    candidate, baseline : Evaluation or sequence of Evaluation
        Both models on the same rows in the same order; or, for a cross-validation, two lists with an
        evaluation for each fold, repeats included.
    metric : str, callable or mapping
        As in ``assert_metric``. A mapping from each of several metrics to its own margin makes them guardrails:
        the candidate must be no worse in any.
    margin : float or mapping
        The loss that is tolerated, above 0, in the metric's own unit. It has no default: it is a business
        decision. With ``by`` also one for each slice by its value: ``{"north": 0.01, "*": 0.03}``, ``"*"`` standing
        for every other slice. A slice that is named and has no rows fails, and so does one with rows that
        nothing names. Left out where ``metric`` is a mapping, which may hold such mappings.
    by : str, sequence of str or mapping, optional
        The demand is made of every slice of this column of the candidate's table, as in ``assert_metric``: also
        of several crossed, of the values that must occur (``{"region": ["north", "south"]}``), or of numbers cut
        into parts (``{"income": 10}``).
    min_rows : int
        A slice with fewer rows decides nothing.
    train_rows : int, optional
        How many rows the model of one fold was fitted on; needed for folds, and only there.
    higher_is_better : bool, optional
        Direction of a callable, or of all of them in a mapping; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the difference alone, and the evidence says so.

    Returns
    -------
    Result
        First the difference candidate minus baseline, which is judged (one for each slice with ``by`` and for
        each metric of a mapping), then both values, which are shown.

    Raises
    ------
    CheckFailed
        If the candidate is worse by more than the margin, or the two cannot be compared (reason
        ``not-comparable``: other rows, labels, weights, another positive class, or scores that rise with the
        other class); its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a margin that is not above 0, an unknown metric, a callable without direction, or folds without
        ``train_rows``.

    Notes
    -----
    The difference is estimated row by row, never from two separate intervals: Tango's score interval for
    shares of the same rows (accuracy, recall, specificity), paired DeLong for ROC AUC, Hall's t on the
    differences of mean losses, subtracted influence values for precision, F1, averages over classes, MCC,
    average precision, RMSE and R2, and the BCa bootstrap of the difference for callables and other scorers.
    With weights or clusters, shares are compared by Hall's t on the differences. It passes if the bound of
    the difference on the worse side lies within the margin. The same predictions on every row pass, with
    the flag ``identical``.

    Slices and guardrails are a conjunction: it passes if every member passes at its own bound, without
    correction; it fails if a member fails after Holm's correction.

    The folds of a cross-validation are compared by the mean of their differences, with the corrected t
    statistic of Nadeau and Bengio: the variance is raised by test rows over training rows, since folds share
    the latter. It is approximate, needs at least five folds, and more folds of the same rows settle nothing; a
    held-out test set gives a cleaner answer.

    References
    ----------
    Tango (1998); DeLong, DeLong and Clarke-Pearson (1988); Hall (1992); Nadeau and Bengio (2003); Berger (1982)
    and Holm (1979) for conjunctions.

    Examples
    --------
    >>> import mltest
    >>> y = [0, 1] * 100
    >>> old = mltest.Evaluation(y, prediction=[0, 1, 0, 0] * 50)
    >>> new = mltest.Evaluation(y, prediction=[0, 1, 0, 1] * 50)
    >>> mltest.checks.not_worse(new, old, "accuracy", margin=0.01).sentence
    'accuracy of candidate is 0.250 above baseline, required no worse by more than 0.01'
    """
    sides = sides_of(candidate, baseline, train_rows, CALL)
    cut = None if by is None else by_of(by, CALL)
    guards = guards_of(metric, margin, higher_is_better, decision, cut, call=CALL)
    requirement = together(guards)
    label = _label(guards, cut)
    apart = sides.apart(scores=any(guard.metric.needs != "prediction" for guard in guards))
    if apart:
        subject = " and ".join(guard.metric.name for guard in guards)
        return sides.incomparable(apart, check=CHECK, subject=subject, label=label, requirement=requirement)
    for guard in guards:
        guard.metric.refuse_misfit(sides.candidate, CALL)
    parts, missing = _parts(sides, guards, cut, _whole(min_rows))
    pairs = [_pair(part, guard) for guard in guards for part in parts]
    # where no slice that is named has rows, those that are there stand under the first margin, and all failed
    judged = [pair for pair in pairs if pair.named] or pairs
    judged.sort(key=lambda pair: (not pair.decides, -pair.shortfall))
    others = [pair for pair in pairs if not pair.named and judged[0].named]
    made = _result(sides, guards, requirement, judged, label)
    demands = ", ".join(f"{guard.metric.name} {guard.told}" for guard in guards)
    return _unless_named(made, (judged, others), missing, demands)


assert_not_worse = asserting(not_worse)


@dataclass(frozen=True, slots=True)
class _Part:
    """All rows, or one slice of them and why it is too small."""

    sides: Sides
    name: str | None = None
    small: str | None = None


@dataclass(frozen=True, slots=True)
class _Pair:
    """The difference of one metric on all rows, or in one slice."""

    guard: Guard
    estimate: Estimate
    found: Measurement
    demand: Requirement
    named: bool

    @property
    def edge(self) -> float:
        """The difference at which it is too much."""
        return -self.margin if self.guard.metric.higher_is_better else self.margin

    @property
    def margin(self) -> float:
        """How much worse is tolerated."""
        return self.demand.margin or 0.0

    @property
    def decides(self) -> bool:
        return "too_small" not in self.found.flags

    @property
    def shortfall(self) -> float:
        """How far it lies on the wrong side of the edge, in margins."""
        value, edge = self.found.value, self.edge
        if value is None:
            return float("inf")
        return (edge - value if edge < 0 else value - edge) / self.margin

    @property
    def pvalue(self) -> float:
        """P-value of "no worse than the margin"."""
        if not self.decides or self.found.value is None:
            return 1.0
        edge = self.edge
        return (power.pvalue_at_least if edge < 0 else power.pvalue_at_most)(self.estimate, edge)


def _parts(sides: Sides, guards: list[Guard], by: By | None, min_rows: int) -> tuple[list[_Part], tuple[Finding, ...]]:
    """All rows, or every slice, and those that must occur and do not."""
    if by is None:
        return [_Part(sides)], ()
    if sides.folded:
        raise UsageError(f"{CALL}(by={', '.join(by.columns)!r}): folds are compared as a whole; leave by= out")
    candidate: Any = sides.candidate
    baseline: Any = sides.baseline
    cut, parts = slices_by(candidate, by, None, CALL), []
    for name, index in zip(cut.labels, cut.rows(), strict=True):
        small = f"{len(index)} rows, min_rows is {min_rows}" if len(index) < min_rows else None
        parts.append(_Part(Sides((candidate.take(index),), (baseline.take(index),)), name, small))
    due = (*by.declared, *(label for guard in guards for label in guard.named))
    return parts, missing_from(cut.labels, due)


def _whole(min_rows: object) -> int:
    if isinstance(min_rows, int) and not isinstance(min_rows, bool) and min_rows >= 1:
        return min_rows
    msg = f"{CALL}(min_rows={min_rows!r}): must be a whole number of at least 1"
    raise UsageError(msg)


def _pair(part: _Part, guard: Guard) -> _Pair:
    metric, small = guard.metric, part.small
    estimate = part.sides.difference(metric, seed_here(CHECK, metric.name, part.name or ""))
    if part.name is not None and not small and estimate.low is None and estimate.high is None:
        small = "too small for an interval"
    unit = "folds" if part.sides.folded else metric.unit
    flags = ("too_small",) if small else ()
    label, own = f"{metric.name} difference", guard.of(part.name)
    demand = own or guard.requirement
    told = f"required no worse by more than {limit(demand.margin)}" if guard.named and own else None
    detail = "; ".join(filter(None, (told, small))) or None
    found = measured(estimate, label, unit=unit, slice=part.name, detail=detail, flags=flags)
    return _Pair(guard, estimate, found, demand, own is not None)


def _judged(pairs: list[_Pair]) -> tuple[Verdict, tuple[str, ...]]:
    settle, shown = [], []
    for pair in pairs:
        edge, point = pair.edge, pair.demand.decision == "point"
        side: Literal["at_least", "at_most"] = "at_least" if edge < 0 else "at_most"
        settle.append(None if point else settles(pair.estimate, edge))
        shown.append(None if point else power.minimum_detectable(pair.estimate, edge, side))
    if len(pairs) == 1 and pairs[0].found.slice is None:
        verdict = judge(pairs[0].found, pairs[0].demand, n_to_settle=settle[0], detectable=shown[0])
        return verdict, (verdict.word,)
    return judge_all(
        [pair.found for pair in pairs],
        [pair.demand for pair in pairs],
        pvalues=[pair.pvalue for pair in pairs],
        n_to_settle=settle,
        detectable=shown,
    )


def _with_pvalues(pairs: list[_Pair]) -> tuple[Measurement, ...]:
    """What was compared, with its p-values where it misses as one of several."""
    found = [pair.found for pair in pairs]
    if len(pairs) == 1:
        return tuple(found)
    return with_pvalues(found, [pair.demand for pair in pairs], [pair.pvalue for pair in pairs])


def _result(sides: Sides, guards: list[Guard], requirement: Requirement, pairs: list[_Pair], label: str) -> Result:
    verdict, words = _judged(pairs)
    values = {guard.metric.name: sides.values(guard.metric) for guard in guards}
    whole = pairs[0].found.slice is None
    told = _with_pvalues(pairs)
    found = tuple(
        beside(one, values[pair.guard.metric.name]) if whole else one for pair, one in zip(pairs, told, strict=True)
    )
    shown = tuple(value for both in values.values() for value in both)
    worst = pairs[words.index(verdict.word) if verdict.word in words else 0]
    return Result(
        check=CHECK,
        label=label,
        sentence=_sentence(sides, worst),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(*found, *shown),
        verdicts=(*words, *("not_applicable" for _ in shown)),
        requirement=requirement,
        inputs=sides.inputs,
        curves=sides.curves(guards[0].metric) if whole and len(guards) == 1 else (),
        advice=_advice(verdict, worst.estimate),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _sentence(sides: Sides, pair: _Pair) -> str:
    found, margin = pair.found, pair.margin
    end = f" (n = {count(found.n)})" if found.slice else ""
    demand = f"required no worse by more than {limit(margin)}{end}"
    return sides.sentence(pair.guard.metric, found.value, demand, where=found.slice, near=margin)


def _unless_named(
    made: Result, pairs: tuple[list[_Pair], list[_Pair]], missing: tuple[Finding, ...], demands: str
) -> Result:
    """The result, failed where a slice that is named has no rows, or one with rows has no margin."""
    (judged, others), at = pairs, len(pairs[0])
    unnamed = tuple(
        Finding(rule="slices", where=str(pair.found.slice), what="has rows, and no margin names it", count=pair.found.n)
        for pair in (*judged, *others)
        if not pair.named
    )
    if not missing and not unnamed:
        return made
    where = names_of([finding.where for finding in missing or unnamed])
    reason, lacks = (
        ("slice-missing", f"no rows in {where}") if missing else ("slice-unnamed", f"no margin names {where}")
    )
    return replace(
        made,
        verdict="failed",
        reason=reason,
        because=lacks,
        sentence=f"{made.label}: {lacks}, required no worse by more than {demands}",
        measurements=(*made.measurements[:at], *(pair.found for pair in others), *made.measurements[at:]),
        verdicts=(
            *(word if pair.named else "failed" for word, pair in zip(made.verdicts, judged, strict=False)),
            *["failed"] * len(others),
            *made.verdicts[at:],
        ),
        findings=(*missing, *unnamed),
        findings_total=len(missing) + len(unnamed),
        advice=None if missing else 'give each of them a margin, or all others one by the key "*"',
        n_to_settle=None,
        detectable=None,
    )


def _label(guards: list[Guard], by: By | None) -> str:
    names = ", ".join(guard.metric.name for guard in guards)
    return names if by is None else f"{names} by {' and '.join(by.columns)}"


def _advice(verdict: Verdict, estimate: Estimate) -> str | None:
    if verdict.reason == "too-small-slices":
        return "take a coarser column for by=, or add rows to the small slices"
    if verdict.word != "inconclusive" or verdict.reason == "not-estimable":
        return None
    if estimate.method == "nadeau_bengio":
        return "compare on a held-out test set: more folds of the same rows settle little"
    return 'add rows, or judge the estimate with decision="point", which the evidence will show'
