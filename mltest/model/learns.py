"""`assert_learns`: a fit on the true labels beats the same fit on permuted ones."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import asserting, seed_here
from mltest.catalogue import check
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.inputs.fits import checked_fit, rows_to_fit
from mltest.inputs.rowwise import is_name
from mltest.inputs.splits import places
from mltest.judge import finite, judge, requirement_of, requirement_text
from mltest.metrics.measured import inputs_of
from mltest.metrics.registry import resolve
from mltest.model.learns_trial import FEWEST, Trial, tried
from mltest.result import Curve, Finding, Measurement, Requirement, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric

__all__ = ["PERMUTATIONS", "assert_learns", "learns"]

CHECK = "model.learns"
CALL = "assert_learns"
PERMUTATIONS = 199
_HELD_OUT = 0.3
_POINTS = 41


@check(
    CHECK,
    title="A fit on the true labels beats the same fit on permuted ones",
    kind="model.overfitting",
    rules=("permuted",),
    references=(
        "Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9, 39",
        "Ojala and Garriga (2010), Journal of Machine Learning Research 11, 1833-1863",
    ),
)
def learns(
    fit: Any,
    data: Any,
    target: Any,
    metric: str | Callable[..., Any],
    *,
    p_at_most: float = 0.05,
    test: Any = None,
    permutations: int = PERMUTATIONS,
    features: Sequence[Any] | None = None,
    positive: Any = None,
    cluster: Any = None,
    higher_is_better: bool | None = None,
) -> Result:
    """Demand that a fit on the true labels beats the same fit on permuted labels.

    Parameters
    ----------
    fit : estimator or callable
        An unfitted scikit-learn estimator, which is cloned, or a callable ``(features, target) -> model``, which
        may take ``seed=``.
    data : table
        The labelled rows.
    target : str or array of shape (n,)
        A column of ``data``, or the labels themselves.
    metric : str or callable
        As in ``assert_metric``; one that chance cannot win, such as ``roc_auc``, and not ``recall``, which is best
        for a model that always says yes.
    p_at_most : float
        The largest share of permuted fits, in the long run, that may do as well.
    test : table, optional
        Rows to score on, with the same columns. By default 30 % of ``data`` is held out: a random part that the
        run's seed and the test's name fix, with the classes in proportion and clusters whole.
    permutations : int
        How often the labels are permuted, at least 19. The fit is called once more than this, so that a fit of
        one second takes more than three minutes by default: give it a sample of the rows, or 19 permutations.
    features : sequence of str, optional
        The columns the model gets; by default all but target and cluster.
    positive : label, optional
        The positive one of two classes.
    cluster : str, optional
        The column of rows that are not independent: whole clusters are held out and permuted.
    higher_is_better : bool, optional
        Direction of a callable metric; needed there.

    Returns
    -------
    Result
        The p-value, which is judged, then the score on the true labels and the mean on permuted ones.

    Raises
    ------
    CheckFailed
        If too many permuted fits do as well, or if the answers of permuted fits go with the true labels (reason
        ``leak-suspected``): then the fit knows them from elsewhere.
    UsageError
        For a fit that is none, fewer than 19 permutations, or a ``p_at_most`` that they could not show.
    ModelError
        If the fit or its model raises, or answers something unusable.

    Notes
    -----
    The labels are permuted within the training rows and within the test rows, the fit is repeated, and its model
    scored. With b of m permuted scores at least as good as the true one, ``p = (b + 1) / (m + 1)``, which is exact
    for any number of permutations: features without a relation to the labels pass in at most 5 % of cases. A model
    that memorises its rows, and one that learns nothing, do no better than their permuted twins and fail. The test
    labels are permuted too, since a fit on permuted labels that is scored on the true ones is a guess at the
    direction: with one good feature, half of such guesses rank as well as the true fit.

    The same fits tell a leak. A fit on permuted labels knows nothing of the true test labels: its answers go with
    them as often as against them. Where the true score beats chance, and the covariance of permuted fits' answers
    (scores where there are any) with the true labels exceeds 0 on average by more than 3 standard errors, a leak is
    suspected. The covariance and not the metric is taken, since it is linear in the answers: average precision,
    recall and their kin win more by a lucky order than they lose by an unlucky one, so that their mean over
    permuted fits lies above chance without any leak.

    Every fit gets a seed of its own, as every ``random_state`` of an estimator or as ``seed=``.

    References
    ----------
    Phipson and Smyth (2010); Ojala and Garriga (2010), test 1.

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> from sklearn.linear_model import LogisticRegression
    >>> x = np.random.default_rng(0).normal(size=(200, 2))
    >>> mltest.checks.learns(LogisticRegression(), x, x[:, 0] > 0, "roc_auc", permutations=19).because
    '0 of 19 fits on permuted labels did as well, p = 0.050'
    """
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    requirement = _requirement(chosen, p_at_most, permutations)
    made = checked_fit(fit, CALL, positive=positive)
    train, held = _split(data, target, test, features=features, positive=positive, cluster=cluster)
    trial = tried(made, train, held, chosen, permutations=permutations, call=CALL)
    return _result(trial, train, held, chosen, requirement, data_name=train.data_name)


assert_learns = asserting(learns)


def _requirement(metric: Metric, p_at_most: object, permutations: object) -> Requirement:
    if metric.higher_is_better is None:
        msg = f"{CALL}(metric={metric.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < FEWEST:
        raise UsageError(f"{CALL}(permutations={permutations!r}): must be a whole number of at least {FEWEST}")
    most = finite(p_at_most, f"{CALL}(p_at_most=)")
    if not 0 < most < 1:
        raise UsageError(f"{CALL}(p_at_most={p_at_most!r}): must lie between 0 and 1")
    if most < 1 / (permutations + 1):
        best, needed = 1 / (permutations + 1), math.ceil(1 / most * (1 - 1e-12)) - 1
        raise UsageError(
            f"{CALL}(p_at_most={p_at_most!r}): {permutations} permutations can show p = {best:.3g} at best; "
            f"give permutations={needed} or more"
        )
    return requirement_of("p", at_most=most, call=CALL)


def _split(data: Any, target: Any, test: Any, **columns: Any) -> tuple[Evaluation, Evaluation]:
    """Training and test rows."""
    rows = rows_to_fit(data, target, **columns)
    if test is not None:
        if not is_name(target):
            raise UsageError(
                f"{CALL}(test=): name the column of the target, which both tables have, in place of an array"
            )
        return rows, rows_to_fit(test, target, **columns | {"features": rows.features})
    held = places(rows.y, rows.cluster, seed_here(CHECK, "split")) < _HELD_OUT
    if held.all() or not held.any():
        raise UsageError(f"{CALL}: {rows.rows} rows of {rows.data_name} cannot be split; give more rows, or test=")
    return rows.take(~held), rows.take(held)


def _result(
    trial: Trial, train: Evaluation, held: Evaluation, metric: Metric, requirement: Requirement, *, data_name: str
) -> Result:
    found = _p(trial)
    verdict = _judged(trial, found, requirement)
    beside = () if trial.observed is None else _scores(trial, metric, held.rows)
    return Result(
        check=CHECK,
        label=metric.name,
        sentence=_sentence(trial, metric, requirement, verdict, data_name=data_name),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=(found, *beside),
        verdicts=(verdict.word, *("not_applicable" for _ in beside)),
        requirement=requirement,
        findings=_findings(trial, verdict),
        inputs=inputs_of(train=train.inputs, test=held.inputs),
        curves=_curves(trial, metric),
        advice=_advice(verdict),
        flags=("leak_suspected",) if verdict.reason == "leak-suspected" else (),
    )


def _p(trial: Trial) -> Measurement:
    method = "label_permutation"
    if trial.observed is None:
        detail = "the fit on the true labels has no score on the test rows"
        return Measurement(name="p", value=None, method=method, detail=detail, unit="permuted fits")
    m = len(trial.permuted)
    detail = f"{trial.as_good} of {m} permuted fits did as well"
    return Measurement(
        name="p", value=trial.p, low=trial.p, high=trial.p, confidence=None,
        method=method, n=m, unit="permuted fits", detail=detail,
    )  # fmt: skip


def _scores(trial: Trial, metric: Metric, rows: int) -> tuple[Measurement, ...]:
    """The true score, and the mean of the permuted ones, in the metric's own direction."""
    sign = 1.0 if metric.higher_is_better else -1.0
    known, observed = sign * trial.known, sign * (trial.observed or 0.0)
    ends = f"from {number(float(known.min()))} to {number(float(known.max()))}" if len(known) else "no fit has a score"
    return (
        Measurement(name=f"{metric.name} with true labels", value=observed, confidence=None, method="point", n=rows),
        Measurement(
            name=f"{metric.name} with permuted labels",
            value=float(known.mean()) if len(known) else None,
            confidence=None,
            method="mean_of_fits",
            n=len(known),
            unit="permuted fits",
            detail=ends,
        ),
    )


