"""A run folder, or the one-file form, as documents with their digests; what cannot be read is a finding."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError
from mltest.evidence.canonical import canonical, digest
from mltest.evidence.store import OBJECTS
from mltest.policy.verification.finding import Finding
from mltest.policy.verification.parsing import LARGEST, encoded, parsed, unlike

__all__ = ["Held", "is_run", "read_held"]

_DOCUMENTS = (*OBJECTS, "root")
_BUNDLE = "evidence.json"
_BLOB = re.compile(r"[0-9a-f]{64}")
_BEGIN = re.compile(r"begin(?:-[A-Za-z0-9_]+)?\.json")


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a verification works on: everything that could be read, and what could not."""

    place: Path
    documents: Mapping[str, Any] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    blobs: Mapping[str, bytes] = field(default_factory=dict)
    begun: Mapping[str, Any] = field(default_factory=dict)
    signatures: Mapping[str, bytes] = field(default_factory=dict)
    sums: bytes | None = None
    named_root: str | None = None
    unreadable: frozenset[str] = frozenset()
    problems: tuple[Finding, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether all four objects and their root could be read."""
        return all(name in self.documents for name in _DOCUMENTS)

    @property
    def root(self) -> str:
        """The evidence root, or nothing where there is none."""
        return self.digests.get("root", "")


def is_run(folder: Path) -> bool:
    """Whether a folder is that of one run, finished or begun."""
    return any((folder / name).is_file() for name in ("begin.json", *(f"{name}.json" for name in _DOCUMENTS)))


def read_held(path: Path) -> Held:
    """Read a run folder, an ``evidence.json``, or the folder of one.

    Raises
    ------
    EvidenceError
        If there is nothing at ``path``, or nothing of a run.
    """
    if path.is_dir() and not is_run(path) and (path / _BUNDLE).is_file():
        path = path / _BUNDLE
    if path.is_dir():
        if not is_run(path) and not any(path.glob("begin-*.json")):
            msg = f"{path} is no run folder of mltest: it has neither begin.json nor root.json"
            raise EvidenceError(msg)
        return _of_folder(path)
    if not path.is_file():
        msg = f"cannot read evidence {path}: no such file or folder"
        raise EvidenceError(msg)
    return _of_bundle(path)


def _bytes(path: Path, name: str, problems: list[Finding]) -> bytes | None:
    """The content of a file within the limit; None with its finding otherwise."""
    try:
        size = path.stat().st_size
        if size <= LARGEST:
            return path.read_bytes()
    except OSError as refused:
        problems.append(Finding("MLV16", f"{name} cannot be read: {refused.strerror or refused}", name))
        return None
    problems.append(Finding("MLV37", f"{name} has {size} bytes, limit {LARGEST}: not parsed", name))
    return None


def _of_folder(folder: Path) -> Held:
    problems: list[Finding] = []
    documents: dict[str, Any] = {}
    digests: dict[str, str] = {}
    present = [name for name in _DOCUMENTS if (folder / f"{name}.json").is_file()]
    if "root" not in present:
        problems.append(
            Finding("MLV18", f"{folder.resolve().name} has no root: an abandoned run", "root.json", missing=True)
        )
    absent = [f"{name}.json" for name in OBJECTS if name not in present]
    problems += [Finding("MLV16", f"{name} is missing", name) for name in absent]
    for name in present:
        data = _bytes(folder / f"{name}.json", f"{name}.json", problems)
        found = None if data is None else _document(f"{name}.json", data, f"mltest/{name}/v1", problems)
        if data is not None and found is not None:
            documents[name], digests[name] = found, digest(data)
    begun = dict(_begun(folder, problems))
    sums = _bytes(folder / "SHA256SUMS", "SHA256SUMS", problems) if (folder / "SHA256SUMS").is_file() else None
    return Held(
        place=folder,
        documents=documents,
        digests=digests,
        unreadable=frozenset(f"{name}.json" for name in present if name not in documents),
        blobs=dict(_blobs(folder / "blobs", problems)),
        begun=begun,
        signatures=dict(_signatures(folder / "signatures", problems)),
        sums=sums,
        problems=tuple(problems),
    )


def _document(name: str, data: bytes, schema: str, problems: list[Finding]) -> Any:
    found, wrong = parsed(name, data, schema)
    problems.extend(wrong)
    return found


def _begun(folder: Path, problems: list[Finding]) -> Iterator[tuple[str, Any]]:
    for path in sorted(folder.glob("begin*.json")):
        data = _bytes(path, path.name, problems) if _BEGIN.fullmatch(path.name) else None
        if data is not None:
            found = _document(path.name, data, "mltest/begin/v1", problems)
            if found is not None:
                yield path.name, found


def _blobs(folder: Path, problems: list[Finding]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if not _BLOB.fullmatch(path.name) or not path.is_file():
            problems.append(
                Finding("MLV36", f"name blobs/{path.name} refused: a blob is named by its digest", path.name)
            )
            continue
        data = _bytes(path, f"blobs/{path.name}", problems)
        if data is not None:
            yield f"sha256:{path.name}", data


def _signatures(folder: Path, problems: list[Finding]) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        data = _bytes(path, f"signatures/{path.name}", problems) if path.is_file() else None
        if data is not None:
            yield path.name, data


def _of_bundle(path: Path) -> Held:
    problems: list[Finding] = []
    data = _bytes(path, path.name, problems)
    whole = None
    if data is not None:
        whole, wrong = parsed(path.name, data, "mltest/evidence/v1", is_canonical=False)
        problems += wrong
    if data is None or whole is None:
        return Held(place=path, problems=tuple(problems))
    digests = _slices(path.name, whole, data, problems)
    documents: dict[str, Any] = {}
    for name in _DOCUMENTS:
        part = whole.get(name)
        if not isinstance(part, dict):
            problems.append(Finding("MLV16", f"{path.name} holds no {name}", name))
            continue
        wrong = list(unlike(name, part.get("schema"), f"mltest/{name}/v1"))
        problems += wrong
        documents |= {} if wrong else {name: part}
    known = {*_DOCUMENTS, "schema", "evidence_root", "blobs"}
    strange = sorted(set(whole) - known)
    problems += [Finding("MLV42", f"{path.name} has an unknown member {name!r}", name) for name in strange]
    return Held(
        place=path,
        documents=documents,
        digests=digests,
        blobs=dict(_texts(whole.get("blobs", {}), "blobs", problems)),
        signatures=dict(_signatures(path.parent / "signatures", problems)),
        named_root=str(whole.get("evidence_root")),
        problems=tuple(problems),
    )


def _slices(name: str, whole: Mapping[str, Any], data: bytes, problems: list[Finding]) -> dict[str, str]:
    """The digest of the slice that holds each object: its canonical bytes, where the whole is canonical."""
    slices: dict[str, bytes] = {}
    try:
        for member in sorted(whole, key=lambda member: member.encode("utf-16-be", "surrogatepass")):
            value = whole[member]
            slices[member] = encoded(value) if isinstance(value, dict) else canonical(value)
        joined = b"{" + b",".join(canonical(member) + b":" + part for member, part in slices.items()) + b"}"
    except (TypeError, ValueError, RecursionError):  # a number beyond binary64 has no canonical form
        joined = b""
    if joined != data:
        problems.append(Finding("MLV21", f"{name} is not in canonical form", name))
    return {member: digest(slices[member]) for member in _DOCUMENTS if member in slices}


def _texts(found: object, member: str, problems: list[Finding]) -> Iterator[tuple[str, bytes]]:
    if not isinstance(found, dict):
        problems.append(Finding("MLV42", f"{member} is no object of texts", member))
        return
    for name, text in found.items():
        if member == "blobs" and not _BLOB.fullmatch(name.removeprefix("sha256:")):
            problems.append(Finding("MLV36", f"name {name} refused: a blob is named by its digest", name))
        elif isinstance(text, str):
            yield name, text.encode("utf-8", "surrogatepass")
        else:
            problems.append(Finding("MLV42", f"{member} {name} is no text", name))
