"""``Report``: evidence made ready to be shown. What the page says is decided here, and nothing after it computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.report.decision import Decision, NotRun, decision_of, not_run_of, silent_of
from mltest.report.entries import Entry, entry_of
from mltest.report.holdouts import Holdout, holdouts_of
from mltest.report.provenance import (
    Fact,
    Source,
    Surroundings,
    candidate_text,
    sources_of,
    surroundings_of,
    time_text,
    unshown,
)
from mltest.report.reading import ABSENT, digest_of, evidence_parts, short
from mltest.report.words import URGENCY, family_of, family_rank, plural, verdict_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mltest.report.drawing import Picture

__all__ = ["Family", "Report"]

_STOPS = ("error", "failed")
# Above this many checks a passed one is told in one line without a drawing, so that the page stays usable.
_MANY = 400
_PICTURES, _FEWEST = 24, 3
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
    title : str
        The page's title.
    project, language : str
        Whose evidence it is, and the language of the page's own words.
    strap : tuple of Fact
        The identity of the run in a few words.
    root, root_short : str
        The evidence root in full and in short form.
    decision : Decision
        The gate, why, the counts and completeness.
    failed, inconclusive : tuple of Entry
        What stops or weakens the decision, told in full.
    not_run : tuple of NotRun
        What did not run, by reason.
    families : tuple of Family
        Each check.
    sources : tuple of Source
        Data and models with their digests.
    holdouts : tuple of Holdout
        How many candidates each holdout has judged, where a ledger is kept.
    surroundings : Surroundings
        Commit, run, settings, machine and packages.
    unshown : tuple of str
        What the page does not show.
    parts : tuple of Fact
        The digests that the root is made of.

    See Also
    --------
    mltest.report.page.render : the HTML page.
    """

    title: str
    project: str
    language: str
    strap: tuple[Fact, ...]
    root: str
    root_short: str
    decision: Decision
    failed: tuple[Entry, ...]
    inconclusive: tuple[Entry, ...]
    not_run: tuple[NotRun, ...]
    families: tuple[Family, ...]
    checks: str
    silent: NotRun | None
    sources: tuple[Source, ...]
    holdouts: tuple[Holdout, ...]
    surroundings: Surroundings
    unshown: tuple[str, ...]
    parts: tuple[Fact, ...]
    rederive: tuple[str, ...]

    @classmethod
    def of(cls, evidence: Mapping[str, Any]) -> Report:
        """The report of one run.

        Parameters
        ----------
        evidence : Mapping
            The dictionary of an ``evidence.json``: plan, run, results, verdict, root and evidence_root.

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
        parts = evidence_parts(evidence)
        sources = sources_of(parts)
        entries = _entries(parts, {source.digest: source.anchor for source in sources})
        decision = decision_of(parts, entries)
        return cls(
            title=f"{decision.headline}: {_project(parts)}",
            project=_project(parts),
            language="en",
            strap=_strap(parts["run"]),
            root=parts["evidence_root"],
            root_short=short(parts["evidence_root"]),
            decision=decision,
            failed=tuple(entry for entry in entries if entry.mark in _STOPS),
            inconclusive=tuple(entry for entry in entries if entry.mark == "inconclusive"),
            not_run=not_run_of(parts),
            families=_families(entries),
            silent=silent_of(parts),
            checks=plural(len(entries), "check"),
            sources=sources,
            holdouts=holdouts_of(parts),
            surroundings=surroundings_of(parts),
            unshown=_unshown(parts, entries),
            parts=_root_parts(parts["root"]),
            rederive=_rederive(parts["run"]),
        )


def _project(parts: Mapping[str, Any]) -> str:
    return str(parts["plan"].get("project") or "project not named")


def _entries(parts: Mapping[str, Any], anchors: Mapping[str, str]) -> list[Entry]:
    """One entry a check; of several attempts the worst, as the gate has it."""
    attempts: dict[str, list[Mapping[str, Any]]] = {}
    for record in parts["results"]["records"]:
        attempts.setdefault(record["id"], []).append(record)
    planned = {check["id"]: check for check in parts["plan"]["checks"]}
    effects = {row.get("id"): row.get("gate") for row in parts["verdict"].get("outcomes") or ()}
    seed = (parts["plan"].get("settings") or {}).get("seed")
    brief = len(attempts) > _MANY
    entries = []
    for at, (identity, records) in enumerate(attempts.items(), start=1):
        worst = min(records, key=_urgency)
        node = str(worst.get("node") or identity.partition("#")[0])
        entry = entry_of(
            worst,
            anchor=f"c{at}",
            planned=planned.get(identity) or planned.get(node) or {},
            effect=effects.get(identity) or effects.get(node),
            seed=seed if isinstance(seed, int) else None,
            anchors=anchors,
            family=family_of(worst.get("kind")),
            attempts=len(records),
        )
        entries.append(replace(entry, brief=True) if brief and entry.mark == "passed" else entry)
    return _rationed(sorted(entries, key=lambda entry: (entry.urgency, entry.id)))


def _rationed(entries: Sequence[Entry]) -> list[Entry]:
    """Of the checks that are told in full the first ones with their pictures, so that the page stays small."""
    told = sum(entry.mark in (*_STOPS, "inconclusive") for entry in entries)
    left, found = max(_PICTURES - told // 4, _FEWEST), []
    for entry in entries:
        if entry.mark in (*_STOPS, "inconclusive"):
            more = max(len(entry.pictures) - left, 0)
            entry = replace(  # noqa: PLW2901
                entry,
                pictures=entry.pictures[:left],
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
        if entry.mark not in (*_STOPS, "inconclusive"):
            for picture in entry.pictures:
                drawn.setdefault(replace(picture, anchor=""), (entry.name, picture))
    # the small ones after the large ones, so that rows of pictures are level
    pictures = sorted(drawn.values(), key=lambda named: -named[1].height)
    more = len(pictures) - room
    return Family(
        title=title,
        tally=_tally(entries),
        open=any(entry.mark in (*_STOPS, "inconclusive") for entry in entries),
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


def _strap(run: Mapping[str, Any]) -> tuple[Fact, ...]:
    facts = []
    candidate = candidate_text(run)
    if candidate:
        facts.append(Fact(name="candidate", text=f"{candidate[0]} {candidate[1]}", code=True))
    source = run.get("source") or {}
    commit = str(source.get("commit") or "")[:10] or ABSENT
    facts.append(Fact(name="commit", text=commit, code=bool(source.get("commit"))))
    if source.get("dirty"):
        facts.append(Fact(name="", text="with uncommitted changes"))
    finished = time_text((run.get("clock") or {}).get("finished"))
    facts.append(Fact(name="finished", text=finished or ABSENT))
    return tuple(facts)


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
        "cat root.json",
        "sha256sum root.json",
    )
