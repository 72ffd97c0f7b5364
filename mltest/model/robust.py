"""`assert_robust`: a model's answers, or its metric, hold under perturbations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.assertion import asserting
from mltest.catalogue import check
from mltest.digits import limit, number
from mltest.errors import ModelError, UsageError
from mltest.judge import finite, judge, judge_all, requirement_of, with_pvalues
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.registry import resolve
from mltest.model.robust_answers import Compared, Question, compared_answers, compared_scores
from mltest.model.robust_changes import Change, Perturbed, named, perturbed
from mltest.quoted import quoted_text
from mltest.result import Finding, Measurement, Requirement, Result, Verdict
from mltest.stats import power

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mltest.inputs.tables import Table
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["assert_robust", "robust"]

CHECK = "model.robust"
CALL = "assert_robust"


@check(
    CHECK,
    title="The answers of a model, or its metric, hold under perturbations",
    kind="model.robustness",
    rules=("perturbation",),
    references=(
        "Clopper and Pearson (1934), Biometrika 26, 404-413",
        "Tango (1998), Statistics in Medicine 17, 891-908",
        "Hall (1992), Journal of the Royal Statistical Society B 54, 221-228",
        "Berger (1982), Technometrics 24, 295-300",
        "Holm (1979), Scandinavian Journal of Statistics 6, 65-70",
    ),
)
def robust(
    model: Any,
    data: Any,
    perturbation: str | Callable[..., Any] | Sequence[Any] | Mapping[str, Any],
    *,
    change_at_most: float,
    target: Any = None,
    metric: str | Callable[..., Any] | None = None,
    features: Sequence[Any] | None = None,
    positive: Any = None,
    cluster: Any = None,
    higher_is_better: bool | None = None,
    decision: str = "interval",
) -> Result:
    """Demand that perturbed rows change few decisions, or lower a metric by little.

    Parameters
    ----------
    model : object with ``predict``, or callable
        As in ``mltest.evaluate``.
    data : table
        The rows; they are not changed.
    perturbation : str, callable, sequence or mapping
        ``"noise"``, ``"missing"``, ``"typos"`` or ``"units"``, with how much after an @ (``"noise@0.2"``); or a
        callable from a table to a table with the same rows in the same order and the same columns, which gets a
        copy that it may change, and ``seed=`` if it takes one. Several, as a list or by names of their own in a
        mapping, must all hold.
    change_at_most : float
        The largest tolerated change, 0 or more. Without a metric it is the share of decisions that change or,
        for a model that answers numbers, their mean absolute change; with a metric it is what the metric loses,
        in its own unit.
    target : str or array of shape (n,), optional
        The labels; needed with a metric. They are those of the rows before the perturbation.
    metric : str or callable, optional
        As in ``assert_metric``.
    features : sequence of str, optional
        The columns the model gets; by default all but target and cluster.
    positive : label, optional
        The positive one of two classes.
    cluster : str or array of shape (n,), optional
        Which rows are not independent of each other; intervals honour it.
    higher_is_better : bool, optional
        Direction of a callable metric; needed there.
    decision : {"interval", "point"}
        ``"point"`` judges the estimates alone, and the evidence says so.

    Returns
    -------
    Result
        One measurement for each perturbation.

    Raises
    ------
    CheckFailed
        If a perturbation changes more, or makes the model raise (reason ``no-answer``); its subclass
        ``Inconclusive`` if the rows cannot tell.
    UsageError
        For a perturbation that raises, loses rows or columns, or changes nothing that the model gets.
    ModelError
        If the model fails on the rows as they are.

    Notes
    -----
    Decisions are compared row by row: Clopper-Pearson's interval of the share that changed. Changes of
    numbers are averaged, with Hall's t. What a metric loses is the paired difference of ``assert_not_worse``
    between the perturbed and the original rows. Several perturbations are a conjunction: it passes if each one
    passes at its own bound, and fails if one fails after Holm's correction.

    Those with a name change only what the model gets, and are drawn from the run's seed and the test's name.
    *noise* adds normal noise to numbers, of 0.1 standard deviations of each column (its interquartile range over
    1.349; all of it where that is 0); whole numbers stay whole, and nothing leaves the range of its column.
    *missing* empties each cell with a chance of 0.05. *typos* puts a typing error into one in 20 words of text: a
    letter swapped with the next, dropped, doubled, or that of the key beside it; declared categories are left
    alone. *units* makes in every row one number 1000 times as large, in a column drawn for that row.

    The interval is about rows like these under this very perturbation; a perturbation that draws random numbers
    is drawn once.

    References
    ----------
    Clopper and Pearson (1934); Tango (1998); Hall (1992); Berger (1982); Holm (1979).

    Examples
    --------
    >>> import mltest
    >>> import numpy as np
    >>> rows = np.arange(400.0).reshape(400, 1)
    >>> result = mltest.checks.robust(
    ...     lambda table: table[:, 0] > 200, rows, lambda table: table + 1, change_at_most=0.05
    ... )
    >>> result.sentence
    'changed decisions 0.003 under <lambda>, required at most 0.05'
    >>> mltest.checks.robust(lambda table: table[:, 0] > 200, rows, "noise@0.01", change_at_most=0.05).verdict
    'passed'
    """
    chosen = _metric(metric, target, higher_is_better)
    requirement = _requirement(chosen, change_at_most, decision)
    changes = named(perturbation, CALL)
    question = Question.of(model, data, target, features=features, positive=positive, cluster=cluster)
    if chosen is not None:
        chosen.refuse_misfit(question.original, CALL)
    parts = [_part(question, chosen, name, function) for name, function in changes.items()]
    return _result(question, chosen, requirement, parts)


assert_robust = asserting(robust)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one perturbation did; without an estimate where the model did not answer."""

    name: str
    found: Measurement
    estimate: Estimate | None
    error: str | None = None


