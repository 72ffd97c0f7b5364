"""Journals of one run -> plan and results: in one pass, sorted, the same whatever order the tests ran in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from sys import intern
from typing import TYPE_CHECKING, Any

from mltest.evidence.canonical import canonical, canonical_of_json, digest, digest_of
from mltest.evidence.records import id_of, record_of, record_of_break

if TYPE_CHECKING:
    from mltest.evidence.phases import Phases

__all__ = ["Gathered", "Records", "encode_results", "gather", "plan_of", "results_of"]

STATS = "mltest-stats/1"
# from an event, its test's entry, the id of its record and what was read so far: the digest of the entry it meets
Promised = Callable[[Mapping[str, Any], Mapping[str, Any] | None, str, Mapping[str, Mapping[str, Any]]], str | None]
_BRIEF = ("id", "node", "sentence", "attempt", "flags", "verdict", "severity", "check", "kind")
_FEW = {"verdict", "severity", "check", "kind"}  # a handful of words, which many records share


class Records:
    """The records of a run, each kept as its canonical bytes: thousands fit, and each is written out once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int], bytes] = {}
        self._brief: dict[tuple[str, int], tuple[Any, ...]] = {}

    def add(self, record: dict[str, Any]) -> None:
        """Keep a record; a shared fixture is set up, and judges, once in each worker: equal ones are one."""
        key = (record["id"], record["attempt"])
        if key in self._kept:
            if _same(json.loads(self._kept[key]), record):
                return
            while key in self._kept:
                key = (key[0], key[1] + 1)
            record = {**record, "attempt": key[1], "flags": sorted({*record["flags"], "rerun"})}
        self._kept[key] = canonical_of_json(record)
        self._brief[key] = tuple(intern(record[name]) if name in _FEW else record[name] for name in _BRIEF)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for key in sorted(self._kept):
            yield json.loads(self._kept[key])

    def briefs(self) -> Iterator[dict[str, Any]]:
        """Of each record what a decision and a summary need."""
        for key in sorted(self._brief):
            yield dict(zip(_BRIEF, self._brief[key], strict=True))

    def __len__(self) -> int:
        return len(self._kept)

    def ids(self) -> set[str]:
        """The ids of all records."""
        return {identity for identity, _ in self._kept}

    def pieces(self) -> Iterator[bytes]:
        """The canonical array of all records, piece by piece."""
        for at, key in enumerate(sorted(self._kept)):
            yield b"," if at else b"["
            yield self._kept[key]
        yield b"]" if self._kept else b"[]"


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    aside = dict.fromkeys(("worker", "duration_ms"))
    return canonical({**one, **aside}) == canonical({**other, **aside})


