"""The files that pin what is installed, found in the project's folder, each with its digest."""

from __future__ import annotations

from pathlib import Path

from mltest.evidence.canonical import digest

__all__ = ["lock_files"]

# those that pin every package with its hash come first
_NAMES = ("uv.lock", "pylock.toml", "poetry.lock", "pdm.lock", "Pipfile.lock", "pixi.lock", "conda-lock.yml")
_LISTS = ("requirements*.txt", "conda-lock*.yml")
_MOST = 20


def lock_files(root: Path) -> list[dict[str, str]]:
    """``{"path", "digest"}`` of each, the strictest kind first; text is digested as it is, byte by byte.

    Examples
    --------
    >>> lock_files(Path("no such folder"))
    []
    """
    named = [root / name for name in _NAMES]
    listed = [path for pattern in _LISTS for path in sorted(root.glob(pattern))]
    found = [path for path in dict.fromkeys([*named, *listed]) if path.is_file()]
    return [{"path": path.name, "digest": digest(path.read_bytes())} for path in found[:_MOST]]
