"""Digests and cross-links: the objects belong to one another, and so does everything that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mltest.evidence.canonical import digest, digest_of
from mltest.evidence.store import OBJECTS
from mltest.policy.committed import NAMES
from mltest.policy.verification.finding import Finding, short
from mltest.policy.verification.parsing import in_words

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case
    from mltest.policy.verification.reading import Held

__all__ = ["blobs_of", "linked", "rooted"]

_LINE = re.compile(r"([0-9a-f]{64})  (\S+)\n")
_SAFE_NAME = re.compile(r"(?!\.)[\w.+ -]+(?:/(?!\.)[\w.+ -]+)*")
# What begin.json says again of the run.
_BEGUN = {"run_id": "run_id", "previous_root": "previous_root", "lock_digest": "lock_digest", "sequence": "sequence"}


def rooted(held: Held) -> Iterator[Finding]:
    """The root names the bytes of the four objects; so do the list of sums and the one-file form."""
    root = held.documents.get("root", {})
    for name in OBJECTS:
        found, named = held.digests.get(name), root.get(name)
        if root and found is not None and found != named:
            yield _other(f"{name}.json", found, "root.json", named)
    if held.named_root is not None and held.root and held.named_root != held.root:
        yield _other("root.json", held.root, held.place.name, held.named_root)
    if held.sums is not None:
        yield from _summed(held, held.sums)
    for name, data in held.blobs.items():
        if digest(data) != name:
            yield Finding("MLV22", f"blob {short(name)}: bytes do not match, they have {short(digest(data))}", name)


def _other(file: str, found: str, by: str, named: object) -> Finding:
    return Finding("MLV01", f"{file} has digest {short(found)}, {by} names {short(named)}", file)


def _summed(held: Held, sums: bytes) -> Iterator[Finding]:
    text = sums.decode("utf-8", "replace")
    if _LINE.sub("", text):
        yield Finding("MLV21", "SHA256SUMS is not in the form of sha256sum", "SHA256SUMS")
    listed = [(match[2], f"sha256:{match[1]}") for match in _LINE.finditer(text)]
    for name, named in listed:
        if not _SAFE_NAME.fullmatch(name):
            yield Finding("MLV36", f"name {name} in SHA256SUMS refused", name)
            continue
        if name in held.unreadable:
            continue  # that it cannot be read has been said
        found = _digest_of_file(held, name)
        if found is None:
            yield Finding("MLV22", f"{name} is named by SHA256SUMS and missing", name, missing=True)
        elif found != named:
            yield _other(name, found, "SHA256SUMS", named)
    absent = {f"{name}.json" for name in (*OBJECTS, "root")} - {name for name, _ in listed}
    for name in sorted(absent):
        yield Finding("MLV01", f"{name} is not in SHA256SUMS", name)


def _digest_of_file(held: Held, name: str) -> str | None:
    if name.removesuffix(".json") in held.digests:
        return held.digests[name.removesuffix(".json")]
    try:
        return digest((held.place / name).read_bytes())
    except OSError:  # it is not there, which the caller says
        return None


def linked(case: Case) -> Iterator[Finding]:
    """Each object is of the same run and names the digests of the others."""
    held, run = case.held, case.run
    for name, document in (("results", case.results), ("verdict", case.verdict), *case.held.begun.items()):
        if document.get("run_id") != run["run_id"]:
            file = name if name.endswith(".json") else f"{name}.json"
            text = f"run.json belongs to run {run['run_id']}, {file} to {document.get('run_id')}"
            yield Finding("MLV20", text, file)
    for name in ("plan", "run", "results"):
        if case.verdict[name] != held.digests[name]:
            yield _other(f"{name}.json", held.digests[name], "verdict.json", case.verdict[name])
    for name, document in (("run", run), ("results", case.results)):
        if document["plan_digest"] != held.digests["plan"]:
            yield _other("plan.json", held.digests["plan"], f"{name}.json", document["plan_digest"])
    packages = run["environment"]["packages"]
    if digest_of(packages) != run["environment"]["packages_digest"]:
        yield _other("environment.packages", digest_of(packages), "run.json", run["environment"]["packages_digest"])
    yield from _begun(case)


def _begun(case: Case) -> Iterator[Finding]:
    """What was written before the first check still holds at the end."""
    run = case.run
    expected: dict[str, Any] = {name: run.get(member) for name, member in _BEGUN.items()}
    expected |= {
        "schema": "mltest/begin/v1",
        "started": run["clock"]["started"],
        "commit": run["source"].get("commit"),
        "seed": case.plan["settings"].get("seed"),
        "nonce": (run.get("ci") or {}).get("nonce"),
        "ref": run["source"].get("ref"),
    }
    subjects = {subject["digest"] for subject in run["subjects"]}
    for file, begun in sorted(case.held.begun.items()):
        for name in sorted(begun):
            if name == "subjects":
                if not isinstance(begun[name], list) or not {_digest_in(one) for one in begun[name]} <= subjects:
                    yield Finding("MLV20", f"{file} names a subject that run.json does not", file)
            elif name != "run_id" and (name not in expected or begun[name] not in (None, expected[name])):
                shown = in_words(expected[name]) if name in expected else "nothing of that name"
                yield Finding("MLV20", f"{file} says {name} {in_words(begun[name])}, run.json {shown}", file)


def _digest_in(subject: object) -> str:
    return str(subject.get("digest") if isinstance(subject, dict) else subject)


def blobs_of(case: Case) -> Iterator[Finding]:
    """What the run used is kept with it, under its digest, and nothing else is."""
    named = {digest: NAMES.get(role, role) for role, digest in case.run["inputs"].items() if digest}
    for record in case.results["records"]:
        for attachment in record["attachments"]:
            named[attachment["sha256"]] = attachment["name"]
            if not _SAFE_NAME.fullmatch(attachment["name"]):
                yield Finding("MLV36", f"name {attachment['name']} of an attachment refused", record["id"])
    for name, shown in sorted(named.items()):
        if name not in case.held.blobs:
            yield Finding("MLV22", f"blob {short(name)} ({shown}) is missing", name, missing=True)
    for name in sorted(set(case.held.blobs) - set(named)):
        yield Finding("MLV22", f"blob {short(name)} is named by nothing in this run", name)
