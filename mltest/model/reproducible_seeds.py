"""Part of `assert_reproducible`: trainings that differ in their seed alone (rule ``seeds``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import count, number
from mltest.digits import limit as written
from mltest.errors import UsageError
from mltest.judge import judge, requirement_of, requirement_text
from mltest.metrics.measured import measured
from mltest.metrics.registry import resolve
from mltest.model.reproducible_refit import answers, answers_apart
from mltest.result import Curve, Measurement, Requirement, Verdict
from mltest.stats.trainings import (
    MINIMUM_TRAININGS,
    about_mean,
    reached_by,
    spread,
    trainings_to_settle,
    trainings_to_settle_about_mean,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.fits import Fit
    from mltest.metrics.metric import Metric

__all__ = ["Demand", "Trainings", "demand_of", "trained"]

_DRAWN = 60
_NO_EFFECT = ("seed_has_no_effect",)


@dataclass(frozen=True, slots=True)
class Demand:
    """What most trainings must reach, or how near to each other they must be in a metric or in each answer."""

    metric: Metric | None
    requirement: Requirement
    share: float
    seeds: int
    within: float | None = None

    @property
    def label(self) -> str:
        """What tells two calls apart."""
        return self.metric.name if self.metric else f"answers within {written(self.within)}"

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
    within: float | None,
    share: object,
    seeds: object,
    higher_is_better: bool | None,
    call: str,
) -> Demand | None:
    """The demand on other seeds, or None where there is none."""
    if metric is None and (at_least is not None or at_most is not None):
        raise UsageError(f"{call}: at_least= and at_most= are limits of a metric; name it with metric=")
    if metric is None and within is None:
        return None
    if within is not None and (at_least is not None or at_most is not None):
        msg = (
            f"{call}(tolerance={within!r}): as a number it is how far trainings may lie apart, beside at_least= or "
            'at_most= it is a name, such as "float64"; demand both in two calls'
        )
        raise UsageError(msg)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < MINIMUM_TRAININGS:
        raise UsageError(f"{call}(seeds={seeds!r}): must be a whole number of at least {MINIMUM_TRAININGS}")
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0.5 <= share < 1:
        raise UsageError(f"{call}(share={share!r}): must be from 0.5 to below 1")
    if metric is None:
        none = Requirement(metric="rows apart", comparison="at_most", limit=0)
        return Demand(None, none, float(share), seeds, within)
    chosen = resolve(metric, higher_is_better=higher_is_better, call=call)
    if within is None:
        requirement = requirement_of(chosen.name, at_least=at_least, at_most=at_most, call=call)
    else:
        requirement = requirement_of(f"{chosen.name} from its mean", at_most=within, call=call)
    return Demand(chosen, requirement, float(share), seeds, within)


def trained(fit: Fit, train: Evaluation, held: Evaluation, demand: Demand, *, check: str, call: str) -> Trainings:
    """Train with every seed, and score or compare the models on the same rows."""
    if not fit.takes_seed:
        way = "it has no random_state" if fit.is_estimator else "it takes no seed="
        out = "leave metric= out" if demand.within is None else 'give a name as the tolerance, such as "float64"'
        what = "metric=" if demand.within is None else f"tolerance={demand.within}"
        raise UsageError(f"{call}({what}): {fit.name} cannot be trained with other seeds, {way}; {out}")
    models = (fit.on(train, seed=seed_here(check, "seed", str(at))) for at in range(demand.seeds))
    metric = demand.metric
    if metric is None:
        return _compared(fit, demand, answers_apart((answers(model, held) for model in models), fit.name), held)
    scores = np.array([_score(metric, fit.judged(model, held), call) for model in models])
    return _judged(fit, demand, metric, scores) if demand.within is None else _near(fit, demand, metric, scores)


def _score(metric: Metric, judged: Evaluation, call: str) -> float:
    metric.refuse_misfit(judged, call)
    found = metric.beside(judged)
    if found.value is None:
        msg = f"{call}(metric={metric.name!r}): has no value on {judged.rows} test rows: {found.detail}"
        raise UsageError(msg)
    return found.value


def _compared(fit: Fit, demand: Demand, apart: NDArray[np.float64], held: Evaluation) -> Trainings:
    """How many rows are answered further apart than is tolerated, counted in full."""
    differing, most = int((apart > (demand.within or 0.0)).sum()), float(apart.max())
    detail = f"at most {number(most, demand.within)} apart, {number(float(apart.mean()), demand.within)} in the mean"
    found = Measurement(
        name="rows apart", value=differing, low=differing, high=differing, confidence=None, n=held.rows,
        detail=detail,
    )  # fmt: skip
    sentence = (
        f"{count(differing)} of {count(held.rows)} rows are answered more than {written(demand.within)} apart by "
        f"{count(demand.seeds)} trainings of {fit.name}, required none"
    )
    return Trainings(judge(found, demand.requirement), (found,), sentence, (), () if most else _NO_EFFECT)


def _near(fit: Fit, demand: Demand, metric: Metric, scores: NDArray[np.float64]) -> Trainings:
    """How far from their mean most trainings lie."""
    name, within = f"{round(100 * demand.share)} % of trainings", demand.within or 0.0
    estimate = about_mean(scores, demand.share)
    found = measured(estimate, f"{metric.name} from its mean", unit="trainings")
    verdict = judge(found, demand.requirement, n_to_settle=trainings_to_settle_about_mean(scores, within, demand.share))
    sentence = (
        f"{name} score within {number(found.value, within)} of the mean {metric.name} ({count(len(scores))} trainings "
        f"of {fit.name}), required {requirement_text(demand.requirement)}"
    )
    curve = _curve(f"{metric.name}, distance from the mean", np.abs(scores - scores.mean()))
    return Trainings(verdict, (found, _mean(metric, scores)), sentence, (curve,), estimate.flags)


def _judged(fit: Fit, demand: Demand, of: Metric, scores: NDArray[np.float64]) -> Trainings:
    name, metric = f"{round(100 * demand.share)} % of trainings", of.name
    estimate = reached_by(scores, demand.share, demand.side)
    found = measured(estimate, f"{metric} of {name}", unit="trainings")
    settle = trainings_to_settle(scores, demand.limit, demand.share, demand.side)
    verdict = judge(found, demand.requirement, n_to_settle=settle)
    shown = number(found.value, demand.limit)
    verb = "reach" if demand.side == "at_least" else "stay within"
    trainings = f"{count(len(scores))} trainings of {fit.name}"
    sentence = f"{name} {verb} {metric} {shown} ({trainings}), required {requirement_text(demand.requirement)}"
    curve = _curve(metric, scores)
    sd = measured(spread(scores), f"{metric} standard deviation", unit="trainings")
    return Trainings(verdict, (found, _mean(of, scores), sd), sentence, (curve,), estimate.flags)


def _mean(metric: Metric, scores: NDArray[np.float64]) -> Measurement:
    return Measurement(
        name=f"{metric.name} mean", value=float(scores.mean()), confidence=None, method="mean_of_fits", n=len(scores),
        unit="trainings", detail=f"from {number(float(scores.min()))} to {number(float(scores.max()))}",
    )  # fmt: skip


def _curve(label: str, values: NDArray[np.float64]) -> Curve:
    ranked = np.sort(values)[:: max(1, -(-len(values) // _DRAWN))]
    return Curve(kind="seeds", label=label, x=tuple(np.linspace(0, 1, len(ranked)).tolist()), y=tuple(ranked.tolist()))
