"""waivers.toml: who accepted which bad result, how bad, why and until when (governance section 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mltest.policy.strict_toml import Field, Mistakes, check_table, day, digest_text, moment, number, read_rows, text

__all__ = ["COVERS", "Waiver", "commits_named", "read_waivers"]

SCHEMA = "mltest/waivers/v1"
COVERS = ("failed", "inconclusive", "not_run")
CODES = {"syntax": "MLW01", "unknown": "MLW02", "missing": "MLW03", "double": "MLW04", "wide": "MLW06", "two": "MLW18"}
_SINCE = re.compile(r"since:[0-9a-f]{7,64}")


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One accepted risk, as the file has it."""

    id: str
    check: str
    covers: tuple[str, ...]
    reason: str
    risk: str
    requested_by: str
    approved_by: str
    approved_at: datetime
    expires: date
    commit_range: str | None = None
    model: str | None = None
    bound: Mapping[str, Any] | None = None
    issue: str | None = None
    signature: str | None = None

    def names(self, identity: str) -> bool:
        """Whether the waiver is about a check."""
        return identity.startswith(self.check[:-1]) if self.is_pattern else identity == self.check

    @property
    def is_pattern(self) -> bool:
        """Whether it names the checks of one test by their beginning."""
        return self.check.endswith("*")


def _covers(value: object) -> str | None:
    # `error` is read, so that the waiver is listed as what it is: MLW13
    known = (*COVERS, "error")
    fits = isinstance(value, list) and value and all(isinstance(item, str) and item in known for item in value)
    return None if fits else f"a list of {', '.join(map(repr, COVERS))}"


def _since(value: object) -> str | None:
    fits = isinstance(value, str) and _SINCE.fullmatch(value)
    return None if fits else "since:<commit>, at least seven hexadecimal digits of it"


def _bound(value: object) -> str | None:
    return None if isinstance(value, dict) else 'a table such as {metric = "roc_auc", no_worse_than = 0.71}'


def _any_text(value: object) -> str | None:
    return None if isinstance(value, str) else "a text"


FIELDS = {
    "id": Field(text),
    "check": Field(text),
    "covers": Field(_covers),
    "reason": Field(_any_text),
    "risk": Field(text),
    "requested_by": Field(text),
    "approved_by": Field(text),
    "approved_at": Field(moment),
    "expires": Field(day),
    "commit_range": Field(_since, required=False),
    "model": Field(digest_text, required=False),
    "bound": Field(_bound, required=False),
    "issue": Field(_any_text, required=False),
    "signature": Field(_any_text, required=False),
}
_BOUND = {"metric": Field(text), "no_worse_than": Field(number)}


def read_waivers(data: bytes, name: str = "waivers.toml") -> tuple[Waiver, ...]:
    """Every waiver of the file, in the order of their expiry.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        What messages call it.

    Raises
    ------
    UsageError
        With every mistake of the file: MLW01 to MLW04, MLW06 and MLW18.

    Examples
    --------
    >>> read_waivers(b'schema = "mltest/waivers/v1"')
    ()
    >>> read_waivers(b"")
    Traceback (most recent call last):
    ...
    mltest.UsageError: MLW03 waivers.toml line 1: missing key `schema`: write schema = "mltest/waivers/v1" on top
    """
    rows, mistakes = read_rows(
        data, schema=SCHEMA, table="waiver", fields=FIELDS, mistakes=lambda source: Mistakes(name, source, CODES)
    )
    for at, row in enumerate(rows):
        if isinstance(row.get("bound"), dict):
            called = f"bound of {row.get('id', f'waiver {at + 1}')}"
            check_table(row["bound"], ("waiver", at, "bound"), _BOUND, mistakes, called=called)
    for find in (_doubled, _wide, _twice):
        for at, key, kind, problem in find(rows):
            mistakes.add(("waiver", at, key), problem, kind)
    mistakes.raise_all()
    return tuple(sorted(map(_made, rows), key=lambda waiver: (waiver.expires, waiver.id)))


def _made(row: Mapping[str, Any]) -> Waiver:
    optional = {name: row[name] or None for name in ("issue", "signature") if name in row}
    return Waiver(**{**row, **optional, "covers": tuple(row["covers"])})


Problem = tuple[int, str, str, str]


def _doubled(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for at, row in enumerate(rows):
        identity = str(row.get("id"))
        if "id" in row and identity in seen:
            yield at, "id", "double", f"duplicate waiver id {identity}"
        seen.add(identity)


def _wide(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    for at, row in enumerate(rows):
        check = row.get("check")
        if isinstance(check, str) and "*" in check and not _is_narrow(check):
            problem = f"pattern `{check}` is too wide: one node id, star only inside parameters, at the end after '['"
            yield at, "check", "wide", problem


def _is_narrow(pattern: str) -> bool:
    before, bracket, _ = pattern.partition("[")
    return bool(bracket) and "*" not in pattern[:-1] and pattern.endswith("*") and "::" in before


def _twice(rows: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    checks = [(at, row["check"], row.get("id")) for at, row in enumerate(rows) if isinstance(row.get("check"), str)]
    for at, check, identity in checks:
        for other, beside, name in checks:
            if other >= at:
                break
            if _overlap(check, beside):
                covered = min(check, beside, key=lambda found: (found.endswith("*"), -len(found)))
                yield at, "check", "two", f"two waivers cover {covered} ({name} and {identity}): keep one"
                break


def _overlap(one: str, other: str) -> bool:
    if one.endswith("*"):
        return other.rstrip("*").startswith(one[:-1]) or (other.endswith("*") and one.startswith(other[:-1]))
    return one.startswith(other[:-1]) if other.endswith("*") else one == other


def commits_named(waivers: Iterable[Waiver]) -> tuple[str, ...]:
    """The commits that waivers begin with, for the run to say which of them are its ancestors.

    Examples
    --------
    >>> commits_named(())
    ()
    """
    return tuple(sorted({waiver.commit_range.partition(":")[2] for waiver in waivers if waiver.commit_range}))