def _metric(metric: Any, target: Any, higher_is_better: bool | None) -> Metric | None:  # noqa: FBT001
    if metric is None:
        return None
    if target is None:
        raise UsageError(f"{CALL}(metric={metric!r}): a metric needs labels; give target=")
    chosen = resolve(metric, higher_is_better=higher_is_better, call=CALL)
    if chosen.higher_is_better is None:
        msg = f"{CALL}(metric={chosen.name}): say which way a callable is better: higher_is_better=True or False"
        raise UsageError(msg)
    return chosen


def _requirement(metric: Metric | None, change_at_most: object, decision: str) -> Requirement:
    most = finite(change_at_most, f"{CALL}(change_at_most=)")
    if most < 0:
        raise UsageError(f"{CALL}(change_at_most={change_at_most!r}): must be 0 or more")
    name = "change" if metric is None else f"{metric.name} loss"
    return requirement_of(name, at_most=most, decision=decision, call=CALL)


def _part(question: Question, metric: Metric | None, name: str, function: Change) -> _Part:
    change = perturbed(question.table, name, function, question.original.features, CALL)
    try:
        made = _compared(question, metric, change)
    except ModelError as error:
        question.answers(question.table)  # a model that fails on the rows as they are is no matter of the perturbation
        rows = question.table.rows
        lost = Measurement(name="change", value=None, n=rows, slice=name, detail=quoted_text(error), confidence=None)
        return _Part(name, lost, None, quoted_text(error))
    detail = "; ".join(part for part in (made.detail, change.changed) if part)
    found = measured(made.estimate, made.name, unit="rows" if metric is None else metric.unit, detail=detail)
    return _Part(name, replace(found, slice=name), made.estimate)


def _compared(question: Question, metric: Metric | None, change: Perturbed) -> Compared:
    if metric is None:
        return compared_answers(question, change.table)
    return compared_scores(question, change.table, metric, CHECK, change.name)


