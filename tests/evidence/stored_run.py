"""A finished run on disk that stores can be given, and a place that fails when it is told to."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from mltest.evidence.canonical import canonical, digest
from mltest.evidence.chain import head_of
from mltest.evidence.places import Place
from mltest.evidence.store import OBJECTS, write_run

WAIVERS = b'schema = "mltest/waivers/v1"\n'


def root_named(name: str) -> str:
    return digest(name.encode())


def run_named(name: str) -> str:
    """26 characters that sort as the name does."""
    return f"01k9x2m4t7q8r5v6w3y0z1a2{name.encode().hex():0>2}"[:26]


def finished_run(folder: Path, name: str = "a", *, sequence: int = 1, **more: Any) -> dict[str, Any]:
    """Write a whole run folder; returns its head."""
    started = "2026-11-21T06:00:00.000Z"
    begun = {"schema": "mltest/begin/v1", "run_id": run_named(name), "started": started, "sequence": sequence}
    run = {
        "schema": "mltest/run/v1",
        "run_id": run_named(name),
        "sequence": sequence,
        "previous_root": None,
        "source": {"vcs": "git", "ref": "main"},
        "clock": {"started": started, "finished": "2026-11-21T06:03:00.000Z"},
        **more,
    }
    parts = {part: {"schema": f"mltest/{part}/v1", "project": "credit-pd", "gate": "allow"} for part in OBJECTS}
    folder.mkdir(parents=True)
    (folder / "begin.json").write_bytes(canonical(begun))
    encoded = {part: canonical(value) for part, value in {**parts, "run": run}.items()}
    root = write_run(folder, encoded, {digest(WAIVERS): WAIVERS})
    (folder / "signatures").mkdir()
    (folder / "signatures" / "runner.json").write_bytes(b"{}")
    (folder / "journal-main.jsonl").write_bytes(b"never leaves this machine\n")
    return head_of(run, project="credit-pd", root=root, gate="allow")


class Failing:
    """A place that refuses whatever comes after a number of new objects, and keeps in which order they came."""

    def __init__(self, place: Place, after: int, refusal: Exception | None = None) -> None:
        self.place = place
        self.shown = place.shown
        self.left = after
        self.refusal = refusal or OSError(28, "No space left on device")
        self.made: list[str] = []

    def create(self, key: str, data: bytes) -> None:
        if self.left <= 0:
            raise self.refusal
        self.place.create(key, data)
        self.left -= 1
        self.made.append(key)

    def read(self, key: str) -> bytes:
        return self.place.read(key)

    def names(self, folder: str) -> list[str]:
        return self.place.names(folder)

    def keys(self, folder: str) -> list[str]:
        return self.place.keys(folder)

    def lock(self, key: str) -> str:
        return self.place.lock(key)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
