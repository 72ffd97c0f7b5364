"""Digests of large files from an earlier run, as long as size, times and inode say that the file is the same."""

from __future__ import annotations

import json
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import RLock
from typing import Any

__all__ = ["LEAST_BYTES", "DigestCache"]

LEAST_BYTES = 4 * 2**20  # smaller files are digested in a few milliseconds
_SCHEMA = "mltest/digests/v1"
_FORM = re.compile(r"(?:sha256:)?[0-9a-f]{32,64}")
_SETTLED_NS = 2_000_000_000
_MOST = 10_000
Stamp = list[int]


class DigestCache:
    """What files had as their digests when they were last read; never asked about tables in memory.

    A file that is written twice within the resolution of its times could keep its stamp: one that changed in the last
    two seconds is therefore not remembered. Whoever sets a file's times back and keeps its size is believed, which is
    why evidence says where a digest was reused and a release does not reuse any.

    Parameters
    ----------
    path : path
        The file of the cache; one that cannot be read or is broken counts as empty and is written anew.
    rehash : bool
        Digest every file, and remember what comes out.
    least : int
        Files of fewer bytes are digested each time.
    """

    def __init__(self, path: Path, *, rehash: bool = False, least: int = LEAST_BYTES) -> None:
        self._path, self._rehash, self._least = path, rehash, least
        self._known: dict[str, tuple[Stamp, str]] | None = None
        self._lock = RLock()

    def digest(self, file: Path, compute: Callable[[], str], kind: str = "sha256") -> tuple[str, bool]:
        """The digest of a file, and whether it is one from before; ``compute`` makes it where it has to be made."""
        before = _stamp(file)
        if before is None or before[0] < self._least:
            return compute(), False
        key = f"{kind}:{os.path.realpath(file)}"
        known = None if self._rehash else self._entries().get(key)
        if known is not None and known[0] == before:
            return known[1], True
        found = compute()
        if _stamp(file) == before and time.time_ns() - max(before[1], before[3]) > _SETTLED_NS:
            self._keep(key, before, found)
        return found, False

    def _entries(self) -> dict[str, tuple[Stamp, str]]:
        with self._lock:
            if self._known is None:
                self._known = _read(self._path)
            return self._known

    def _keep(self, key: str, stamp: Stamp, digest: str) -> None:
        """Beside what other processes have kept in the meantime; the file is replaced as a whole."""
        with self._lock:
            entries = {**_read(self._path), key: (stamp, digest)}
            self._known = dict(list(entries.items())[-_MOST:])
            text = json.dumps({"schema": _SCHEMA, "files": self._known}, indent=0)
            fresh = self._path.with_name(f".{self._path.name}.{os.getpid()}.{time.monotonic_ns()}")
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                fresh.write_text(text, encoding="utf-8")
                fresh.replace(self._path)
            except OSError:
                # nothing rests on the cache: where it cannot be written, files are digested again
                with suppress(OSError):
                    fresh.unlink(missing_ok=True)


def _stamp(file: Path) -> Stamp | None:
    """Size, time of change, inode, time of its inode's change and device."""
    try:
        found = file.stat()
    except OSError:  # reading the file will say what is wrong with it
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino, found.st_ctime_ns, found.st_dev]


def _read(path: Path) -> dict[str, tuple[Stamp, str]]:
    try:
        given: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # no cache yet, or one that broke
        return {}
    if not isinstance(given, dict) or given.get("schema") != _SCHEMA or not isinstance(given.get("files"), dict):
        return {}
    return {key: (entry[0], entry[1]) for key, entry in given["files"].items() if _is_entry(entry)}


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], list):
        return False
    stamp, digest = entry
    return len(stamp) == 5 and all(type(part) is int for part in stamp) and bool(_FORM.fullmatch(str(digest)))
