"""`assert_not_underfit`: a model adds to what a dummy knows from the training labels alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import number
from mltest.errors import UsageError
from mltest.judge import finite, judge, requirement_of, requirement_text
from mltest.metrics.dummy import Dummy, dummy_for
from mltest.metrics.learning_curve import SEEDS, SHARES, LearningCurve, curve_of, with_curve
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.registry import resolve
from mltest.metrics.sample import is_sample, place
from mltest.result import Measurement, Requirement, Result, Verdict
from mltest.stats import power

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["assert_not_underfit", "not_underfit"]

CHECK = "model.not_underfit"
CALL = "assert_not_underfit"
_COLUMNS = 80


@check(
    CHECK,
    title="A model adds to what a dummy knows from the training labels alone",
    kind="model.overfitting",
    rules=("dummy", "learning_curve"),
    references=(
        "Tango (1998), Statistics in Medicine 17, 891-908",
        "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845",
        "Fieller (1954), Journal of the Royal Statistical Society B 16, 175-185",
    ),
)
def not_underfit(
    train: Evaluation,
    test: Evaluation,
    metric: str | Callable[..., Any],
    *,
    gain_at_least: float,
    fit: Any = None,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that a model is better than a dummy that knows only the training labels.

    Parameters
    ----------
    train : Evaluation
        The rows that the model was fitted on; only their labels and weights are read.
    test : Evaluation
        The model on rows it has not seen; the dummy is judged on the same rows.
    metric : str or callable
        As in ``assert_metric``.
    gain_at_least : float
        The least gain; see the notes for its unit.
    fit : estimator or callable, optional
        What the model was made by: then a learning curve is drawn, as in ``assert_not_overfit``.
    higher_is_better : bool, optional
        Direction of a callable; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the gain alone, and the evidence says so.

    Returns
    -------
    Result
        First the gain, which is judged, then the values of model and dummy, which are shown.

    Raises
    ------
    CheckFailed
        If the model gains less; its subclass ``Inconclusive`` if the rows cannot tell.
    UsageError
        For an unknown metric, a callable without direction, or training labels that do not fit the test's.

    Notes
    -----
    What the gain is, and what the dummy answers:

    - accuracy: difference to always answering the most frequent class, Tango's interval; averages over
      classes and MCC: the same by influence values. Where the dummy has no value, since it never predicts a
      class (averaged precision, MCC), it counts as a random guess: one over the number of classes, the sum
      of the squared class shares, and 0;
    - precision, F1, Jaccard: difference to always answering the positive class, by influence values. Recall
      and specificity of a constant answer are 0 or 1: ask for the gain of balanced accuracy instead;
    - ROC AUC: the area less 0.5; average precision: less the share of positives;
    - losses under either name (log loss, Brier, error rate, MAE, MSE, MAPE, pinball) and R2: the share of
      the dummy's loss that is saved, ``1 - loss / dummy's loss``, on the log ratio's scale; RMSE likewise
      of the roots. The dummy answers the class shares, the most frequent class, the median (MAE, MAPE,
      pinball) or the mean (MSE, RMSE, R2) of the training labels;
    - callables and other scorers: the improvement in their own unit over the most frequent class or the
      mean, BCa bootstrap.

    References
    ----------
    Tango (1998); DeLong, DeLong and Clarke-Pearson (1988); Fieller (1954).

    Examples
    --------
    >>> import mltest
    >>> train = mltest.Evaluation([0, 0, 1] * 50, prediction=[0, 0, 1] * 50)
    >>> test = mltest.Evaluation([0, 0, 1] * 50, prediction=[0, 0, 1, 0, 0, 0] * 25)
    >>> mltest.checks.not_underfit(train, test, "accuracy", gain_at_least=0.05).sentence
    'accuracy gain 0.167 over a dummy (always 0), required at least 0.05'
    """
    is_sample(train, CALL, "train")
    is_sample(test, CALL, "test")
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    requirement = _requirement(chosen, gain_at_least, decision)
    chosen.refuse_misfit(test, CALL)
    if train.task != test.task:
        msg = f"{CALL}: the training target is {train.task}, the test target {test.task}; give the same target"
        raise UsageError(msg)
    result = _result(train, test, chosen, requirement)
    return result if fit is None else with_curve(result, _curve(fit, train, test, chosen))


assert_not_underfit = asserting(not_underfit)


def _requirement(metric: Metric, gain_at_least: object, decision: str) -> Requirement:
    if metric.higher_is_better is None:
        msg = f"{CALL}(metric={metric.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    least = finite(gain_at_least, f"{CALL}(gain_at_least=)")
    return requirement_of(f"{metric.name} gain", at_least=least, decision=decision, call=CALL)


def _result(train: Evaluation, test: Evaluation, metric: Metric, requirement: Requirement) -> Result:
    dummy = dummy_for(train, test, metric.dummy)
    gain = metric.gain(test, dummy, seed_here(CHECK, metric.name))
    values = (
        measured(metric.beside(test), f"{metric.name} of {test.model_name}", unit=metric.unit),
        measured(metric.beside(dummy), f"{metric.name} of {dummy.model_name}", unit=metric.unit),
    )
    both = f"model {number(values[0].value)}, dummy {number(values[1].value)}"
    found = measured(gain, requirement.metric, unit=metric.unit, detail=f"{metric.gain_is}; {both}")
    verdict = _judged(found, gain, requirement)
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(found, dummy, requirement, test),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found, *values),
        verdicts=(verdict.word, "not_applicable", "not_applicable"),
        requirement=requirement,
        inputs=inputs_of(train=train.inputs, test=test.inputs),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _curve(fit: Any, train: Evaluation, test: Evaluation, metric: Metric) -> LearningCurve:
    from mltest.inputs.refits import refits

    seeds = [seed_here(CHECK, "learning curve", str(at)) for at in range(SEEDS)]
    return curve_of(metric, refits(fit, train, test, shares=SHARES, seeds=seeds, call=CALL))


def _judged(found: Measurement, gain: Estimate, requirement: Requirement) -> Verdict:
    least = requirement.limit
    if requirement.decision == "point" or not isinstance(least, (int, float)):
        return judge(found, requirement)
    return judge(
        found,
        requirement,
        n_to_settle=power.n_to_settle(gain, least),
        detectable=power.minimum_detectable(gain, least, "at_least"),
    )


def _sentence(found: Measurement, dummy: Dummy, requirement: Requirement, test: Evaluation) -> str:
    least = requirement.limit if isinstance(requirement.limit, (int, float)) else None
    shown = "not estimable" if found.value is None else number(found.value, least)
    demand = f", required {requirement_text(requirement)}"
    # what the dummy answers stands with its value, and need not stand here
    forms = (f"a {dummy.model_name}{place(test)}", f"a dummy{place(test)}", "a dummy")
    sentences = [f"{found.name} {shown} over {form}{demand}" for form in forms]
    return next((sentence for sentence in sentences if len(sentence) <= _COLUMNS), sentences[-1])
