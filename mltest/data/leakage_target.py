"""Rule ``target`` of ``data.no_leakage``: no feature alone tells the target nearly always."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.data.leakage_cells import Target, cells_of, cells_of_target, target_of
from mltest.data.leakage_probe import Probe
from mltest.data.leakage_scores import score
from mltest.digits import count, number
from mltest.errors import UsageError
from mltest.judge import SIGNIFICANCE, judge, judge_all, pvalues_text, requirement_text, with_pvalues
from mltest.result import Finding, Measurement, Requirement
from mltest.stats.power import pvalue_at_most

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.stats.estimate import Estimate

__all__ = ["probe_target"]

_KEPT = 100
_AUROC = Requirement(metric="roc_auc", comparison="at_most", limit=0.95)
_R2 = Requirement(metric="r2", comparison="at_most", limit=0.90)


def probe_target(train: Table, features: tuple[str, ...], target: str) -> Probe:
    """One measurement for each feature; a leak where the lower bound, after Holm, lies above the limit."""
    wanted = target_of(train, target)
    if len(set(wanted.names)) == 1 and wanted.ranks is None:
        raise UsageError(f"target {target!r} has one value only in {train.name}: nothing can be predicted")
    demand = _AUROC if wanted.ranks is None else _R2
    estimates = [_estimate(train, name, wanted) for name in features]
    found = [_measurement(name, estimate, demand) for name, estimate in zip(features, estimates, strict=True)]
    pvalues = [_pvalue(estimate, float(demand.limit)) for estimate in estimates]  # type: ignore[arg-type]
    words = _words(found, pvalues, demand, score(*cells_of_target(wanted), wanted))
    found = list(with_pvalues(found, demand, pvalues))
    order = sorted(range(len(found)), key=lambda at: (-_urgency(words[at]), -(found[at].value or 0.0), at))[:_KEPT]
    return Probe(
        rule="target",
        measurements=tuple(found[at] for at in order),
        words=tuple(words[at] for at in order),
        text=_text([found[at] for at in order], [words[at] for at in order], demand, target, len(features)),
        required=requirement_text(demand),
        findings=tuple(_finding(found[at], words[at], demand, target) for at in order if words[at] != "passed"),
    )


def _estimate(train: Table, name: str, wanted: Target) -> Estimate:
    return score(*cells_of(train, name, wanted), wanted)


def _measurement(name: str, estimate: Estimate, demand: Requirement) -> Measurement:
    return Measurement(
        name=demand.metric,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        method=estimate.method,
        n=estimate.n,
        slice=name,
        detail=estimate.detail,
        flags=estimate.flags,
    )


def _words(found: list[Measurement], pvalues: list[float], demand: Requirement, best: Estimate) -> list[str]:
    """``failed`` where Holm confirms it; ``inconclusive`` where these rows could not confirm what looks like a leak."""
    limit = float(demand.limit)  # type: ignore[arg-type]
    _, judged = judge_all(found, demand, pvalues=pvalues)
    blind = len(found) * _pvalue(best, limit) > SIGNIFICANCE
    return [
        "failed" if word == "failed" else "inconclusive" if _open(one, demand, best, blind=blind) else "passed"
        for word, one in zip(judged, found, strict=True)
    ]


def _pvalue(estimate: Estimate, limit: float) -> float:
    return 1.0 if estimate.value is None or estimate.bounds is None else pvalue_at_most(estimate, limit)


def _open(found: Measurement, demand: Requirement, best: Estimate, *, blind: bool) -> bool:
    """No score at all; or, where not even the target itself would be confirmed, a score near what it would get."""
    if found.value is None or not best.value:
        return True
    relative = replace(found, value=found.value / best.value, low=None, high=None)
    return blind and judge(relative, replace(demand, decision="point")).word != "passed"


def _urgency(word: str) -> int:
    return {"failed": 2, "inconclusive": 1}.get(word, 0)


def _shown(found: Measurement, demand: Requirement) -> str:
    chance = f"; {pvalues_text(found)}" if found.p is not None else ""
    return f"{demand.metric} {number(found.value)} (at least {number(found.low)}{chance})"


def _text(found: list[Measurement], words: list[str], demand: Requirement, target: str, features: int) -> str:
    worst, word = found[0], words[0]
    others = words.count(word) - 1
    also = f", and {count(others)} more" if others else ""
    if word == "failed":
        return f"{worst.slice} alone tells {target}{also}: {_shown(worst, demand)}"
    if word == "inconclusive":
        why = worst.detail if worst.value is None else f"{_shown(worst, demand)}, too few rows to confirm it"
        return f"{worst.slice} may tell {target}{also}: {why}"
    return f"of {count(features)} features {worst.slice} tells {target} best: {demand.metric} {number(worst.value)}"


def _finding(found: Measurement, word: str, demand: Requirement, target: str) -> Finding:
    said = f"alone tells {target}" if word == "failed" else f"may tell {target}"
    shown = found.detail if found.value is None else _shown(found, demand)
    return Finding(rule="target", where=str(found.slice), what=f"{said}: {shown}")
