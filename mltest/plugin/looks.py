"""How often the holdouts of this run have judged candidates, and what that leaves of its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError
from mltest.evidence.ledger import Look, append_looks, look_of, read_ledger, standing

if TYPE_CHECKING:
    from mltest.plugin.run import Run
    from mltest.result import Measurement, Result

__all__ = ["Looks", "looks_of"]


@dataclass(frozen=True, kw_only=True)
class Looks:
    """The ledger as it was, the looks of this run, and what is told of each."""

    path: Path | None = None
    ledger: tuple[Look, ...] = ()
    looks: tuple[Look, ...] = ()
    told: tuple[dict[str, Any], ...] = ()

    def keep(self, problems: list[str]) -> None:
        """Append the looks to the ledger; done when the evidence stands, and only then."""
        if self.path is None:
            return
        try:
            append_looks(self.path, self.ledger, self.looks)
        except OSError as refused:
            problems.append(f"cannot write the ledger {self.path.name}: {refused.strerror or refused}")


def looks_of(run: Run, records: Iterable[Mapping[str, Any]], problems: list[str], *, time: str) -> Looks:
    """The looks of a run whose settings name a ledger; a ledger that cannot be read costs the status."""
    if run.settings is None or run.settings.ledger is None:
        return Looks()
    path = run.settings.base / run.settings.ledger
    try:
        ledger = tuple(read_ledger(path))
    except (EvidenceError, OSError) as broken:
        problems.append(f"the ledger was left as it is: {broken}")
        return Looks()
    found = [(record, look) for record in records if (look := look_of(record, time)) is not None]
    return Looks(
        path=path,
        ledger=ledger,
        looks=tuple(look for _, look in found),
        told=tuple(_told(record, look, ledger) for record, look in found),
    )


def _told(record: Mapping[str, Any], look: Look, ledger: tuple[Look, ...]) -> dict[str, Any]:
    from mltest.report.reading import result_of
    from mltest.stats.estimate import ALPHA
    from mltest.stats.looks import adjusted_alpha, steered

    k, passed_before, candidates = standing(ledger, look)
    alpha = adjusted_alpha(k, passed_before)
    judgements, certain = steered(k, passed_before), round(1 / ALPHA)
    return {
        "id": record["id"],
        "holdout": look.holdout,
        "check": look.check,
        "label": look.label,
        "metric": look.metric,
        "outcome": look.outcome,
        "k": k,
        "passed_before": passed_before,
        "candidates": candidates,
        "candidate_by": look.candidate_by,
        "error_rate": min(judgements, certain) / certain,
        "alpha_adj": alpha,
        **_adjusted(result_of(record), alpha),
    }


_NONE: dict[str, Any] = {"adjusted_low": None, "adjusted_high": None, "meets": None}


def _adjusted(result: Result, alpha: float | None) -> dict[str, Any]:
    """The leading bounds at ``alpha``, and whether a passed demand is still met by all of them."""
    if alpha is None:
        return {**_NONE, "reason": "test set exhausted: collect fresh rows"}
    leading = next((found for found, word in _words(result) if word == result.verdict), next(iter(result.measurements)))
    wider = _at(leading, alpha)
    if wider is None:
        return {**_NONE, "reason": _why_not(leading)}
    return {
        "adjusted_low": wider.low,
        "adjusted_high": wider.high,
        "meets": _meets(result, alpha) if result.verdict == "passed" else None,
        "reason": None,
    }


def _words(result: Result) -> list[tuple[Measurement, str]]:
    return list(zip(result.measurements, result.verdicts, strict=False))


def _why_not(leading: Measurement) -> str:
    if leading.low is None or leading.high is None:
        return "there is no interval to adjust"
    return f"an interval of the method {leading.method} cannot be made again from what evidence keeps"


def _at(found: Measurement, alpha: float) -> Measurement | None:
    """The measurement with its bounds at another error."""
    from mltest.stats.looks import Kept, kept_bounds

    if found.value is None or found.low is None or found.high is None:
        return None
    bounds = kept_bounds(
        Kept(
            method=found.method,
            value=float(found.value),
            low=found.low,
            high=found.high,
            n=found.n,
            n_effective=found.n_effective,
            scale=found.scale,
            se=found.se,
            df=found.df,
        )
    )
    if bounds is None:
        return None
    low, high = bounds(alpha)
    return replace(found, low=low, high=high)


def _meets(result: Result, alpha: float) -> bool | None:
    """None where the demand on each measurement is not the one that the record states."""
    from mltest.judge import judge

    demand = result.requirement
    if demand is None or demand.limit is None or demand.decision == "point":
        return None
    deciding = [found for found, word in _words(result) if word == "passed"]
    if not deciding or not all(judge(found, demand).word == "passed" for found in deciding):
        return None
    wider = [_at(found, alpha) for found in deciding]
    return None if None in wider else all(judge(found, demand).word == "passed" for found in wider if found)
