"""The run object: who, where, with what (governance section 4.2)."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.evidence import redaction
from mltest.interop.authorship import discreet, lock_authors
from mltest.interop.git import commit_of, is_ancestor
from mltest.plugin.folder import timestamp
from mltest.plugin.node_ids import redacted_ids
from mltest.plugin.release import since_release
from mltest.plugin.run import privacy_of
from mltest.plugin.surroundings import environment_of, invocation_of, surroundings_of
from mltest.policy.approvals import read_approvals
from mltest.policy.committed import NAMES
from mltest.policy.plan import read_lock
from mltest.policy.waiver import commits_named, read_waivers

if TYPE_CHECKING:
    import pytest

    from mltest.evidence.assembly import Gathered
    from mltest.plugin.progress import Progress
    from mltest.plugin.promises import Promise
    from mltest.plugin.run import Run
    from mltest.policy.committed import Committed

__all__ = ["authors_in", "run_object", "without_credentials"]

_BASELINES = ("production", "baseline", "champion", "reference")


def run_object(
    config: pytest.Config,
    run: Run,
    progress: Progress,
    gathered: Gathered,
    *,
    source: dict[str, Any],
    promise: Promise,
    committed: Committed,
    finished: float,
) -> dict[str, Any]:
    """Everything about the run that its plan and its results do not say."""
    governance, redact = run.governance, privacy_of(run).redact
    waivers = read_waivers(committed.texts["waivers"]) if "waivers" in committed.texts else ()
    ancestors = [commit for commit in commits_named(waivers) if is_ancestor(run.root, commit)]
    return {
        "schema": "mltest/run/v1",
        "run_id": run.id,
        **run.storing.described(run),
        "plan_digest": promise.digest,
        "lock_digest": governance.lock.digest if governance and governance.lock else None,
        "plan_status": promise.status,
        "differences": promise.differences,
        "profile": governance.profile if governance else "dev",
        "source": {
            **source,
            **({"ancestors": ancestors} if ancestors else {}),
            **({"dirty_first": redact.plain(first)} if (first := source.get("dirty_first")) else {}),
        },
        **_lock_facts(run),
        **since_release(run, promise.plan),
        "subjects": _subjects(gathered, run.root),
        "data_seen": _data_seen(gathered),
        "invocation": invocation_of(config, redact),
        "environment": environment_of(config),
        **surroundings_of(run.root, redact),
        "clock": {
            "started": timestamp(run.started),
            "finished": timestamp(finished),
            "monotonic_ms": round(1000 * (time.monotonic() - run.began)),
        },
        "workers": [{"id": name, **progress.workers[name]} for name in sorted(progress.workers)],
        "inputs": committed.digests(),
        "row_data": {"contains": False, "columns": []},
        "problems": redact.plain(progress.problems),
        **({"warnings": [warned]} if (warned := redacted_ids(gathered.entries)) else {}),
    }


def _lock_facts(run: Run) -> dict[str, Any]:
    """Who wrote the plan as it stands, for whoever asks whether they approved it themselves."""
    if run.governance is None or run.governance.lock is None:
        return {"lock_authors": []}
    authors = authors_in(run.root, run.governance.committed)
    return {"lock_authors": authors, "lock_commit": commit_of(run.root, NAMES["lock"])}


def authors_in(root: Path, committed: Committed) -> list[str]:
    """Who changed the plan since another person approved it, without addresses; nobody where there is no lock."""
    if "lock" not in committed.texts:
        return []
    approvals = read_approvals(committed.texts["approvals"]) if "approvals" in committed.texts else []
    return discreet(lock_authors(root, approvals, read_lock(committed.texts["lock"]).digest))


def _subjects(gathered: Gathered, root: Path) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "role": "baseline" if name in _BASELINES else "candidate",
            "digest": read["digest"],
            "bytes": read["bytes"],
            "format": without_credentials(read["uri"], root).rpartition(".")[2],
        }
        for name, read in sorted(gathered.reads.items())
        if read["model"]
    ]


def _data_seen(gathered: Gathered) -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "digest": read["digest"],
            "bytes": read["bytes"],
            "rows": read["rows"],
            "method": "file-sha256",
            "cached": bool(read.get("cached")),
            **{by: read[by] for by in ("dvc", "lfs") if by in read},
            # by role: which columns these are is in the test, and what they hold is nowhere
            **({"roles": ["protected_attributes"]} if read["digest"] in gathered.protected else {}),
        }
        for name, read in sorted(gathered.reads.items())
        if not read["model"]
    ]


def without_credentials(uri: str, root: Path) -> str:
    """A URL without user, password and query; a path relative to the project."""
    return redaction.without_credentials(uri) if "://" in uri else _without_home(Path(uri), root)


def _without_home(path: Path, root: Path) -> str:
    if path.is_relative_to(root):
        return path.relative_to(root).as_posix()
    return path.name if path.is_absolute() else path.as_posix()
