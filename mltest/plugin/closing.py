"""The end of a run: journals become evidence, evidence becomes a verdict, a report and a status."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mltest.evidence.assembly import gather, plan_of, results_of
from mltest.evidence.canonical import canonical, digest_of
from mltest.evidence.journal import read_journal
from mltest.evidence.store import bundle, write_atomically, write_run
from mltest.plugin.provenance import run_object
from mltest.policy.gate import EXIT
from mltest.policy.settings import project_name
from mltest.policy.verdict import verdict_of

if TYPE_CHECKING:
    from mltest.evidence.assembly import Events
    from mltest.plugin.progress import Progress
    from mltest.plugin.run import Run

__all__ = ["Closing", "close_run"]

_TABLES = (".parquet", ".csv", ".arrow", ".feather", ".ipc")


@dataclass(frozen=True, kw_only=True)
class Closing:
    """What the run came to; ``must_fail`` where the status has to be raised."""

    evidence: dict[str, Any]
    root: str
    report: Path | None
    must_fail: bool


def close_run(config: pytest.Config, run: Run, progress: Progress, session: pytest.Session) -> Closing:
    """Write evidence and report; a part that cannot be written is a problem, and costs the status."""
    events = gather({_worker_of(path): read_journal(path) for path in sorted(run.folder.glob("journal-*.jsonl"))})
    stopped = _stopped(session, config)
    progress.problems += progress.lost(events, stopped=stopped)
    if len(events.plans) > 1:
        progress.problems.append("workers collected different tests: the plan of this run is not one plan")
    objects = _objects(config, run, progress, events, stopped)
    root = write_run(run.folder, objects)
    evidence = bundle(objects)
    report = _write_report(config, run, progress, evidence)
    decided = EXIT[objects["verdict"]["gate"]] and objects["verdict"]["gate"] != "void"
    broken = not objects["verdict"]["completeness"]["holds"]
    return Closing(evidence=evidence, root=root, report=report, must_fail=bool(decided or broken or progress.problems))


def _worker_of(path: Path) -> str:
    return path.stem.removeprefix("journal-")


def _objects(
    config: pytest.Config, run: Run, progress: Progress, events: Events, stopped: str | None
) -> dict[str, Any]:
    for name in progress.broken_files:
        events.entries.setdefault(name, _unread_file(name))
    project = run.settings.project if run.settings else project_name(run.root.name)
    plan = plan_of(events, project=project, seed=run.seed, inconclusive=run.inconclusive, data=_data(run))
    plan_digest = digest_of(plan)
    not_run = progress.not_run(events, stopped=stopped)
    results = results_of(events, progress.phases, not_run, run_id=run.id, plan=plan_digest)
    finished = time.time()
    described = run_object(config, run, progress, events, plan_digest=plan_digest, finished=finished)
    verdict = verdict_of(plan, described, results)
    return {"plan": plan, "run": described, "results": results, "verdict": verdict}


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


def _write_report(config: pytest.Config, run: Run, progress: Progress, evidence: dict[str, Any]) -> Path | None:
    asked = config.option.mltest_report
    settled = run.settings.report if run.settings else None
    if not (asked or settled):
        return None
    folder = config.invocation_params.dir / asked if asked else run.root / str(settled)
    from mltest.report.model import Report
    from mltest.report.page import render

    try:
        write_atomically(folder / "evidence.json", canonical(evidence))
        write_atomically(folder / "index.html", render(Report.of(evidence)))
    except OSError as refused:
        progress.problems.append(f"cannot write the report to {folder}: {refused.strerror or refused}")
        return None
    return folder / "index.html"
