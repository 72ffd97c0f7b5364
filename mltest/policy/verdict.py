"""The verdict object: completeness, each check's cell of the gate, waivers, and the gate of the run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.evidence.canonical import canonical_of_json, digest
from mltest.policy.attempts import counted
from mltest.policy.completeness import accounts_of, completeness
from mltest.policy.conditions import baseline_of, data_use, declared_reasons, loosened
from mltest.policy.demands import inconclusive_of, policy_of
from mltest.policy.gate import decide, outcome_of
from mltest.policy.given import given_by
from mltest.policy.grade import grade_of
from mltest.policy.outcomes import outcomes_of, unmet_demands
from mltest.policy.standing import SELECTED, approval_problem, is_locked, voids_of

if TYPE_CHECKING:
    from mltest.policy.attempts import Counted
    from mltest.policy.given import Given, Texts
    from mltest.policy.outcomes import Outcome
    from mltest.policy.waiver import Waiver
    from mltest.policy.waiver_judgement import Applied

__all__ = ["NEEDED", "verdict_of"]

# What a decision reads of a record; the rest may stay on disk.
NEEDED = (
    *("id", "node", "attempt", "entry", "check", "kind", "verdict", "severity"),
    *("flags", "value", "interval", "slices", "requirement"),
)
_OBJECTS = ("plan", "run", "results")
_UNSEEN = {"last_failed": "--lf", "stepwise": "--sw"}


def verdict_of(
    plan: Mapping[str, Any],
    run: Mapping[str, Any],
    results: Mapping[str, Any],
    digests: Mapping[str, str] | None = None,
    *,
    committed: Texts | None = None,
    signed: Callable[[Waiver], bool | None] | None = None,
) -> dict[str, Any]:
    """The verdict object over the other three; computing it again from the same objects gives the same.

    Parameters
    ----------
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3; of each record ``NEEDED`` is enough.
    digests : mapping, optional
        Their digests, where they are known already.
    committed : Committed, optional
        Waivers, trusted keys, approvals, declared values, attestations and the recorded catalogue of controls.
    signed : callable, optional
        Whether the signature of a waiver verifies; left out, its approver is named and not proven.

    Raises
    ------
    UsageError
        If a committed file has mistakes.

    Examples
    --------
    >>> nothing = {"checks": [], "settings": {}}, {"run_id": "x"}, {"records": [], "not_run": []}
    >>> verdict_of(*nothing)["gate"]
    'void'
    """
    known = digests or {
        name: digest(canonical_of_json(found)) for name, found in zip(_OBJECTS, (plan, run, results), strict=True)
    }
    given, facts = given_by(committed), _facts(plan, run, results)
    raw = _cells(facts, {})
    waivers, applied = _waived(given, facts, {cell["id"] for cell in raw if cell["gate"] == "block"}, signed)
    cells = _cells(facts, applied) if applied else raw
    declared, baseline = _declared(given, facts.judged), baseline_of(run)
    gate, reasons = decide(
        cells,
        facts.whole,
        partial=facts.unseen,
        voids=_voids(facts, given.approvals, known["plan"]),
        further=[
            *unmet_demands(plan, facts.outcomes, facts.policy, partial=facts.chosen),
            *declared_reasons(declared),
            *loosened(baseline),
            *(note for found in facts.judged.values() for note in found.notes),
        ],
    )
    grade, limits = grade_of(
        plan, run, gate, facts.whole, waivers=waivers, approvals=given.approvals, plan_digest=known["plan"]
    )
    return {
        "schema": "mltest/verdict/v1",
        "run_id": run["run_id"],
        **{name: known[name] for name in _OBJECTS},
        "gate": gate,
        "reasons": reasons,
        "outcomes": sorted(map(_plain, cells), key=lambda cell: str(cell["id"])),
        "completeness": facts.whole,
        "waivers": waivers,
        "declared": declared,
        "controls": _controls(given, facts, known["plan"]),
        "baseline": baseline,
        "data_use": data_use(run),
        "grade": grade,
        "grade_limits": limits,
    }


class _Facts(NamedTuple):
    """What the objects say before anybody's policy or waiver is applied to it."""

    plan: Mapping[str, Any]
    run: Mapping[str, Any]
    results: Mapping[str, Any]
    policy: Mapping[str, Any]
    judged: Mapping[str, Counted]
    whole: dict[str, Any]
    outcomes: list[Outcome]
    unseen: str | None  # the option that left tests out before anything could see them
    chosen: bool  # whether a part was left out by choice where no lock lists the checks


