"""`assert_not_overfit`: the gap between training and test rows is small."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import number
from mltest.errors import UsageError
from mltest.judge import finite, judge, requirement_of, requirement_text
from mltest.metrics.learning_curve import SEEDS, SHARES, LearningCurve, curve_of, with_curve
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample
from mltest.model.not_overfit_regions import region_findings
from mltest.result import Curve, Measurement, Requirement, Result, Verdict
from mltest.stats import power
from mltest.stats.independent import gap

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["assert_not_overfit", "not_overfit"]

CHECK = "model.not_overfit"
CALL = "assert_not_overfit"
_ROW_NOISE = "row noise only: the model has seen the training rows"


@check(
    CHECK,
    title="The gap between training and test rows is small",
    kind="model.overfitting",
    rules=("gap", "regions", "learning_curve"),
    references=(
        "Newcombe (1998), Statistics in Medicine 17, 873-890",
        "Welch (1947), Biometrika 34, 28-35",
        "Zou and Donner (2008), Statistics in Medicine 27, 1693-1702",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
)
def not_overfit(
    train: Evaluation,
    test: Evaluation,
    metric: str | Callable[..., Any],
    *,
    gap_at_most: float,
    fit: Any = None,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a metric is not much better on the training rows than on the test rows.

    Parameters
    ----------
    train, test : Evaluation
        The same model on the rows it was fitted on and on rows it has not seen.
    metric : str or callable
        As in ``assert_metric``.
    gap_at_most : float
        The largest tolerated gap, 0 or more, in the metric's own unit: training minus test where higher is
        better, test minus training for a loss.
    fit : estimator or callable, optional
        What the model was made by, as in ``assert_learns``: then a learning curve is drawn, of 20 fits on an
        eighth, a quarter, a half and all of the training rows. Both evaluations must be of ``mltest.evaluate``.
    higher_is_better : bool, optional
        Direction of a callable; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the gap alone, and the evidence says so.

    Returns
    -------
    Result
        First the gap, which is judged, then the value on either side, which are shown. Its findings name the
        regions of the table where the gap is largest.

    Raises
    ------
    CheckFailed
        If the gap is larger; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        If both evaluations are of the same rows, or of two models; for a gap below 0, an unknown metric or a
        callable without direction.

    Notes
    -----
    The two samples are taken as independent: Newcombe's interval for shares, Welch's for mean losses, the
    sum of both variances for areas under curves, and the bounds of either side put together (MOVER) for
    everything else. The training rows are not independent of the model, so the interval describes the noise
    of the rows and nothing else (method ``gap_descriptive``). A large gap is a reason to look, not a proof:
    a model of large capacity may have a large gap and still be the best on the test rows, which
    ``assert_metric`` and ``assert_not_worse`` judge.

    Where both evaluations have a table, the gap is also measured in regions: by every value of a column with at
    most 12 of them, and by quarters of the training rows of other numbers, of the first 20 columns that the model
    gets, with at least 30 rows on both sides. A region whose gap exceeds the overall one by more than
    ``gap_at_most``, after Holm's correction over all regions, is a finding; it decides nothing. Metrics that only
    the bootstrap can judge are not searched.

    The learning curve is drawn over 5 seeds, of the fit and of the parts, where smaller parts lie within larger
    ones. Beside it stands the mean loss (squared error, Brier score or wrong labels) with half of the rows less
    that with all of them, paired on the test rows: a lower bound above 0 gets the flag ``still_improving``, an
    upper bound below 0 ``worse_with_more_rows``. It decides nothing, since there is one sample of training rows.

    References
    ----------
    Newcombe (1998); Welch (1947); Zou and Donner (2008); Holm (1979).

    Examples
    --------
    >>> import mltest
    >>> y = [0, 1] * 100
    >>> train = mltest.Evaluation(y, prediction=[0, 1] * 100)
    >>> test = mltest.Evaluation(y, prediction=[0, 1, 0, 0] * 50)
    >>> mltest.checks.not_overfit(train, test, "accuracy", gap_at_most=0.05).sentence
    'accuracy gap 0.250 (train 1.000, test 0.750), required at most 0.05'
    """
    is_sample(train, CALL, "train")
    is_sample(test, CALL, "test")
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    requirement = _requirement(chosen, gap_at_most, decision)
    for side in (train, test):
        chosen.refuse_misfit(side, CALL)
    _refuse_unfit(train, test)
    result = _result(train, test, chosen, requirement)
    return result if fit is None else with_curve(result, _curve(fit, train, test, chosen))


assert_not_overfit = asserting(not_overfit)


