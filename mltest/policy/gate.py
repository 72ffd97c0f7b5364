"""The decision table: verdict, severity and requirement of each check, then of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["EXIT", "decide", "outcome_of"]

_ORDER = ("ok", "note", "warn", "block")
_GATES = {"block": "block", "warn": "allow_conditional", "note": "allow", "ok": "allow"}
EXIT = {"allow": 0, "allow_conditional": 0, "block": 1, "void": 1}


def outcome_of(verdict: str, severity: str, *, required: bool, inconclusive: str = "fail") -> str:
    """What one verdict does to the gate: ``ok``, ``note``, ``warn`` or ``block``.

    Parameters
    ----------
    verdict : str
        A verdict, or ``not_run``.
    severity : {"block", "warn", "info"}
        What a bad value means.
    required : bool
        Whether silence is acceptable.
    inconclusive : {"fail", "warn"}
        The policy's word on what the data cannot tell.

    Examples
    --------
    >>> outcome_of("failed", "block", required=True), outcome_of("failed", "info", required=True)
    ('block', 'note')
    """
    if verdict == "passed":
        return "ok"
    by_severity = {"block": "block", "warn": "warn", "info": "note"}[severity]
    if verdict == "failed":
        return by_severity
    if verdict == "inconclusive":
        lenient = inconclusive == "warn" or not required
        return "warn" if by_severity == "block" and lenient else by_severity
    if verdict == "not_applicable":
        return "block" if required and severity == "block" else "note"
    return "block" if required else _optional(verdict, severity)


def _optional(verdict: str, severity: str) -> str:
    """An error or a missing result of a check that nobody requires."""
    if verdict == "error":
        return "block" if severity == "block" else "warn"
    return "warn" if severity == "block" else "note"


def decide(
    outcomes: Iterable[Mapping[str, Any]], completeness: Mapping[str, Any], *, partial: str | None = None
) -> tuple[str, list[dict[str, Any]]]:
    """The gate of a run and each reason that made it worse than ``allow``, worst first.

    Parameters
    ----------
    outcomes : iterable of mappings
        One for each judged or missing check: id, verdict, gate.
    completeness : mapping
        As ``completeness`` gives it; a broken identity voids the run.
    partial : str, optional
        The option that left out tests before they were seen: then the best gate is conditional.

    Examples
    --------
    >>> decide([{"id": "a", "verdict": "failed", "gate": "block"}], {"holds": True, "executed": 1})[0]
    'block'
    """
    cells = sorted(outcomes, key=lambda cell: (-_ORDER.index(cell["gate"]), cell["id"]))
    reasons = [
        {"code": cell["verdict"], "id": cell["id"], "text": f"{cell['verdict'].replace('_', ' ')}: {cell['gate']}"}
        for cell in cells
        if cell["gate"] != "ok"
    ]
    if not completeness["holds"]:
        text = "planned tests are neither executed nor accounted for"
        return "void", [{"code": "incomplete", "text": text}, *reasons]
    if not cells:
        return "void", [{"code": "empty", "text": "no check was called in this run"}]
    gate = _GATES[cells[0]["gate"]]
    if partial is not None:
        reasons.append({"code": "partial_selection", "text": f"{partial} left out tests before they were collected"})
        gate = "allow_conditional" if gate == "allow" else gate
    return gate, reasons
