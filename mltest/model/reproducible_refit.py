"""Part of `assert_reproducible`: two fits with one seed, answer by answer (rule ``refit``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import count
from mltest.errors import ModelError, UsageError
from mltest.inputs.apart import column_apart, largest_of
from mltest.inputs.calling import call, one_answer_method, score_method
from mltest.quoted import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.fits import Fit
    from mltest.inputs.tolerance import Tolerance

__all__ = ["Refit", "answers", "answers_apart", "refitted"]


@dataclass(frozen=True, slots=True)
class Refit:
    """How many answers of two models differ, and what the largest difference is."""

    method: str
    rows: int
    differing: int
    text: str


def answers(model: Any, rows: Evaluation) -> NDArray[Any]:
    """What models are compared by: probabilities, else decision values, else predictions; (n,) or (n, k)."""
    if rows.table is None:
        return np.empty(0)
    table = rows.table.select(rows.features)
    return np.array(call(model, _method(model), table, rows.rows, data=rows.data_name))


def refitted(fit: Fit, train: Evaluation, asked: Evaluation, tolerance: Tolerance, check: str) -> Refit:
    """Fit twice with one seed: a callable is given it, an estimator keeps the ``random_state`` it came with."""
    seed = None if fit.is_estimator else seed_here(check, "refit")
    first_model = fit.on(train, seed=seed)
    method, first = _method(first_model), answers(first_model, asked)
    # the first model has answered before there is a second: a fit may return one object every time
    second = answers(fit.on(train, seed=seed), asked)
    if first.shape != second.shape:
        text = f"answers of shape {first.shape} and {second.shape}"
        return Refit(method, asked.rows, asked.rows, text)
    a, b = (side.reshape(len(side), -1) for side in (first, second))
    each = [column_apart(a[:, at], b[:, at], tolerance) for at in range(a.shape[1])]
    apart = np.asarray(np.column_stack(each).any(axis=1))
    return Refit(method, asked.rows, int(apart.sum()), _text(a, b, first, second, apart))


def answers_apart(each: Iterable[NDArray[Any]], name: str) -> NDArray[np.float64]:
    """For each row the largest distance between any two answers; only the extremes are kept."""
    low: NDArray[np.float64] = np.empty((0, 0))
    high = low
    for at, answer in enumerate(each):
        if answer.dtype.kind not in "biuf":
            raise UsageError(
                f"{name} answers {answer.dtype} such as {quoted(repr(answer.ravel()[0]))}, which lie no number apart; "
                'name a metric=, or give a name as the tolerance, such as "float64"'
            )
        numbers = answer.astype(np.float64).reshape(len(answer), -1)
        if at and numbers.shape != low.shape:
            raise ModelError(f"{name} answered {numbers.shape[1]} numbers a row with one seed, {low.shape[1]} before")
        low, high = (np.minimum(low, numbers), np.maximum(high, numbers)) if at else (numbers, numbers)
    return np.asarray((high - low).max(axis=1))


def _method(model: Any) -> str:
    return score_method(model) or one_answer_method(model)


def _text(a: NDArray[Any], b: NDArray[Any], first: NDArray[Any], second: NDArray[Any], apart: NDArray[np.bool_]) -> str:
    if not apart.any():
        return "the same answers"
    if first.dtype != second.dtype:
        return f"answers of type {first.dtype} and {second.dtype}"
    rows = np.arange(len(a))
    largest = [found for at in range(a.shape[1]) if (found := largest_of(a[:, at], b[:, at], rows)) is not None]
    if largest:
        return max(largest, key=lambda each: each.absolute).text
    at = int(np.argmax(apart))
    return f"first in row {count(at)}: {a[at].tolist()} and {b[at].tolist()}"
