"""The runs under folders and URLs: found by their files, read one by one, the latest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mltest.errors import EvidenceError, MissingDependency
from mltest.evidence.fetching import fetched
from mltest.evidence.store import read_evidence

__all__ = ["latest_runs"]

_MARKS = ("root.json", "begin.json", "evidence.json")
_DEEPEST = 6  # prefix/project/year/month/run: more is no store of runs


def latest_runs(
    places: Iterable[str | Path], last: int
) -> tuple[list[tuple[str, dict[str, Any]]], list[dict[str, str]]]:
    """The last runs under some places, oldest first, and what could not be read.

    Parameters
    ----------
    places : iterable of str or Path
        Folders, evidence files or URLs: a store (``<prefix>/<project>/<yyyy>/<mm>/<run_id>/``), ``.mltest/runs``, or
        one run.
    last : int
        How many runs.

    Returns
    -------
    runs, unreadable
        Place and evidence of each run; and ``place`` and ``why`` of each that is none, or is broken.

    Raises
    ------
    EvidenceError
        If a place is not there at all.

    Notes
    -----
    Run ids sort by time, so that folders are read from the latest one back; a file ``evidence.json`` has no id in its
    name and is always read. One run that is found twice counts once.
    """
    runs: dict[str, tuple[str, dict[str, Any]]] = {}
    unreadable: list[dict[str, str]] = []
    folders, files = _found(places)
    for name in files:
        _read(name, runs, unreadable)
    read = 0
    for name in sorted(folders, key=_run_id, reverse=True):
        if read >= last:
            break
        read += _read(name, runs, unreadable)
    in_time = sorted(runs.values(), key=lambda pair: (_finished(pair[1]), pair[0]))
    return in_time[-last:], sorted(unreadable, key=lambda row: row["place"])


def _run_id(place: str) -> tuple[str, str]:
    return place.rstrip("/").rpartition("/")[2], place


def _finished(evidence: dict[str, Any]) -> str:
    return str((evidence["run"].get("clock") or {}).get("finished", ""))


def _read(place: str, runs: dict[str, tuple[str, dict[str, Any]]], unreadable: list[dict[str, str]]) -> bool:
    try:
        with fetched(place) as path:
            evidence = read_evidence(path)
    except EvidenceError as broken:
        unreadable.append({"place": _shown(place), "why": str(broken)})
        return False
    runs.setdefault(evidence["evidence_root"], (_shown(place), evidence))
    return True


def _found(places: Iterable[str | Path]) -> tuple[list[str], list[str]]:
    """Run folders, and files of the one-file form."""
    folders: set[str] = set()
    files: set[str] = set()
    for place in places:
        names = _in_url(str(place)) if "://" in str(place) else _in_folder(Path(place))
        for name in names:
            folder, _, mark = name.rpartition("/")
            if mark == "evidence.json" or not name.endswith(_MARKS):
                files.add(name)
            else:
                folders.add(folder)
    return sorted(folders), sorted(files)


def _in_folder(place: Path) -> Iterator[str]:
    if place.is_file():
        yield place.as_posix()
        return
    if not place.is_dir():
        msg = f"no folder of runs {place}"
        raise EvidenceError(msg)
    yield from _walked(place, _DEEPEST)


def _walked(folder: Path, deep: int) -> Iterator[str]:
    """The marks of runs below a folder; a run's own folders hold no runs."""
    inside = sorted(folder.iterdir())
    marks = [path.as_posix() for path in inside if path.name in _MARKS and path.is_file()]
    yield from marks
    if deep and not any(mark.endswith(("root.json", "begin.json")) for mark in marks):
        for path in inside:
            if path.is_dir() and not path.is_symlink():
                yield from _walked(path, deep - 1)


def _in_url(url: str) -> Iterator[str]:
    try:
        import fsspec
    except ImportError as absent:
        msg = f"{_shown(url)}: reading a URL needs fsspec: pip install fsspec"
        raise MissingDependency(msg) from absent
    try:
        system, root = fsspec.core.url_to_fs(url)
        names = [root] if system.isfile(root) else system.find(root, maxdepth=_DEEPEST)
        if not names:
            msg = f"no folder of runs {_shown(url)}"
            raise EvidenceError(msg)
        for name in names:
            if name == root or name.rpartition("/")[2] in _MARKS:
                yield str(system.unstrip_protocol(name))
    except (OSError, ValueError, ImportError) as refused:
        msg = f"cannot list {_shown(url)}: {type(refused).__name__}"
        raise EvidenceError(msg) from refused


def _shown(place: str) -> str:
    """A place without credentials."""
    if "://" not in place:
        return place
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
