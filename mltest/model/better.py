"""`assert_better`: a candidate is better than a baseline on the same rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import limit
from mltest.errors import UsageError
from mltest.judge import finite, judge, requirement_of
from mltest.metrics.comparison import Sides, beside, settles, sides_of
from mltest.metrics.measured import measured
from mltest.metrics.metric import negate
from mltest.metrics.registry import resolve
from mltest.result import Requirement, Result
from mltest.stats import power

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.result import Measurement, Verdict
    from mltest.stats.estimate import Estimate

__all__ = ["assert_better", "better"]

CHECK = "model.better"
CALL = "assert_better"


@check(
    CHECK,
    title="A candidate is better than a baseline on the same rows",
    kind="model.regression",
    rules=("paired", "comparable", "simpler"),
    references=(
        "Tango (1998), Statistics in Medicine 17, 891-908",
        "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
        "Nadeau and Bengio (2003), Machine Learning 52, 239-281",
    ),
)
def better(
    candidate: Evaluation | Sequence[Evaluation],
    baseline: Evaluation | Sequence[Evaluation],
    metric: str | Callable[..., Any],
    *,
    by_at_least: float = 0.0,
    train_rows: int | None = None,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a candidate is better than a baseline, on the same rows.

    With a simpler model as the baseline it asks whether the candidate earns its cost (rule ``simpler``).

    Parameters
    ----------
    candidate, baseline : Evaluation or sequence of Evaluation
        Both models on the same rows in the same order; or, for a cross-validation, two lists with an
        evaluation for each fold, repeats included.
    metric : str or callable
        As in ``assert_metric``.
    by_at_least : float
        The improvement that must be exceeded, in the metric's own unit; 0 asks for any at all.
    train_rows : int, optional
        How many rows the model of one fold was fitted on; needed for folds, and only there.
    higher_is_better : bool, optional
        Direction of a callable; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the improvement alone, and the evidence says so.

    Returns
    -------
    Result
        First the improvement, which is judged: candidate minus baseline, or baseline minus candidate where
        lower is better; then both values, which are shown.

    Raises
    ------
    CheckFailed
        If the improvement is shown to be no more than ``by_at_least``, or the two cannot be compared (reason
        ``not-comparable``); its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a negative improvement, an unknown metric, a callable without direction, or folds without
        ``train_rows``.

    Notes
    -----
    It passes if the lower bound of the improvement lies above ``by_at_least``, and fails if the upper bound
    does not. The difference is estimated row by row with the methods of ``assert_not_worse``, and fold by fold
    with the corrected t statistic of Nadeau and Bengio. "Not better" does not mean "worse": a demand of the
    latter kind is ``assert_not_worse``.

    References
    ----------
    Tango (1998); DeLong, DeLong and Clarke-Pearson (1988); Hall (1992); Nadeau and Bengio (2003).

    Examples
    --------
    >>> import mltest
    >>> from mltest.model.better import better
    >>> y = [0, 1] * 100
    >>> old = mltest.Evaluation(y, prediction=[0, 1, 0, 0] * 50)
    >>> new = mltest.Evaluation(y, prediction=[0, 1, 0, 1] * 50)
    >>> better(new, old, "accuracy", by_at_least=0.1).sentence
    'accuracy of candidate is 0.250 above baseline, required better by more than 0.10'
    """
    sides = sides_of(candidate, baseline, train_rows, CALL)
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    if chosen.higher_is_better is None:
        msg = f"{CALL}(metric={chosen.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    requirement = _requirement(chosen, by_at_least, decision)
    apart = sides.apart(scores=chosen.needs != "prediction")
    if apart:
        return sides.incomparable(apart, check=CHECK, subject=chosen.name, label=chosen.name, requirement=requirement)
    chosen.refuse_misfit(sides.candidate, CALL)
    return _judged(sides, chosen, requirement)


assert_better = asserting(better)


def _requirement(metric: Metric, by_at_least: object, decision: str) -> Requirement:
    least = finite(by_at_least, f"{CALL}(by_at_least=)")
    if least < 0:
        msg = (
            f"{CALL}(by_at_least={by_at_least!r}): must be 0 or more, in units of {metric.name}; "
            f"to tolerate a loss, ask assert_not_worse(..., margin={-least})"
        )
        raise UsageError(msg)
    return replace(requirement_of(metric.name, at_least=least, decision=decision, call=CALL), comparison="better")


def _judged(sides: Sides, metric: Metric, requirement: Requirement) -> Result:
    difference = sides.difference(metric, seed_here(CHECK, metric.name))
    estimate = difference if metric.higher_is_better else negate(difference)
    least, point = float(requirement.limit or 0.0), requirement.decision == "point"  # type: ignore[arg-type]
    values = sides.values(metric)
    unit = "folds" if sides.folded else metric.unit
    found = beside(measured(estimate, f"{metric.name} improvement", unit=unit), values)
    verdict = judge(
        found,
        requirement,
        n_to_settle=None if point else settles(estimate, least),
        detectable=None if point else power.minimum_detectable(estimate, least, "at_least"),
    )
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(sides, metric, found, difference, least),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found, *values),
        verdicts=(verdict.word, *("not_applicable" for _ in values)),
        requirement=requirement,
        inputs=sides.inputs,
        curves=sides.curves(metric),
        advice=_advice(verdict, estimate),
        flags=("no_error_control",) if point else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _sentence(sides: Sides, metric: Metric, found: Measurement, difference: Estimate, least: float) -> str:
    gap = None if found.value is None else difference.value
    demand = f"required better{f' by more than {limit(least)}' if least else ''}"
    return sides.sentence(metric, gap, demand, where=None, near=least)


def _advice(verdict: Verdict, estimate: Estimate) -> str | None:
    if verdict.word != "inconclusive" or verdict.reason == "not-estimable":
        return None
    if estimate.method == "nadeau_bengio":
        return "compare on a held-out test set: more folds of the same rows settle little"
    return 'add rows, or judge the improvement with decision="point", which the evidence will show'
