"""`assert_metric`: a metric meets its limit, overall or in every slice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count
from mltest.judge import judge, judge_all, requirement_of, requirement_text
from mltest.metrics.curves import curves_of
from mltest.metrics.measured import measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample, place
from mltest.model.metric_limits import detectable, pvalue, settles, shown
from mltest.model.metric_slices import Slice, columns_of, listed, measured_slices, missing_from
from mltest.result import Finding, Requirement, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric

__all__ = ["MIN_ROWS", "assert_metric", "metric"]

CHECK = "model.metric"
CALL = "assert_metric"
MIN_ROWS = 30


@check(
    CHECK,
    title="A metric meets its limit, overall or in every slice",
    kind="model.performance",
    rules=("overall", "slices"),
    references=(
        "Clopper and Pearson (1934), Biometrika 26, 404-413",
        "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
        "Efron (1987), Journal of the American Statistical Association 82, 171-185",
        "Berger (1982), Technometrics 24, 295-300",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
)
def metric(
    evaluation: Evaluation,
    metric: str | Callable[..., Any],
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    between: tuple[float, float] | None = None,
    by: str | Sequence[str] | Mapping[str, Sequence[Any]] | None = None,
    min_rows: int = MIN_ROWS,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a metric meets its limit, overall or in every slice of a column.

    Parameters
    ----------
    evaluation : Evaluation
        Labels and predictions, of ``mltest.evaluate`` or ``mltest.Evaluation``.
    metric : str or callable
        A scikit-learn scorer name with its sign (``roc_auc``, ``neg_log_loss``), a loss by its own name
        (``log_loss``, ``brier``, ``rmse``, ``mae``, ``mape``, ``error_rate``), or a callable
        ``(y, prediction)`` that returns one number; ``mltest list metrics`` lists them.
    at_least, at_most : float
        The limit, in the metric's own unit; exactly one of these or ``between``.
    between : tuple of two floats
        The accepted span, ends included.
    by : str, sequence of str or mapping, optional
        A column of the evaluation's table: the demand is made of every slice of its values, missing
        values being a slice of their own. Several columns are crossed. A mapping from one column to the
        values that must occur, such as ``{"region": ["north", "south"]}``, also fails for each that does not.
    min_rows : int
        A slice with fewer rows decides nothing.
    higher_is_better : bool, optional
        Direction of a callable; here the limit tells it, so that it is rarely needed.
    decision : {"interval", "point"}
        ``"point"`` judges the estimate alone, and the evidence says so.

    Returns
    -------
    Result
        One measurement, or one for each slice.

    Raises
    ------
    CheckFailed
        If the demand is missed; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For an unknown metric, one that does not fit the task, a wrong demand, or a column that is not there.
    ModelError
        If the model raises or answers something unusable.

    Notes
    -----
    It passes if the bound of the interval meets the limit and fails if the opposite bound misses it, each
    at 95 %; in between it is inconclusive. The intervals: shares of rows (accuracy, recall, precision,
    specificity, error rate) Clopper-Pearson, F1 and Jaccard the same by their one binomial count, averages
    over classes MOVER or influence values, ROC AUC DeLong on the logit scale, average precision Boyd on the
    logit scale, mean losses Hall's skewness-corrected t, R2 a log ratio, callables and other scorers of
    scikit-learn the BCa bootstrap. Weights and clusters of the evaluation are honoured by all of them.

    Slices are a conjunction: it passes if every slice passes at its own bound, without correction; it fails
    if a slice fails after Holm's correction. A slice with fewer than ``min_rows`` rows, or one in which even
    a perfect result could not pass, is marked ``too_small`` and decides nothing; more than 20 % of the rows
    in such slices make the whole inconclusive.

    References
    ----------
    Clopper and Pearson (1934); DeLong, DeLong and Clarke-Pearson (1988); Hall (1992); Zou and Donner (2008);
    Efron (1987); Berger (1982) and Holm (1979) for slices.

    Examples
    --------
    >>> import mltest
    >>> y, score = [0, 1] * 60, [0.2, 0.7, 0.6, 0.9, 0.1, 0.4] * 20
    >>> holdout = mltest.Evaluation(y, score=score)
    >>> result = mltest.checks.metric(holdout, "accuracy", at_least=0.5)
    >>> result.sentence, result.verdict
    ('accuracy 0.667, required at least 0.50', 'passed')
    """
    is_sample(evaluation, CALL, "evaluation")
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    requirement = requirement_of(
        chosen.name, at_least=at_least, at_most=at_most, between=between, decision=decision, call=CALL
    )
    chosen.refuse_misfit(evaluation, CALL)
    if by is None:
        return _overall(evaluation, chosen, requirement)
    columns, declared = columns_of(by, CALL)
    parts = measured_slices(evaluation, chosen, requirement, columns, min_rows=min_rows, call=CALL)
    return _sliced(evaluation, chosen, requirement, parts, missing_from(parts, declared))


assert_metric = asserting(metric)


def _overall(evaluation: Evaluation, metric: Metric, requirement: Requirement) -> Result:
    estimate = metric.estimate(evaluation, seed_here(CHECK, metric.name))
    found = measured(estimate, metric.name, unit=metric.unit)
    verdict = judge(
        found, requirement, n_to_settle=settles(estimate, requirement), detectable=detectable(estimate, requirement)
    )
    sentence = f"{shown(found, requirement)}{place(evaluation)}, required {requirement_text(requirement)}"
    made = _result(evaluation, metric.name, sentence, requirement, verdict)
    return replace(made, measurements=(found,), verdicts=(verdict.word,), curves=curves_of(metric, evaluation))


def _result(evaluation: Evaluation, label: str, sentence: str, requirement: Requirement, verdict: Verdict) -> Result:
    return Result(
        check=CHECK,
        label=label,
        sentence=sentence,
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        requirement=requirement,
        inputs=evaluation.inputs,
        advice=_advice(verdict),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _advice(verdict: Verdict) -> str | None:
    if verdict.reason == "too-small-slices":
        return "take a coarser column for by=, or add rows to the small slices"
    if verdict.word == "inconclusive" and verdict.reason != "not-estimable":
        return 'add rows, or judge the estimate with decision="point", which the evidence will show'
    return None


def _sliced(
    evaluation: Evaluation,
    metric: Metric,
    requirement: Requirement,
    parts: list[Slice],
    missing: tuple[Finding, ...],
) -> Result:
    found = tuple(part.found for part in parts)
    verdict, words = judge_all(
        found,
        requirement,
        pvalues=[pvalue(part.estimate, requirement) if part.decides else 1.0 for part in parts],
        n_to_settle=[settles(part.estimate, requirement) for part in parts],
        detectable=[detectable(part.estimate, requirement) for part in parts],
    )
    worst = found[words.index(verdict.word) if verdict.word in words else 0]
    sentence = (
        f"{shown(worst, requirement)} in {worst.slice}, required {requirement_text(requirement)} (n = {count(worst.n)})"
    )
    if missing:
        verdict = Verdict(word="failed", reason="slice-missing", text=f"no rows in {listed(missing)}")
        sentence = f"{metric.name} has no rows in {listed(missing)}, required {requirement_text(requirement)}"
    label = f"{metric.name} by {' and '.join(parts[0].columns)}"
    made = _result(evaluation, label, sentence, requirement, verdict)
    return replace(made, measurements=found, verdicts=words, findings=missing, findings_total=len(missing))
