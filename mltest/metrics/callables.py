"""A user's own metric, ``(y, prediction)``, with the interval of the bootstrap."""

from __future__ import annotations

import functools
import inspect
import math
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.counted import OfCounts, bca_of_kinds
from mltest.metrics.metric import CLASSES, NUMBERS, Metric, negate
from mltest.metrics.sample import FloatArray, IntArray, Sample
from mltest.stats.bootstrap import bca
from mltest.stats.estimate import Estimate, unsettled

__all__ = ["OnRows", "bootstrapped", "callable_metric", "name_of"]

# value of a metric on some rows of a sample; NaN where it is not defined there
OnRows = Callable[[Sample], Callable[[IntArray], float]]


def callable_metric(function: Callable[..., Any], higher_is_better: bool | None) -> Metric:  # noqa: FBT001
    """A metric of a callable ``(y, prediction)``, which may also take ``sample_weight=``."""
    name = name_of(function)
    weighted = (lambda sample: _of_counts(function, name, sample)) if _takes_weight(function) else None
    return bootstrapped(name, lambda sample: _on_rows(function, name, sample), higher_is_better, weighted)


def bootstrapped(
    name: str,
    on_rows: OnRows,
    higher_is_better: bool | None,  # noqa: FBT001
    weighted: Callable[[Sample], OfCounts] | None = None,
) -> Metric:
    """A metric that is only a function of rows: BCa intervals, alone and of the difference."""

    def estimate(sample: Sample, seed: int) -> Estimate:
        return _bca(name, [sample], on_rows(sample), seed, None if weighted is None else weighted(sample))

    def paired(ours: Sample, theirs: Sample, seed: int) -> Estimate:
        left, right = on_rows(ours), on_rows(theirs)
        counted = None if weighted is None else _less(weighted(ours), weighted(theirs))
        return _bca(name, [ours, theirs], lambda index: left(index) - right(index), seed, counted)

    def gain(sample: Sample, dummy: Sample, seed: int) -> Estimate:
        found = paired(sample, dummy, seed)
        return negate(found) if higher_is_better is False else found

    def value(sample: Sample, _seed: int) -> Estimate:
        found = on_rows(sample)(_kept(sample))
        known = found if math.isfinite(found) else None
        return unsettled(known, "no_interval", "value alone", method="point", n=sample.rows)

    return Metric(
        name=name,
        higher_is_better=higher_is_better,
        tasks=(*CLASSES, *NUMBERS),
        needs="prediction",
        estimate=estimate,
        paired=paired,
        gain=gain,
        dummy="mean",
        value=value,
    )


def name_of(function: object) -> str:
    """What to call a callable: its own name, that of what it wraps, or that of its class."""
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return "callable" if name == "<lambda>" else str(name)


def _kept(sample: Sample) -> IntArray:
    """Rows whose weight is not zero."""
    return np.arange(sample.rows) if sample.weight is None else np.flatnonzero(sample.weight > 0)


def _less(left: OfCounts, right: OfCounts) -> OfCounts:
    return lambda index, times: left(index, times) - right(index, times)


def _bca(
    name: str, sides: list[Sample], on_rows: Callable[[IntArray], float], seed: int, counted: OfCounts | None
) -> Estimate:
    sample = sides[0]
    kept = _kept(sample)
    groups = None if sample.cluster is None else sample.cluster[kept]
    value = on_rows(kept)
    if not math.isfinite(value):
        reason = f"{name} is {value} on these rows"
        return unsettled(None, "nonfinite", reason, method="bca", n=len(kept))
    if counted is not None and groups is None:
        weights = [] if sample.weight is None else [sample.weight]
        columns = [sample.y, *(side.prediction for side in sides), *weights]
        found = bca_of_kinds(counted, columns, kept, value, seed)
        if found is not None:
            return found
    return bca(lambda index: on_rows(kept[index]), len(kept), groups=groups, seed=seed)


def _of_counts(function: Callable[..., Any], name: str, sample: Sample) -> OfCounts:
    y, prediction, weight = sample.y, sample.prediction, sample.weight

    def value(index: IntArray, times: FloatArray) -> float:
        each = times if weight is None else times * weight[index]
        return _number(name, function(y[index], prediction[index], sample_weight=each))

    return value


def _on_rows(function: Callable[..., Any], name: str, sample: Sample) -> Callable[[IntArray], float]:
    y, prediction, weight = sample.y, sample.prediction, sample.weight
    if weight is None:
        return lambda index: _number(name, function(y[index], prediction[index]))
    if not _takes_weight(function):
        msg = f"metric {name} takes no sample_weight=, and the rows have weights; give it that parameter"
        raise UsageError(msg)
    return lambda index: _number(name, function(y[index], prediction[index], sample_weight=weight[index]))


def _takes_weight(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(at.name == "sample_weight" or at.kind is at.VAR_KEYWORD for at in parameters)


def _number(name: str, value: object) -> float:
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.item()
    if isinstance(value, numbers.Real):
        return float(value)
    msg = f"metric {name} must return one number; got {type(value).__name__} {str(value)[:60]}"
    raise UsageError(msg)
