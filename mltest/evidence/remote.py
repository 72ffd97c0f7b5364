"""A bucket, or whatever else fsspec opens, as a place for evidence."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from mltest.errors import EvidenceError, MissingDependency, UsageError, nearest
from mltest.evidence.places import shown_url

__all__ = ["Remote", "opened"]

_EXTRAS = {"gs": "gs", "gcs": "gs", "s3": "s3", "s3a": "s3", "az": "az", "abfs": "az", "abfss": "az"}
# what the backends say of an object that nobody may replace or delete for now
_LOCKS = ("retentionExpirationTime", "ObjectLockMode", "ObjectLockRetainUntilDate", "temporaryHold", "eventBasedHold")


class Remote:
    """A bucket, or whatever else fsspec opens."""

    def __init__(self, url: str) -> None:
        self.shown = shown_url(url).rstrip("/")
        self._system, root = opened(url)
        self._root = root.rstrip("/")

    def create(self, key: str, data: bytes) -> None:
        """Ask whether the key is taken, then for a new object only: not every backend heeds the second."""
        if self._has(key):
            raise FileExistsError(key)
        try:
            self._system.pipe_file(self._at(key), data, mode="create")
        except Exception as refused:
            if self._has(key):  # a lost answer, or another writer: whose bytes they are is the caller's question
                raise FileExistsError(key) from refused
            raise self._unreachable(key, "written", refused) from refused

    def read(self, key: str) -> bytes:
        """The bytes as the backend has them now."""
        try:
            return bytes(self._system.cat_file(self._at(key)))
        except FileNotFoundError:
            raise
        except Exception as refused:
            raise self._unreachable(key, "read", refused) from refused

    def names(self, folder: str) -> list[str]:
        """A fresh listing, none that was kept from before."""
        return sorted({name.rstrip("/").rpartition("/")[2] for name in self._listed("ls", folder)})

    def keys(self, folder: str) -> list[str]:
        """Every object below."""
        return sorted(name.removeprefix(self._root).lstrip("/") for name in self._listed("find", folder))

    def lock(self, key: str) -> str:
        """What the backend says of holds and retention, if it says anything."""
        try:
            said = self._system.info(self._at(key))
        except Exception as refused:
            raise self._unreachable(key, "read", refused) from refused
        return "observed" if any(said.get(name) for name in _LOCKS) else "unknown"

    def _at(self, key: str) -> str:
        return f"{self._root}/{key}" if key else self._root

    def _has(self, key: str) -> bool:
        try:
            self._system.invalidate_cache()
            return bool(self._system.exists(self._at(key)))
        except Exception as refused:
            raise self._unreachable(key, "read", refused) from refused

    def _listed(self, how: str, folder: str) -> Iterator[str]:
        try:
            self._system.invalidate_cache()
            listed = {"detail": False} if how == "ls" else {}
            yield from map(str, getattr(self._system, how)(self._at(folder), **listed))
        except FileNotFoundError:
            return
        except Exception as refused:
            raise self._unreachable(folder, "listed", refused) from refused

    def _unreachable(self, key: str, done: str, refused: Exception) -> EvidenceError:
        # the texts of clients hold addresses with tokens in them: only the kind of error is told
        why = os.strerror(refused.errno) if isinstance(refused, OSError) and refused.errno else type(refused).__name__
        return EvidenceError(f"MLS07 {self.shown}/{key} cannot be {done}: {why}")


def opened(url: str) -> tuple[Any, str]:
    """The file system of a URL and the path in it.

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
    >>> opened("memory://runs/01k9")[1]
    '/runs/01k9'
    """
    scheme, shown = url.partition("://")[0], shown_url(url)
    extra = _EXTRAS.get(scheme)
    try:
        from fsspec import available_protocols
        from fsspec.core import url_to_fs

        known = available_protocols()
        system, root = url_to_fs(url) if scheme in known else (None, "")
    except ImportError as absent:
        package = f"'pytest-mltest[{extra}]'" if extra else f"fsspec and its file system for {scheme}://"
        msg = f"{shown} needs a package that is not installed: pip install {package}"
        raise MissingDependency(msg) from absent
    except Exception as refused:
        msg = f"MLS07 {shown} cannot be opened: {type(refused).__name__}"
        raise EvidenceError(msg) from refused
    if system is None:
        msg = f"{shown}: fsspec knows no {scheme}://{nearest(scheme, known)}"
        raise UsageError(msg)
    return system, str(root)
