"""The ML Test Score of a run: 28 published tests in four sections; the score is the smallest of the four sums.

It rewards testing and not passing: a check that fails counts like one that passes, and the failures are told beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.policy.control_checks import claimed_checks
from mltest.policy.control_coverage import Covered, covered_controls
from mltest.policy.control_own import CLOSED

if TYPE_CHECKING:
    from mltest.policy.controls import Catalogue

__all__ = ["ml_test_score"]

_SECTIONS = {"Data": "data", "Model": "model", "Infra": "infrastructure", "Monitor": "monitoring"}
_REWARDS = "The score rewards testing and not passing: a failed check counts like one that passed."


class _Scored(NamedTuple):
    """The points of one test, why it has them, and what would raise them."""

    points: float
    why: str
    step: str | None


def ml_test_score(
    known: Catalogue,
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    attestations: Iterable[Mapping[str, Any]] = (),
    *,
    approved: bool = False,
    previous: Mapping[str, Any] | None = None,
) -> dict[str, Any] | None:
    """The four sums, the score, and what would raise the smallest.

    Parameters
    ----------
    known : Catalogue
        With the framework ``ML Test Score``.
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3.
    attestations : iterable of mappings
        Of ``manual_controls.toml``.
    approved : bool
        Whether the plan of this run was approved.
    previous : mapping, optional
        The evidence of the run before this one, with ``plan``, ``run`` and ``results``.

    Returns
    -------
    dict or None
        None where the catalogue given has no such framework. ``score``; ``text``; ``note``; ``sections``, each with
        ``name``, ``sum``, ``failed`` and ``tests`` (``control_id``, ``title``, ``strength``, ``points``, ``why``,
        ``checks``, ``failed``); and ``raise``, sentences on the tests of the smallest sections.

    Notes
    -----
    1 point where a marked check of a fitting kind was executed in this run and in the previous one, judged both times
    by an entry of the plan lock, under an approved plan. 0.5 at most where the catalogue maps the test as partial or
    as a record. 0.5 for an attestation that had not expired. Otherwise nothing.

    References
    ----------
    Breck, E. et al. (2017). The ML Test Score: a rubric for ML production readiness. IEEE Big Data.

    Examples
    --------
    >>> from mltest.policy.controls import catalogue
    >>> run = {"clock": {"finished": "2026-11-21T10:00:00.000Z"}}
    >>> found = ml_test_score(catalogue(), {"checks": []}, run, {"records": [], "not_run": []})
    >>> found["text"]
    'ML Test Score 0 of 7: data 0, model 0, infrastructure 0, monitoring 0; the score is the smallest'
    """
    if CLOSED not in known.frameworks:
        return None
    before = _executed_before(previous)
    rows = covered_controls(known.only([CLOSED]), plan, run, results, attestations, approved=approved)
    scored = [(row, _scored(row, before, approved=approved)) for row in rows]
    sections = [_section(word, name, scored) for word, name in _SECTIONS.items()]
    score = min(section["sum"] for section in sections)
    sums = ", ".join(f"{section['name']} {section['sum']:g}" for section in sections)
    return {
        "score": score,
        "text": f"{CLOSED} {score:g} of 7: {sums}; the score is the smallest",
        "note": _REWARDS,
        "sections": sections,
        "raise": _steps(
            scored, [word for word, section in zip(_SECTIONS, sections, strict=True) if section["sum"] == score]
        ),
    }


def _executed_before(previous: Mapping[str, Any] | None) -> frozenset[str] | None:
    if previous is None:
        return None
    checks = claimed_checks(previous["plan"], previous["run"], previous["results"])
    return frozenset(check.id for check in checks if check.executed and check.locked)


def _scored(row: Covered, before: frozenset[str] | None, *, approved: bool) -> _Scored:
    most = 1.0 if row.control.strength == "direct" else 0.5
    now = [check.id for check in row.counted if check.executed and check.locked]
    attested = any(entry.valid for entry in row.attested)
    if row.control.strength != "manual" and approved and before and before.intersection(now):
        capped = f" ({row.control.strength}: at most 0.5)" if most < 1 else ""
        return _Scored(most, f"executed under the approved plan in this run and the previous one{capped}", None)
    step = _step(row, now, before, most, approved=approved)
    if attested:
        return _Scored(0.5, "attested by a person (named, not proven)", step if most > 0.5 else None)
    return _Scored(0.0, _why(row), step)


def _why(row: Covered) -> str:
    if row.evidence and row.control.strength != "manual":
        return "executed, but not repeatedly under an approved plan"
    if row.attested:
        return "its attestation is expired or dated after this run"
    if row.control.strength == "manual":
        return "no person attested it"
    return "a check is marked, none was executed" if row.counted else "no check of a fitting kind is marked"


def _step(row: Covered, now: list[str], before: frozenset[str] | None, most: float, *, approved: bool) -> str:
    """What would give this test its points."""
    control = row.control
    by_hand = "an entry in manual_controls.toml gives 0.5"
    measured = [kind for kind in control.check_kinds if not kind.startswith("governance.")]
    if control.strength == "manual" or not measured:
        return by_hand
    if not row.evidence:
        what = f"mark a check of kind {' or '.join(measured)} and run it" if not row.counted else "run the marked check"
    elif not now:
        what = "put its check into plan.lock (`mltest plan`)"
    elif not approved:
        what = "have the plan approved (`mltest approve`)"
    else:
        what = "run its check again" if before is None else "keep its check for a second run"
    return f"{what}, for {most:g} once it has run twice under an approved plan; {by_hand}"


def _section(word: str, name: str, scored: list[tuple[Covered, _Scored]]) -> dict[str, Any]:
    tests = [
        {
            "control_id": row.control.control_id,
            "title": row.control.title,
            "strength": row.control.strength,
            "points": found.points,
            "why": found.why,
            "checks": [check.id for check in row.counted],
            "failed": row.counts["failed"],
        }
        for row, found in _of(word, scored)
    ]
    failed = {check.id for row, _ in _of(word, scored) for check in row.counted if check.verdict == "failed"}
    return {"name": name, "sum": sum(test["points"] for test in tests), "failed": len(failed), "tests": tests}


def _of(word: str, scored: list[tuple[Covered, _Scored]]) -> list[tuple[Covered, _Scored]]:
    return [pair for pair in scored if pair[0].control.control_id.partition(" ")[0] == word]


def _steps(scored: list[tuple[Covered, _Scored]], smallest: list[str]) -> list[str]:
    steps = [
        f"{row.control.control_id} ({row.control.title}): {found.step}"
        for word in smallest
        for row, found in _of(word, scored)
        if found.step
    ]
    if len(smallest) > 1:
        *names, last = (_SECTIONS[word] for word in smallest)
        return [f"the sums of {', '.join(names)} and {last} are equal: the score rises when each of them does", *steps]
    return steps
