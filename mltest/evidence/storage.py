"""The store of a project: where each run lies, in which order it gets there, and which runs a label lets go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mltest.errors import EvidenceError
from mltest.evidence.canonical import digest, parse
from mltest.evidence.chain import Earlier, add_head, latest
from mltest.evidence.places import Place, put
from mltest.evidence.store import OBJECTS

__all__ = ["Kept", "Store"]

_FILES = ("begin.json", *(f"{name}.json" for name in OBJECTS), "root.json")
_BESIDE = ("signatures", "exports")


class Kept(NamedTuple):
    """One run of a store: its key and what it says of itself; ``finished`` is None without a root."""

    key: str
    run_id: str
    started: str
    finished: str | None
    sequence: int | None
    gate: str | None
    retention_until: str | None
    legal_hold: bool

    def expired(self, day: str) -> bool:
        """Whether its labels let it go on a day such as ``2036-12-31``; a run without a date is kept."""
        return self.retention_until is not None and self.retention_until < day and not self.legal_hold


class Store:
    """The runs of one project in a place.

    Parameters
    ----------
    place : Place
        Where ``store`` of the settings points.
    project : str
        The project's id, the first part of every key.
    """

    def __init__(self, place: Place, project: str) -> None:
        self.place = place
        self.project = project

    def key_of(self, begun: Mapping[str, Any]) -> str:
        """``<project>/<yyyy>/<mm>/<run_id>`` of a run, from its begin object.

        Examples
        --------
        >>> from mltest.evidence.places import place_of
        >>> Store(place_of("evidence"), "credit-pd").key_of({"started": "2026-11-21T06:03:00.000Z", "run_id": "01k9"})
        'credit-pd/2026/11/01k9'
        """
        return f"{self.project}/{begun['started'][:4]}/{begun['started'][5:7]}/{begun['run_id']}"

    def before(self, branch: str | None) -> Earlier:
        """The last run of a branch."""
        return latest(self.place, f"{self.project}/heads", branch)

    def begin(self, data: bytes) -> str:
        """Put ``begin.json`` there, before any check runs; returns whether the place says that it is locked."""
        key = f"{self.key_of(parse(data))}/begin.json"
        put(self.place, key, data)
        return self.place.lock(key)

    def add(self, folder: Path, head: Mapping[str, Any], *, report: Path | None = None) -> str:
        """Put a finished run there, its root last, then its head; returns the key of the run.

        What is there with the same bytes is left as it is, so that an upload that broke off can be done again.

        Parameters
        ----------
        folder : Path
            The run's folder.
        head : mapping
            Its head.
        report : Path, optional
            The page about it.

        Raises
        ------
        EvidenceError
            If the run is not whole, a key has other bytes, or the place refuses; nothing after that is written.
        """
        _refuse_unfinished(folder)
        key = self.key_of(parse((folder / "begin.json").read_bytes()))
        for name, path in _in_order(folder, report):
            put(self.place, f"{key}/{name}", path.read_bytes())
        add_head(self.place, f"{self.project}/heads", head)
        return key

    def runs(self) -> Iterator[Kept]:
        """Every run that began here, in the order of their keys."""
        keys = self.place.keys(self.project)
        files = set(keys)
        for name in keys:
            folder, _, file = name.rpartition("/")
            if file == "begin.json":
                ended = f"{folder}/root.json" in files
                yield self._kept(folder, ended=ended)

    def _kept(self, folder: str, *, ended: bool) -> Kept:
        begun = self._object(f"{folder}/begin.json")
        run = self._object(f"{folder}/run.json") if ended else {}
        verdict = self._object(f"{folder}/verdict.json") if ended else {}
        return Kept(
            key=folder,
            run_id=folder.rpartition("/")[2],
            started=str(begun.get("started", "")),
            finished=run.get("clock", {}).get("finished") if ended else None,
            sequence=begun.get("sequence"),
            gate=verdict.get("gate"),
            retention_until=run.get("retention_until"),
            legal_hold=bool(run.get("legal_hold")),
        )

    def _object(self, key: str) -> dict[str, Any]:
        try:
            found = parse(self.place.read(key))
        except (OSError, ValueError, RecursionError) as broken:
            msg = f"{self.place.shown}/{key} cannot be read: {broken}"
            raise EvidenceError(msg) from broken
        if not isinstance(found, dict):
            msg = f"{self.place.shown}/{key} is no object of mltest"
            raise EvidenceError(msg)
        return found


def _refuse_unfinished(folder: Path) -> None:
    absent = [name for name in _FILES if not (folder / name).is_file()]
    if absent:
        msg = f"{folder} is not stored: it has no {', '.join(absent)}"
        raise EvidenceError(msg)
    root = parse((folder / "root.json").read_bytes())
    changed = [name for name in OBJECTS if digest((folder / f"{name}.json").read_bytes()) != root.get(name)]
    if changed:
        msg = f"{folder} is not stored: its root names other bytes of {', '.join(changed)}"
        raise EvidenceError(msg)


def _in_order(folder: Path, report: Path | None) -> Iterator[tuple[str, Path]]:
    """What a run consists of; whoever sees its root sees all of it."""
    yield "begin.json", folder / "begin.json"
    for path in sorted((folder / "blobs").glob("*")):
        yield f"blobs/{path.name}", path
    for name in OBJECTS:
        yield f"{name}.json", folder / f"{name}.json"
    if report is not None:
        yield "report.html", report
    for part in _BESIDE:
        for path in sorted(path for path in (folder / part).rglob("*") if path.is_file()):
            yield path.relative_to(folder).as_posix(), path
    if (folder / "SHA256SUMS").is_file():
        yield "SHA256SUMS", folder / "SHA256SUMS"
    yield "root.json", folder / "root.json"
