"""The chain of runs: one small new file for each run and branch, which names the root of the run before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from mltest.evidence.canonical import canonical, parse
from mltest.evidence.places import Place, put

__all__ = ["Earlier", "add_head", "branch_folder", "head_of", "latest"]

_SCHEMA = "mltest/head/v1"
_NAME = re.compile(r"(\d{8,})-([0-9a-z]{26})\.json")
_NO_PART_OF_A_PATH = re.compile(r"[^a-z0-9._-]+")


class Earlier(NamedTuple):
    """The run before: its number, 0 where there is none, and its root; ``problem`` where its head is no head."""

    sequence: int
    root: str | None
    problem: str | None = None


def branch_folder(branch: str | None) -> str:
    """A branch as the name of a folder: as it is where that is plain, else made plain, with a part of its digest.

    Examples
    --------
    >>> branch_folder("main"), branch_folder("feature/pd-2")
    ('main', 'feature-pd-2-cc79cc37')
    """
    named = branch or ""
    plain = _NO_PART_OF_A_PATH.sub("-", named.lower()).strip("-.")[:64]
    if plain == named and plain:
        return plain
    return f"{plain or 'no-branch'}-{hashlib.sha256(named.encode('utf-8', 'replace')).hexdigest()[:8]}"


def latest(place: Place, heads: str, branch: str | None) -> Earlier:
    """The last run of a branch: of two that took the same number, the one whose id is greater.

    Parameters
    ----------
    place : Place
        Where the heads are.
    heads : str
        The key of their folder.
    branch : str or None
        The branch as git names it; None without a repository.
    """
    folder = f"{heads}/{branch_folder(branch)}"
    found = [match for name in place.names(folder) if (match := _NAME.fullmatch(name))]
    if not found:
        return Earlier(0, None)
    last = max(found, key=lambda match: (int(match[1]), match[2]))
    root = _root_in(place.read(f"{folder}/{last[0]}"))
    # a head that cannot be read still has its number: to take it again would hide that a run was there
    wrong = (
        None if root else f"{place.shown}/{folder}/{last[0]} is no head of a run: the root before this run is not known"
    )
    return Earlier(int(last[1]), root, wrong)


def _root_in(data: bytes) -> str | None:
    try:
        head = parse(data)
    except (ValueError, RecursionError):  # the caller says so
        return None
    root = head.get("root") if isinstance(head, dict) and head.get("schema") == _SCHEMA else None
    return root if isinstance(root, str) else None


def head_of(run: Mapping[str, Any], *, project: str, root: str, gate: str) -> dict[str, Any]:
    """The head of a finished run, from its run object."""
    return {
        "schema": _SCHEMA,
        "project": project,
        "branch": run["source"].get("ref"),
        "sequence": run["sequence"],
        "run_id": run["run_id"],
        "root": root,
        "previous_root": run["previous_root"],
        "finished": run["clock"]["finished"],
        "gate": gate,
    }


def add_head(place: Place, heads: str, head: Mapping[str, Any]) -> str:
    """Write a head, never over another; returns its key.

    Two runs that took the same number both keep theirs, for their ids differ.

    Raises
    ------
    EvidenceError
        If this run has a head that says something else.
    """
    key = f"{heads}/{branch_folder(head['branch'])}/{head['sequence']:08d}-{head['run_id']}.json"
    put(place, key, canonical(head))
    return key