def _requirement(metric: Metric, gap_at_most: object, decision: str) -> Requirement:
    if metric.higher_is_better is None:
        msg = f"{CALL}(metric={metric.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    most = finite(gap_at_most, f"{CALL}(gap_at_most=)")
    if most < 0:
        msg = f"{CALL}(gap_at_most={gap_at_most!r}): must be 0 or more, in units of {metric.name}"
        raise UsageError(msg)
    return requirement_of(f"{metric.name} gap", at_most=most, decision=decision, call=CALL)


def _refuse_unfit(train: Evaluation, test: Evaluation) -> None:
    models = train.inputs.get("model"), test.inputs.get("model")
    if None not in models and models[0] != models[1]:
        msg = f"{CALL}: train is an evaluation of {train.model_name}, test of {test.model_name}; give one model on both"
        raise UsageError(msg)
    if train is test or _same_rows(train, test):
        msg = (
            f"{CALL}: train and test are the same {test.rows} rows, so that the gap is 0 whatever the model does; "
            "give the rows it was fitted on, and rows it has not seen"
        )
        raise UsageError(msg)


def _same_rows(train: Evaluation, test: Evaluation) -> bool:
    """Whether labels and answers agree row by row, and no digest says that the tables differ."""
    data = train.inputs.get("data"), test.inputs.get("data")
    if None not in data and data[0] != data[1]:
        return False
    if train.task != test.task or not np.array_equal(train.y, test.y):
        return False
    ours, theirs = (side.score if side.has_score else side.prediction for side in (train, test))
    return bool(np.array_equal(ours, theirs))


def _result(train: Evaluation, test: Evaluation, metric: Metric, requirement: Requirement) -> Result:
    seen = metric.estimate(train, seed_here(CHECK, metric.name, "train"))
    unseen = metric.estimate(test, seed_here(CHECK, metric.name, "test"))
    better, worse = (seen, unseen) if metric.higher_is_better else (unseen, seen)
    estimate = gap(better, worse, descriptive=True)
    if estimate.bounds is None:
        estimate = replace(estimate, detail=_lack(seen, unseen) or estimate.detail)
    noise = None if estimate.bounds is None else _ROW_NOISE
    found = measured(estimate, requirement.metric, unit=metric.unit, detail=noise)
    values = tuple(
        replace(measured(side, f"{metric.name} on {name}", unit=metric.unit), detail=side.detail)
        for name, side in (("train", seen), ("test", unseen))
    )
    verdict = _judged(found, estimate, requirement)
    margin = requirement.limit if isinstance(requirement.limit, (int, float)) else 0.0
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(found, values, requirement),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found, *values),
        verdicts=(verdict.word, "not_applicable", "not_applicable"),
        requirement=requirement,
        findings=region_findings(train, test, metric, estimate, margin=margin, check=CHECK),
        inputs=inputs_of(train=train.inputs, test=test.inputs),
        curves=_curves(metric, seen, unseen),
        advice="compare with a simpler model: mltest.assert_not_worse(simpler, this, metric, margin=...)"
        if verdict.word == "failed"
        else None,
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _lack(seen: Estimate, unseen: Estimate) -> str | None:
    """Which side has no interval, and why."""
    sides = (("train", seen), ("test", unseen))
    return next((f"{name}: {side.detail}" for name, side in sides if side.bounds is None and side.detail), None)


def _judged(found: Measurement, estimate: Estimate, requirement: Requirement) -> Verdict:
    most = requirement.limit
    if requirement.decision == "point" or not isinstance(most, (int, float)):
        return judge(found, requirement)
    return judge(
        found,
        requirement,
        n_to_settle=power.n_to_settle(estimate, most),
        detectable=power.minimum_detectable(estimate, most, "at_most"),
    )


def _sentence(found: Measurement, values: tuple[Measurement, ...], requirement: Requirement) -> str:
    sides = ", ".join(f"{name} {number(side.value)}" for name, side in zip(("train", "test"), values, strict=True))
    most = requirement.limit if isinstance(requirement.limit, (int, float)) else None
    shown = "not estimable" if found.value is None else number(found.value, most)
    return f"{found.name} {shown} ({sides}), required {requirement_text(requirement)}"


def _curve(fit: Any, train: Evaluation, test: Evaluation, metric: Metric) -> LearningCurve:
    from mltest.inputs.refits import refits

    seeds = [seed_here(CHECK, "learning curve", str(at)) for at in range(SEEDS)]
    return curve_of(metric, refits(fit, train, test, shares=SHARES, seeds=seeds, call=CALL))


def _curves(metric: Metric, seen: Estimate, unseen: Estimate) -> tuple[Curve, ...]:
    if seen.value is None or unseen.value is None:
        return ()
    return (Curve(kind="train_test", label=metric.name, x=(0.0, 1.0), y=(seen.value, unseen.value)),)
