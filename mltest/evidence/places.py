"""Where evidence can lie, a folder or what fsspec knows: new keys are made, none is ever written over."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mltest.errors import EvidenceError

__all__ = ["Folder", "Place", "place_of", "put", "shown_url"]


class Place(Protocol):
    """Keys with ``/`` and their bytes; ``shown`` is its name, without credentials."""

    shown: str

    def create(self, key: str, data: bytes) -> None:
        """Make a new object, whole or not at all; ``FileExistsError`` where the key is taken."""

    def read(self, key: str) -> bytes:
        """The bytes of an object; ``FileNotFoundError`` where there is none."""

    def names(self, folder: str) -> list[str]:
        """The names right below a folder, in order."""

    def keys(self, folder: str) -> list[str]:
        """Every key below a folder, in order."""

    def lock(self, key: str) -> str:
        """``observed`` where the place itself says that the object is locked, else ``unknown``."""


def place_of(url: str, folder: Path | None = None) -> Place:
    """The place that a URL or a path names; a relative path counts from ``folder``.

    Raises
    ------
    MissingDependency
        If the package for this kind of URL is not installed.
    UsageError
        If no package is known for it.
    EvidenceError
        If it cannot be opened.

    Examples
    --------
    >>> type(place_of("evidence")).__name__
    'Folder'
    """
    if "://" not in url:
        return Folder((folder or Path()) / url)
    parts = urlsplit(url)
    if parts.scheme == "file":
        return Folder(Path(url2pathname(parts.path)))
    from mltest.evidence.remote import Remote

    return Remote(url)


def shown_url(url: str) -> str:
    """A URL without user, password and query; a path as it is.

    Examples
    --------
    >>> shown_url("s3://key:secret@bucket/runs?token=1")
    's3://bucket/runs'
    """
    if "://" not in url:
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def put(place: Place, key: str, data: bytes) -> None:
    """Make an object and read it back; one that is there with the same bytes is left as it is.

    Raises
    ------
    EvidenceError
        ``MLS07`` where the place cannot be written or read, ``MLS05`` where the key has other bytes, ``MLS06`` where
        it gives back others than it was given.
    """
    made = True
    try:
        try:
            place.create(key, data)
        except FileExistsError:
            made = False
        found = place.read(key)
    except OSError as refused:
        msg = f"MLS07 {place.shown}/{key} cannot be written: {refused.strerror or type(refused).__name__}"
        raise EvidenceError(msg) from refused
    if found != data:
        there, ours = (f"sha256:{hashlib.sha256(part).hexdigest()}" for part in (found, data))
        other = f"MLS05 {place.shown}/{key} is there with {there}, this run has {ours}: evidence is never written over"
        changed = f"MLS06 {place.shown}/{key} was written as {ours} and reads back as {there}"
        raise EvidenceError(changed if made else other)


class Folder:
    """A folder of this machine, or of a mounted drive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shown = path.as_posix()

    def create(self, key: str, data: bytes) -> None:
        """Write beside it, flush to disk, then give it its name, which fails where the name is taken."""
        target = self.path / key
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _name(part, target)
        finally:
            with suppress(OSError):  # what stopped the writing is the error to tell
                part.unlink(missing_ok=True)

    def read(self, key: str) -> bytes:
        """The content of a file."""
        return (self.path / key).read_bytes()

    def names(self, folder: str) -> list[str]:
        """Files and folders; what is still being written has no name yet."""
        inside = self.path / folder
        return sorted(path.name for path in inside.iterdir() if path.suffix != ".part") if inside.is_dir() else []

    def keys(self, folder: str) -> list[str]:
        """Every file below."""
        found = (self.path / folder).rglob("*")
        return sorted(
            path.relative_to(self.path).as_posix() for path in found if path.suffix != ".part" and path.is_file()
        )

    def lock(self, key: str) -> str:  # noqa: ARG002 - a folder says nothing of any of its files
        """A folder cannot say."""
        return "unknown"


def _name(part: Path, target: Path) -> None:
    """Give a file its name unless it is taken, in one step where the file system has links."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        if target.exists():
            raise FileExistsError(target) from None
        part.replace(target)
