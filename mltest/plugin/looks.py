"""How often the holdouts of this run have judged candidates, and what that leaves of its bounds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import EvidenceError
from mltest.evidence.ledger import Look, append_looks, look_of, read_ledger, standing
from mltest.plugin.counted import adjusted

if TYPE_CHECKING:
    from mltest.plugin.run import Run

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


def looks_of(
    run: Run,
    records: Iterable[Mapping[str, Any]],
    problems: list[str],
    *,
    time: str,
    judged: Mapping[str, Mapping[str, Any]],
) -> Looks:
    """The looks of a run whose settings name a ledger; a ledger that cannot be read costs the status.

    ``judged`` has the adjusted bounds as they were where the tests ran, by record: not all can be made again.
    """
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
        told=tuple(_told(record, look, ledger, judged.get(record["id"])) for record, look in found),
    )


def _told(
    record: Mapping[str, Any], look: Look, ledger: tuple[Look, ...], judged: Mapping[str, Any] | None
) -> dict[str, Any]:
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
        **(judged or adjusted(result_of(record), alpha)),
    }
