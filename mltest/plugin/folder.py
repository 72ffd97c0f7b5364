"""The run's folder: begun and on disk before the first check may run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical
from mltest.evidence.journal import Journal
from mltest.evidence.store import write_atomically

if TYPE_CHECKING:
    from mltest.plugin.run import Run

__all__ = ["begin_folder", "timestamp"]


def begin_folder(run: Run) -> Journal:
    """Write ``begin.json`` and open the journal of this process.

    Raises
    ------
    EvidenceError
        If the folder cannot be written: then no check may run.
    """
    worker = run.worker or "main"
    begin = {
        "schema": "mltest/begin/v1",
        "run_id": run.id,
        "started": timestamp(run.started),
        "seed": run.seed,
        "previous_root": None,
        "lock_digest": None,
        "subjects": [],
    }
    try:
        write_atomically(run.folder / (f"begin-{run.worker}.json" if run.worker else "begin.json"), canonical(begin))
        ignore = run.folder.parent.parent / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n")
        return Journal(run.folder / f"journal-{worker}.jsonl")
    except OSError as refused:
        msg = f"cannot write evidence to {run.folder}: {refused.strerror or refused}; without evidence no check may run"
        raise EvidenceError(msg) from refused


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as ``2026-11-21T06:03:00.000Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
