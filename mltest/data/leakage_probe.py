"""What one rule of ``data.no_leakage`` found."""

from __future__ import annotations

from dataclasses import dataclass

from mltest.result import Finding, Measurement, Requirement

__all__ = ["NONE_SHARED", "Probe", "census"]

NONE_SHARED = Requirement(metric="shared", comparison="at_most", limit=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The measurements of one rule, the word for each, and what it says in words."""

    rule: str
    measurements: tuple[Measurement, ...]
    words: tuple[str, ...]
    text: str
    required: str = "none"
    findings: tuple[Finding, ...] = ()
    flags: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The worst of its words."""
        return next((word for word in ("failed", "inconclusive") if word in self.words), "passed")


def census(
    name: str, value: float, n: int, detail: str, *, unit: str = "rows", place: str | None = None
) -> Measurement:
    """A complete count as a measurement."""
    return Measurement(
        name=name, value=value, low=value, high=value, confidence=None, n=n, detail=detail, unit=unit, slice=place
    )
