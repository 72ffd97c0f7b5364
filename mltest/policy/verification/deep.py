"""The files themselves, hashed again where they can be reached."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.evidence.canonical import digest_of
from mltest.policy.verification.finding import Finding, short

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["rehashed"]


def rehashed(case: Case, unreached: list[str]) -> Iterator[Finding]:
    """Each file that the run read and that still is where the plan says; ``unreached`` gets the names of the others."""
    folder = case.asked.data_folder
    if folder is None:
        return
    places = {item["id"]: str(item.get("uri", "")) for item in (*case.plan["data"], *case.plan["baselines"])}
    for seen in (*case.run["data_seen"], *case.run["subjects"]):
        name = seen.get("id", seen.get("name"))
        found = _digest(folder / places[name]) if _local(places.get(name, "")) else None
        if found is None:
            unreached.append(name)
        elif found != seen["digest"]:
            yield Finding("MLV05", f"data {name}: file has {short(found)}, run recorded {short(seen['digest'])}", name)


def _local(uri: str) -> bool:
    return bool(uri) and "://" not in uri and "\0" not in uri


def _digest(path: Path) -> str | None:
    """The digest of a file or of a folder without links; None where there is neither."""
    try:
        if path.is_file():
            return _of_file(path)
        inside = sorted(path.rglob("*")) if path.is_dir() else []
        if not inside or any(one.is_symlink() for one in inside):
            return None
        rows = [
            {
                "bytes": one.stat().st_size,
                "path": unicodedata.normalize("NFC", one.relative_to(path).as_posix()),
                "sha256": _of_file(one).removeprefix("sha256:"),
            }
            for one in inside
            if one.is_file()
        ]
    except OSError:
        return None
    return digest_of(sorted(rows, key=lambda row: str(row["path"]).encode("utf-16-be")))


def _of_file(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
