"""The declared artifacts of a project, opened when first used."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import narwhals as nw

from mltest.errors import UsageError, nearest
from mltest.inputs.locations import is_url, local_path, suffix_of
from mltest.inputs.opening import ENGINES, Declaration, declared, open_artifact
from mltest.inputs.origins import origin, remember
from mltest.inputs.tables import Table, read
from mltest.inputs.tracking import dvc_of, lfs_of, md5_of

if TYPE_CHECKING:
    from mltest.inputs.digest_cache import DigestCache
    from mltest.inputs.loading import Loaded

__all__ = ["Artifacts", "origin"]

OnRead = Callable[[str, str | None, int, int | None], None]


class Artifacts(Mapping[str, Any]):
    """A read-only mapping from the declared names to tables, models, JSON values and paths.

    Each is opened once, on first use. A table is handed out as an object of its own each time, so that a test
    that changes it in place changes nobody else's.

    Parameters
    ----------
    declarations : mapping of str to str
        From name to path, URL or ``module:name``; or to ``{"uri": ..., "trusted": True or a list of types}``.
    base : path
        The folder that relative paths start from.
    tables : {"polars", "pandas"}, default "polars"
        Which engine tables are opened with.
    on_read : callable, optional
        Called as ``on_read(name, digest, bytes, rows)`` whenever an artifact is asked for.
    cache : DigestCache, optional
        Digests of large files that an earlier run made.

    Examples
    --------
    >>> from pathlib import Path
    >>> from mltest.inputs.artifacts import Artifacts
    >>> artifacts = Artifacts({"mean": "statistics:mean"}, Path())
    >>> artifacts["mean"]([1, 2, 6])
    3
    """

    def __init__(
        self,
        declarations: Mapping[str, Any],
        base: Path,
        *,
        tables: str = "polars",
        on_read: OnRead | None = None,
        cache: DigestCache | None = None,
    ) -> None:
        if tables not in ENGINES:
            msg = f"tables={tables!r}: tables are opened with {' or '.join(ENGINES)}{nearest(tables, ENGINES)}"
            raise UsageError(msg)
        self._declared: dict[str, Declaration] = {name: declared(name, given) for name, given in declarations.items()}
        self._base, self._engine, self._on_read, self._cache = base, tables, on_read, cache
        self._opened: dict[str, Loaded] = {}
        self._lock = RLock()

    def __getitem__(self, name: str) -> Any:
        loaded = self._open(name)
        table = _as_table(loaded.thing)
        thing = loaded.thing if table is None else table.snapshot().native
        if loaded.digest is not None:
            remember(thing, name, loaded.digest, form=suffix_of(self._declared[name].uri))
        if self._on_read is not None:
            self._on_read(name, loaded.digest, loaded.size, None if table is None else table.rows)
        return thing

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared)

    def __len__(self) -> int:
        return len(self._declared)

    def __contains__(self, name: object) -> bool:
        return name in self._declared

    def get(self, name: str, default: Any = None) -> Any:
        """The artifact, or the default where the name is not declared."""
        return self[name] if name in self._declared else default

    @property
    def digests(self) -> Mapping[str, str]:
        """The digests of what has been read so far, by name."""
        with self._lock:
            return MappingProxyType({name: at.digest for name, at in self._opened.items() if at.digest is not None})

    def provenance(self, name: str) -> dict[str, Any]:
        """Of an artifact that was read: whether its digest is one from before, and what DVC or Git LFS call it."""
        loaded, uri = self._open(name), self._declared[name].uri
        found: dict[str, Any] = {"cached": loaded.cached}
        path = local_path(uri, self._base)
        if loaded.digest is None or is_url(uri) or not path.is_file():
            return found
        versions = {"dvc": dvc_of(path, self._md5), "lfs": lfs_of(path.absolute(), loaded.digest)}
        return found | {by: version for by, version in versions.items() if version is not None}

    def _md5(self, path: Path) -> str:
        return md5_of(path) if self._cache is None else self._cache.digest(path, partial(md5_of, path), "md5")[0]

    @staticmethod
    def origin(thing: Any) -> tuple[str, str] | None:
        """The name and digest of an object that was handed out, or None."""
        return origin(thing)

    def __repr__(self) -> str:
        return f"<Artifacts {', '.join(self._declared) or 'none declared'}>"

    def _open(self, name: str) -> Loaded:
        if name not in self._declared:
            names = sorted(self._declared)
            known = f"declared are {', '.join(names)}" if names else "none is declared in [tool.mltest.artifacts]"
            msg = f"no artifact {name!r}{nearest(str(name), names)} ({known})"
            raise UsageError(msg)
        with self._lock:
            if name not in self._opened:
                self._opened[name] = open_artifact(self._declared[name], self._base, self._engine, self._cache)
            return self._opened[name]


def _as_table(thing: Any) -> Table | None:
    """The table that it is; an empty one or another object is handed out as it is."""
    frame = nw.from_native(thing, pass_through=True, eager_only=True)
    return read(thing) if isinstance(frame, nw.DataFrame) and len(frame) and frame.columns else None
