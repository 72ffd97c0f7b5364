"""The end of a run: journals become evidence, evidence becomes a verdict, a report and a status."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mltest.evidence.assembly import encode_results, gather, plan_of, results_of
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.journal import read_journal
from mltest.evidence.store import read_evidence, write_atomically, write_bundle, write_run
from mltest.plugin.folder import timestamp
from mltest.plugin.looks import looks_of
from mltest.plugin.provenance import run_object
from mltest.policy.gate import EXIT
from mltest.policy.settings import project_name
from mltest.policy.verdict import verdict_of

if TYPE_CHECKING:
    from mltest.evidence.assembly import Gathered, Records
    from mltest.plugin.progress import Progress
    from mltest.plugin.run import Run

__all__ = ["Closing", "close_run"]

_TABLES = (".parquet", ".csv", ".arrow", ".feather", ".ipc")


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What the run came to; ``must_fail`` where the status has to be raised."""

    verdict: dict[str, Any]
    records: Records
    root: str
    report: Path | None
    must_fail: bool


def close_run(config: pytest.Config, run: Run, progress: Progress, session: pytest.Session) -> Closing:
    """Write evidence and report; a part that cannot be written is a problem, and costs the status."""
    journals = {_worker_of(path): read_journal(path) for path in sorted(run.folder.glob("journal-*.jsonl"))}
    gathered = gather(journals, progress.phases)
    stopped = _stopped(session, config)
    progress.problems += progress.lost(gathered, stopped=stopped)
    if len(gathered.plans) > 1:
        progress.problems.append("workers collected different tests: the plan of this run is not one plan")
    verdict, root = _write_evidence(config, run, progress, gathered, stopped)
    report = _write_report(config, run, progress)
    decided = EXIT[verdict["gate"]] and verdict["gate"] != "void"
    broken = not verdict["completeness"]["holds"]
    return Closing(
        verdict=verdict,
        records=gathered.records,
        root=root,
        report=report,
        must_fail=bool(decided or broken or progress.problems),
    )


def _worker_of(path: Path) -> str:
    return path.stem.removeprefix("journal-")


def _write_evidence(
    config: pytest.Config, run: Run, progress: Progress, gathered: Gathered, stopped: str | None
) -> tuple[dict[str, Any], str]:
    """The four objects, each turned into bytes once; returns the verdict and the evidence root."""
    for name in progress.broken_files:
        gathered.entries.setdefault(name, _unread_file(name))
    project = run.settings.project if run.settings else project_name(run.root.name)
    plan = plan_of(gathered, project=project, seed=run.seed, inconclusive=run.inconclusive, data=_data(run))
    encoded = {"plan": canonical(plan)}
    promised = digest(encoded["plan"])
    not_run = progress.not_run(gathered, stopped=stopped)
    results = results_of(gathered, progress.phases, not_run, run_id=run.id, plan=promised)
    finished = time.time()
    looks = looks_of(run, gathered.records, progress.problems, time=timestamp(finished))
    described = run_object(config, run, progress, gathered, plan_digest=promised, finished=finished)
    if looks.path is not None:
        described["looks"] = list(looks.told)
    encoded |= {"run": canonical(described), "results": encode_results(results)}
    digests = {name: digest(data) for name, data in encoded.items()}
    verdict = verdict_of(plan, described, {**results, "records": gathered.records.briefs()}, digests)
    encoded["verdict"] = canonical(verdict)
    root = write_run(run.folder, encoded)
    looks.keep(progress.problems)
    return verdict, root


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


def _data(run: Run) -> list[dict[str, Any]]:
    """The declared tables; the candidate is no part of the plan, it changes with each merge."""
    from mltest.plugin.provenance import without_credentials

    declared = {name: item["uri"] if isinstance(item, dict) else item for name, item in run.artifacts.items()}
    return [
        {"id": name, "uri": without_credentials(str(uri), run.root), "policy": "moving"}
        for name, uri in sorted(declared.items())
        if str(uri).lower().endswith(_TABLES)
    ]


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
    except OSError as refused:
        progress.problems.append(f"cannot write the report to {folder}: {refused.strerror or refused}")
        return None
    return folder / "index.html"
