"""The run folder and the one-file form of the evidence: written once, atomically, read back strictly."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical, canonical_of_json, digest, digest_of, parse

__all__ = ["OBJECTS", "read_evidence", "root_of", "write_atomically", "write_bundle", "write_run"]

OBJECTS = ("plan", "run", "results", "verdict")
_SCHEMA = "mltest/evidence/v1"


def root_of(digests: Mapping[str, str]) -> dict[str, Any]:
    """The root object over the digests of the four objects."""
    return {"schema": "mltest/root/v1", **{name: digests[name] for name in OBJECTS}}


def write_bundle(folder: Path, target: Path) -> None:
    """Write the one-file form of a finished run folder: the bytes of its files between the names of their parts."""
    parts = {name: (folder / f"{name}.json").read_bytes() for name in (*OBJECTS, "root")}
    parts |= {"schema": canonical(_SCHEMA), "evidence_root": canonical(digest(parts["root"]))}
    parts["blobs"] = canonical({name: data.decode() for name, data in _blobs(folder).items()})
    names = sorted(parts)
    write_atomically(target, *(piece for name in names for piece in (_before(name, names[0]), parts[name])), b"}")


def _before(name: str, first: str) -> bytes:
    return b"%s%s:" % (b"{" if name == first else b",", canonical(name))


def write_atomically(path: Path, *pieces: bytes) -> None:
    """Write to a temporary name beside ``path``, flush to disk, then rename: whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def write_run(folder: Path, encoded: Mapping[str, bytes], blobs: Mapping[str, bytes] | None = None) -> str:
    """Write blobs, the four objects and, last, their root; never over an older run. Returns the evidence root.

    Parameters
    ----------
    folder : Path
        The run's folder.
    encoded : mapping of str to bytes
        The canonical form of each of ``OBJECTS``.
    blobs : mapping of str to bytes, optional
        Files that the run was judged by, by digest.
    """
    if (folder / "root.json").exists():
        msg = f"{folder} holds a finished run; evidence is never written over"
        raise EvidenceError(msg)
    root = canonical(root_of({name: digest(encoded[name]) for name in OBJECTS}))
    sums = []
    kept = {f"blobs/{_hex(name)}": data for name, data in sorted((blobs or {}).items())}
    whole = {f"{name}.json": data for name, data in [*((name, encoded[name]) for name in OBJECTS), ("root", root)]}
    for name, data in {**kept, **whole}.items():
        write_atomically(folder / name, data)
        sums.append(f"{_hex(digest(data))}  {name}\n")
    write_atomically(folder / "SHA256SUMS", "".join(sums).encode())
    return digest(root)


def _hex(named: str) -> str:
    return named.removeprefix("sha256:")


def _blobs(folder: Path) -> dict[str, bytes]:
    """The kept files of a run folder, by the digest that each is named for."""
    return {f"sha256:{path.name}": path.read_bytes() for path in sorted((folder / "blobs").glob("*"))}


def read_evidence(path: Path) -> dict[str, Any]:
    """The evidence of a run folder or of an ``evidence.json``, in the one-file form.

    Raises
    ------
    EvidenceError
        If something is missing or unreadable, or a digest does not match its object.
    """
    document = _from_folder(path) if path.is_dir() else _document(path)
    missing = [name for name in (*OBJECTS, "root", "evidence_root") if name not in document]
    if missing:
        msg = f"{path} is not evidence of mltest: it has no {', '.join(missing)}"
        raise EvidenceError(msg)
    for name in OBJECTS:
        found, named = digest(canonical_of_json(document[name])), document["root"].get(name)
        if found != named:
            msg = f"{path}: {name} has digest {found}, the root names {named}"
            raise EvidenceError(msg)
    if digest_of(document["root"]) != document["evidence_root"]:
        msg = f"{path}: the root has digest {digest_of(document['root'])}, not {document['evidence_root']}"
        raise EvidenceError(msg)
    for named, text in document.setdefault("blobs", {}).items():
        if digest(text.encode()) != named:
            msg = f"{path}: the kept file {named} has digest {digest(text.encode())}"
            raise EvidenceError(msg)
    return document


def _from_folder(folder: Path) -> dict[str, Any]:
    absent = [name for name in (*OBJECTS, "root") if not (folder / f"{name}.json").is_file()]
    if absent:
        begun = (folder / "begin.json").exists() or any(folder.glob("begin-*.json"))
        state = "an abandoned run: it began and left no root" if begun else "no run folder of mltest"
        msg = f"{folder} is {state} (missing {', '.join(f'{name}.json' for name in absent)})"
        raise EvidenceError(msg)
    objects = {name: _document(folder / f"{name}.json") for name in (*OBJECTS, "root")}
    try:
        blobs = {name: data.decode() for name, data in _blobs(folder).items()}
    except (OSError, UnicodeDecodeError) as broken:
        msg = f"{folder}: a kept file cannot be read: {broken}"
        raise EvidenceError(msg) from broken
    return {"schema": _SCHEMA, **objects, "evidence_root": digest_of(objects["root"]), "blobs": blobs}


def _document(path: Path) -> dict[str, Any]:
    try:
        data = path.read_bytes()
    except OSError as gone:
        msg = f"cannot read evidence {path}: {gone.strerror or gone}"
        raise EvidenceError(msg) from gone
    try:
        found = parse(data)
    except (ValueError, RecursionError) as broken:
        msg = f"{path} is not readable as evidence: {broken}"
        raise EvidenceError(msg) from broken
    if not isinstance(found, dict):
        msg = f"{path} is not evidence of mltest: it holds a {type(found).__name__}"
        raise EvidenceError(msg)
    if canonical_of_json(found) != data:
        msg = f"{path} is not in canonical form: it was changed or written by another tool"
        raise EvidenceError(msg)
    return found
