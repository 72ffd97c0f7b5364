"""`assert_reproducible`: the same seed gives the same model, and other seeds give about as good ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count
from mltest.errors import UsageError
from mltest.inputs.fits import Fit, checked_fit, rows_to_fit
from mltest.inputs.rowwise import is_name
from mltest.inputs.splits import places
from mltest.inputs.tolerance import TOLERANCES, tolerance_of
from mltest.judge import finite, judge
from mltest.metrics.measured import inputs_of
from mltest.model.reproducible_refit import Refit, refitted
from mltest.model.reproducible_seeds import Demand, Trainings, demand_of, trained
from mltest.result import Finding, Measurement, Requirement, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.tolerance import Tolerance

__all__ = ["SEEDS", "assert_reproducible", "reproducible"]

CHECK = "model.reproducible"
CALL = "assert_reproducible"
SEEDS = 10
_HELD_OUT = 0.3


@check(
    CHECK,
    title="The same seed gives the same model, other seeds about as good ones",
    kind="model.reproducibility",
    rules=("refit", "seeds"),
    references=("Hahn and Meeker (1991), Statistical Intervals, 4.3 and 4.4",),
)
def reproducible(
    fit: Any,
    data: Any,
    target: Any,
    *,
    tolerance: str | float,
    metric: str | Callable[..., Any] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    share: float = 0.9,
    seeds: int = SEEDS,
    test: Any = None,
    features: Sequence[Any] | None = None,
    positive: Any = None,
    higher_is_better: bool | None = None,
) -> Result:
    """Demand that a repeated fit gives the same model, and that other seeds give about as good or the same ones.

    Parameters
    ----------
    fit : estimator or callable
        An unfitted scikit-learn estimator, which is cloned, or a callable ``(features, target) -> model``, which
        may take ``seed=``.
    data : table
        The labelled rows.
    target : str or array of shape (n,)
        A column of ``data``, or the labels themselves.
    tolerance : {"bitwise", "float64", "float32", "float16", "bfloat16"} or float
        When two answers to one row are the same. A number, above 0, also trains with several seeds and is how far
        these may lie apart: with a metric, most of their scores from the mean; without, any two answers to a row.
        The same seed must then give the same answers but for rounding (``"float64"``).
    metric : str or callable, optional
        Also train with several seeds, and demand that most trainings reach ``at_least`` (or stay within
        ``at_most``) on the test rows, or lie within a number as the tolerance.
    at_least, at_most : float, optional
        The limit of the metric; exactly one of them where there is a metric and the tolerance is a name.
    share : float
        The share of all trainings that must reach the limit, or lie within the tolerance.
    seeds : int
        How many trainings, at least 5.
    test : table, optional
        Rows to score on. By default 30 % of ``data`` is held out: a random part that the run's seed and the
        test's name fix, with the classes in proportion.
    features : sequence of str, optional
        The columns the model gets; by default all but the target.
    positive : label, optional
        The positive one of two classes.
    higher_is_better : bool, optional
        Direction of a callable metric; here the limit tells it.

    Returns
    -------
    Result
        The number of rows that two fits answer differently; before it, what is judged of other seeds: with a
        metric the score that the demanded share of trainings reaches, or its distance from their mean, else the
        number of rows that are answered too far apart.

    Raises
    ------
    CheckFailed
        If two fits differ, or too few trainings reach the limit; ``Inconclusive`` if these trainings cannot tell.
    UsageError
        For a fit that is none, an unknown tolerance, or a metric without a limit.
    ModelError
        If the fit or its model raises, or answers something unusable.

    Notes
    -----
    For the same seed, an estimator is fitted as it was given, twice: a ``random_state`` that is None is not
    filled in, since training would not fill it in either. A callable with ``seed=`` is given the same one twice.
    Both models answer all rows, by ``predict_proba``, else ``decision_function``, else ``predict``; this is
    counted in full. Both fits run in one process: what differs between machines or numbers of threads is not seen.

    Other seeds are set as every ``random_state`` of the estimator, or given as ``seed=``. From k scores with mean
    and standard deviation sd follows the normal tolerance bound ``mean - K sd``, which 90 % of all trainings
    exceed with 95 % confidence. It describes the variation between trainings on these test rows alone: the
    noise of the rows, which ``assert_metric`` judges, comes on top. How far 90 % lie from their mean is 1.645 sd,
    with the bounds of the standard deviation by chi-square. Answers to a row are compared in full on the test rows:
    the largest minus the smallest of all trainings. Equal scores or answers get the flag ``seed_has_no_effect``.

    References
    ----------
    Hahn and Meeker (1991), Statistical Intervals.

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> result = mltest.checks.reproducible(DecisionTreeClassifier(random_state=0), x, x[:, 0] > 0, tolerance="bitwise")
    >>> result.sentence
    '0 of 200 rows differ between two fits of DecisionTreeClassifier, required none (bitwise)'
    >>> one_feature = DecisionTreeClassifier(max_features=1, random_state=0)
    >>> mltest.checks.reproducible(one_feature, x, x[:, 0] > 0, tolerance=0.01, metric="roc_auc").verdict
    'failed'
    """
    agreed, within = _agreed(tolerance)
    demand = demand_of(
        metric, at_least, at_most, within=within, share=share, seeds=seeds, higher_is_better=higher_is_better, call=CALL
    )
    made = checked_fit(fit, CALL, positive=positive)
    train, asked, held = _split(data, target, test, needed=demand is not None, features=features, positive=positive)
    refit = refitted(made, train, asked, agreed, CHECK)
    trainings = (
        None if demand is None or refit.differing else trained(made, train, held, demand, check=CHECK, call=CALL)
    )
    return _result(made, refit, agreed, (demand, trainings), inputs_of(train=train.inputs, test=held.inputs))


assert_reproducible = asserting(reproducible)


def _agreed(tolerance: object) -> tuple[Tolerance, float | None]:
    """When answers of one seed are the same, and how far those of several may lie apart."""
    if isinstance(tolerance, str):
        return tolerance_of(tolerance), None
    if isinstance(tolerance, bool) or not isinstance(tolerance, (int, float, np.number)):
        msg = f"{CALL}(tolerance={tolerance!r}): must be a number above 0, or one of {', '.join(TOLERANCES)}"
        raise UsageError(msg)
    within = finite(tolerance, f"{CALL}(tolerance=)")
    if within <= 0:
        msg = f'{CALL}(tolerance={tolerance!r}): must be above 0; the very same answers are tolerance="bitwise"'
        raise UsageError(msg)
    return tolerance_of("float64"), within


def _split(
    data: Any, target: Any, test: Any, *, needed: bool, **columns: Any
) -> tuple[Evaluation, Evaluation, Evaluation]:
    """Rows to fit on, rows to compare the answers on, and rows to score on."""
    rows = rows_to_fit(data, target, **columns)
    if test is not None:
        if not is_name(target):
            raise UsageError(
                f"{CALL}(test=): name the column of the target, which both tables have, in place of an array"
            )
        return rows, rows, rows_to_fit(test, target, **columns | {"features": rows.features})
    if not needed:
        return rows, rows, rows
    held = places(rows.y, None, seed_here(CHECK, "split")) < _HELD_OUT
    if held.all() or not held.any():
        raise UsageError(f"{CALL}: {rows.rows} rows of {rows.data_name} cannot be split; give more rows, or test=")
    return rows.take(~held), rows, rows.take(held)


def _result(
    fit: Fit,
    refit: Refit,
    tolerance: Tolerance,
    seeds: tuple[Demand | None, Trainings | None],
    inputs: dict[str, str],
) -> Result:
    demand, trainings = seeds
    none = Requirement(metric="differing rows", comparison="at_most", limit=0)
    found = _found(refit)
    verdict, requirement = judge(found, none), none
    measurements: tuple[Measurement, ...] = (found,)
    words: tuple[str, ...] = (verdict.word,)
    sentence = (
        f"{count(refit.differing)} of {count(refit.rows)} rows differ between two fits of {fit.name}, "
        f"required none ({tolerance.name})"
    )
    if trainings is not None and demand is not None:
        words = (trainings.verdict.word, *("not_applicable" for _ in trainings.measurements[1:]), verdict.word)
        measurements = (*trainings.measurements, found)
        verdict, requirement, sentence = trainings.verdict, demand.requirement, trainings.sentence
    return Result(
        check=CHECK,
        label=demand.label if demand else tolerance.name,
        sentence=sentence,
        verdict=verdict.word,
        reason=verdict.reason if trainings is not None else ("same-model" if not refit.differing else "other-model"),
        because=verdict.text if trainings is not None else refit.text,
        measurements=measurements,
        verdicts=words,
        requirement=requirement,
        findings=_findings(refit),
        inputs=inputs,
        curves=trainings.curves if trainings else (),
        advice=_advice(fit, refit, verdict),
        flags=trainings.flags if trainings else (),
        n_to_settle=verdict.n_to_settle,
    )


def _found(refit: Refit) -> Measurement:
    return Measurement(
        name="differing rows",
        value=refit.differing,
        low=refit.differing,
        high=refit.differing,
        confidence=None,
        method="census",
        n=refit.rows,
        detail=refit.text,
    )


def _findings(refit: Refit) -> tuple[Finding, ...]:
    if not refit.differing:
        return ()
    rate = refit.differing / refit.rows
    return (Finding(rule="refit", where=refit.method, what=refit.text, count=refit.differing, rate=rate),)


def _advice(fit: Fit, refit: Refit, verdict: Verdict) -> str | None:
    if not refit.differing:
        return "train with more seeds: seeds=" if verdict.word == "inconclusive" else None
    if fit.unseeded:
        return f"set {', '.join(f'{name}=' for name in fit.unseeded)}: it is None, so that every fit draws anew"
    if not fit.is_estimator and not fit.takes_seed:
        return f"let {fit.name} take seed=, and seed everything with it that draws random numbers"
    return "look for what draws random numbers without the seed: another library, threads, the order of a set"
