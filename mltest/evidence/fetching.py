"""Evidence from a URL: brought to a folder of this machine, and taken away again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mltest.errors import EvidenceError, MissingDependency

__all__ = ["fetched"]

_LARGEST = 64 * 2**20


@contextmanager
def fetched(place: str) -> Iterator[Path]:
    """The local path of a path or a URL; what was fetched lasts as long as the ``with`` block.

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
        return
    with tempfile.TemporaryDirectory(prefix="mltest-verify-") as folder:
        yield _brought(place, Path(folder))


def _brought(url: str, folder: Path) -> Path:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    shown = f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
    try:
        import fsspec
    except ImportError as absent:
        msg = f"{shown}: reading a URL needs fsspec: pip install fsspec"
        raise MissingDependency(msg) from absent
    try:
        system, root = fsspec.core.url_to_fs(url)
        names = [root] if system.isfile(root) else system.find(root)
        for name in names:
            inside = Path(name).name if name == root else name.removeprefix(root).lstrip("/")
            target = folder / inside
            if ".." in Path(inside).parts or system.size(name) > _LARGEST:
                msg = f"{shown}: {inside} is refused: its name leaves the folder, or it is beyond 64 MiB"
                raise EvidenceError(msg)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(system.cat_file(name))
    except (OSError, ValueError, ImportError) as refused:
        msg = f"cannot read evidence {shown}: {type(refused).__name__}"
        raise EvidenceError(msg) from refused
    if not names:
        msg = f"cannot read evidence {shown}: nothing is there"
        raise EvidenceError(msg)
    return folder / Path(root).name if names == [root] else folder
