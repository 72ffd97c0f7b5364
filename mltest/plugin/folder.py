"""The run's folder: begun and on disk before the first check may run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from mltest.errors import EvidenceError
from mltest.evidence.journal import Journal
from mltest.evidence.store import write_atomically

if TYPE_CHECKING:
    from mltest.plugin.run import Run

__all__ = ["begin", "begin_folder", "or_stop", "timestamp"]


def begin(run: Run) -> None:
    """Write ``begin.json``, if no other process of this run has.

    Raises
    ------
    EvidenceError
        If the folder cannot be written: then no check may run.
    """
    try:
        ignore = run.folder.parent.parent / ".gitignore"
        if not ignore.exists():
            write_atomically(ignore, b"*\n")
        run.storing.begin(run)
    except OSError as refused:
        raise _unwritable(run, refused) from refused


def begin_folder(run: Run) -> Journal:
    """Begin the run and open the journal of this process.

    Raises
    ------
    EvidenceError
        If the folder cannot be written: then no check may run.
    """
    begin(run)
    try:
        return Journal(run.folder / f"journal-{run.worker or 'main'}.jsonl")
    except OSError as refused:
        raise _unwritable(run, refused) from refused


def or_stop(run: Run, begins: Callable[[], object]) -> None:
    """Begin before the first test; where that cannot be, the session ends with status 1 and the reason."""
    try:
        begins()
    except EvidenceError as refused:
        if run.worker:
            return  # the process that started it stops the session, before it hands out a test
        run.storing.refused = True
        pytest.exit(f"mltest: {refused}", returncode=1)


def _unwritable(run: Run, refused: OSError) -> EvidenceError:
    why = refused.strerror or refused
    return EvidenceError(f"cannot write evidence to {run.folder}: {why}; without evidence no check may run")


def timestamp(seconds: float) -> str:
    """Seconds since the epoch as ``2026-11-21T06:03:00.000Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
