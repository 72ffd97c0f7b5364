"""SHA-256 of what was read: bytes, a file, a folder, an array, a table; always ``sha256:`` and 64 hex digits."""

from __future__ import annotations

import hashlib
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mltest.errors import ArtifactError, UsageError
from mltest.inputs.encoding import Encoded, encoded_array, encoded_series
from mltest.inputs.origins import origin
from mltest.inputs.tables import Table, read

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["digest_array", "digest_bytes", "digest_file", "digest_model", "digest_of", "digest_table", "digest_tree"]

_ROWS_WORTH_A_THREAD, _THREADS = 100_000, 8
_FORM = re.compile(r"sha256:[0-9a-f]{64}")


def digest_bytes(data: bytes | memoryview) -> str:
    """The digest of these bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_file(path: Path) -> str:
    """The digest of a file's bytes, as ``sha256sum`` prints it."""
    with path.open("rb", buffering=0) as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def digest_tree(folder: Path) -> str:
    """The digest of the canonical list of ``{bytes, path, sha256}`` of a folder's files; links are refused."""
    entries = []
    for path in folder.rglob("*"):
        if path.is_symlink():
            msg = f"{path} is a symbolic link; a folder with links has no digest, copy what it points to"
            raise ArtifactError(msg)
        if path.is_file():
            name = unicodedata.normalize("NFC", path.relative_to(folder).as_posix())
            entries.append({"bytes": path.stat().st_size, "path": name, "sha256": digest_file(path)[7:]})
    entries.sort(key=lambda entry: str(entry["path"]).encode("utf-16-be"))
    return digest_bytes(_canonical(entries))


def digest_array(values: NDArray[Any], where: str = "the array") -> str:
    """The digest of an array's type, shape and values in order."""
    kind, digest = _hashed(encoded_array(values.ravel(), where))
    return digest_bytes(
        _canonical(
            {"schema": "mltest/array/v2", "sha256": digest, "shape": [str(n) for n in values.shape], "type": kind}
        )
    )


def digest_table(data: Any, name: str = "data") -> str:
    """The ``table-v2`` digest: column names, logical types and values in row order, column by column.

    The same content in pandas, Polars, PyArrow or NumPy has the same digest; the order of rows and of
    columns matters.
    """
    table = read(data, name)
    columns = [
        {"name": column, "sha256": digest, "type": kind}
        for column, (kind, digest) in zip(table.names, _hashed_columns(table), strict=True)
    ]
    return digest_bytes(_canonical({"columns": columns, "rows": str(table.rows), "schema": "mltest/table/v2"}))


def digest_of(data: Any, name: str = "data") -> str:
    """The digest of the artifact the table was read from, else of its content."""
    known = origin(data)
    return known[1] if known else digest_table(data, name)


def digest_model(model: Any) -> str | None:
    """The artifact's digest, else what ``__mltest_digest__`` says, else None: a pickle is no identity."""
    known = origin(model)
    if known is not None:
        return known[1]
    own = getattr(model, "__mltest_digest__", None)
    if own is None:
        return None
    said = own() if callable(own) else own
    if not isinstance(said, str) or not _FORM.fullmatch(said):
        msg = f"{type(model).__name__}.__mltest_digest__ gave {said!r}; it must give 'sha256:' and 64 hex digits"
        raise UsageError(msg)
    return said


def _encoded(table: Table, column: str) -> Encoded:
    where = f"column {column!r} of {table.name}"
    if table.is_array:
        return encoded_array(table.column(column), where)
    return encoded_series(table.series(column), where, table.few(column))


def _hashed_columns(table: Table) -> list[tuple[str, str]]:
    """Type and digest of each column; hashing leaves Python's lock, so that large columns go side by side."""

    def hashed(column: str) -> tuple[str, str]:
        return _hashed(_encoded(table, column))

    if table.rows < _ROWS_WORTH_A_THREAD or len(table.names) == 1:
        return [hashed(column) for column in table.names]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(os.cpu_count() or 1, _THREADS)) as pool:
        return list(pool.map(hashed, table.names))


def _hashed(encoded: Encoded) -> tuple[str, str]:
    kind, blocks = encoded
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
    return kind, digest.hexdigest()


def _canonical(value: Any) -> bytes:
    """RFC 8785 for what is written here: text, small whole numbers, lists and mappings with ASCII keys."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
