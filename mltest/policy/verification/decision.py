"""The gate and the grade, decided again from plan, run and results; the stored ones are only compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mltest.errors import MltestError
from mltest.evidence.canonical import canonical_of_json, digest
from mltest.policy.committed import Committed
from mltest.policy.verdict import verdict_of
from mltest.policy.verification.finding import Finding

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["decided_again", "recomputed"]


def decided_again(case: Case) -> tuple[Mapping[str, Any] | None, list[Finding]]:
    """The verdict object as this version computes it, or what kept it from doing so."""
    if any(named not in case.held.blobs for named in case.run["inputs"].values() if named):
        return None, []  # that a file is missing has been said, and without it nothing can be decided
    inputs = case.run["inputs"].items()
    committed = Committed(texts={role: case.held.blobs[named] for role, named in inputs if named})
    known = {name: case.held.digests[name] for name in ("plan", "run", "results")}
    try:
        return verdict_of(case.plan, case.run, case.results, known, committed=committed), []
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, MltestError) as lacking:
        text = f"the objects lack what a decision needs: {type(lacking).__name__}: {lacking}"
        return None, [Finding("MLV42", text[:500])]


def recomputed(case: Case, again: Mapping[str, Any]) -> Iterator[Finding]:
    """Every part of the stored verdict that does not follow from the other three objects."""
    stored = case.verdict
    if _same(stored, again):
        return
    if stored["gate"] != again["gate"]:
        text = f"recomputed gate is {again['gate']}, stored gate is {stored['gate']}"
        yield Finding("MLV02", f"{text}{_first(stored['outcomes'], again['outcomes'])}")
    if stored["grade"] != again["grade"]:
        yield Finding("MLV02", f"recomputed grade is {again['grade']}, stored grade is {stored['grade']}")
    for name in sorted({*stored, *again} - {"gate", "grade"}):
        if not _same(stored.get(name), again.get(name)):
            first = _first(stored.get(name), again.get(name))
            yield Finding("MLV02", f"{name} of verdict.json is not what the results come to{first}", name)


def _same(one: object, other: object) -> bool:
    return digest(canonical_of_json(one)) == digest(canonical_of_json(other))


def _first(stored: object, again: object) -> str:
    """The first row that differs, by its id."""
    if not (isinstance(stored, list) and isinstance(again, list)):
        return ""
    before, now = ({str(_id(row)): row for row in rows} for rows in (stored, again))
    names = [name for name in sorted({*before, *now}) if not _same(before.get(name), now.get(name))]
    return f" (first: {names[0]})" if names else ""


def _id(row: object) -> object:
    """What a row is called: by its id, else by its code or the first text that it has."""
    if not isinstance(row, dict):
        return row
    texts = [text for text in row.values() if isinstance(text, str)]
    return next((row[name] for name in ("id", "code", "control", "text") if name in row), " ".join(texts))
