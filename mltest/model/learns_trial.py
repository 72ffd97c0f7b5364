"""Part of `assert_learns`: the scores of a fit on the true labels and on permuted ones (rule ``permuted``)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mltest.assertion import seed_here
from mltest.model.learns_permuted import permuted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.fits import Fit
    from mltest.metrics.metric import Metric
    from mltest.metrics.sample import Sample

__all__ = ["FEWEST", "Trial", "tried"]

FEWEST = 19
_LEAK_ERRORS = 3.0
_ROUNDING = 1e-9
_FAR = 1e6  # standard errors where every permuted fit answers alike


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """The score of the true labels, and of every permutation with how its answers go with the true labels.

    Scores are turned so that higher is better.
    """

    name: str
    observed: float | None
    permuted: NDArray[np.float64]
    association: NDArray[np.float64]

    @property
    def as_good(self) -> int:
        """How many permuted fits score as well."""
        return 0 if self.observed is None else int(np.count_nonzero(self.permuted >= self.observed))

    @property
    def p(self) -> float:
        """The exact p-value of a finite number of permutations."""
        return (self.as_good + 1) / (len(self.permuted) + 1)

    @property
    def known(self) -> NDArray[np.float64]:
        """The permuted scores that could be had."""
        return self.permuted[np.isfinite(self.permuted)]

    @property
    def excess(self) -> float:
        """The mean association of permuted fits with the test labels, in its standard errors."""
        mean, sd = float(self.association.mean()), float(self.association.std(ddof=1))
        if sd <= _ROUNDING * abs(mean):
            return math.copysign(_FAR, mean)
        return mean / sd * math.sqrt(len(self.association)) if sd else 0.0

    @property
    def leaks(self) -> bool:
        """Whether permuted fits know the test labels."""
        return self.excess > _LEAK_ERRORS


def tried(fit: Fit, train: Evaluation, held: Evaluation, metric: Metric, *, permutations: int, call: str) -> Trial:
    """One fit on the true labels and one on each permutation, scored on the same rows with their own permutation."""
    sign = 1.0 if metric.higher_is_better else -1.0
    observed = fit.judged(fit.on(train, seed=seed_here(call, "true labels")), held)
    metric.refuse_misfit(observed, call)
    value = metric.beside(observed).value
    if value is None:
        return Trial(fit.name, None, np.empty(0), np.empty(0))
    scores, association = np.full(permutations, -np.inf), np.empty(permutations)
    for at in range(permutations):
        seed = seed_here(call, "permutation", str(at))
        rng = np.random.Generator(np.random.PCG64(seed))
        twin = fit.judged(fit.on(train, y=permuted(train.y, train.cluster, rng), seed=seed), held)
        score = metric.beside(cast("Sample", _Relabelled(twin, permuted(held.y, held.cluster, rng)))).value
        if score is not None:  # a score that cannot be had is not as good as the true one
            scores[at] = sign * score
        association[at] = _association(twin)
    return Trial(fit.name, sign * value, scores, association)


class _Relabelled:
    """The answers of an evaluation beside other labels."""

    def __init__(self, of: Evaluation, y: NDArray[Any]) -> None:
        self.of = of
        self.y = y

    @property
    def truth(self) -> NDArray[np.bool_]:
        """Where the label is the positive class."""
        return np.asarray(self.y == self.of.positive, dtype=bool)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.of, name)


def _association(twin: Evaluation) -> float:
    """Covariance of answers and labels, summed over classes.

    It is linear in the answers, as no score is: random answers go with the labels as often as against them, but
    what average precision gains by the one is more than it loses by the other.
    """
    if twin.task == "regression":
        return _covariance(twin.y, twin.prediction)
    if twin.task == "binary" and twin.has_score:
        return _covariance(twin.truth, twin.score)
    if twin.proba is not None:
        return sum(_covariance(twin.y == label, twin.proba[:, at]) for at, label in enumerate(twin.classes))
    return sum(_covariance(twin.y == label, twin.prediction == label) for label in twin.classes)


def _covariance(a: NDArray[Any], b: NDArray[Any]) -> float:
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if not np.ptp(y, axis=0).any():
        return 0.0  # without the rounding error of a constant answer
    return float(np.mean((x - x.mean(axis=0)) * (y - y.mean(axis=0))))
