"""The five readers of the page: what each must see first, and the order and folding of a page made for one of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

__all__ = ["GUIDE", "SECTIONS", "Reader", "guide_of", "ordered", "unfolded_for"]

# Every section by its anchor, in the order of the page: title, short title of the contents.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "changes": ("What changed", "Changes"),
    "failed": ("What failed", "Failures"),
    "waivers": ("Waivers", "Waivers"),
    "inconclusive": ("What is inconclusive", "Inconclusive"),
    "declared": ("Declared against tested", "Declared values"),
    "checks": ("Every check", "Every check"),
    "slices": ("Slices and groups", "Slices and groups"),
    "sources": ("Data and lineage", "Data and lineage"),
    "artefacts": ("Artefact loading", "Artefacts"),
    "reproducibility": ("Reproducibility", "Reproducibility"),
    "completeness": ("Completeness", "Completeness"),
    "controls": ("Controls by framework", "Controls"),
    "score": ("ML Test Score", "ML Test Score"),
    "trend": ("Trend over runs", "Trend"),
    "looks": ("Looks at the holdout", "Looks"),
    "environment": ("Run and environment", "Environment"),
    "methods": ("Methods and formulas", "Methods"),
    "limits": ("What this does not show", "Limits"),
    "root": ("Evidence root", "Evidence root"),
    "sign-off": ("Sign-off", "Sign-off"),
    "glossary": ("Glossary", "Glossary"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One reader: the question, and the sections that answer it, in order."""

    audience: str
    name: str
    question: str
    sections: tuple[str, ...]


GUIDE = (
    Reader(
        audience="developer",
        name="Merge reviewer",
        question="may I merge, what changed?",
        sections=("changes", "failed", "waivers", "inconclusive", "completeness"),
    ),
    Reader(
        audience="validator",
        name="Model validator",
        question="is it sound, could this n show it?",
        sections=("inconclusive", "failed", "methods", "slices", "checks", "looks", "reproducibility"),
    ),
    Reader(
        audience="auditor",
        name="Auditor",
        question="is the record complete and unaltered?",
        sections=("completeness", "root", "waivers", "sign-off", "controls", "environment", "limits"),
    ),
    Reader(
        audience="data-protection",
        name="Data-protection officer",
        question="what personal data is in here?",
        sections=("sources", "slices", "environment", "limits"),
    ),
    Reader(
        audience="executive",
        name="Executive",
        question="can we release, what risk remains?",
        sections=("failed", "waivers", "inconclusive", "declared", "trend", "controls", "sign-off"),
    ),
)
# Links of the guide that lead to a part of a section.
_PLACES = {("data-protection", "sources"): ("personal-data", "Personal data in this record")}


def guide_of(there: Collection[str]) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """For each reader the links to what is on the page."""
    return tuple(
        (
            reader.name,
            reader.question,
            tuple(_PLACES.get((reader.audience, at), (at, SECTIONS[at][1])) for at in reader.sections if at in there),
        )
        for reader in GUIDE
    )


def ordered(there: Collection[str], audience: str | None) -> tuple[str, ...]:
    """The sections that are there, those of the audience first; the sign-off keeps its own page near the end."""
    first = [at for reader in GUIDE if reader.audience == audience for at in reader.sections if at != "sign-off"]
    return tuple(at for at in dict.fromkeys([*first, *SECTIONS]) if at in there)


def unfolded_for(audience: str | None) -> frozenset[str]:
    """The sections whose folded parts are open for an audience; without one, only what failed is."""
    return frozenset(at for reader in GUIDE if reader.audience == audience for at in reader.sections)
