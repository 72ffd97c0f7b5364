"""Any other scorer name of scikit-learn, asked through its public call on answers that are already there."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.metrics.callables import bootstrapped
from mltest.metrics.sample import IntArray, Sample, class_codes
from mltest.quoted import quoted_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mltest.metrics.metric import Metric

__all__ = ["is_scorer", "scorer_metric", "scorer_names"]


@functools.cache
def scorer_names() -> tuple[str, ...]:
    """Every scorer name of the installed scikit-learn."""
    from sklearn.metrics import get_scorer_names

    return tuple(get_scorer_names())


def is_scorer(metric: object) -> bool:
    """Whether this is a scorer object, as ``sklearn.metrics.make_scorer`` makes: called with (estimator, X, y)."""
    return type(metric).__module__.startswith("sklearn.metrics")


def scorer_metric(name: str, scorer: Callable[..., float]) -> Metric:
    """A metric of a scorer; scikit-learn turns losses so that higher is better in all of them."""
    return bootstrapped(name, lambda sample: _on_rows(name, scorer, sample), higher_is_better=True)


def _on_rows(name: str, scorer: Callable[..., float], sample: Sample) -> Callable[[IntArray], float]:
    answers = _estimator(sample)
    y = _labels(sample, sample.y)
    weight = sample.weight

    def value(index: IntArray) -> float:
        weighted = {} if weight is None else {"sample_weight": weight[index]}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a resample may lack a class; the value says so
            try:
                return float(scorer(answers, index, y[index], **weighted))
            except (TypeError, ValueError, AttributeError) as error:
                if len(index) == sample.rows and (np.diff(index) == 1).all():
                    msg = f"metric {name} does not fit these rows: {quoted_text(error)}"
                    raise UsageError(msg) from error
                return float("nan")

    return value


def _labels(sample: Sample, values: Any) -> Any:
    """Codes in the order of the columns of ``proba``; the positive class of two is 1."""
    if sample.task == "regression":
        return np.asarray(values, dtype=np.float64)
    if sample.task == "binary":
        return np.asarray(values == sample.positive, dtype=np.int64)
    return class_codes(values, sample.classes)


def _estimator(sample: Sample) -> Any:
    """An estimator that answers row numbers with what the model answered there."""
    regressor, classifier = _kinds()
    answers = {"predict": _labels(sample, sample.prediction)}
    if sample.task == "regression":
        return regressor(answers, None)
    answers |= _scores(sample)
    return classifier(answers, np.arange(len(sample.classes)))


def _scores(sample: Sample) -> dict[str, Any]:
    if not getattr(sample, "has_score", True):
        return {}
    if sample.task != "binary":
        return {"decision_function": sample.score} if sample.proba is None else {"predict_proba": sample.proba}
    score = np.asarray(sample.score, dtype=np.float64)
    if ((score >= 0) & (score <= 1)).all():
        return {"predict_proba": np.column_stack([1 - score, score])}
    return {"decision_function": score}


def _answering(method: str, values: Any) -> Callable[[IntArray], Any]:
    def answer(rows: IntArray) -> Any:
        return values[rows]

    answer.__name__ = method
    return answer


@functools.cache
def _kinds() -> tuple[type, type]:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

    def start(self: Any, answers: dict[str, Any], classes: Any) -> None:
        self.classes_ = classes
        for method, values in answers.items():
            setattr(self, method, _answering(method, values))

    body = {"__init__": start, "__module__": __name__}
    return (
        type("Answered", (RegressorMixin, BaseEstimator), body),
        type("Answered", (ClassifierMixin, BaseEstimator), body),
    )
