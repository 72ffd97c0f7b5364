"""From what a user wrote to a `Metric`: a scorer name with its sign, a loss by its own name, or a callable."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mltest.errors import UsageError, nearest
from mltest.metrics import (
    at_threshold,
    classification,
    jaccard_micro,
    multilabel,
    operating_point,
    probability,
    ranking,
    regression,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.metrics.metric import Metric

__all__ = ["names", "resolve"]

_NATIVE = {
    **multilabel.joined({**classification.METRICS, **jaccard_micro.METRICS}),
    **probability.METRICS,
    **regression.METRICS,
    **ranking.METRICS,
    **operating_point.METRICS,
    **at_threshold.METRICS,
}

_FAMILIES = {**ranking.FAMILIES, **operating_point.FAMILIES, **at_threshold.FAMILIES}

_ALSO = {
    "mean_absolute_error": "mae",
    "mean_squared_error": "mse",
    "root_mean_squared_error": "rmse",
    "mean_absolute_percentage_error": "mape",
    "mean_pinball_loss": "pinball",
    "brier_score_loss": "brier",
    "brier_score": "brier",
    "mcc": "matthews_corrcoef",
}


def names() -> tuple[str, ...]:
    """The metrics that mltest estimates itself, sorted; every other scorer name of scikit-learn works too.

    A name with an @ stands for a family: ``ndcg@5`` works as ``ndcg@10`` does.

    Examples
    --------
    >>> "roc_auc" in names(), "neg_log_loss" in names()
    (True, True)
    """
    return tuple(sorted(_NATIVE))


def resolve(metric: str | Callable[..., Any], *, higher_is_better: bool | None = None, call: str = "resolve") -> Metric:
    """The metric that a user asks for.

    Parameters
    ----------
    metric : str or callable
        A scikit-learn scorer name, with its sign (``neg_log_loss``: values are at most 0); a loss by its
        own name (``log_loss``, ``brier``, ``rmse``, ...); a metric with a parameter after an @: the places
        that count (``ndcg@10``, ``map@10``), the level another rate must reach (``precision_at_recall@0.8``) or
        the threshold that ships (``recall_at_threshold@0.35``); a scorer object; or a callable
        ``(y, prediction)`` that returns one number.
    higher_is_better : bool, optional
        Direction of a callable.
    call : str
        The call that messages name.

    Returns
    -------
    Metric

    Raises
    ------
    UsageError
        For an unknown name, for something that is neither name nor callable, or for a direction that
        contradicts the name.

    Examples
    --------
    >>> resolve("neg_brier_score").higher_is_better, resolve("brier").higher_is_better
    (True, False)
    >>> resolve("roc_acu", call="assert_metric")
    Traceback (most recent call last):
    ...
    mltest.UsageError: assert_metric(metric='roc_acu'): no such metric; nearest is 'roc_auc' (mltest list metrics)
    """
    if higher_is_better not in (None, True, False):
        msg = f"{call}(higher_is_better={higher_is_better!r}): allowed are True and False"
        raise UsageError(msg)
    if isinstance(metric, str):
        return _agreed(_named(metric, call), higher_is_better, call)
    if not callable(metric):
        kind = type(metric).__name__  # type: ignore[unreachable]
        msg = f"{call}(metric={metric!r}): give a metric's name or a callable (y, prediction); got {kind}"
        raise UsageError(msg)
    from mltest.metrics import callables, scorers

    if scorers.is_scorer(metric):
        return scorers.scorer_metric(callables.name_of(metric), metric)
    return callables.callable_metric(metric, higher_is_better)


def _named(name: str, call: str) -> Metric:
    if name in _NATIVE:
        return _NATIVE[name]
    if name in _ALSO:
        return replace(_NATIVE[_ALSO[name]], name=name)
    family, at, given = name.partition("@")
    if family in _FAMILIES:
        return _FAMILIES[family](given)
    if at and family in _NATIVE:
        msg = f"{call}(metric={name!r}): {family} takes nothing after an @; those that do: {', '.join(_FAMILIES)}"
        raise UsageError(msg)
    from mltest.metrics.scorers import scorer_metric, scorer_names

    if name not in scorer_names():
        every = sorted({*_NATIVE, *_ALSO, *scorer_names()})
        msg = f"{call}(metric={name!r}): no such metric{nearest(name, every)} (mltest list metrics)"
        raise UsageError(msg)
    from sklearn.metrics import get_scorer

    return scorer_metric(name, get_scorer(name))


def _agreed(metric: Metric, higher_is_better: bool | None, call: str) -> Metric:  # noqa: FBT001
    if higher_is_better is None or higher_is_better == metric.higher_is_better:
        return metric
    better = "higher" if metric.higher_is_better else "lower"
    msg = (
        f"{call}(metric={metric.name!r}, higher_is_better={higher_is_better}): of {metric.name} {better} is better; "
        "leave higher_is_better= out, it is for callables"
    )
    raise UsageError(msg)
