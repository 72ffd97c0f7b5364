"""The runs before this one: none missing, none twice, none rewritten, and no plan loosened after its data were seen."""

from __future__ import annotations

import itertools
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mltest.evidence.canonical import digest
from mltest.policy.approvals import approvals_of
from mltest.policy.verification.finding import Finding, short
from mltest.policy.verification.parsing import LARGEST, parsed
from mltest.policy.verification.promises import approvals_in
from mltest.policy.verification.shapes import moment, shaped

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["Link", "chained", "links_in", "loosened_after"]

_DEEPEST = 8
_STORED = (r"[a-z0-9][a-z0-9._-]{0,63}", r"\d{4}", r"\d{2}")


class Link(NamedTuple):
    """One run of the chain; ``root`` is None where it began and never ended."""

    run_id: str
    sequence: int | None
    previous_root: str | None
    root: str | None
    ref: str | None
    started: str
    place: Path
    run: Mapping[str, Any] | None = None
    project: str | None = None
    evidence_gone: bool = False

    @property
    def name(self) -> str:
        """The run's number in the chain, else its id."""
        return f"run {self.run_id}" if self.sequence is None else f"run {self.sequence}"


def links_in(folder: Path) -> tuple[list[Link], list[Finding]]:
    """Every run and every head below a folder, by sequence and start; what cannot be read is a finding."""
    problems: list[Finding] = []
    links: list[Link] = []
    for found, folders, files in os.walk(folder):
        here = Path(found)
        if len(here.relative_to(folder).parts) >= _DEEPEST:
            folders.clear()
        if {"begin.json", "root.json", "run.json"} & set(files):
            folders.clear()
            links += [link for link in [_link(here, files, problems)] if link is not None]
        elif "heads" in here.relative_to(folder).parts:
            links += [link for name in files for link in [_head(here / name, problems)] if link is not None]
    return sorted(_merged(links, folder), key=lambda link: (link.sequence or 0, link.started, link.run_id)), problems


def _merged(links: Iterable[Link], folder: Path) -> Iterator[Link]:
    """A head and the folder of the same run, number and root are one; a head speaks where the folder is gone."""
    kept: dict[tuple[str, int | None, str | None], Link] = {}
    folders: list[Link] = []
    for link in links:
        if link.place.is_file():
            kept.setdefault((link.run_id, link.sequence, link.root), link)
        else:
            folders.append(link)
    yield from folders
    there = {(link.run_id, link.sequence, link.root) for link in folders}
    for key, link in kept.items():
        if key not in there:
            yield link._replace(evidence_gone=_holds_runs(folder, link.place, folders))


def _holds_runs(folder: Path, head: Path, runs: Iterable[Link]) -> bool:
    """Whether the runs of a head should lie beside the heads: it is a store or ``.mltest``, not heads alone."""
    parts = head.relative_to(folder).parts
    beside = folder.joinpath(*parts[: parts.index("heads")])
    named = beside.resolve().name == ".mltest" or (beside / "runs").is_dir()
    return named or any(run.place.is_relative_to(beside) for run in runs)


def _read(path: Path, schema: str, problems: list[Finding]) -> tuple[Any, str]:
    try:
        data = path.read_bytes() if path.stat().st_size <= LARGEST else b""
    except OSError as refused:
        problems.append(Finding("MLV16", f"{path} cannot be read: {refused.strerror or refused}", path.name))
        return None, ""
    found, wrong = parsed(f"{path.parent.name}/{path.name}", data, schema)
    problems.extend(wrong)
    return found, digest(data)


def _link(folder: Path, files: Iterable[str], problems: list[Finding]) -> Link | None:
    root = _read(folder / "root.json", "mltest/root/v1", problems)[1] if "root.json" in files else None
    if root is not None and "run.json" in files:
        run, _ = _read(folder / "run.json", "mltest/run/v1", problems)
        wrong = shaped("run", run) if run is not None else []
        problems.extend(wrong)
        if "plan.json" not in files:
            problems.append(Finding("MLV18", f"run {folder.name} has a root and no plan.json", folder.name))
        return None if run is None or wrong else _of_run(run, root, folder)
    if root is not None:
        problems.append(Finding("MLV18", f"run {folder.name} has a root and no run.json", folder.name))
    begun, _ = _read(folder / "begin.json", "mltest/begin/v1", problems) if "begin.json" in files else (None, "")
    if begun is None:
        return None
    return _of_begun(begun, root, folder)


def _of_run(run: Mapping[str, Any], root: str, folder: Path) -> Link:
    return Link(
        run_id=run["run_id"],
        sequence=run.get("sequence"),
        previous_root=run["previous_root"],
        root=root,
        ref=run["source"].get("ref"),
        started=run["clock"]["started"],
        place=folder,
        run=run,
        project=_project(folder),
    )


def _project(folder: Path) -> str | None:
    """The project of a folder ``<project>/<yyyy>/<mm>/<run_id>`` of a store; elsewhere nobody says."""
    parts = folder.parts[-4:-1]
    in_store = len(parts) == len(_STORED) and all(map(re.fullmatch, _STORED, parts))
    return parts[0] if in_store else None


