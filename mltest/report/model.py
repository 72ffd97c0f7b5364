"""``Report``: evidence made ready to be shown. What the page says is decided here, and nothing after it computes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.report.accepted import DeclaredRow, WaiverRow, declared_of, waivers_of
from mltest.report.altered import Altered, altered_of
from mltest.report.beside import Beside, Shown, marked
from mltest.report.custody import lineage_of, personal_of, repeatability_of, row_data_of
from mltest.report.decision import Decision, NotRun, decision_of, not_run_of, silent_of
from mltest.report.entries import Entry, entry_of
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
from mltest.report.words import URGENCY, family_of, family_rank, plural, verdict_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltest.report.drawing import Picture

__all__ = ["Family", "Report"]

# Above this many checks a passed one is told in one line without a drawing, so that the page stays usable.
_MANY = 400
_PICTURES, _FEWEST, _REPEATED = 24, 3, 20
_UNDRAWN = "{} not drawn; the points are in evidence.json."


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The checks of one kind."""

    title: str
    tally: str
    open: bool
    entries: tuple[Entry, ...]
    pictures: tuple[tuple[str, Picture], ...]
    more_pictures: str


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
        entries = _entries(parts, {source.digest: source.anchor for source in sources})
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
            families=_families(entries),
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


def _entries(parts: Mapping[str, Any], anchors: Mapping[str, str]) -> list[Entry]:
    """One entry a check; of several attempts the worst, as the gate has it."""
    attempts: dict[str, list[Mapping[str, Any]]] = {}
    for record in parts["results"]["records"]:
        attempts.setdefault(record["id"], []).append(record)
    planned = {check["id"]: check for check in parts["plan"]["checks"]}
    outcomes = {row.get("id"): row for row in parts["verdict"].get("outcomes") or ()}
    waivers = {row.get("id"): row for row in parts["verdict"].get("waivers") or ()}
    seed = (parts["plan"].get("settings") or {}).get("seed")
    brief = len(attempts) > _MANY
    nodes = Counter(identity.partition("#")[0] for identity in attempts)
    entries = []
    for at, (identity, records) in enumerate(attempts.items(), start=1):
        worst = min(records, key=_urgency)
        node = str(worst.get("node") or identity.partition("#")[0])
        outcome = outcomes.get(identity) or outcomes.get(node) or {}
        entry = entry_of(
            worst,
            anchor=f"c{at}",
            planned=planned.get(identity) or planned.get(node) or {},
            outcome=outcome,
            waiver=waivers.get(outcome.get("waiver")),
            seed=seed if isinstance(seed, int) else None,
            anchors=anchors,
            family=family_of(worst.get("kind")),
            attempts=len(records),
            several=nodes[identity.partition("#")[0]] > 1,
        )
        entries.append(replace(entry, brief=True) if brief and entry.mark == "passed" else entry)
    return _rationed(sorted(entries, key=lambda entry: (entry.urgency, entry.id)))


def _rationed(entries: Sequence[Entry]) -> list[Entry]:
    """Of the checks that are told in full the first ones with their pictures, so that the page stays small."""
    told = sum(entry.told for entry in entries)
    left, found = max(_PICTURES - told // 4, _FEWEST), []
    for entry in entries:
        if entry.told:
            more = max(len(entry.pictures) - left, 0)
            entry = replace(  # noqa: PLW2901
                entry,
                pictures=entry.pictures[:left],
                strip=entry.strip if told <= _REPEATED else None,
                undrawn=entry.undrawn if told <= _REPEATED else "drawn above",
                more_pictures=_UNDRAWN.format(plural(more, "more picture" if left else "picture")) if more else "",
            )
            left -= len(entry.pictures)
        found.append(entry)
    return found


def _urgency(record: Mapping[str, Any]) -> int:
    word = record.get("verdict")
    return URGENCY.index(word) if word in URGENCY else -1


def _families(entries: Sequence[Entry]) -> tuple[Family, ...]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.family, []).append(entry)
    left = _PICTURES
    families = []
    for title in sorted(groups, key=family_rank):
        family = _family(title, groups[title], left)
        left -= len(family.pictures)
        families.append(family)
    return tuple(families)


def _family(title: str, entries: Sequence[Entry], room: int) -> Family:
    """A family with its pictures: those of failed checks stand with the failure, equal ones are drawn once."""
    drawn: dict[object, tuple[str, Picture]] = {}
    for entry in entries:
        if not entry.told:
            for picture in entry.pictures:
                drawn.setdefault(replace(picture, anchor=""), (entry.name, picture))
    # the small ones after the large ones, so that rows of pictures are level
    pictures = sorted(drawn.values(), key=lambda named: -named[1].height)
    more = len(pictures) - room
    return Family(
        title=title,
        tally=_tally(entries),
        open=any(entry.told for entry in entries) and not any(entry.brief for entry in entries),
        entries=tuple(entries),
        pictures=tuple(pictures[:room]),
        more_pictures=_UNDRAWN.format(plural(more, "more picture")) if more > 0 else "",
    )


def _tally(entries: Sequence[Entry]) -> str:
    total = len(entries)
    passed = sum(entry.mark == "passed" for entry in entries)
    others = [
        f"{count(found)} {verdict_text(word)}"
        for word in URGENCY[:-1]
        if (found := sum(entry.mark == word for entry in entries))
    ]
    return ", ".join([f"{count(passed)} of {count(total)} passed", *others])


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
