"""`assert_metric`: a metric meets its limit, overall or in every slice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count
from mltest.errors import UsageError
from mltest.inputs.slices_asked import by_of, missing_from, names_of, slices_by
from mltest.judge import judge, requirement_text
from mltest.metrics.curves import curves_of
from mltest.metrics.measured import measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample, place
from mltest.model.metric_by import Demands, demands_of
from mltest.model.metric_limits import detectable, settles, shown
from mltest.model.metric_slices import Slice, judged, measured_slices, unnamed_in
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
    at_least: float | Mapping[Any, float] | None = None,
    at_most: float | Mapping[Any, float] | None = None,
    between: tuple[float, float] | Mapping[Any, tuple[float, float]] | None = None,
    by: str | Sequence[str] | Mapping[str, Sequence[Any] | int | None] | None = None,
    min_rows: int = MIN_ROWS,
    reference: Any = None,
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
    at_least, at_most : float or mapping
        The limit, in the metric's own unit; exactly one of these or ``between``. With ``by`` also a limit for
        each slice by its value: ``{"north": 0.3, "south": 0.35}``, ``"*"`` standing for every other slice. A
        slice that is named and has no rows fails, and so does one with rows that nothing names.
    between : tuple of two floats, or mapping
        The accepted span, ends included.
    by : str, sequence of str or mapping, optional
        A column of the evaluation's table: the demand is made of every slice of its values, missing
        values being a slice of their own. Several columns are crossed. A mapping from one column to the
        values that must occur, such as ``{"region": ["north", "south"]}``, also fails for each that does not.
        A column of measurements (more than 20 different numbers, some with fractions) is cut at its
        quartiles; ``{"income": 10}`` cuts any numbers into ten parts of equal counts. Cuts are rounded, and
        the label of a slice holds them: ``income=[20.5, 31.0)``.
    min_rows : int
        A slice with fewer rows decides nothing.
    reference : table or Evaluation, optional
        The rows at whose quantiles numbers are cut, such as the training rows, so that the slices stay the
        same for every table; a part that has rows there and none here fails.
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
    if a slice fails after Holm's correction; each slice that misses by itself shows its p-value before and
    after it (``p``, ``p_adjusted``). A slice with fewer than ``min_rows`` rows, or one in which even
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
    cut = None if by is None else by_of(by, CALL)
    limits = {"at_least": at_least, "at_most": at_most, "between": between}
    demands = demands_of(chosen.name, limits, decision, cut, CALL)
    chosen.refuse_misfit(evaluation, CALL)
    if cut is None:
        if reference is not None:
            msg = f"{CALL}(reference=): it says where the numbers of by= are cut; give by= too"
            raise UsageError(msg)
        return _overall(evaluation, chosen, demands.shown)
    parts = slices_by(evaluation, cut, reference, CALL)
    found = measured_slices(evaluation, chosen, demands, parts, min_rows=min_rows, call=CALL)
    due = missing_from(parts.labels, (*cut.declared, *demands.named, *parts.demanded))
    return _sliced(evaluation, f"{chosen.name} by {' and '.join(cut.columns)}", demands, found, due)


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
    if verdict.reason == "slice-unnamed":
        return 'give each of them a limit, or all others one by the key "*"'
    if verdict.reason == "too-small-slices":
        return "take a coarser column for by=, or add rows to the small slices"
    if verdict.word == "inconclusive" and verdict.reason != "not-estimable":
        return 'add rows, or judge the estimate with decision="point", which the evidence will show'
    return None


def _sliced(
    evaluation: Evaluation, label: str, demands: Demands, parts: list[Slice], missing: tuple[Finding, ...]
) -> Result:
    named = [part for part in parts if part.requirement is not None]
    unnamed = unnamed_in(parts)
    verdict, words, told = judged(named)
    sentence = _worst(named, words, verdict)
    wanted = f"required {requirement_text(demands.shown)}"
    if unnamed:
        where = names_of([finding.where for finding in unnamed])
        verdict = Verdict(word="failed", reason="slice-unnamed", text=f"no limit names {where}")
        sentence = f"{label} has no limit for {where}, {wanted}"
    if missing:
        where = names_of([finding.where for finding in missing])
        verdict = Verdict(word="failed", reason="slice-missing", text=f"no rows in {where}")
        sentence = f"{parts[0].found.name} has no rows in {where}, {wanted}"
    made = _result(evaluation, label, sentence, demands.shown, verdict)
    others = tuple(part for part in parts if part.requirement is None)
    return replace(
        made,
        measurements=(*told, *(part.found for part in others)),
        verdicts=(*words, *["failed"] * len(others)),
        findings=(*missing, *unnamed),
        findings_total=len(missing) + len(unnamed),
    )


def _worst(parts: list[Slice], words: tuple[str, ...], verdict: Verdict) -> str:
    """The sentence about the first slice with the verdict's word, and its own limit."""
    worst = parts[words.index(verdict.word) if verdict.word in words else 0] if parts else None
    if worst is None or worst.requirement is None:
        return ""
    wanted = requirement_text(worst.requirement)
    return f"{shown(worst.found, worst.requirement)} in {worst.label}, required {wanted} (n = {count(worst.found.n)})"
