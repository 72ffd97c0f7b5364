"""The tables of a report, one for each framework: every row of it, with what is there and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mltest.policy.control_coverage import GRADES, Covered, covered_controls
from mltest.policy.control_rows import STRENGTHS

if TYPE_CHECKING:
    from mltest.policy.controls import Catalogue

__all__ = ["GRADE_TEXTS", "MEANINGS", "framework_tables"]

MEANINGS = {
    "direct": "a check measures what the control asks for, on the tested artefact and data",
    "partial": "a check covers a part, and the rest needs other evidence",
    "record": "a run keeps a record that the control wants, and measures nothing",
    "manual": "a person must act; a dated reference with digest and expiry is held",
}
GRADE_TEXTS = {
    "direct": "evidence present",
    "partial": "evidence present for a part",
    "record": "record kept",
    "manual": "attested by a person",
    "untested": "untested",
}
_NAMED = 3


def framework_tables(
    known: Catalogue,
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    attestations: Iterable[Mapping[str, Any]] = (),
    *,
    approved: bool = False,
) -> list[dict[str, Any]]:
    """What a report prints about controls; arguments as ``coverage``.

    Returns
    -------
    list of dict
        For each framework ``framework``, ``version``, ``short``, ``grades`` (grade to number of rows) and ``groups``.
        A group has ``strength``, ``meaning`` and ``rows`` in the order of the catalogue. A row has ``control_id``,
        ``id``, ``short``, ``title``, ``asks``, ``kinds``, ``source``, ``applies_from``, ``own``, ``grade``, ``state``
        (the grade in words), ``evidence``, ``checks`` (id and verdict of each that counts), ``counts`` and ``notes``:
        sentences on what is missing, expired, or does not fit.

    Examples
    --------
    >>> from mltest.policy.controls import catalogue
    >>> run = {"clock": {"finished": "2026-11-21T10:00:00.000Z"}}
    >>> (table,) = framework_tables(catalogue().only(["gdpr"]), {"checks": []}, run, {"records": [], "not_run": []})
    >>> table["grades"]
    {'direct': 0, 'partial': 0, 'record': 0, 'manual': 0, 'untested': 11}
    """
    rows = covered_controls(known, plan, run, results, attestations, approved=approved)
    day = str(run["clock"]["finished"])[:10]
    return [_table([row for row in rows if row.control.framework == name], known, day) for name in known.frameworks]


def _table(rows: list[Covered], known: Catalogue, day: str) -> dict[str, Any]:
    first = rows[0].control
    groups = [
        {"strength": strength, "meaning": MEANINGS[strength], "rows": [_row(row, known, day) for row in among]}
        for strength in STRENGTHS
        if (among := [row for row in rows if row.control.strength == strength])
    ]
    return {
        "framework": first.framework,
        "version": first.framework_version,
        "short": known.short(first.id).partition(":")[0],
        "grades": {grade: sum(row.grade == grade for row in rows) for grade in GRADES},
        "groups": groups,
    }


def _row(row: Covered, known: Catalogue, day: str) -> dict[str, Any]:
    control = row.control
    return {
        "control_id": control.control_id,
        "id": control.id,
        "short": known.short(control.id),
        "title": control.title,
        "asks": control.what_it_asks,
        "kinds": list(control.check_kinds),
        "source": control.source,
        "applies_from": control.applies_from,
        "own": control.own,
        "grade": row.grade,
        "state": GRADE_TEXTS[row.grade],
        "evidence": row.evidence,
        "checks": [{"id": check.id, "verdict": check.verdict} for check in row.counted],
        "counts": row.counts,
        "notes": list(_notes(row, day)),
    }


def _notes(row: Covered, day: str) -> Iterator[str]:
    """What a reader must not miss about one row, the date first."""
    control = row.control
    if control.applies_from > day:
        yield f"applies from {control.applies_from}"
    yield from (entry.text for entry in row.attested)
    yield from _missing(row)
    yield from _not_counted(row)
    if row.unclaimed and control.strength != "manual":
        named = _some([check.id for check in row.unclaimed])
        yield f"{_checks(len(row.unclaimed))} of a kind that fits, not marked with this control: {named}"


def _not_counted(row: Covered) -> Iterator[str]:
    """The claims of a row that show nothing, by the reason."""
    by_kind: dict[str, list[str]] = {}
    for check in row.misfits:
        by_kind.setdefault(" and ".join(check.kinds), []).append(check.id)
    fitting = "; ".join(row.control.check_kinds)
    for kinds, ids in by_kind.items():
        yield f"does not count: {_checks(len(ids))} of kind {kinds}, which is not among {fitting}: {_some(ids)}"
    for check in row.silent:
        yield f"does not count: {check.id} called no {'planned ' * check.locked}check"


def _checks(count: int) -> str:
    return "1 check" if count == 1 else f"{count} checks"


def _missing(row: Covered) -> Iterator[str]:
    """What the evidence of one row leaves open."""
    manual = row.control.strength == "manual"
    if manual and row.grade == "untested":
        beside = "; the checks beside it are no substitute" if row.evidence else ""
        yield f"missing: an entry in manual_controls.toml that has not expired{beside}"
    if row.grade == "record" and not row.evidence:
        yield "this run is the record; it measures nothing that the control asks"
    if row.grade == "manual" and not manual:
        yield "nothing was measured here: a person's word stands alone"
    if row.grade == "partial":
        yield f"missing: {_open_kinds(row)}the checks show a part of what is asked, the rest needs other evidence"
    if row.evidence and row.counts["failed"]:
        yield f"{row.counts['failed']} of these checks failed: the evidence is there, and it says no"


def _open_kinds(row: Covered) -> str:
    """The kinds of a row that nothing was executed of, and the person that it asks for."""
    shown = {kind for check in row.counted if check.executed for kind in check.kinds}
    rest = [kind for kind in row.control.check_kinds if kind not in shown and not kind.startswith("governance.")]
    person = "governance.manual" in row.control.check_kinds and not any(entry.valid for entry in row.attested)
    kinds = f"nothing was executed of kind {' or '.join(rest)}; " if rest else ""
    return kinds + ("no person attested it; " if person else "")


def _some(ids: list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(ids[:_NAMED]) + more