def _facts(plan: Mapping[str, Any], run: Mapping[str, Any], results: Mapping[str, Any]) -> _Facts:
    results, locked, policy = {**results, "records": list(results["records"])}, is_locked(run), policy_of(plan)
    judged = counted(results["records"], {entry["id"]: entry for entry in plan["checks"]} if locked else {})
    nodes = {identity: found.record["node"] for identity, found in judged.items()}
    accounts = accounts_of(plan, results, nodes, locked=locked)
    silent = set(results.get("without_check", ()))
    whole = completeness(accounts.planned, accounts.executed, accounts.not_run, silent)
    unseen = None if locked else _unseen(run)
    left_out = any(reason in whole["by_reason"] for reason in (*SELECTED, "skipped"))
    return _Facts(
        plan=plan,
        run=run,
        results=results,
        policy=policy,
        judged=judged,
        whole=whole,
        outcomes=outcomes_of(plan, run, judged, accounts, policy),
        unseen=unseen,
        chosen=not locked and (left_out or unseen is not None),
    )


def _unseen(run: Mapping[str, Any]) -> str | None:
    selection = run.get("invocation", {}).get("selection", {})
    return next((option for name, option in _UNSEEN.items() if selection.get(name)), None)


def _voids(facts: _Facts, approvals: Sequence[Mapping[str, Any]], plan_digest: str) -> list[dict[str, str]]:
    attempts = Counter((record["id"], record.get("attempt", 1)) for record in facts.results["records"])
    repeated = [key for key, times in attempts.items() if times > 1]
    return voids_of(
        facts.plan,
        facts.run,
        facts.results,
        facts.whole,
        repeated=repeated,
        approvals=approvals,
        plan_digest=plan_digest,
    )


def _cells(facts: _Facts, applied: Mapping[str, Applied]) -> list[dict[str, Any]]:
    word = inconclusive_of(facts.plan, facts.run.get("profile", "dev"))
    return [_cell(outcome, applied.get(outcome.id), word) for outcome in facts.outcomes]


def _cell(outcome: Outcome, applied: Applied | None, inconclusive: str) -> dict[str, Any]:
    """One row of ``outcomes``, with the words of its waiver beside it."""
    state = applied.state if applied else "none"
    gate = outcome_of(
        outcome.verdict, outcome.severity, required=outcome.required, inconclusive=inconclusive, waiver=state
    )
    return {
        "id": outcome.id,
        "verdict": outcome.verdict,
        "severity": outcome.severity,
        "required": outcome.required,
        "waiver": applied.waiver if applied else None,
        "waiver_state": state,
        "gate": gate,
        **({"waiver_text": applied.text} if applied else {}),
    }


def _plain(cell: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if name != "waiver_text"}


def _waived(
    given: Given, facts: _Facts, blocking: Container[str], signed: Callable[[Waiver], bool | None] | None
) -> tuple[list[dict[str, Any]], dict[str, Applied]]:
    if not given.waivers:
        return [], {}
    from mltest.policy.waiver_codes import Circumstances
    from mltest.policy.waiver_judgement import Found, judge_waivers

    kinds = {outcome.id: outcome.kind for outcome in facts.outcomes}
    around = Circumstances.of(facts.run, facts.policy, kinds, trust=given.trust, signed=signed)
    found = [Found(one.id, one.verdict, one.record, one.id in blocking) for one in facts.outcomes]
    return judge_waivers(given.waivers, found, around)


def _declared(given: Given, judged: Mapping[str, Counted]) -> list[dict[str, Any]]:
    if not given.declared:
        return []
    from mltest.policy.declared import compare

    return compare(given.declared, [found.record for found in judged.values()])


def _controls(given: Given, facts: _Facts, plan_digest: str) -> list[dict[str, Any]]:
    """The rows of the catalogue that the run recorded: a later catalogue changes nothing."""
    if given.controls is None:
        return []
    from mltest.policy.control_coverage import coverage
    from mltest.policy.controls import recorded_catalogue

    plan, run = facts.plan, facts.run
    approved = is_locked(run) and approval_problem(given.approvals, run, plan_digest) is None
    known = recorded_catalogue(given.controls)
    return coverage(known, plan, run, facts.results, given.attestations, approved=approved)
