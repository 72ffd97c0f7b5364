"""`assert_no_weak_slice`: no slice below the limit, searched on one half of the rows and confirmed on the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.judge import judge_all, pvalues_text, requirement_of, requirement_text, with_pvalues
from mltest.metrics.measured import measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample, place
from mltest.model.no_weak_slice_search import halves, search
from mltest.result import Finding, Measurement, Requirement, Result, Verdict
from mltest.stats import power
from mltest.stats.estimate import unsettled
from mltest.stats.sliced_excess import excess

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate
    from mltest.stats.sliced_excess import Excess

__all__ = ["assert_no_weak_slice", "no_weak_slice"]

CHECK = "model.no_weak_slice"
CALL = "assert_no_weak_slice"
ROWS_NEEDED = 400
_SCORERS = {
    "log_loss": "neg_log_loss",
    "brier": "neg_brier_score",
    "mae": "neg_mean_absolute_error",
    "mse": "neg_mean_squared_error",
    "rmse": "neg_root_mean_squared_error",
    "mape": "neg_mean_absolute_percentage_error",
    "error_rate": "accuracy",
}


@dataclass(frozen=True, slots=True)
class _Slice:
    """A slice that looked weak, as the other half shows it."""

    estimate: Estimate
    found: Measurement
    excess: Excess | None


@dataclass(frozen=True, slots=True, eq=False)
class _Half:
    """The half that confirms: its rows, and the losses of all rows."""

    evaluation: Evaluation
    metric: Metric
    losses: NDArray[np.float64]
    rows: NDArray[np.intp]
    seed: int


@check(
    CHECK,
    title="No slice is weak: searched on one half of the rows, confirmed on the other",
    kind="model.slices",
    rules=("searched",),
    references=(
        "Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees",
        "Fisher (1958), Journal of the American Statistical Association 53, 789-798",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
        "Welch (1947), Biometrika 34, 28-35",
    ),
)
def no_weak_slice(
    evaluation: Evaluation,
    metric: str | Callable[..., Any],
    *,
    at_least: float,
    features: Sequence[str] | None = None,
) -> Result:
    """Demand that a metric meets its limit in the weakest slices that a search can find.

    Parameters
    ----------
    evaluation : Evaluation
        Labels and predictions with their table, of ``mltest.evaluate`` or ``mltest.Evaluation``.
    metric : str
        A metric that is the better the higher, as in ``assert_metric``, and that has a loss for each row:
        shares such as ``accuracy``, ``recall`` and ``precision``, ``f1``, ``roc_auc``, and mean losses by
        their scorer names, such as ``neg_log_loss``.
    at_least : float
        The limit in every slice, in the metric's own unit.
    features : sequence of str, optional
        The columns to search. By default those that the model gets, else all of the table but the target;
        text with more than 50 different values is left out.

    Returns
    -------
    Result
        One measurement for each slice that was found, on the half that had no part in finding it; the
        slices that are confirmed to be weak are its findings.

    Raises
    ------
    CheckFailed
        If a slice is below the limit; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a metric that has no loss a row or is the better the lower, a table or column that is not there.

    Notes
    -----
    The rows (clusters, where given) are parted at random into two halves. On the first a regression tree of
    the row losses, two splits deep and with at least 50 rows and 5 % of the half in each node, names at most
    ten slices whose mean loss is above average. On the second each of these is judged by the metric's own
    interval: it fails if one is below the limit after Holm's correction, it passes if all meet it at their
    own bound, and else it is inconclusive. The second half had no part in the choice, so that its intervals
    hold although the slices were searched for. How far the losses of a finding exceed those of the other rows
    is tested beside it by Welch's test. Without a slice that looks weak the second half is judged as a whole.
    Fewer than 400 rows are inconclusive. The row loss of ``roc_auc`` is the share of the other class that
    the row's score stands on the wrong side of.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984); Fisher (1958) for the order of labels; Holm (1979); Welch (1947).

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> rows = np.arange(1200)
    >>> answers = (rows % 4 > 0) | (rows % 8 > 0)
    >>> holdout = mltest.Evaluation([True] * 1200, prediction=answers, table=(rows % 4)[:, None])
    >>> mltest.checks.no_weak_slice(holdout, "accuracy", at_least=0.8).findings[0].where
    '0=below 1'
    """
    is_sample(evaluation, CALL, "evaluation")
    chosen = resolve(metric, call=CALL)
    _refuse(chosen)
    requirement = requirement_of(chosen.name, at_least=at_least, call=CALL)
    chosen.refuse_misfit(evaluation, CALL)
    seed = seed_here(CHECK, chosen.name)
    if evaluation.rows < ROWS_NEEDED:
        return _too_few(evaluation, chosen, requirement, seed)
    losses = np.asarray(chosen.losses(evaluation), np.float64) if chosen.losses else np.zeros(0)
    sides = halves(evaluation, seed)
    named = [(one.label, one.rows) for one in search(evaluation, losses, sides, features, CALL)]
    half = _Half(evaluation, chosen, losses, sides[1], seed)
    parts = [_measured(half, label, rows) for label, rows in named or [("all rows", sides[1])]]
    return _result(evaluation, chosen, requirement, parts)


assert_no_weak_slice = asserting(no_weak_slice)


def _refuse(metric: Metric) -> None:
    if metric.losses is None:
        msg = (
            f"{CALL}(metric={metric.name!r}): it is no mean over rows, so that there is no loss a row to search by; "
            "ask for accuracy, recall, f1, roc_auc, neg_log_loss or another mean, or name the slices: "
            "assert_metric(..., by=)"
        )
        raise UsageError(msg)
    if not metric.higher_is_better:
        scorer = _SCORERS.get(metric.name)
        instead = f"ask for {scorer}" if scorer else "ask for its scorer name, neg_..."
        msg = f"{CALL}(metric={metric.name!r}, at_least=): of {metric.name} less is better; {instead}"
        raise UsageError(msg)


def _measured(half: _Half, label: str, rows: NDArray[np.intp]) -> _Slice:
    """One slice on the half that had no part in finding it."""
    estimate = _estimate(half.evaluation, half.metric, rows, half.seed)
    flags = ("too_small",) if estimate.low is None and estimate.high is None else ()
    found = measured(estimate, half.metric.name, unit=half.metric.unit, slice=label, flags=flags)
    rest = np.setdiff1d(half.rows, rows, assume_unique=True)
    return _Slice(estimate, replace(found, seed=half.seed), _compared(half.evaluation, half.losses, rows, rest))


def _estimate(evaluation: Evaluation, metric: Metric, rows: NDArray[np.intp], seed: int) -> Estimate:
    weightless = evaluation.weight is not None and not evaluation.weight[rows].any()
    if not len(rows) or weightless:
        return unsettled(None, "empty", "no rows in the half that confirms", method="none", n=0)
    return metric.estimate(evaluation.take(rows), seed)


def _compared(
    evaluation: Evaluation, losses: NDArray[np.float64], rows: NDArray[np.intp], rest: NDArray[np.intp]
) -> Excess | None:
    sides = [side[~np.isnan(losses[side])] for side in (rows, rest)]
    weight, cluster = evaluation.weight, evaluation.cluster
    if not all(len(side) and (weight is None or weight[side].any()) for side in sides):
        return None
    weights = [None if weight is None else weight[side] for side in sides]
    groups = [None if cluster is None else cluster[side] for side in sides]
    return excess(
        losses[sides[0]],
        losses[sides[1]],
        weight_inside=weights[0],
        weight_rest=weights[1],
        groups_inside=groups[0],
        groups_rest=groups[1],
    )


def _result(evaluation: Evaluation, metric: Metric, requirement: Requirement, parts: list[_Slice]) -> Result:
    parts = sorted(parts, key=lambda part: (part.found.value is None, part.found.value or 0.0))
    limit = float(requirement.limit) if isinstance(requirement.limit, (int, float)) else 0.0
    decides = ["too_small" not in part.found.flags for part in parts]
    pvalues = [
        power.pvalue_at_least(part.estimate, limit) if one else 1.0 for part, one in zip(parts, decides, strict=True)
    ]
    found = with_pvalues([part.found for part in parts], requirement, pvalues)
    verdict, words = judge_all(
        found,
        requirement,
        pvalues=pvalues,
        n_to_settle=[power.n_to_settle(part.estimate, limit) for part in parts],
        detectable=[power.minimum_detectable(part.estimate, limit, "at_least") for part in parts],
    )
    if not any(decides):
        text = "no slice that looked weak has enough rows in the other half"
        verdict = Verdict(word="inconclusive", reason="too-small-slices", text=text)
    worst = found[words.index(verdict.word) if verdict.word in words else 0]
    findings = _findings(parts, found, words)
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(worst, requirement, evaluation),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=found,
        verdicts=words,
        requirement=requirement,
        findings=findings,
        findings_total=len(findings),
        inputs=evaluation.inputs,
        advice=_advice(verdict.word),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _sentence(worst: Measurement, requirement: Requirement, evaluation: Evaluation) -> str:
    limit = requirement.limit if isinstance(requirement.limit, (int, float)) else None
    value = "not estimable" if worst.value is None else number(worst.value, limit)
    return (
        f"{worst.name} {value} in {worst.slice}{place(evaluation)}, "
        f"required {requirement_text(requirement)} (n = {count(worst.n)})"
    )


def _findings(parts: list[_Slice], found: tuple[Measurement, ...], words: tuple[str, ...]) -> tuple[Finding, ...]:
    """The slices that the other half confirms to be weak."""
    return tuple(
        Finding(rule="searched", where=str(one.slice), what=_what(part, one), count=part.estimate.n)
        for part, one, word in zip(parts, found, words, strict=True)
        if word == "failed"
    )


def _what(part: _Slice, found: Measurement) -> str:
    shown = f"{found.name} {number(found.value)} ({pvalues_text(found)})"
    if part.excess is None:
        return shown
    against = f"loss a row {number(part.excess.inside)} against {number(part.excess.rest)} elsewhere"
    return f"{shown}; {against} (Welch p = {part.excess.pvalue:.2g})"


def _advice(word: str) -> str | None:
    if word == "failed":
        return "look at these rows; assert_metric(..., by=...) holds the slice to its limit from then on"
    return "add rows, or name the slices that matter: assert_metric(..., by=...)" if word == "inconclusive" else None


def _too_few(evaluation: Evaluation, metric: Metric, requirement: Requirement, seed: int) -> Result:
    found = measured(metric.estimate(evaluation, seed), metric.name, unit=metric.unit)
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=f"{metric.name} in slices of {count(evaluation.rows)} rows{place(evaluation)}, "
        f"required {requirement_text(requirement)}",
        verdict="inconclusive",
        reason="too-few-rows",
        because=f"{count(evaluation.rows)} rows; to search on one half and confirm on the other takes {ROWS_NEEDED}",
        measurements=(found,),
        verdicts=("inconclusive",),
        requirement=requirement,
        inputs=evaluation.inputs,
        advice=_advice("inconclusive"),
        n_to_settle=ROWS_NEEDED,
    )
