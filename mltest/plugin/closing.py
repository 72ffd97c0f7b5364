"""The end of a run: journals become evidence, evidence becomes a verdict, a report and a status."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mltest.evidence.assembly import encode_results, gather, results_of
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.journal import read_journal
from mltest.evidence.store import read_evidence, write_atomically, write_bundle, write_run
from mltest.plugin.absence import Absence
from mltest.plugin.catalogued import with_controls
from mltest.plugin.folder import timestamp
from mltest.plugin.looks import looks_of
from mltest.plugin.promises import not_run, project_of, promise_of
from mltest.plugin.provenance import run_object
from mltest.policy.committed import Committed
from mltest.policy.locked import Promised
from mltest.policy.verdict import verdict_of

if TYPE_CHECKING:
    from mltest.evidence.assembly import Records
    from mltest.plugin.progress import Progress
    from mltest.plugin.run import Run
    from mltest.plugin.storing import Stored

__all__ = ["Closing", "close_run"]


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What the run came to; ``must_fail`` where the status has to be raised."""

    verdict: dict[str, Any]
    records: Records
    root: str
    report: Path | None
    must_fail: bool
    locked: bool = False
    profile: str = "dev"
    note: str | None = None
    looks: tuple[dict[str, Any], ...] = ()
    stored: Stored | None = None
    lines: tuple[str, ...] = ()


def close_run(
    config: pytest.Config, run: Run, progress: Progress, session: pytest.Session, source: dict[str, Any]
) -> Closing:
    """Write evidence and report; a part that cannot be written is a problem, and costs the status."""
    verdict, records, root, looks = _write_evidence(config, run, progress, session, source)
    report = _write_report(config, run, progress)
    stored = run.storing.close(run, project=project_of(run), root=root, gate=verdict["gate"], report=report)
    lines = _leave_exports(config, run, progress, report)
    voided = verdict["gate"] == "void" and run.governance is not None and run.governance.profile != "dev"
    return Closing(
        verdict=verdict,
        records=records,
        root=root,
        report=report,
        locked=run.governance is not None and run.governance.lock is not None,
        profile=run.profile,
        note=run.governance.note if run.governance else None,
        looks=looks,
        stored=stored,
        lines=lines,
        must_fail=bool(
            _blocks(verdict, dev=run.profile == "dev")
            or voided
            or (source.get("removed") and config.option.mltest_profile != "dev")
            or not verdict["completeness"]["holds"]
            or progress.problems
            or stored.must_fail
        ),
    )


def _blocks(verdict: Mapping[str, Any], *, dev: bool) -> bool:
    """Whether something blocks; at a desk, what was left out by choice only keeps the gate from deciding."""
    chosen = dev and any(reason["code"] == "MLC01" for reason in verdict["reasons"])
    silent = ("not_run", "required_missing") if chosen else ()
    return any(reason["gate"] == "block" and reason["code"] not in silent for reason in verdict["reasons"])


def _leave_exports(config: pytest.Config, run: Run, progress: Progress, report: Path | None) -> tuple[str, ...]:
    """JUnit's properties and the files that GitHub and GitLab read, where they are wanted; returns lines to print."""
    junit = config.pluginmanager.get_plugin("mltest-junit")
    on_ci = "true" in (os.environ.get("GITHUB_ACTIONS"), os.environ.get("GITLAB_CI"))
    if junit is None and not on_ci:
        return ()
    evidence = read_evidence(run.folder)
    if junit is not None:
        junit.complete(evidence)
    if not on_ci:
        return ()
    from mltest.plugin.ci_files import leave_ci_files

    folders = [run.folder / "exports", *([report.parent] if report else [])]
    try:
        return leave_ci_files(evidence, os.environ, folders, page=report.name if report else "report.html").lines
    except OSError as refused:
        progress.problems.append(f"cannot write the files for CI: {refused.strerror or refused}")
        return ()


def _worker_of(path: Path) -> str:
    return path.stem.removeprefix("journal-")