def _result(question: Question, metric: Metric | None, requirement: Requirement, parts: list[_Part]) -> Result:
    verdict, words = _judged(parts, requirement)
    lost = [at for at, part in enumerate(parts) if part.error is not None]
    at = lost[0] if lost else words.index(verdict.word) if verdict.word in words else 0
    errors = tuple(
        Finding(rule="perturbation", where=part.name, what=part.error) for part in parts if part.error is not None
    )
    return Result(
        check=CHECK,
        label=f"{metric.name if metric else 'decisions'} under {' and '.join(part.name for part in parts)}",
        sentence=_sentence(parts[at], requirement, question.table),
        verdict=verdict.word,
        reason=verdict.reason,
        because=verdict.text,
        measurements=_with_pvalues(parts, requirement),
        verdicts=words,
        requirement=requirement,
        findings=errors,
        inputs=inputs_of(data=question.inputs),
        flags=("no_error_control",) if requirement.decision == "point" else (),
        n_to_settle=verdict.n_to_settle,
        detectable=verdict.detectable,
    )


def _judged(parts: list[_Part], requirement: Requirement) -> tuple[Verdict, tuple[str, ...]]:
    """A conjunction over the perturbations; where the model did not answer, its demand is missed."""
    lost = [part for part in parts if part.estimate is None]
    if not lost:
        return _of_answered(parts, requirement)
    answered = [part for part in parts if part.estimate is not None]
    words = _of_answered(answered, requirement)[1] if answered else ()
    by_name = dict(zip([part.name for part in answered], words, strict=True))
    every = tuple(by_name.get(part.name, "failed") for part in parts)
    return Verdict(word="failed", reason="no-answer", text=f"{lost[0].name}: {lost[0].error}"), every


def _of_answered(parts: list[_Part], requirement: Requirement) -> tuple[Verdict, tuple[str, ...]]:
    most = requirement.limit if isinstance(requirement.limit, (int, float)) else 0.0
    point = requirement.decision == "point"
    estimates = [part.estimate for part in parts if part.estimate is not None]
    settle = [None if point else power.n_to_settle(each, most) for each in estimates]
    least = [None if point else power.minimum_detectable(each, most, "at_most") for each in estimates]
    if len(parts) == 1:
        verdict = judge(parts[0].found, requirement, n_to_settle=settle[0], detectable=least[0])
        return verdict, (verdict.word,)
    found = [part.found for part in parts]
    return judge_all(found, requirement, pvalues=_pvalues(parts, most), n_to_settle=settle, detectable=least)


def _pvalues(parts: list[_Part], most: float) -> list[float]:
    estimates = [part.estimate for part in parts]
    return [1.0 if each is None or each.value is None else power.pvalue_at_most(each, most) for each in estimates]


def _with_pvalues(parts: list[_Part], requirement: Requirement) -> tuple[Measurement, ...]:
    """What each perturbation costs, with its p-values where it misses as one of several that were answered."""
    answered = [part for part in parts if part.estimate is not None]
    most = requirement.limit if isinstance(requirement.limit, (int, float)) else 0.0
    if len(answered) < 2:
        return tuple(part.found for part in parts)
    told = with_pvalues([part.found for part in answered], requirement, _pvalues(answered, most))
    by_name = dict(zip([part.name for part in answered], told, strict=True))
    return tuple(by_name.get(part.name, part.found) for part in parts)


def _sentence(part: _Part, requirement: Requirement, table: Table) -> str:
    most = requirement.limit if isinstance(requirement.limit, (int, float)) else None
    where = "" if table.name == "data" else f" on {table.name}"
    demand = f"required at most {limit(most)}"
    if part.error is not None:
        return f"no answer under {part.name}{where}, {demand}"
    shown = "not estimable" if part.found.value is None else number(part.found.value, most)
    return f"{part.found.name} {shown} under {part.name}{where}, {demand}"
