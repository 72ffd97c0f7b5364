"""What a page is made of beside the evidence of its run, such as sign-offs and earlier runs, and how it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mltest.errors import UsageError, nearest

__all__ = ["AUDIENCES", "Beside", "Shown", "marked", "shown_as"]

AUDIENCES = ("developer", "validator", "auditor", "data-protection", "executive")
_UNFOLDED = "unfolded"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """Other evidence that a page tells of; without any, the page is made of one run alone."""

    signoffs: Sequence[Mapping[str, Any]] = ()
    baseline: Mapping[str, Any] | None = None
    previous: Mapping[str, Any] | None = None
    trend: Mapping[str, Any] | None = None

    @property
    def roots(self) -> tuple[str, ...]:
        """The roots of the other runs, so that a page names all that it is made of."""
        runs = [run for run in (self.baseline, self.previous) if run is not None]
        found = [
            *(run.get("evidence_root") for run in runs),
            *(run.get("root") for run in (self.trend or {}).get("runs", ())),
        ]
        return tuple(dict.fromkeys(str(root) for root in found if root))


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How a page is shown: for whom, with everything unfolded, or with a watermark over findings of a verification."""

    audience: str | None = None
    unfolded: bool = False
    unverified: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        if self.audience is not None and self.audience not in AUDIENCES:
            msg = f"no audience {self.audience!r}{nearest(self.audience, AUDIENCES)} ({', '.join(AUDIENCES)})"
            raise UsageError(msg)


def marked(shown: Shown, beside: Beside) -> str:
    """How a page says of itself what it was made with; nothing for the usual page.

    Examples
    --------
    >>> marked(Shown(audience="auditor", unfolded=True), Beside(signoffs=[{"file": "signoff-1.json"}]))
    'auditor unfolded signoff-1.json'
    """
    files = [str(row["file"]) for row in beside.signoffs if row.get("file")]
    others = ["and-runs"] if beside.roots else []
    findings = ["unverified"] if shown.unverified else []
    return " ".join([*filter(None, [shown.audience]), *[_UNFOLDED] * shown.unfolded, *findings, *files, *others])


def shown_as(mark: str) -> tuple[Shown, tuple[str, ...]] | None:
    """How the page with a mark was shown and the files of its sign-offs; None where it had more than that.

    Examples
    --------
    >>> shown_as("auditor signoff-1.json")
    (Shown(audience='auditor', unfolded=False, unverified=()), ('signoff-1.json',))
    >>> shown_as("and-runs") is None
    True
    """
    words = mark.split()
    audience = next((word for word in words if word in AUDIENCES), None)
    files = tuple(word for word in words if word.startswith("signoff-") and word.endswith(".json"))
    if set(words) - {audience, _UNFOLDED, *files}:
        return None
    return Shown(audience=audience, unfolded=_UNFOLDED in words), files
