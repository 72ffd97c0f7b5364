"""One thing that is held against the evidence, and the exit status that it asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["HOLDS", "REJECTED", "UNREADABLE", "UNTRUSTED", "Finding", "exit_of", "short"]

HOLDS, REJECTED, UNREADABLE, UNTRUSTED = 0, 1, 3, 4
_WORST_FIRST = (UNTRUSTED, REJECTED, UNREADABLE)
_STATUS = {
    **dict.fromkeys(("MLV16", "MLV35", "MLV37", "MLV38"), UNREADABLE),
    **dict.fromkeys(("MLV30", "MLV31", "MLV32", "MLV33", "MLV34", "MLW20"), UNTRUSTED),
}
_GROUP = 4
_SHOWN = 16


class Finding(NamedTuple):
    """A code of the table in ``docs/verify.md``, its sentence, and the check or file it is about.

    Examples
    --------
    >>> print(Finding("MLV21", "run.json is not in canonical form"))
    MLV21 run.json is not in canonical form
    """

    code: str
    text: str
    id: str | None = None
    missing: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.text}"

    @property
    def status(self) -> int:
        """The exit status that this finding asks for; what is merely missing is unreadable, not wrong."""
        return UNREADABLE if self.missing else _STATUS.get(self.code, REJECTED)


def exit_of(findings: Iterable[Finding]) -> int:
    """The exit status of several findings: 4 over 1 over 3.

    Examples
    --------
    >>> exit_of([Finding("MLV16", "results.json ends early at byte 9"), Finding("MLV21", "run.json ...")])
    1
    """
    asked = {finding.status for finding in findings}
    return next((status for status in _WORST_FIRST if status in asked), HOLDS)


def short(digest: object) -> str:
    """A digest for people: its first 16 digits in groups of four; never accepted where something depends on it.

    Examples
    --------
    >>> short("sha256:1a2b3c4d5e6f70819999")
    '1a2b 3c4d 5e6f 7081'
    """
    digits = str(digest).removeprefix("sha256:")[:_SHOWN]
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)) or "nothing"
