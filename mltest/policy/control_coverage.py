"""What the checks of a run show about each control: direct, partial, record, manual or untested.

A mark is a claim by the project; the kinds of a row are what the catalogue says could show it. Only both together
count: a check that is marked with a control, but is of a kind that the row does not name, is listed with the reason
and shows nothing. A check of a fitting kind that is not marked is pointed out, and shows nothing either: nobody
claimed it.

The grade of a row is the first of these that holds:

* ``manual`` or ``untested`` for a row of strength ``manual``, by an attestation that had not expired when the run
  finished; a check beside it is shown and changes nothing.
* The row's strength, where at least one check that counts was executed: it measured something and was judged,
  whatever the verdict. A test that broke, did not run, or did not apply is no evidence.
* ``manual`` where a person attested the control instead.
* ``record`` where the control wants a record that the run itself is (kind ``governance.record``) or that an approval
  of its plan is (``governance.approval``), and the row is of strength ``record`` or asks for nothing but such kinds.
* ``untested`` otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.policy.control_checks import VERDICTS, ClaimedCheck, claimed_checks

if TYPE_CHECKING:
    from mltest.policy.control_rows import Control
    from mltest.policy.controls import Catalogue

__all__ = ["GRADES", "Attested", "Covered", "attested_controls", "coverage", "covered_controls"]

GRADES = ("direct", "partial", "record", "manual", "untested")


class Attested(NamedTuple):
    """An attestation of ``manual_controls.toml``, and whether it was valid when the run finished."""

    valid: bool
    text: str


class Covered(NamedTuple):
    """One control and what the run has for it."""

    control: Control
    grade: str
    counted: tuple[ClaimedCheck, ...]
    misfits: tuple[ClaimedCheck, ...]
    silent: tuple[ClaimedCheck, ...]
    unclaimed: tuple[ClaimedCheck, ...]
    attested: tuple[Attested, ...]

    @property
    def evidence(self) -> bool:
        """Whether a check that counts was executed."""
        return any(check.executed for check in self.counted)

    @property
    def counts(self) -> dict[str, int]:
        """How many of the checks that count ended how."""
        verdicts = [check.verdict for check in self.counted]
        return {verdict: verdicts.count(verdict) for verdict in VERDICTS}


def coverage(
    known: Catalogue,
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    attestations: Iterable[Mapping[str, Any]] = (),
    *,
    approved: bool = False,
) -> list[dict[str, Any]]:
    """The rows ``controls`` of the verdict object (governance section 4.4): every row of the catalogue given.

    Parameters
    ----------
    known : Catalogue
        Only the frameworks to show: ``catalogue().only(...)``, or ``recorded_catalogue(...)`` of the evidence.
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3; plans hold canonical ids.
    attestations : iterable of mappings
        Of ``manual_controls.toml``: control, statement, document, by, at, expires.
    approved : bool
        Whether the plan of this run was approved.

    Examples
    --------
    >>> from mltest.policy.controls import catalogue
    >>> run = {"clock": {"finished": "2026-11-21T10:00:00.000Z"}}
    >>> rows = coverage(catalogue().only(["gdpr"]), {"checks": []}, run, {"records": [], "not_run": []})
    >>> rows[0]["control_id"], rows[0]["grade"]
    ('Art. 5(1)(c)', 'untested')
    """
    return [
        {
            "framework": row.control.framework,
            "control_id": row.control.control_id,
            "strength": row.control.strength,
            "checks": [check.id for check in row.counted],
            "counts": row.counts,
            "grade": row.grade,
        }
        for row in covered_controls(known, plan, run, results, attestations, approved=approved)
    ]


def covered_controls(
    known: Catalogue,
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    attestations: Iterable[Mapping[str, Any]] = (),
    *,
    approved: bool = False,
) -> tuple[Covered, ...]:
    """Each control of the catalogue given, with all that its row of a report is made of; arguments as ``coverage``."""
    known_checks = _Checks(claimed_checks(plan, run, results))
    attested = attested_controls(known, attestations, str(run["clock"]["finished"])[:10])
    there = {"governance.record": bool(results["records"]), "governance.approval": approved}
    kept = {kind for kind, held in there.items() if held}
    return tuple(_covered(control, known_checks, attested.get(control.id, ()), kept) for control in known.rows)


class _Checks:
    """The checks by the controls that they claim and by the kinds that they are of."""

    def __init__(self, checks: Iterable[ClaimedCheck]) -> None:
        self.claiming: dict[str, list[ClaimedCheck]] = {}
        self.of_kind: dict[str, list[ClaimedCheck]] = {}
        for check in checks:
            for control in dict.fromkeys(check.controls):
                self.claiming.setdefault(control, []).append(check)
            for kind in check.kinds:
                self.of_kind.setdefault(kind, []).append(check)

    def unclaimed(self, control: Control) -> tuple[ClaimedCheck, ...]:
        """The checks of a fitting kind, which they state themselves, that nobody marked with this control."""
        kinds = (kind for kind in control.check_kinds if not kind.startswith("governance."))
        fitting = {check.id: check for kind in kinds for check in self.of_kind.get(kind, ()) if check.stated}
        others = (fitting[identifier] for identifier in sorted(fitting))
        return tuple(check for check in others if control.id not in check.controls)


def _covered(control: Control, checks: _Checks, attested: tuple[Attested, ...], kept: set[str]) -> Covered:
    claims = checks.claiming.get(control.id, [])
    wanted = set(control.check_kinds)
    # a test that did not run or broke has no kind yet: it is counted as that, and shows nothing
    counted = tuple(
        check for check in claims if (wanted.intersection(check.kinds) or not check.kinds) and check.verdict
    )
    grade = _grade(control, counted, attested, kept)
    return Covered(
        control=control,
        grade=grade,
        counted=counted,
        misfits=tuple(check for check in claims if check.kinds and not wanted.intersection(check.kinds)),
        silent=tuple(check for check in claims if check.verdict is None),
        unclaimed=checks.unclaimed(control) if grade == "untested" and not counted else (),
        attested=attested,
    )


def _grade(control: Control, counted: tuple[ClaimedCheck, ...], attested: tuple[Attested, ...], kept: set[str]) -> str:
    by_hand = any(entry.valid for entry in attested)
    if control.strength == "manual":
        return "manual" if by_hand else "untested"
    if any(check.executed for check in counted):
        return control.strength
    if by_hand:
        return "manual"
    of_records = control.strength == "record" or all(kind.startswith("governance.") for kind in control.check_kinds)
    return "record" if of_records and kept & set(control.check_kinds) else "untested"


def attested_controls(
    known: Catalogue, attestations: Iterable[Mapping[str, Any]], day: str
) -> dict[str, tuple[Attested, ...]]:
    """The attestations of each control of the catalogue given, and whether they were valid on a day.

    Parameters
    ----------
    known : Catalogue
        Attestations of controls that are not in it are left out.
    attestations : iterable of mappings
        As in ``coverage``; the control in any spelling, ``at`` and ``expires`` as dates or as texts.
    day : str
        When the run finished, ``2026-11-21``; an attestation holds through the day that it names.
    """
    found: dict[str, tuple[Attested, ...]] = {}
    for entry in attestations:
        canonical = known.get(entry["control"])
        if canonical is not None:
            found[canonical] = (*found.get(canonical, ()), _attested(entry, day))
    return found


def _attested(entry: Mapping[str, Any], day: str) -> Attested:
    since, until = _day(entry["at"]), _day(entry["expires"])
    named = entry.get("document") or {}
    document = f"; document {named['name']}, sha256 {named['sha256'].removeprefix('sha256:')}" if named else ""
    state = "expired on" if until < day else "dated after this run, valid until" if since > day else "valid until"
    who = f"attested by {entry['by']} (named, not proven) on {since}"
    return Attested(
        valid=since <= day <= until,
        text=f"{who}, {state} {until}: {entry['statement']}{document}",
    )


def _day(value: object) -> str:
    """The day in UTC of a date or a time, as a value or as a text; a time without a zone is in UTC."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (found if found.tzinfo is None else found.astimezone(UTC)).date().isoformat()
