"""Opening one declared artifact by its kind: a table, a model, JSON, or a path."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mltest.errors import ArtifactError, MissingDependency, UsageError, nearest
from mltest.inputs.digest_cache import DigestCache
from mltest.inputs.digests import digest_bytes, digest_file, digest_tree
from mltest.inputs.loading import MODEL_SUFFIXES, Loaded, Trust, read_model
from mltest.inputs.locations import is_callable_name, is_url, local_path, read_bytes, suffix_of
from mltest.inputs.tracking import LONGEST_POINTER, refuse_lfs_pointer
from mltest.quoted import quoted

__all__ = ["TABLE_SUFFIXES", "Declaration", "declared", "open_artifact"]

TABLE_SUFFIXES = (".parquet", ".csv", ".arrow", ".feather", ".ipc")
ENGINES = ("polars", "pandas")
_KEYS = ("uri", "trusted", "policy")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the settings say of one artifact."""

    uri: str
    trusted: Trust = False


def declared(name: str, given: Any) -> Declaration:
    """A path or URL, or a table ``{uri = "...", trusted = ...}``."""
    if isinstance(given, (str, Path)):
        return Declaration(str(given))
    if not isinstance(given, Mapping):
        msg = f"artifact {name!r} is a {type(given).__name__}; give a path, a URL or {{uri = ..., trusted = ...}}"
        raise UsageError(msg)
    for key in given:
        if key not in _KEYS:
            msg = f"artifact {name!r}: unknown key {key!r}{nearest(str(key), _KEYS)} (keys: {', '.join(_KEYS)})"
            raise UsageError(msg)
    if not isinstance(given.get("uri"), str):
        msg = f"artifact {name!r}: uri is missing; give {{uri = ..., trusted = ...}}"
        raise UsageError(msg)
    trusted = given.get("trusted", False)
    if not isinstance(trusted, (bool, list, tuple)):
        msg = f"artifact {name!r}: trusted is {trusted!r}; give true, false or a list of type names"
        raise UsageError(msg)
    return Declaration(given["uri"], trusted)


def open_artifact(declaration: Declaration, folder: Path, engine: str, cache: DigestCache | None = None) -> Loaded:
    """Tables by their ending, then models, then JSON; a folder or another file is handed out as its path."""
    known = cache or DigestCache(Path(), rehash=True, least=sys.maxsize)
    uri, suffix = declaration.uri, suffix_of(declaration.uri)
    path = None if is_url(uri) else local_path(uri, folder)
    if path is not None and path.is_dir():
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        return Loaded(path, digest_tree(path), size)
    if suffix in TABLE_SUFFIXES or suffix == ".json":
        content = read_bytes(uri, folder)
        digest, cached = known.digest(path or Path(), partial(digest_bytes, content))
        who = f"{uri} ({digest}, {len(content)} bytes)"
        return Loaded(_parsed(content, suffix, who, engine), digest, len(content), cached)
    if suffix in MODEL_SUFFIXES or path is None or uri.startswith("models:/") or is_callable_name(uri):
        return read_model(uri, declaration.trusted, folder)
    if not path.exists():
        read_bytes(uri, folder)  # says which name is nearest
    size = path.stat().st_size
    if size <= LONGEST_POINTER:
        refuse_lfs_pointer(path.read_bytes(), uri)
    digest, cached = known.digest(path, partial(digest_file, path))
    return Loaded(path, digest, size, cached)


def _parsed(content: bytes, suffix: str, who: str, engine: str) -> Any:
    try:
        return json.loads(content) if suffix == ".json" else _table(content, suffix, engine)
    except MissingDependency:
        raise
    except Exception as error:
        text = str(error).strip().splitlines() or [""]
        msg = f"{who} cannot be read as {suffix}: {type(error).__name__}: {quoted(text[0])}"
        raise ArtifactError(msg) from error


def _table(content: bytes, suffix: str, engine: str) -> Any:
    import polars as pl

    source = io.BytesIO(content)
    if suffix == ".parquet":
        frame = pl.read_parquet(source)
    elif suffix == ".csv":
        # every row decides a column's type: the first hundred may be whole numbers only
        frame = pl.read_csv(source, infer_schema_length=None)
    elif content.startswith(b"ARROW1"):
        frame = pl.read_ipc(source)
    else:
        frame = pl.read_ipc_stream(source)
    return frame if engine == "polars" else _pandas(frame)


def _pandas(frame: Any) -> Any:
    try:
        return frame.to_pandas()
    except ImportError as error:
        msg = "tables = \"pandas\" needs pandas and PyArrow: pip install 'pytest-mltest[pandas]'"
        raise MissingDependency(msg) from error
