"""``Report``: evidence made ready to be shown. What the page says is decided here, and nothing after it computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.report.accepted import DeclaredRow, WaiverRow, declared_of, waivers_of
from mltest.report.altered import Altered, altered_of
from mltest.report.beside import Beside, Shown, marked
from mltest.report.collected import entries_of
from mltest.report.custody import lineage_of, personal_of, repeatability_of, row_data_of
from mltest.report.decision import Decision, NotRun, decision_of, not_run_of, silent_of
from mltest.report.families import Family, families_of
from mltest.report.formulas import Method, methods_of
from mltest.report.frameworks import Controls, controls_of
from mltest.report.groups import GroupRow, groups_of
from mltest.report.holdouts import Holdout, holdouts_of
from mltest.report.people import People, facts_of, people_of
from mltest.report.provenance import Fact, Source, Surroundings, identity_of, sources_of, surroundings_of, unshown
from mltest.report.readers import SECTIONS, guide_of, ordered, unfolded_for
from mltest.report.reading import clean, digest_of, evidence_parts, short
from mltest.report.standing import standing_of
from mltest.report.trends import Trend, trend_of_runs
from mltest.report.words import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltest.report.entries import Entry

__all__ = ["Family", "Report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a page shows, prepared from evidence alone.

    Parameters
    ----------
    title, project, language : str
        The page's title, whose evidence it is, and the language of the page's own words.
    mark : str
        What the page was made with beside one run's evidence; nothing for the usual page.
    root, root_short : str
        The evidence root in full and in short form.
    decision : Decision
        The gate, why, the counts and completeness.
    altered : Altered
        What became looser or went.
    identity, people_facts : tuple of Fact
        Which commit, model and data, when; who approved and signed off, and what is open.
    failed, inconclusive : tuple of Entry
        What stops or weakens the decision, told in full.
    waivers, declared : tuples of rows
        What was accepted, and what was published.
    families : tuple of Family
        Each check.
    not_run : tuple of NotRun
        What did not run, by reason; ``silent`` are tests that called no check.
    controls : Controls
        Frameworks and the ML Test Score.
    sections : tuple of str
        The sections of the page in its order; ``unfolded`` those whose folded parts are open.
    guide : tuple
        For each reader what to look at first.
    unshown : tuple of str
        What the page does not show.
    parts : tuple of Fact
        The digests that the root is made of; ``rederive`` the commands that make it again.

    See Also
    --------
    mltest.report.page.render : the HTML page.
    """

    title: str
    project: str
    language: str
    mark: str
    unverified: tuple[str, ...]
    root: str
    root_short: str
    decision: Decision
    altered: Altered
    identity: tuple[Fact, ...]
    people: People
    people_facts: tuple[Fact, ...]
    failed: tuple[Entry, ...]
    inconclusive: tuple[Entry, ...]
    waivers: tuple[WaiverRow, ...]
    declared: tuple[DeclaredRow, ...]
    families: tuple[Family, ...]
    checks: str
    groups: tuple[GroupRow, ...]
    sources: tuple[Source, ...]
    lineage: tuple[Fact, ...]
    personal: tuple[Fact, ...]
    row_data: str
    artefacts: tuple[Entry, ...]
    repeatability: tuple[Fact, ...]
    not_run: tuple[NotRun, ...]
    silent: NotRun | None
    controls: Controls
    trend: Trend | None
    holdouts: tuple[Holdout, ...]
    surroundings: Surroundings
    methods: tuple[Method, ...]
    unshown: tuple[str, ...]
    parts: tuple[Fact, ...]
    rederive: tuple[str, ...]
    sections: tuple[str, ...]
    unfolded: frozenset[str]
    all_open: bool
    guide: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]

    @classmethod
    def of(cls, evidence: Mapping[str, Any], beside: Beside | None = None, shown: Shown | None = None) -> Report:
        """The report of one run.

        Parameters
        ----------
        evidence : Mapping
            The dictionary of an ``evidence.json``: plan, run, results, verdict, root, evidence_root and blobs.
        beside : Beside, optional
            Sign-offs and other runs that the page tells of.
        shown : Shown, optional
            For whom, unfolded, or with the findings of a verification over it.

        Returns
        -------
        Report
            The same for the same evidence: no clock, no chance, no environment.

        Raises
        ------
        EvidenceError
            When the evidence lacks what the page cannot do without, with its place.

        Examples
        --------
        >>> Report.of({"schema": "mltest/evidence/v1"})
        Traceback (most recent call last):
        ...
        mltest.EvidenceError: evidence has no 'plan' object; it needs plan, run, results, verdict, root, evidence_root
        """
        beside, shown = beside or Beside(), shown or Shown()
        parts = evidence_parts(evidence)
        sources = sources_of(parts)
        entries = entries_of(parts, {source.digest: source.anchor for source in sources})
        anchors = {entry.id: entry.anchor for entry in entries if entry.told or not entry.brief}
        standing = standing_of(parts)
        decision = decision_of(parts, entries)
        waivers = waivers_of(parts, anchors)
        people = people_of(parts, standing, beside.signoffs, waivers)
        report = cls(
            title=f"{decision.headline}: {_project(parts)}",
            project=_project(parts),
            language="en",
            mark=marked(shown, beside),
            unverified=tuple(map(str, clean(list(shown.unverified)))),
            root=parts["evidence_root"],
            root_short=short(parts["evidence_root"]),
            decision=decision,
            altered=altered_of(parts, beside.baseline),
            identity=identity_of(parts),
            people=people,
            people_facts=facts_of(people),
            failed=tuple(entry for entry in entries if entry.mark in ("error", "failed")),
            inconclusive=tuple(entry for entry in entries if entry.mark == "inconclusive"),
            waivers=waivers,
            declared=declared_of(parts),
            families=families_of(entries),
            checks=plural(len(entries), "check"),
            groups=groups_of(entries, parts["results"]["records"]),
            sources=sources,
            lineage=lineage_of(parts),
            personal=personal_of(parts),
            row_data=row_data_of(parts["run"]),
            artefacts=tuple(entry for entry in entries if entry.family.startswith("Artefact")),
            repeatability=repeatability_of(parts, entries),
            not_run=not_run_of(parts),
            silent=silent_of(parts),
            controls=controls_of(parts, standing, beside.previous, anchors),
            trend=trend_of_runs(beside.trend),
            holdouts=holdouts_of(parts),
            surroundings=surroundings_of(parts, standing.files),
            methods=methods_of(parts),
            unshown=_unshown(parts, entries),
            parts=_root_parts(parts["root"]),
            rederive=_rederive(parts["run"]),
            sections=(),
            unfolded=unfolded_for(shown.audience),
            all_open=shown.unfolded,
            guide=(),
        )
        there = report.there()
        return replace(report, sections=ordered(there, shown.audience), guide=guide_of(there))

    def there(self) -> tuple[str, ...]:
        """The sections that have something to say, or whose silence has to be told."""
        told = {
            "changes": bool(self.altered.comparisons),
            "failed": bool(self.failed),
            "waivers": bool(self.waivers),
            "inconclusive": bool(self.inconclusive),
            "declared": bool(self.declared),
            "slices": bool(self.groups),
            "artefacts": bool(self.artefacts),
            "score": self.controls.score is not None,
            "trend": self.trend is not None,
            "looks": bool(self.holdouts),
        }
        return tuple(at for at in SECTIONS if told.get(at, True))


def _project(parts: Mapping[str, Any]) -> str:
    return str(parts["plan"].get("project") or "project not named")


def _unshown(parts: Mapping[str, Any], entries: Sequence[Entry]) -> tuple[str, ...]:
    measured = [entry for entry in entries if entry.method not in ("counted in full", "no measurement")]
    point = sum(entry.demand.endswith("(point)") for entry in measured)
    inconclusive = sum(entry.mark == "inconclusive" for entry in entries)
    return unshown(parts, point, len(measured) - point, inconclusive)


def _root_parts(root: Mapping[str, Any]) -> tuple[Fact, ...]:
    names = ("plan", "run", "results", "verdict")
    return tuple(Fact(name=name, text=digest_of(root.get(name), f"root.{name}"), code=True) for name in names)


def _rederive(run: Mapping[str, Any]) -> tuple[str, ...]:
    folder = str(run.get("run_id") or "RUN_ID")
    return (
        f"cd .mltest/runs/{folder}",
        "sha256sum plan.json run.json results.json verdict.json",
        "cat root.json; echo; sha256sum root.json",
    )
