"""Part of `assert_metric`: the metric in every slice of the table (rule ``slices``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.assertion import seed_here
from mltest.digits import count
from mltest.errors import UsageError
from mltest.judge import judge, judge_all, requirement_text, with_pvalues
from mltest.metrics.measured import measured
from mltest.model.metric_at_once import at_once
from mltest.model.metric_limits import detectable, miss, pvalue, settles
from mltest.result import Finding, Measurement, Requirement, Verdict
from mltest.stats import power
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.proportion import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.slices import Slices
    from mltest.metrics.metric import Metric
    from mltest.model.metric_by import Demands

__all__ = ["Slice", "judged", "measured_slices", "unnamed_in"]

_PERFECT = {"at_least": 1.0, "at_most": 0.0}


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice as it was measured; without a demand where none names it."""

    estimate: Estimate
    found: Measurement
    requirement: Requirement | None
    rows: int

    @property
    def label(self) -> str:
        """What it is called."""
        return str(self.found.slice)

    @property
    def decides(self) -> bool:
        """Whether it has enough rows to decide anything."""
        return "too_small" not in self.found.flags


def measured_slices(
    evaluation: Evaluation, metric: Metric, demands: Demands, parts: Slices, *, min_rows: int, call: str
) -> list[Slice]:
    """The metric in each slice, the worst first: what the message shows is what its first line names."""
    if type(min_rows) is not int or min_rows < 1:
        msg = f"{call}(min_rows={min_rows!r}): must be a whole number of at least 1"
        raise UsageError(msg)
    estimates = at_once(evaluation, metric, parts) or _one_by_one(evaluation, metric, parts, call)
    found = []
    for label, estimate, rows in zip(parts.labels, estimates, parts.sizes.tolist(), strict=True):
        demand = demands.of(label)
        lack = _lack(estimate, metric, demand, rows, min_rows)
        own = f"required {requirement_text(demand)}" if demands.varies and demand is not None else None
        measurement = measured(
            estimate,
            metric.name,
            unit=metric.unit,
            slice=label,
            detail="; ".join(filter(None, (own, lack))) or None,
            flags=("too_small",) if lack else (),
        )
        found.append(Slice(estimate, measurement, demand, rows))
    return sorted(found, key=_urgency)


def _urgency(part: Slice) -> tuple[bool, float]:
    far = 0.0 if part.requirement is None else miss(part.found.value, part.requirement)
    # what differs by rounding alone keeps the order of the slices
    return not part.decides, -round(far, 12)


def _one_by_one(evaluation: Evaluation, metric: Metric, parts: Slices, call: str) -> list[Estimate]:
    """For metrics whose slices have to be estimated each by itself."""
    return [
        _estimate(evaluation.take(rows), metric, seed_here(call, metric.name, label))
        for label, rows in zip(parts.labels, parts.rows(), strict=True)
    ]


def _estimate(part: Evaluation, metric: Metric, seed: int) -> Estimate:
    if part.weight is not None and not part.weight.any():
        return unsettled(None, "empty", "every weight is 0", method="none", n=0)
    return metric.estimate(part, seed)


def judged(parts: Sequence[Slice]) -> tuple[Verdict, tuple[str, ...], tuple[Measurement, ...]]:
    """The verdict on all slices that have a demand, the word for each of them, and each with its p-values."""
    found = [part.found for part in parts]
    demands = [part.requirement for part in parts if part.requirement is not None]
    pvalues = [pvalue(part.estimate, demand) if part.decides else 1.0 for part, demand in _pairs(parts, demands)]
    verdict, words = judge_all(found, demands, pvalues=pvalues)
    told = with_pvalues(found, demands, pvalues)
    members = [at for at, part in enumerate(parts) if part.decides and words[at] == verdict.word]
    if not members or verdict.word == "passed":
        return verdict, words, told
    # how many rows would settle it is a search, so it is asked of the one slice that the message is about
    first = min(members, key=lambda at: (judge(found[at], demands[at]).word != verdict.word, at))
    settle, seen = list[Any]([None] * len(parts)), list[Any]([None] * len(parts))
    settle[first] = settles(parts[first].estimate, demands[first])
    seen[first] = detectable(parts[first].estimate, demands[first])
    return *judge_all(found, demands, pvalues=pvalues, n_to_settle=settle, detectable=seen), told


def _pairs(parts: Sequence[Slice], demands: list[Requirement]) -> list[tuple[Slice, Requirement]]:
    return list(zip(parts, demands, strict=True))


def unnamed_in(found: Sequence[Slice]) -> tuple[Finding, ...]:
    """A finding for each slice that no limit names."""
    return tuple(
        Finding(rule="slices", where=part.label, what="has rows, and no limit names it", count=part.rows)
        for part in found
        if part.requirement is None
    )


def _lack(estimate: Estimate, metric: Metric, requirement: Requirement | None, rows: int, min_rows: int) -> str | None:
    """Why a slice is too small to judge, or None."""
    if rows < min_rows:
        return f"{rows} rows, min_rows is {min_rows}"
    if requirement is None or requirement.decision == "point" or "nonfinite" in estimate.flags:
        return None
    if estimate.low is None and estimate.high is None:
        return "too small for an interval"
    if _demands_the_best(metric, requirement) and not _perfection_passes(estimate, metric, requirement):
        return f"even a perfect result could not pass{_needed(estimate, metric, requirement)}"
    return None


def _demands_the_best(metric: Metric, requirement: Requirement) -> bool:
    """Whether a share is demanded from the side on which it is perfect."""
    return metric.best_share is not None and metric.best_share == _PERFECT.get(requirement.comparison)


def _perfection_passes(estimate: Estimate, metric: Metric, requirement: Requirement) -> bool:
    rows, demanded = estimate.n_effective, requirement.limit
    if rows is None or not isinstance(demanded, (int, float)):
        return detectable(estimate, requirement) is not None
    share = demanded if metric.best_share else 1 - demanded
    if estimate.method.endswith("_f1"):
        share = share / (2 - share) if share < 2 else 2.0
    return clopper_pearson(rows, rows)[0] >= share


def _needed(estimate: Estimate, metric: Metric, requirement: Requirement) -> str:
    if estimate.method.endswith("_f1") or not isinstance(requirement.limit, (int, float)):
        return ""
    needs = power.even_perfect_needs(requirement.limit if metric.best_share else 1 - requirement.limit)
    return f": it needs {count(needs)} {metric.unit}" if needs else ""
