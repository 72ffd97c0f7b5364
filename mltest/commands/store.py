"""``mltest store``: what lies in the store, what its labels let go, and a run that is to be uploaded again.

Nothing is deleted, by this command or by any other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical, digest_of
from mltest.evidence.chain import head_of
from mltest.evidence.places import place_of
from mltest.evidence.storage import Store
from mltest.evidence.store import read_evidence
from mltest.policy.settings import read_settings

if TYPE_CHECKING:
    from mltest.evidence.storage import Kept

__all__ = ["arguments", "run"]

_LOCAL = ".mltest/runs"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="every run, with its labels")
    _url(listing, f"a store or a folder of runs (default: the store of the settings, else {_LOCAL})")
    listing.add_argument("--expired", action="store_true", help="only runs whose date is over, without a hold")
    listing.add_argument("--at", metavar="DAY", help="the day to compare with (default: today)")
    listing.add_argument("--json", action="store_true", help="one object on the standard output")
    adding = actions.add_parser("add", help="upload a finished run; what is there already is left as it is")
    adding.add_argument("evidence", metavar="RUN", type=Path, help="the folder of the run")
    _url(adding, "the store (default: that of the settings)")
    adding.add_argument("--json", action="store_true", help="one object on the standard output")


def _url(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument("url", metavar="URL", nargs="?", help=text)


def run(given: argparse.Namespace) -> int:
    """Print what was found or where the run went.

    Raises
    ------
    UsageError
        If an option cannot be worked with, or no store is known.
    EvidenceError
        If the store or the run cannot be read or written.
    """
    return _add(given) if given.action == "add" else _list(given)


def _list(given: argparse.Namespace) -> int:
    day = _day(given.at)
    store = _store(given.url, "")
    if store is None:
        store = Store(place_of(_LOCAL), "")
    found = [kept for kept in store.runs() if not given.expired or kept.expired(day)]
    lines = [*map(_line, found), _sum(found, day, expired=given.expired)]
    print("\n".join(lines), file=sys.stderr if given.json else sys.stdout)
    if given.json:
        rows = [{name: value for name, value in kept._asdict().items() if value is not None} for kept in found]
        _object({"place": store.place.shown, "day": day, "runs": rows})
    return 0


def _day(text: str | None) -> str:
    if text is None:
        return datetime.now(UTC).date().isoformat()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as wrong:
        msg = f"--at {text!r}: allowed is a day, such as 2036-12-31"
        raise UsageError(msg) from wrong


def _store(url: str | None, project: str) -> Store | None:
    """The store of a URL, else that of the settings, else None."""
    if url:
        return Store(place_of(url), project)
    settings = read_settings(Path())
    return Store(place_of(settings.store, settings.base), project or settings.project) if settings.store else None


def _line(kept: Kept) -> str:
    state = kept.gate if kept.finished else "abandoned"
    labels = f"until {kept.retention_until}" if kept.retention_until else "no date"
    hold = ", legal hold" if kept.legal_hold else ""
    return f"{kept.run_id}  {kept.started[:10]}  {state or '':<17}  {labels}{hold}  {kept.key}"


def _sum(found: Iterable[Kept], day: str, *, expired: bool) -> str:
    number = len(list(found))
    runs = f"{number} run{'s' * (number != 1)}"
    return f"{runs} whose label ended before {day}; nothing was deleted" if expired else runs


def _add(given: argparse.Namespace) -> int:
    evidence = read_evidence(given.evidence)
    if not given.evidence.is_dir():
        msg = f"{given.evidence} is one file: a store takes the folder of a run"
        raise UsageError(msg)
    project = evidence["plan"]["project"]
    store = _store(given.url, project)
    if store is None:
        msg = 'no store is known: name its URL, or set store = "gs://bucket/prefix" in [tool.mltest]'
        raise UsageError(msg)
    try:
        root, gate = digest_of(evidence["root"]), evidence["verdict"]["gate"]
        head = head_of(evidence["run"], project=project, root=root, gate=gate)
    except KeyError as absent:
        msg = f"{given.evidence} has no {absent} and so no place in a chain"
        raise EvidenceError(msg) from absent
    where = f"{store.place.shown}/{store.add(given.evidence, head)}"
    print(where, file=sys.stderr if given.json else sys.stdout)
    if given.json:
        _object({"url": where, "evidence_root": root})
    return 0


def _object(value: object) -> None:
    sys.stdout.flush()
    sys.stdout.buffer.write(canonical(value) + b"\n")
    sys.stdout.flush()