def _judged(trial: Trial, found: Measurement, requirement: Requirement) -> Verdict:
    verdict = judge(found, requirement)
    if trial.observed is None:
        return verdict
    if trial.leaks and verdict.word == "passed":  # answers that chance gives too are no leak
        amount = f"by {trial.excess:.1f} standard errors" if trial.excess < 1000 else "and all of them alike"
        text = f"fits on permuted labels go with the true test labels beyond chance, {amount}"
        return Verdict(word="failed", reason="leak-suspected", text=text)
    m, most = count(len(trial.permuted)), requirement.limit if isinstance(requirement.limit, float) else None
    text = f"{count(trial.as_good)} of {m} fits on permuted labels did as well, p = {number(trial.p, most)}"
    return replace(verdict, reason="beats-permuted" if verdict.word == "passed" else "permuted-as-good", text=text)


def _sentence(trial: Trial, metric: Metric, requirement: Requirement, verdict: Verdict, *, data_name: str) -> str:
    where = "" if data_name == "data" else f" on {data_name}"
    demand = f"required p {requirement_text(requirement)}"
    if trial.observed is None:
        return f"{metric.name} of {trial.name}{where} not estimable, {demand}"
    value = number(trial.observed if metric.higher_is_better else -trial.observed)
    if verdict.reason == "leak-suspected":
        return f"{metric.name} {value} of {trial.name}{where} is suspect: permuted labels teach it the answers too"
    beaten = len(trial.permuted) - trial.as_good
    m = count(len(trial.permuted))
    return f"{metric.name} {value} of {trial.name}{where} beats {count(beaten)} of {m} permuted fits, {demand}"


def _findings(trial: Trial, verdict: Verdict) -> tuple[Finding, ...]:
    if verdict.reason != "leak-suspected":
        return ()
    return (Finding(rule="permuted", where=trial.name, what=verdict.text),)


def _curves(trial: Trial, metric: Metric) -> tuple[Curve, ...]:
    """The distribution of the permuted scores, and where the true one lies: x is the score, y the share below."""
    known = trial.known
    if trial.observed is None or not len(known):
        return ()
    sign = 1.0 if metric.higher_is_better else -1.0
    shares = np.linspace(0, 1, _POINTS)
    x = tuple((sign * np.quantile(known, shares)).tolist())
    true = (sign * trial.observed,)
    return (
        Curve(kind="permutation", label="permuted labels", x=x, y=tuple(shares.tolist())),
        Curve(kind="permutation", label="true labels", x=true, y=(float(np.mean(known < trial.observed)),)),
    )


def _advice(verdict: Verdict) -> str | None:
    if verdict.reason == "leak-suspected":
        return "look for what the fit reads beside features and target: a file, a column of the outcome, a fitted step"
    if verdict.word == "failed":
        return "chance scores as well on the test rows: see whether the features say anything of the target"
    return None
