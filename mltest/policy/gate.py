"""The decision table: verdict, severity, requirement and waiver of each check, then the gate of the run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["EXIT", "decide", "headline", "outcome_of"]

_ORDER = ("ok", "note", "warn", "block")
_GATES = {"block": "block", "warn": "allow_conditional", "note": "allow", "ok": "allow"}
_BY_SEVERITY = {"block": "block", "warn": "warn", "info": "note"}
EXIT = {"allow": 0, "allow_conditional": 0, "block": 1, "void": 1}


def outcome_of(verdict: str, severity: str, *, required: bool, inconclusive: str = "fail", waiver: str = "none") -> str:
    """What one verdict does to the gate: ``ok``, ``note``, ``warn`` or ``block``.

    Parameters
    ----------
    verdict : str
        A verdict, or ``not_run``.
    severity : {"block", "warn", "info"}
        What a bad value means.
    required : bool
        Whether silence is acceptable.
    inconclusive : {"block", "fail", "warn"}
        The policy's word on what the data cannot tell: ``fail`` as the table has it, ``block`` also where the check is
        optional, ``warn`` nowhere.
    waiver : {"none", "valid", "invalid"}
        ``valid`` covers this verdict: it moves ``block`` to ``warn`` and nothing further.

    Examples
    --------
    >>> outcome_of("failed", "block", required=True), outcome_of("failed", "info", required=True)
    ('block', 'note')
    >>> outcome_of("failed", "block", required=True, waiver="valid")
    'warn'
    """
    if verdict == "passed":
        return "ok"
    if verdict == "error":
        return "block" if required or severity == "block" else "warn"
    cell = _unwaived(verdict, severity, required=required, inconclusive=inconclusive)
    return "warn" if cell == "block" and waiver == "valid" else cell


def _unwaived(verdict: str, severity: str, *, required: bool, inconclusive: str) -> str:
    if verdict == "failed":
        return _BY_SEVERITY[severity]
    if verdict == "inconclusive":
        lenient = inconclusive == "warn" or (not required and inconclusive != "block")
        return "warn" if severity == "block" and lenient else _BY_SEVERITY[severity]
    if required:  # not run; or not applicable, which never satisfies a required check
        return "block"
    return "warn" if verdict == "not_run" and severity == "block" else "note"


def decide(
    outcomes: Iterable[Mapping[str, Any]],
    completeness: Mapping[str, Any],
    *,
    partial: str | None = None,
    voids: Sequence[Mapping[str, str]] = (),
    further: Sequence[Mapping[str, str]] = (),
) -> tuple[str, list[dict[str, Any]]]:
    """The gate of a run and each reason that made it worse than ``allow``, worst first.

    Parameters
    ----------
    outcomes : iterable of mappings
        One for each judged or missing check: id, verdict, gate and, where there is one, ``waiver_text``.
    completeness : mapping
        As ``completeness`` gives it; a broken identity voids the run.
    partial : str, optional
        The option that left out tests before they were seen: then the best gate is conditional.
    voids : sequence of mappings
        What lets no decision be made: code and text.
    further : sequence of mappings
        What stands beside the cells, with the ``gate`` it comes to: a declared value, a used waiver, a loosened limit.

    Examples
    --------
    >>> decide([{"id": "a", "verdict": "failed", "gate": "block"}], {"holds": True, "executed": 1})[0]
    'block'
    """
    cells = list(outcomes)
    reasons = sorted(
        [_reason(cell) for cell in cells if cell["gate"] in ("warn", "block")] + [dict(row) for row in further],
        key=lambda reason: (-_ORDER.index(reason["gate"]), "id" not in reason, reason.get("id", ""), reason["code"]),
    )
    barred = [{**row, "gate": "void"} for row in voids]
    if not completeness["holds"]:
        text = "planned tests are neither executed nor accounted for"
        barred.insert(0, {"code": "incomplete", "text": text, "gate": "void"})
    elif not cells:
        barred.insert(0, {"code": "empty", "text": "no check was called in this run", "gate": "void"})
    if partial is not None:
        text = f"{partial} left out tests before they were collected"
        reasons.append({"code": "partial_selection", "text": text, "gate": "warn"})
    if barred:
        return "void", [*barred, *reasons]
    worst = max((reason["gate"] for reason in reasons), key=_ORDER.index, default="ok")
    return _GATES[worst], reasons


def _reason(cell: Mapping[str, Any]) -> dict[str, Any]:
    said, waived = cell["verdict"].replace("_", " "), cell.get("waiver_text")
    if cell.get("waiver_state") == "valid":
        return {"code": "waived", "id": cell["id"], "text": f"{said}, {waived}", "gate": cell["gate"]}
    beside = f"; {waived}" if waived else ""
    return {"code": cell["verdict"], "id": cell["id"], "text": f"{said}: {cell['gate']}{beside}", "gate": cell["gate"]}


def headline(verdict: Mapping[str, Any]) -> str:
    """The decision in the words that every output shows.

    Examples
    --------
    >>> headline({"gate": "block", "reasons": [{"gate": "block"}, {"gate": "block"}, {"gate": "warn"}]})
    'Gate: block (2)'
    >>> headline({"gate": "allow", "reasons": []}), headline({"gate": "void", "reasons": []})
    ('Gate: allow', 'Gate: no decision (exploratory)')
    """
    counted = {"block": "block", "allow_conditional": "warn"}.get(verdict["gate"])
    number = sum(reason.get("gate") == counted for reason in verdict["reasons"]) if counted else 0
    words = {
        "allow": "allow",
        "allow_conditional": f"allow, with conditions ({number})",
        "block": f"block ({number})",
        "void": "no decision (exploratory)",
    }
    return f"Gate: {words[verdict['gate']]}"
