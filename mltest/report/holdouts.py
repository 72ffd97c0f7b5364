"""How often each holdout has judged candidates, and what that leaves of this run's bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltest.digits import number, share
from mltest.report.reading import ABSENT, short
from mltest.report.words import plural, verdict_text

__all__ = ["Holdout", "LookRow", "holdouts_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookRow:
    """One demand on a holdout: how many candidates it has judged, and what follows."""

    demand: str
    looks: str
    chance: str
    alpha: str
    bounds: str
    follows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """One holdout with the demands of this run on it."""

    title: str
    digest: str
    rows: tuple[LookRow, ...]


def holdouts_of(evidence: Mapping[str, Any]) -> tuple[Holdout, ...]:
    """The holdouts that this run's ledger knows; none where no ledger is kept."""
    names = {row.get("digest"): str(row.get("id")) for row in evidence["run"].get("data_seen") or ()}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for look in evidence["run"].get("looks") or ():
        groups.setdefault(str(look.get("holdout")), []).append(look)
    return tuple(_holdout(names.get(digest), digest, looks) for digest, looks in groups.items())


def _holdout(name: str | None, digest: str, looks: Sequence[Mapping[str, Any]]) -> Holdout:
    met = max(int(look.get("candidates") or 1) for look in looks)
    return Holdout(
        title=f"{name or 'This holdout'} has judged {plural(met, 'candidate')}",
        digest=short(digest),
        rows=tuple(_row(look) for look in looks),
    )


def _row(look: Mapping[str, Any]) -> LookRow:
    k = int(look.get("k") or 1)
    low, high = look.get("adjusted_low"), look.get("adjusted_high")
    alpha = look.get("alpha_adj")
    adjusted = ABSENT if low is None or high is None else f"{number(low)} to {number(high)}"
    return LookRow(
        demand=f"{_demand(look)}: {verdict_text(str(look.get('outcome', ABSENT)))}",
        looks=f"{k}, {int(look.get('passed_before') or 0)} of the earlier ones passed" if k > 1 else "1, the first",
        chance=share(float(look.get("error_rate") or 0.05), 1.0),
        alpha="none left" if alpha is None else f"{alpha:.3g}",
        bounds=adjusted if look.get("reason") is None else str(look["reason"]),
        follows=_follows(look, k),
    )


def _demand(look: Mapping[str, Any]) -> str:
    """``roc_auc``, or ``roc_auc, not worse`` for another check than the metric's own."""
    check = str(look.get("check", "")).rpartition(".")[2].replace("_", " ")
    return str(look.get("label") or look.get("metric", ABSENT)) + (f", {check}" if check not in ("", "metric") else "")


def _follows(look: Mapping[str, Any], k: int) -> str:
    if look.get("alpha_adj") is None:
        return "no promise is left: collect fresh rows"
    if k == 1:
        return "the promise of 5 % stands"
    meets = look.get("meets")
    if meets is None:
        return "not passed" if look.get("outcome") != "passed" else "not known"
    if meets:
        return "still met by the adjusted bound"
    held = "passed, but not" if look.get("outcome") == "passed" else "held back, not met"
    return f"{held} by the adjusted bound: collect fresh rows"