class Gathered:
    """What the journals of a run hold, by kind."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, Any]] = {}
        self.deselected: dict[str, dict[str, str]] = {}
        self.reads: dict[str, dict[str, Any]] = {}
        self.looks: dict[str, dict[str, Any]] = {}
        self.marked: set[str] = set()
        self.code: dict[str, dict[str, Any]] = {}  # by path, the project's files that were loaded
        self.protected: set[str] = set()  # digests of the data whose protected attributes were read
        self.plans: set[str] = set()
        self.records = Records()
        self.arrived: Counter[tuple[str, str]] = Counter()

    @property
    def judged(self) -> set[str]:
        """The tests and shared fixtures with at least one judgement."""
        return {node for node, _ in self.arrived}


def gather(
    journals: Mapping[str, Iterable[Mapping[str, Any]]],
    phases: Mapping[str, Phases],
    promised: Promised | None = None,
) -> Gathered:
    """Read each worker's journal once; the plan stands before the results in each.

    Parameters
    ----------
    journals : mapping of str to iterables of mappings
        The events of each worker.
    phases : mapping of str to Phases
        How each test went.
    promised : callable, optional
        Gives the digest of the locked entry that a judgement was promised by; without a lock that of its test's.
    """
    gathered = Gathered()
    for worker, journal in sorted(journals.items()):
        _take(gathered, worker, journal, phases, promised)
    return gathered


def _take(
    gathered: Gathered,
    worker: str,
    journal: Iterable[Mapping[str, Any]],
    phases: Mapping[str, Phases],
    promised: Promised | None,
) -> None:
    digests: dict[str, str] = {}
    for event in journal:
        kind = event["event"]
        if kind == "result":
            node = event["node"]
            gathered.arrived[node, worker] += 1
            if event["result"]["check"] == "model.fair":
                gathered.protected.update(event["result"]["inputs"].values())
            if "look" in event:
                gathered.looks[id_of(event)] = event["look"]
            test = gathered.entries.get(node)
            entry = promised(event, test, id_of(event), gathered.reads) if promised else digests.get(node)
            record = record_of(event, phases.get(node), entry=entry, worker=worker)
            gathered.records.add(record if node else _unplaced(record))
        elif kind == "planned":
            entry = event["entry"]
            gathered.entries[entry["id"]] = entry
            digests[entry["id"]] = digest(canonical_of_json(entry))
            if event.get("marked"):
                gathered.marked.add(entry["id"])
        else:
            _take_aside(gathered, event)
    if digests:
        gathered.plans.add(digest_of(digests))


def _take_aside(gathered: Gathered, event: Mapping[str, Any]) -> None:
    """What is neither planned nor found: tests left out, artifacts read, code loaded."""
    kind = event["event"]
    if kind == "deselected":
        gathered.deselected[event["node"]] = {"reason": event["reason"], "detail": event["detail"]}
    elif kind == "code":
        for file in event["files"]:
            known = gathered.code.setdefault(file["path"], {**file, "by": []})
            known["by"] = sorted({*known["by"], *file["by"]})
    elif kind == "read":
        gathered.reads[event["id"]] = {name: event[name] for name in event if name != "event"}


def _unplaced(record: dict[str, Any]) -> dict[str, Any]:
    """The record of a check that was called outside of any test, as when a file is imported: never accepted."""
    text = f"MLP09 check {record['id']} ran before the plan was sealed"
    return {**record, "verdict": "error", "reason": "before-plan", "because": text, "message": text}


def plan_of(
    checks: Iterable[Mapping[str, Any]],
    *,
    project: str,
    settings: Mapping[str, Any],
    data: Iterable[Mapping[str, Any]] = (),
    baselines: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The plan object over its entries (governance section 4.1)."""
    return {
        "schema": "mltest/plan/v1",
        "project": project,
        "stats": STATS,
        "settings": dict(settings),
        "data": list(data),
        "baselines": list(baselines),
        "checks": sorted(checks, key=lambda entry: str(entry["id"])),
    }


def results_of(
    gathered: Gathered,
    phases: Mapping[str, Phases],
    not_run: Mapping[str, Mapping[str, str]],
    *,
    run_id: str,
    plan: str,
    planned: Collection[str] | None = None,
    within: Collection[str] | None = None,
) -> dict[str, Any]:
    """The results object: a record for each judgement, a reason for whatever did not run.

    ``planned`` are the ids of a locked plan and ``within`` its tests; other tests leave no record of their own.
    """
    judged, known = gathered.judged, set(gathered.entries if planned is None else planned)
    for node in sorted(phases):
        if phases[node].broke and (within is None or node in within):
            test = gathered.entries.get(node)
            entry = digest_of(test) if test and within is None else None
            for record in _breaks(node, phases[node], test, entry, judged=node in judged, locked=within is not None):
                gathered.records.add(record)
                judged.add(node)
    return {
        "schema": "mltest/results/v1",
        "stats": STATS,
        "run_id": run_id,
        "plan_digest": plan,
        "records": gathered.records,
        "not_run": [{"id": node, **not_run[node]} for node in sorted(not_run)],
        "without_check": sorted((set(phases) & known) - judged - set(not_run)),
    }


def _breaks(
    node: str, phase: Phases, test: Mapping[str, Any] | None, entry: str | None, *, judged: bool, locked: bool
) -> Iterator[dict[str, Any]]:
    """What broke a test, attempt by attempt; where one did and the last did not, that one is told as well.

    A fixture that fails is why a test did not run, unless something had been judged by then.
    """
    again = phase.breaks if judged or locked else {}
    broke = phase.failed_outside or (phase.setup_broke if judged or again else None)
    for attempt, (reason, text) in sorted(again.items()):
        yield record_of_break(node, text, test, entry=entry, attempt=attempt, reason=reason)
    attempt = max(1, len(phase.outcomes) + (phase.setup_broke is not None))
    if broke is not None:
        yield record_of_break(node, broke, test, entry=entry, attempt=attempt, reason=phase.reason or "exception")
    elif again and phase.finished and phase.reason is None:
        yield record_of_break(node, None, test, entry=entry, attempt=attempt, reason="ran")


def encode_results(results: Mapping[str, Any]) -> bytes:
    """The canonical form of a results object whose records are ``Records``: each is written once."""
    pieces: list[bytes] = []
    for name in sorted(results):
        pieces.append(b"%s%s:" % (b"," if pieces else b"{", canonical(name)))
        value = results[name]
        pieces.extend(value.pieces() if isinstance(value, Records) else [canonical(value)])
    return b"".join([*pieces, b"}"])