def _write_evidence(
    config: pytest.Config, run: Run, progress: Progress, session: pytest.Session, source: dict[str, Any]
) -> tuple[dict[str, Any], Records, str, tuple[dict[str, Any], ...]]:
    """The four objects, each turned into bytes once; returns the verdict, the records, the root and the looks."""
    lock = run.governance.lock if run.governance else None
    promised = Promised(lock.plan) if lock else None
    journals = {_worker_of(path): read_journal(path) for path in sorted(run.folder.glob("journal-*.jsonl"))}
    gathered = gather(journals, progress.phases, promised.entry_of if promised else None)
    stopped = _stopped(session, config) or progress.stopped
    progress.problems += progress.lost(gathered, stopped=stopped)
    if len(gathered.plans) > 1:
        progress.problems.append("MLC06 workers collected different tests: the plan of this run is not one plan")
    for name in progress.broken_files:
        gathered.entries.setdefault(name, _unread_file(name))
    absence = Absence(config, run.root, progress, gathered, stopped=stopped)
    promise = promise_of(run, gathered, promised, absence)
    results = results_of(
        gathered,
        progress.phases,
        not_run(progress, gathered, promised, absence),
        run_id=run.id,
        plan=promise.digest,
        planned=promised.entries if promised else None,
        within=promised.nodes if promised else None,
    )
    finished = time.time()
    looks = looks_of(run, gathered.records, progress.problems, time=timestamp(finished), judged=gathered.looks)
    committed = with_controls(run.governance.committed if run.governance else Committed(), run, promise.plan["checks"])
    described = run_object(
        config, run, progress, gathered, source=source, promise=promise, committed=committed, finished=finished
    )
    if looks.path is not None:
        described["looks"] = list(looks.told)
    encoded = {"plan": promise.encoded, "run": canonical(described), "results": encode_results(results)}
    digests = {name: digest(data) for name, data in encoded.items()}
    closely = {"waivers", "declared", "controls"} & set(committed.texts)
    decided_by = {**results, "records": list(gathered.records if closely else gathered.records.briefs())}
    verdict = verdict_of(promise.plan, described, decided_by, digests, committed=committed)
    encoded["verdict"] = canonical(verdict)
    root = write_run(run.folder, encoded, committed.blobs())
    looks.keep(progress.problems)
    return verdict, gathered.records, root, looks.told


def _unread_file(name: str) -> dict[str, Any]:
    """The plan entry of a file that could not be collected: what it would have promised is not known."""
    return {
        "id": name,
        "nodeid": name,
        "kind": "test",
        "severity": "block",
        "required": True,
        "required_by": "default",
        "controls": [],
        "inline": True,
        "source": {"path": name},
    }


def _stopped(session: pytest.Session, config: pytest.Config) -> str | None:
    """Why the session ended before its last test, or None where it did not."""
    reason = session.shouldfail or session.shouldstop
    if reason:
        return str(reason)
    if config.option.maxfail and session.testsfailed >= config.option.maxfail:
        return f"stopping after {session.testsfailed} failures"
    if session.exitstatus == pytest.ExitCode.INTERRUPTED:
        return "interrupted"
    return None


def _write_report(config: pytest.Config, run: Run, progress: Progress) -> Path | None:
    asked = config.option.mltest_report
    settled = run.settings.report if run.settings else None
    if not (asked or settled):
        return None
    folder = config.invocation_params.dir / asked if asked else run.root / str(settled)
    from mltest.report.model import Report
    from mltest.report.page import render

    try:
        write_bundle(run.folder, folder / "evidence.json")
        cache = run.folder.parent.parent / "cache"
        cache.mkdir(exist_ok=True)
        page = render(Report.of(read_evidence(run.folder)), cache=cache)
        write_atomically(folder / "index.html", page)
        write_atomically(run.folder / "report.html", page)
    except OSError as refused:
        progress.problems.append(f"cannot write the report to {folder}: {refused.strerror or refused}")
        return None
    return folder / "index.html"
