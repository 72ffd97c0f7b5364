"""An append-only file of events: what was written survives a ``kill -9`` a moment later."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError

__all__ = ["Journal", "read_journal"]


class Journal:
    """Writes each event as one line with one unbuffered ``write``.

    Parameters
    ----------
    path : Path
        The file; made with its folder, appended to if it exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lock = threading.Lock()

    def write(self, event: str, **values: Any) -> None:
        """Append one event; what cannot be written is an error here and now, in the test that made it."""
        line = json.dumps({"event": event, **values}, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        data = line.encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            written = 0
            try:
                while written < len(data):
                    written += os.write(self._descriptor, data[written:])
            except OSError as refused:
                # half a line would make the next one unreadable too
                os.ftruncate(self._descriptor, os.fstat(self._descriptor).st_size - written)
                msg = f"cannot write evidence to {self._path}: {refused.strerror or refused}"
                raise EvidenceError(msg) from refused

    def close(self) -> None:
        """Close the file; nothing can be written after."""
        os.close(self._descriptor)


def read_journal(path: Path) -> Iterator[Mapping[str, Any]]:
    """The events of a journal in the order they were written.

    A last line without an end is what a killed process was writing: it is left out. A broken line
    elsewhere is an ``EvidenceError``.
    """
    with path.open("rb") as file:
        for at, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield json.loads(line)
            except ValueError as broken:
                msg = f"{path.name} line {at} is not an event of this run's journal: {broken}"
                raise EvidenceError(msg) from broken
