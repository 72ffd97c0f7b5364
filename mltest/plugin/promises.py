"""What a run is measured against: the plan of its lock, or its own collection where none is committed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.evidence.assembly import plan_of
from mltest.evidence.canonical import canonical_of_json, digest
from mltest.plugin.provenance import without_credentials
from mltest.plugin.sources import file_digest
from mltest.policy.settings import project_name, resolved_policy

if TYPE_CHECKING:
    from mltest.evidence.assembly import Gathered
    from mltest.plugin.absence import Absence
    from mltest.plugin.progress import Progress
    from mltest.plugin.run import Run
    from mltest.policy.locked import Promised

__all__ = ["Promise", "data_of", "not_run", "plan_settings", "project_of", "promise_of"]

_TABLES = (".parquet", ".csv", ".arrow", ".feather", ".ipc")


@dataclass(frozen=True, kw_only=True)
class Promise:
    """The plan object, its bytes, and how the run stands to it."""

    plan: dict[str, Any]
    encoded: bytes
    digest: str
    status: str
    differences: list[dict[str, Any]]


def plan_settings(run: Run) -> dict[str, Any]:
    """What holds for every check of a run, and is therefore part of its plan."""
    settings = run.settings
    small, risk = (settings.small_cell, settings.risk) if settings else (10, None)
    return {
        "confidence": 0.95,
        "inconclusive": run.inconclusive,
        "multiplicity": "all-must-pass",
        "seed": run.seed,
        "small_cell": small,
        **({"looks": settings.looks} if settings and settings.ledger else {}),
        **({"risk": risk} if risk else {}),
        **({"unnamed_data": "moving"} if settings and settings.unnamed_data == "moving" else {}),
        "policy": resolved_policy(settings) if settings else {},
    }


def data_of(run: Run, reads: dict[str, dict[str, Any]], *, pinned: bool) -> list[dict[str, Any]]:
    """The declared tables, each with the digest it was read with where the plan pins it.

    The candidate is no part of a plan, it changes with each merge.
    """
    found = []
    for name, given in sorted(run.artifacts.items()):
        item = given if isinstance(given, dict) else {"uri": given}
        uri = str(item["uri"])
        if not uri.lower().endswith(_TABLES):
            continue
        policy = item.get("policy", "pinned") if pinned else "moving"
        read = reads.get(name) if policy == "pinned" else None
        seen = {"digest": read["digest"], "method": "file-sha256", "rows": read["rows"]} if read else {}
        found.append({"id": name, "uri": without_credentials(uri, run.root), "policy": policy, **seen})
    return found


def project_of(run: Run) -> str:
    """The project's id."""
    return run.settings.project if run.settings else project_name(run.root.name)


def promise_of(run: Run, gathered: Gathered, promised: Promised | None, absence: Absence) -> Promise:
    """The plan of the lock and how the run kept it; without a lock what the run itself collected."""
    settings = plan_settings(run)
    if promised is None or run.governance is None or run.governance.lock is None:
        data = data_of(run, gathered.reads, pinned=False)
        plan = plan_of(gathered.entries.values(), project=project_of(run), settings=settings, data=data)
        encoded = canonical_of_json(plan)
        return Promise(plan=plan, encoded=encoded, digest=digest(encoded), status="absent", differences=[])
    lock = run.governance.lock
    executed = promised.executed(
        gathered.entries,
        settings=settings,
        reads=gathered.reads,
        marked=gathered.marked,
        gone=absence.gone,
        loaded=gathered.code,
        digest_at=lambda path: file_digest(run.root / path),
        passed_by=lambda: absence.passed_by(promised.entries.values()),
    )
    kept, differences = executed == lock.plan, []
    if not kept:
        from mltest.policy.change import changes

        differences = changes(lock.plan, executed)
    return Promise(
        plan=lock.plan,
        encoded=canonical_of_json(lock.plan),
        digest=lock.digest,
        status="matched" if kept else "differs",
        differences=differences,
    )


def not_run(
    progress: Progress, gathered: Gathered, promised: Promised | None, absence: Absence
) -> dict[str, dict[str, str]]:
    """Each planned check or test that did not run, with its reason."""
    if promised is None:
        return progress.not_run(gathered, stopped=absence.stopped)
    again = {node for node, phase in progress.phases.items() if phase.breaks}
    return promised.not_run(
        gathered.records.ids(), judged=gathered.judged | again, crashed=progress.crashed, reason=absence.reason
    )
