"""Evidence from a URL: brought to a folder of this machine, and taken away again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.places import shown_url
from mltest.evidence.remote import opened

__all__ = ["fetched"]

_LARGEST = 64 * 2**20


@contextmanager
def fetched(place: str, wanted: Callable[[str], bool] = bool) -> Iterator[Path]:
    """The local path of a path or a URL; what was fetched lasts as long as the ``with`` block.

    Parameters
    ----------
    place : str
        A path, a ``file://`` URL, or what fsspec opens: one file, or all below a folder.
    wanted : callable, optional
        Says of a key below the folder whether it is needed.

    Raises
    ------
    EvidenceError
        If nothing can be read there.

    Examples
    --------
    >>> with fetched("runs/01k9") as path:
    ...     path.name
    '01k9'
    """
    if "://" not in place:
        yield Path(place)
    elif place.startswith("file://"):
        yield Path(url2pathname(urlsplit(place).path))
    else:
        with tempfile.TemporaryDirectory(prefix="mltest-verify-") as folder:
            yield _brought(place, Path(folder), wanted)


def _brought(url: str, folder: Path, wanted: Callable[[str], bool]) -> Path:
    shown = shown_url(url)
    try:
        system, root = opened(url)
    except UsageError as unknown:
        msg = f"cannot read evidence {unknown}"
        raise EvidenceError(msg) from unknown
    try:
        if system.isfile(root):
            return _one(system, root, folder / Path(root).name, shown)
        names = [name for name in system.find(root) if wanted(name.removeprefix(root).lstrip("/"))]
        for name in names:
            _one(system, name, folder / name.removeprefix(root).lstrip("/"), shown)
    except (OSError, ValueError, ImportError) as refused:
        msg = f"cannot read evidence {shown}: {type(refused).__name__}"
        raise EvidenceError(msg) from refused
    if not names:
        msg = f"cannot read evidence {shown}: nothing is there"
        raise EvidenceError(msg)
    return folder


def _one(system: Any, name: str, target: Path, shown: str) -> Path:
    if ".." in target.parts or system.size(name) > _LARGEST:
        msg = f"{shown}: {target.name} is refused: its name leaves the folder, or it is beyond 64 MiB"
        raise EvidenceError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(system.cat_file(name))
    return target
