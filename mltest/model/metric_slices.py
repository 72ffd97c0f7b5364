"""Part of `assert_metric`: the metric in every slice of the table (rule ``slices``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.assertion import seed_here
from mltest.digits import count
from mltest.errors import UsageError
from mltest.inputs.slices import slices
from mltest.metrics.measured import measured
from mltest.model.metric_limits import detectable, miss
from mltest.result import Finding, Measurement, Requirement
from mltest.stats import power
from mltest.stats.estimate import Estimate, unsettled

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric

__all__ = ["Slice", "columns_of", "listed", "measured_slices", "missing_from"]

_SHOWN = 3
_PERFECT = {"at_least": 1.0, "at_most": 0.0}


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice as it was measured."""

    estimate: Estimate
    found: Measurement
    columns: tuple[str, ...]

    @property
    def decides(self) -> bool:
        """Whether it has enough rows to decide anything."""
        return "too_small" not in self.found.flags


def columns_of(by: object, call: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns to slice by, and the names of the slices that must occur."""
    if isinstance(by, Mapping):
        return _declared(by, call)
    given = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, (list, tuple)) else ()
    if not given or not all(isinstance(name, str) for name in given):
        msg = f"{call}(by={by!r}): give the name of a column of the table, or a list of names"
        raise UsageError(msg)
    return given, ()


def _declared(by: Mapping[Any, Any], call: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    columns = tuple(by)
    if len(columns) != 1 or not isinstance(columns[0], str) or not isinstance(by[columns[0]], (list, tuple)):
        msg = f'{call}(by={by!r}): as a mapping it names one column and its values: {{"region": ["north", "south"]}}'
        raise UsageError(msg)
    return columns, tuple(f"{columns[0]}={value}" for value in by[columns[0]])


def measured_slices(
    evaluation: Evaluation,
    metric: Metric,
    requirement: Requirement,
    columns: tuple[str, ...],
    *,
    min_rows: int,
    call: str,
) -> list[Slice]:
    """The metric in each slice, the worst first: what the message shows is what its first line names."""
    if type(min_rows) is not int or min_rows < 1:
        msg = f"{call}(min_rows={min_rows!r}): must be a whole number of at least 1"
        raise UsageError(msg)
    if evaluation.table is None:
        msg = (
            f"{call}(by={', '.join(columns)!r}): the evaluation has no table to slice; "
            "give Evaluation(..., table=), or let mltest.evaluate ask the model"
        )
        raise UsageError(msg)
    found = []
    for name, index in slices(evaluation.table, columns):
        estimate = _estimate(evaluation.take(index), metric, seed_here(call, metric.name, name))
        lack = _lack(estimate, metric, requirement, len(index), min_rows)
        flags = ("too_small",) if lack else ()
        measurement = measured(estimate, metric.name, unit=metric.unit, slice=name, detail=lack, flags=flags)
        found.append(Slice(estimate, measurement, columns))
    return sorted(found, key=lambda part: (not part.decides, -miss(part.found.value, requirement)))


def missing_from(found: list[Slice], declared: tuple[str, ...]) -> tuple[Finding, ...]:
    """A finding for each slice that must occur and has no rows."""
    there = {part.found.slice for part in found}
    return tuple(
        Finding(rule="slices", where=name, what="declared, and has no rows", count=0)
        for name in declared
        if name not in there
    )


def listed(missing: tuple[Finding, ...]) -> str:
    """The first missing slices by name."""
    names = ", ".join(finding.where for finding in missing[:_SHOWN])
    more = len(missing) - _SHOWN
    return names + (f" and {more} more" if more > 0 else "")


def _estimate(part: Evaluation, metric: Metric, seed: int) -> Estimate:
    if part.weight is not None and not part.weight.any():
        return unsettled(None, "empty", "every weight is 0", method="none", n=0)
    return metric.estimate(part, seed)


def _lack(estimate: Estimate, metric: Metric, requirement: Requirement, rows: int, min_rows: int) -> str | None:
    """Why a slice is too small to judge, or None."""
    if rows < min_rows:
        return f"{rows} rows, min_rows is {min_rows}"
    if requirement.decision == "point" or "nonfinite" in estimate.flags:
        return None
    if estimate.low is None and estimate.high is None:
        return "too small for an interval"
    if _demands_the_best(metric, requirement) and detectable(estimate, requirement) is None:
        return f"even a perfect result could not pass{_needed(estimate, metric, requirement)}"
    return None


def _demands_the_best(metric: Metric, requirement: Requirement) -> bool:
    """Whether a share is demanded from the side on which it is perfect."""
    return metric.best_share is not None and metric.best_share == _PERFECT.get(requirement.comparison)


def _needed(estimate: Estimate, metric: Metric, requirement: Requirement) -> str:
    if estimate.method.endswith("_f1") or not isinstance(requirement.limit, (int, float)):
        return ""
    needs = power.even_perfect_needs(requirement.limit if metric.best_share else 1 - requirement.limit)
    return f": it needs {count(needs)} {metric.unit}" if needs else ""
