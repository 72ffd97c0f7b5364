"""Part of `assert_reproducible`: trainings that differ in their seed alone (rule ``seeds``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.judge import judge, requirement_of, requirement_text
from mltest.metrics.measured import measured
from mltest.metrics.registry import resolve
from mltest.result import Curve, Measurement, Requirement, Verdict
from mltest.stats.trainings import MINIMUM_TRAININGS, reached_by, spread, trainings_to_settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.fits import Fit
    from mltest.metrics.metric import Metric

__all__ = ["Demand", "Trainings", "demand_of", "trained"]

_DRAWN = 60


@dataclass(frozen=True, slots=True)
class Demand:
    """What a share of all trainings must reach."""

    metric: Metric
    requirement: Requirement
    share: float
    seeds: int

    @property
    def side(self) -> Literal["at_least", "at_most"]:
        """Which way the limit looks."""
        return "at_least" if self.requirement.comparison == "at_least" else "at_most"

    @property
    def limit(self) -> float:
        """The one limit."""
        return self.requirement.limit if isinstance(self.requirement.limit, (int, float)) else 0.0


@dataclass(frozen=True, slots=True)
class Trainings:
    """What the scores of all trainings come to."""

    verdict: Verdict
    measurements: tuple[Measurement, ...]
    sentence: str
    curves: tuple[Curve, ...]
    flags: tuple[str, ...]


def demand_of(
    metric: str | Callable[..., Any] | None,
    at_least: float | None,
    at_most: float | None,
    *,
    share: object,
    seeds: object,
    higher_is_better: bool | None,
    call: str,
) -> Demand | None:
    """The demand on other seeds, or None where no metric is named."""
    if metric is None:
        if at_least is not None or at_most is not None:
            raise UsageError(f"{call}: at_least= and at_most= are limits of a metric; name it with metric=")
        return None
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < MINIMUM_TRAININGS:
        raise UsageError(f"{call}(seeds={seeds!r}): must be a whole number of at least {MINIMUM_TRAININGS}")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0.5 <= share < 1:
        raise UsageError(f"{call}(share={share!r}): must be from 0.5 to below 1")
    chosen = resolve(metric, higher_is_better=higher_is_better, call=call)
    requirement = requirement_of(chosen.name, at_least=at_least, at_most=at_most, call=call)
    return Demand(chosen, requirement, float(share), seeds)


def trained(fit: Fit, train: Evaluation, held: Evaluation, demand: Demand, *, check: str, call: str) -> Trainings:
    """Train with every seed and score each model on the same rows."""
    if not fit.takes_seed:
        way = "it has no random_state" if fit.is_estimator else "it takes no seed="
        raise UsageError(f"{call}(metric=): {fit.name} cannot be trained with other seeds, {way}; leave metric= out")
    scores = []
    for at in range(demand.seeds):
        judged = fit.judged(fit.on(train, seed=seed_here(check, "seed", str(at))), held)
        demand.metric.refuse_misfit(judged, call)
        found = demand.metric.beside(judged).value
        if found is None:
            detail = demand.metric.beside(judged).detail
            raise UsageError(
                f"{call}(metric={demand.metric.name!r}): has no value on {judged.rows} test rows: {detail}"
            )
        scores.append(found)
    return _judged(fit, demand, np.array(scores))


def _judged(fit: Fit, demand: Demand, scores: np.ndarray[Any, np.dtype[np.float64]]) -> Trainings:
    name, metric = f"{round(100 * demand.share)} % of trainings", demand.metric.name
    estimate = reached_by(scores, demand.share, demand.side)
    found = measured(estimate, f"{metric} of {name}", unit="trainings")
    settle = trainings_to_settle(scores, demand.limit, demand.share, demand.side)
    verdict = judge(found, demand.requirement, n_to_settle=settle)
    mean = Measurement(
        name=f"{metric} mean", value=float(scores.mean()), confidence=None, method="mean_of_fits", n=len(scores),
        unit="trainings", detail=f"from {number(float(scores.min()))} to {number(float(scores.max()))}",
    )  # fmt: skip
    shown = number(found.value, demand.limit)
    verb = "reach" if demand.side == "at_least" else "stay within"
    trainings = f"{count(len(scores))} trainings of {fit.name}"
    sentence = f"{name} {verb} {metric} {shown} ({trainings}), required {requirement_text(demand.requirement)}"
    ranked = np.sort(scores)[:: max(1, -(-len(scores) // _DRAWN))]
    curve = Curve(
        kind="seeds", label=metric, x=tuple(np.linspace(0, 1, len(ranked)).tolist()), y=tuple(ranked.tolist())
    )
    sd = measured(spread(scores), f"{metric} standard deviation", unit="trainings")
    return Trainings(verdict, (found, mean, sd), sentence, (curve,), estimate.flags)
