"""How a file is versioned: by a pointer of DVC beside it, by Git LFS, or not at all."""

from __future__ import annotations

import fnmatch
import hashlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mltest.errors import ArtifactError

__all__ = ["LONGEST_POINTER", "dvc_of", "lfs_of", "md5_of", "refuse_lfs_pointer"]

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: at most 1024 bytes, keys in order, version first
_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com/spec|hawser\.github\.com/spec)/v1\r?\n(?:ext-[^\n]*\n)*"
    rb"oid sha256:(?P<oid>[0-9a-f]{64})\r?\nsize (?P<size>\d+)"
)
LONGEST_POINTER = 1024
_ENTRY = re.compile(r"^(?P<indent>[ -]*)(?P<key>md5|hash|size|path|nfiles): *['\"]?(?P<value>[^'\"\n]*)['\"]?$")
_LEVELS = 8


def refuse_lfs_pointer(content: bytes, who: str) -> None:
    """Refuse what Git LFS left in place of a file that was never pulled.

    Raises
    ------
    ArtifactError
        With the command that gets the file.

    Examples
    --------
    >>> refuse_lfs_pointer(b"id,income", "test.csv")
    """
    found = _POINTER.match(content) if len(content) <= LONGEST_POINTER else None
    if found:
        msg = (
            f"{who} is a Git LFS pointer to {int(found['size'])} bytes, and not the file itself: run `git lfs pull` "
            "(on CI, check out with LFS: GitHub `lfs: true`, GitLab installs it by default)"
        )
        raise ArtifactError(msg)


def lfs_of(path: Path, digest: str) -> dict[str, Any] | None:
    """``{"oid": digest}`` of a file whose attributes hand it to Git LFS; None for others.

    Git LFS names an object by the SHA-256 of its bytes, so that the digest is its name.
    """
    for folder in list(path.parents)[:_LEVELS]:
        attributes = folder / ".gitattributes"
        if attributes.is_file() and _hands_over(attributes, path.relative_to(folder)):
            return {"oid": digest}
        if (folder / ".git").exists():
            break
    return None


def _hands_over(attributes: Path, relative: Path) -> bool:
    handed = False
    for line in attributes.read_text(encoding="utf-8", errors="replace").splitlines():
        pattern, *given = line.split()[:1] + line.split()[1:] or [""]
        if pattern.startswith("#") or not _matches(pattern, relative):
            continue
        if "filter=lfs" in given:
            handed = True
        elif "-filter" in given or "!filter" in given or any(word.startswith("filter=") for word in given):
            handed = False
    return handed


def _matches(pattern: str, relative: Path) -> bool:
    """Gitignore's way: without a slash by the name alone, otherwise by the whole path; ``**`` for any folders."""
    if not pattern:
        return False
    if "/" not in pattern.rstrip("/"):
        return fnmatch.fnmatchcase(relative.name, pattern)
    return fnmatch.fnmatchcase(relative.as_posix(), pattern.lstrip("/").replace("**/", "*"))


def dvc_of(path: Path, md5: Callable[[Path], str] | None = None) -> dict[str, Any] | None:
    """``{"md5", "agrees"}`` of a file that DVC tracks: what its pointer names, and whether the bytes are those.

    Looked at are ``FILE.dvc`` beside it and the outputs of ``dvc.lock`` in its folder or one above; None where
    neither names the file. ``agrees`` is left out for a folder.

    Parameters
    ----------
    path : path
        The file.
    md5 : callable, optional
        Makes the digest that DVC names it by, where it was made before.
    """
    named = _named_beside(path) or _named_in_lock(path)
    if named is None:
        return None
    if named.endswith(".dir") or not path.is_file():
        return {"md5": named}
    return {"md5": named, "agrees": (md5 or md5_of)(path) == named}


def md5_of(path: Path) -> str:
    """The MD5 of a file's bytes, by which DVC names it; it proves nothing, and beside it stands a SHA-256."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False)).hexdigest()


def _named_beside(path: Path) -> str | None:
    pointer = path.with_name(f"{path.name}.dvc")
    if not pointer.is_file():
        return None
    outputs = _outputs(pointer.read_text(encoding="utf-8", errors="replace"))
    return next((md5 for name, md5 in outputs if name == path.name), outputs[0][1] if len(outputs) == 1 else None)


def _named_in_lock(path: Path) -> str | None:
    for folder in list(path.parents)[:_LEVELS]:
        lock = folder / "dvc.lock"
        if lock.is_file():
            wanted = path.relative_to(folder).as_posix()
            outputs = _outputs(lock.read_text(encoding="utf-8", errors="replace"))
            return next((md5 for name, md5 in outputs if name == wanted), None)
        if (folder / ".git").exists():
            break
    return None


def _outputs(text: str) -> list[tuple[str, str]]:
    """Path and md5 of each entry: DVC writes these files itself, so that their form is known without a YAML parser."""
    found: list[tuple[str, str]] = []
    entry: dict[str, str] = {}
    for line in [*text.splitlines(), "- "]:
        starts = line.lstrip().startswith("- ") or line.strip().endswith(":")
        if starts and {"path", "md5"} <= set(entry):
            found.append((entry["path"], entry["md5"]))
        if starts:
            entry = {}
        match = _ENTRY.match(line)
        if match:
            entry[match["key"]] = match["value"].strip()
    return found
