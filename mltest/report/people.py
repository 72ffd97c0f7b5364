"""Who approved the plan, who signed off, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.evidence.signoff import UNSIGNED
from mltest.report.provenance import Fact, time_text
from mltest.report.reading import clean, short
from mltest.report.words import plural

if TYPE_CHECKING:
    from mltest.report.standing import Standing

__all__ = ["People", "SignOff", "facts_of", "people_of"]

NAMED = "named, not proven"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """One sign-off: name, time and meaning stand together wherever it is shown."""

    name: str
    role: str
    meaning: str
    decision: str
    conditions: tuple[str, ...]
    comment: str
    time: str
    proof: str


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """The first screen's lines about people, and the table of sign-offs."""

    approved: str
    signed: str
    open: tuple[str, ...]
    signoffs: tuple[SignOff, ...]


def people_of(
    evidence: Mapping[str, Any], standing: Standing, signoffs: Sequence[Mapping[str, Any]], waivers: Sequence[Any]
) -> People:
    """What people said of this plan and of this root; nothing of it is checked here but for which root it is."""
    own = [_signoff(clean(dict(row))) for row in signoffs if row.get("root") == evidence["evidence_root"]]
    return People(
        approved=_approved(standing),
        signed="; ".join(f"{row.name}, {row.role}: {row.meaning}, {row.time} ({row.proof})" for row in own) or "nobody",
        open=tuple(_open(standing, own, waivers, evidence)),
        signoffs=tuple(own),
    )


def _approved(standing: Standing) -> str:
    if not standing.locked:
        return "nobody: there was no plan to approve"
    if standing.problem:
        return f"no valid approval: {standing.problem}"
    return "; ".join(_approval(entry) for entry in standing.approvals)


def _approval(entry: Mapping[str, Any]) -> str:
    given = time_text(entry["approved_at"]) or entry["approved_at"]
    proof = "signed; mltest verify checks it" if entry.get("signature") else NAMED
    return f"{entry['name']}, {entry['role']}, {given} ({proof})"


def _signoff(row: Mapping[str, Any]) -> SignOff:
    offset = str(row.get("utc_offset") or "")
    keys = [str(one.get("keyid", ""))[:16] for one in (row.get("signature") or {}).get("signatures") or ()]
    return SignOff(
        name=str(row["name"]),
        role=str(row["role"]).replace("-", " "),
        meaning=str(row["meaning"]),
        decision=str(row["decision"]),
        conditions=tuple(map(str, row.get("conditions") or ())),
        comment=str(row.get("comment") or ""),
        time=f"{time_text(row['signed_at'])}" + (f", local offset {offset}" if offset else ""),
        proof=f"signed by key {', '.join(map(_key, keys))}; mltest verify checks it" if keys else UNSIGNED,
    )


def _key(keyid: str) -> str:
    return short(f"sha256:{keyid}".ljust(71, "0")) if len(keyid) == 16 else keyid


def _open(
    standing: Standing, signoffs: Sequence[SignOff], waivers: Sequence[Any], evidence: Mapping[str, Any]
) -> list[str]:
    found = []
    if not standing.locked:
        found.append("a locked plan (mltest plan)")
    elif not standing.approved:
        found.append("an approval of the plan by another person than its author (mltest approve)")
    if not signoffs:
        found.append("a sign-off of this root (mltest signoff)")
    conditions = [condition for row in signoffs for condition in row.conditions]
    if conditions:
        found.append(f"{plural(len(conditions), 'condition')} of sign-offs: {'; '.join(conditions)}")
    soon = [row for row in waivers if row.soon]
    if soon:
        found.append(f"{plural(len(soon), 'waiver')} that {'ends' if len(soon) == 1 else 'end'} within 14 days")
    by_hand = [row for row in evidence["verdict"].get("controls") or () if row.get("strength") == "manual"]
    untested = sum(row.get("grade") == "untested" for row in by_hand)
    if untested:
        found.append(f"{plural(untested, 'manual control')} that nobody attested")
    return found


def facts_of(people: People) -> tuple[Fact, ...]:
    """The lines of the first screen."""
    return (
        Fact(name="plan approved by", text=people.approved),
        Fact(name="signed off by", text=people.signed),
        Fact(name="still open", text="; ".join(people.open) or "nothing that this page knows of"),
    )
