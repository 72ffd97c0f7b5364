"""Where an artifact's bytes are: a local path, or a URL that fsspec knows."""

from __future__ import annotations

import re
from pathlib import Path

from mltest.errors import ArtifactError, MissingDependency, UsageError, nearest
from mltest.inputs.tracking import refuse_lfs_pointer
from mltest.quoted import quoted

__all__ = ["is_callable_name", "is_url", "local_path", "read_bytes", "suffix_of"]

_CALLABLE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


def is_url(uri: str) -> bool:
    """Whether it has a scheme, as ``gs://bucket/file``."""
    return "://" in uri


def is_callable_name(uri: str) -> bool:
    """Whether it is ``module:name``."""
    return _CALLABLE.fullmatch(uri) is not None


def suffix_of(uri: str) -> str:
    """``.parquet`` of a path or a URL, in lower case."""
    return Path(uri.partition("?")[0].rstrip("/")).suffix.lower()


def local_path(uri: str, folder: Path | None) -> Path:
    """The path, relative to the folder of the file that declares it."""
    return Path(uri) if folder is None else folder / uri


def read_bytes(uri: str, folder: Path | None = None) -> bytes:
    """All bytes of a file; an ``ArtifactError`` names the nearest one where there is none."""
    if is_url(uri):
        return _fetched(uri)
    path = local_path(uri, folder)
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ArtifactError(_not_found(path)) from error
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror or error}"
        raise ArtifactError(msg) from error
    refuse_lfs_pointer(content, uri)
    return content


def _not_found(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"no file {path}: there is no folder {folder}"
    files = sorted(entry.name for entry in folder.iterdir())
    if f"{path.name}.dvc" in files:
        return f"no file {path}, but {path.name}.dvc, which DVC left in its place: run `dvc pull`"
    return f"no file {path}{nearest(path.name, files)} ({len(files)} entries in that folder)"


def _fetched(uri: str) -> bytes:
    from fsspec.core import url_to_fs

    scheme = uri.partition("://")[0]
    try:
        system, path = url_to_fs(uri)
    except ImportError as error:
        msg = f"{uri}: reading {scheme}:// needs a package that is not installed: {error}"
        raise MissingDependency(msg) from error
    except ValueError as error:
        raise UsageError(_unknown_scheme(uri, scheme)) from error
    try:
        content: bytes = system.cat_file(path)
    except FileNotFoundError as error:
        msg = f"no file {uri}{_nearest_remote(system, path)}"
        raise ArtifactError(msg) from error
    except Exception as error:
        msg = f"{uri} cannot be read: {type(error).__name__}: {quoted(error)}"
        raise ArtifactError(msg) from error
    return content


def _unknown_scheme(uri: str, scheme: str) -> str:
    from fsspec import available_protocols

    return f"{uri}: fsspec knows no {scheme}://{nearest(scheme, available_protocols())}"


def _nearest_remote(system: object, path: str) -> str:
    """The nearest name beside it, where the store can list; that it cannot is no news beside the missing file."""
    folder, _, name = path.rpartition("/")
    try:
        listed = system.ls(folder, detail=False)  # type: ignore[attr-defined]
    except (OSError, NotImplementedError):
        return ""
    return nearest(name, [str(entry).rstrip("/").rpartition("/")[2] for entry in listed])
