"""What makes a waiver invalid in a run: the codes that let the check stand as it is, all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from mltest.policy.approvals import is_author
from mltest.policy.demands import matches
from mltest.policy.trust import Key, keys_of

if TYPE_CHECKING:
    from mltest.policy.waiver import Waiver

__all__ = ["Circumstances", "Problem", "over_the_limit", "problems_of"]

Problem = tuple[str, str]
_SHORTEST_REASON = 20


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a run knows that its waivers are held against.

    ``named`` gives each known check, by id, with its kind; ``signed`` says of a waiver with a signature whether it
    verifies, or None where nobody can tell here.
    """

    finished: datetime
    policy: Mapping[str, Any]
    named: Mapping[str, str]
    commit: str | None = None
    ancestors: Sequence[str] = ()
    models: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()
    author_commit: str = ""
    trust: tuple[Key, ...] | None = None
    signed: Callable[[Waiver], bool | None] | None = None

    @classmethod
    def of(
        cls,
        run: Mapping[str, Any],
        policy: Mapping[str, Any],
        named: Mapping[str, str],
        *,
        trust: tuple[Key, ...] | None = None,
        signed: Callable[[Waiver], bool | None] | None = None,
    ) -> Circumstances:
        """Those of a run object."""
        source = run.get("source") or {}
        return cls(
            finished=datetime.fromisoformat(run["clock"]["finished"]),
            policy=policy,
            named=named,
            commit=source.get("commit"),
            ancestors=tuple(source.get("ancestors") or ()),
            models=frozenset(
                subject["digest"] for subject in run.get("subjects") or () if subject.get("role") == "candidate"
            ),
            authors=frozenset(run.get("lock_authors") or ()),
            author_commit=str(run.get("lock_commit") or "")[:7],
            trust=trust,
            signed=signed,
        )


def problems_of(waiver: Waiver, checks: Sequence[str], found: Circumstances) -> list[Problem]:
    """Every code but those that depend on a result (MLW16) or on the other waivers (MLW21), in their order.

    Parameters
    ----------
    waiver : Waiver
        The waiver.
    checks : sequence of str
        The ids that it names in this run.
    found : Circumstances
        The run.
    """
    return [
        *_place(waiver, checks),
        *_time(waiver, found),
        *_people(waiver, found),
        *_late(waiver, found),
        *_reach(waiver, checks, found),
        *_match(waiver, found),
    ]


def _place(waiver: Waiver, checks: Sequence[str]) -> Iterator[Problem]:
    if not checks:
        yield "MLW05", f"check {waiver.check} is not in plan.lock"


def _time(waiver: Waiver, found: Circumstances) -> Iterator[Problem]:
    late = (_utc_day(found.finished) - waiver.expires).days
    if late > 0:
        days = "1 day" if late == 1 else f"{late} days"
        yield "MLW07", f"expires {waiver.expires.isoformat()} is in the past: waiver ignored, {days} late"
    lifetime = (waiver.expires - _utc_day(waiver.approved_at)).days
    if lifetime > found.policy["max_waiver_days"]:
        yield "MLW08", f"lifetime {lifetime} days exceeds max_waiver_days {found.policy['max_waiver_days']}"


def _people(waiver: Waiver, found: Circumstances) -> Iterator[Problem]:
    approver = waiver.approved_by.strip().casefold()
    if approver == waiver.requested_by.strip().casefold():
        yield "MLW09", "approved_by equals requested_by"
    # without a trust.toml nobody is listed: the name stays named, not proven, and the evidence stays at grade E2
    if found.trust is not None and not keys_of(found.trust, waiver.approved_by, "approver", waiver.approved_at):
        yield "MLW10", f"approver {waiver.approved_by} is not listed with role approver in trust.toml"
    if is_author(waiver.approved_by, found.authors):
        commit = found.author_commit or "the last commit of plan.lock"
        yield "MLW11", f"approver {waiver.approved_by} wrote the commit that changed this check (author of {commit})"


def _late(waiver: Waiver, found: Circumstances) -> Iterator[Problem]:
    if waiver.approved_at > found.finished:
        yield "MLW12", f"approved_at {waiver.approved_at.isoformat()} lies after the run finished"


def _reach(waiver: Waiver, checks: Sequence[str], found: Circumstances) -> Iterator[Problem]:
    if "error" in waiver.covers:
        yield "MLW13", "covers `error`: an error measured nothing and cannot be waived"
    for check in checks:
        kind = found.named[check]
        pattern = next(
            (p for p in found.policy["never_waive"] if matches(p, check, check.partition("#")[0], kind)), None
        )
        if pattern is not None:
            yield "MLW14", f"kind {kind} is in never_waive" if pattern == kind else f"{check} is in never_waive"
            break
    if "failed" in waiver.covers and waiver.bound is None:
        yield "MLW15", "bound missing for covers failed"


def _match(waiver: Waiver, found: Circumstances) -> Iterator[Problem]:
    if len(waiver.reason.strip()) < _SHORTEST_REASON:
        yield "MLW17", f"reason shorter than {_SHORTEST_REASON} characters"
    since = (waiver.commit_range or "").partition(":")[2]
    known = [commit for commit in (found.commit, *found.ancestors) if commit]
    if since and not any(commit.startswith(since) for commit in known):
        yield "MLW19", f"commit_range {waiver.commit_range} does not match this run"
    if waiver.model and f"sha256:{waiver.model.removeprefix('sha256:')}" not in found.models:
        yield "MLW19", f"model {waiver.model[:23]} does not match this run"
    if waiver.signature and found.signed is not None and found.signed(waiver) is False:
        yield "MLW20", f"signature does not verify for {waiver.id}"


def over_the_limit(active: Sequence[Waiver], policy: Mapping[str, Any]) -> tuple[list[Waiver], str]:
    """The waivers beyond the number that may be active, those approved last, and MLW21's words.

    Examples
    --------
    >>> over_the_limit((), {"max_active_waivers": 10})[0]
    []
    """
    most = policy["max_active_waivers"]
    order = sorted(active, key=lambda waiver: (waiver.approved_at, waiver.id))
    return order[most:], f"{len(active)} active waivers exceed max_active_waivers {most}"


def _utc_day(at: datetime) -> date:
    return at.astimezone(UTC).date()