def _of_begun(begun: Mapping[str, Any], root: str | None, place: Path) -> Link:
    sequence, previous = begun.get("sequence"), begun.get("previous_root")
    return Link(
        run_id=str(begun.get("run_id")),
        sequence=sequence if type(sequence) is int else None,
        previous_root=previous if isinstance(previous, str) else None,
        root=root,
        ref=next((begun[name] for name in ("ref", "branch") if isinstance(begun.get(name), str)), None),
        started=str(begun.get("started", begun.get("finished", ""))),
        place=place,
        project=begun["project"] if isinstance(begun.get("project"), str) else _project(place),
    )


def _head(path: Path, problems: list[Finding]) -> Link | None:
    found, _ = _read(path, "mltest/head/v1", problems)
    if found is None:
        return None
    root = found.get("root")
    return _of_begun(found, root if isinstance(root, str) else None, path)


def chained(case: Case, links: list[Link]) -> Iterator[Finding]:
    """What the chain says about this run and the runs before it, on the same branch."""
    run, ref = case.run, case.run["source"].get("ref")
    project = case.plan["project"]
    branch = [link for link in links if link.ref in (None, ref) and link.project in (None, project)]
    own = _of_run(run, case.held.root, case.held.place)
    if not any(link.run_id == own.run_id and link.root == own.root for link in branch):
        yield Finding("MLV19", f"{own.name} with root {short(own.root)} is not in the chain")
        branch = sorted([*branch, own], key=lambda link: (link.sequence or 0, link.started, link.run_id))
    yield from _twice(branch)
    earlier = [link for link in branch if link.started <= own.started or link.run_id == own.run_id]
    begun = sorted({link.run_id for link in earlier if link.root is None} - {own.run_id})
    jumps = _jumps([link for link in branch if link.root is not None])
    if jumps or begun:
        lost = [f"{len(begun)} begun run{'s have' if len(begun) > 1 else ' has'} no root ({begun[0]})"] if begun else []
        yield Finding("MLV18", "; ".join([*jumps, *lost]))
    there = {link.run_id for link in branch if not link.evidence_gone} | {own.run_id}
    for link in branch:
        if link.evidence_gone and link.run_id not in there:
            yield Finding("MLV18", f"run {link.run_id} has a head and no evidence", link.run_id)
    yield from _rewritten([link for link in branch if link.root is not None])


def _twice(branch: list[Link]) -> Iterator[Finding]:
    places: dict[str, list[Link]] = defaultdict(list)
    numbers: dict[int, set[str]] = defaultdict(set)
    for link in branch:
        if link.root is not None:
            places[link.run_id].append(link)
            if link.sequence is not None:
                numbers[link.sequence].add(link.run_id)
    for identity, found in sorted(places.items()):
        if len(found) > 1:
            where = " and ".join(str(link.place.name if link.sequence is None else link.sequence) for link in found)
            yield Finding("MLV14", f"run_id {identity} appears at sequence {where}", identity)
    for number, runs in sorted(numbers.items()):
        if len(runs) > 1:
            yield Finding("MLV19", f"the chain forks: sequence {number} is taken by {' and '.join(sorted(runs))}")


def _jumps(finished: list[Link]) -> list[str]:
    numbers = sorted({link.sequence for link in finished if link.sequence is not None})
    pairs = itertools.pairwise(numbers)
    return [f"sequence jumps {before} -> {after}" for before, after in pairs if after != before + 1]


def _rewritten(finished: list[Link]) -> Iterator[Finding]:
    """Each run names the root of the run before it."""
    roots: dict[int, set[str]] = defaultdict(set)
    for link in finished:
        if link.sequence is not None and link.root is not None:
            roots[link.sequence].add(link.root)
    for link in finished:
        before = roots.get(link.sequence - 1) if link.sequence is not None else None
        if before and link.previous_root not in before:
            named = short(link.previous_root) if link.previous_root else "none"
            text = f"{link.name} names previous root {named}, store has {short(min(before))}"
            yield Finding("MLV19", text, link.run_id)


def loosened_after(case: Case, links: list[Link]) -> Iterator[Finding]:
    """A plan that was approved after a run had shown what the same data come to, with a limit loosened since."""
    from mltest.policy.change import changes

    approvals, _ = approvals_in(case)
    times = [at for entry in approvals_of(approvals, case.held.digests["plan"]) if (at := moment(entry["approved_at"]))]
    used = {seen["digest"] for seen in case.run["data_seen"]}
    for link in links if times else ():
        run = link.run or {}
        finished = moment(run.get("clock", {}).get("finished"))
        if finished is None or finished >= min(times) or not used & {seen["digest"] for seen in run["data_seen"]}:
            continue
        if run.get("plan_status") == "absent":  # a run without a lock promised nothing that could be loosened
            continue
        plan, _ = _read(link.place / "plan.json", "mltest/plan/v1", [])
        if plan is None or run["plan_digest"] == case.held.digests["plan"] or shaped("plan", plan):
            continue
        loosened = [line for line in changes(plan, case.plan) if line["direction"] == "loosened"]
        if loosened:
            limits = f"{len(loosened)} limit{'s' * (len(loosened) > 1)} loosened ({loosened[0]['id']})"
            text = f"plan approved {min(times):%Y-%m-%d %H:%M} after run {link.run_id} on the same data finished"
            yield Finding("MLV07", f"{text} {finished:%Y-%m-%d %H:%M}; {limits}", loosened[0]["id"])
