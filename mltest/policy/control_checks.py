"""Every check that a plan promised or a run judged: its kinds, the controls that its test claims, its verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from mltest.policy.standing import is_locked

__all__ = ["EXECUTED", "VERDICTS", "ClaimedCheck", "claimed_checks"]

VERDICTS = ("passed", "failed", "inconclusive", "not_applicable", "error", "not_run")
EXECUTED = ("passed", "failed", "inconclusive")  # something was measured and judged
_WORST_FIRST = ("error", "failed", "inconclusive", "not_applicable", "passed")
_SLICED = ("model.calibration", "model.fairness", "model.performance", "model.regression")
_UNSTATED = "own.require"  # takes any number, so its kind is a default and no statement
_BROKEN = "#pytest"  # the label of the record that a test leaves that breaks before or between its checks


class ClaimedCheck(NamedTuple):
    """One check and what its test claims to show.

    ``verdict`` is one of ``VERDICTS``, or None for a test that ran to its end without calling a check that counts.
    Such a test, and one that broke or did not run, has no kinds. ``locked`` says that the plan lock judged it,
    ``stated`` that the check itself names its kind.

    Examples
    --------
    >>> ClaimedCheck("t.py::t#model.metric:recall", ("model.performance",), (), "passed", locked=False).executed
    True
    """

    id: str
    kinds: tuple[str, ...]
    controls: tuple[str, ...]
    verdict: str | None
    locked: bool
    stated: bool = True

    @property
    def executed(self) -> bool:
        """Whether it measured something that was judged."""
        return self.verdict in EXECUTED


def claimed_checks(
    plan: Mapping[str, Any], run: Mapping[str, Any], results: Mapping[str, Any]
) -> tuple[ClaimedCheck, ...]:
    """The checks of a plan with the worst verdict of their attempts, sorted by id.

    Parameters
    ----------
    plan, run, results : mappings
        The objects of governance sections 4.1 to 4.3.

    Notes
    -----
    Under a lock a check that nobody planned shows nothing about a control, for its rule was not there before its
    result. Without a lock the marks of the collected tests are all there is, and every check of a marked test counts.
    A check of performance, regression, calibration or fairness over slices is of kind ``model.slices`` too.

    Examples
    --------
    >>> entry = {"id": "t.py::t", "nodeid": "t.py::t", "kind": "test", "controls": ["GDPR/Art. 5(1)(d)"]}
    >>> record = {"id": "t.py::t#a", "node": "t.py::t", "kind": "data.quality", "verdict": "passed", "entry": None}
    >>> claimed_checks({"checks": [entry]}, {}, {"records": [record], "not_run": []})[0].kinds
    ('data.quality',)
    """
    records = _worst(results["records"])
    entries = {entry["id"] for entry in plan["checks"] if entry["kind"] != "test"}
    missed = {row["id"] for row in results["not_run"]}
    locked = is_locked(run)
    unplanned: dict[str, list[Mapping[str, Any]]] = {}
    for record in records.values():
        if record["id"] not in entries:
            unplanned.setdefault(record["node"], []).append(record)
    found: list[ClaimedCheck] = []
    for entry in plan["checks"]:
        if entry["kind"] == "test":
            mine = unplanned.get(entry["nodeid"], [])
            found += _of_test(entry, mine, missed=entry["id"] in missed, locked=locked)
        else:
            found.append(_of_entry(entry, records, locked=locked))
    return tuple(sorted(found, key=lambda check: check.id))


def _worst(records: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    worst: dict[str, Mapping[str, Any]] = {}
    for record in records:
        other = worst.setdefault(record["id"], record)
        if _WORST_FIRST.index(record["verdict"]) < _WORST_FIRST.index(other["verdict"]):
            worst[record["id"]] = record
    return worst


def _of_entry(entry: Mapping[str, Any], records: Mapping[str, Mapping[str, Any]], *, locked: bool) -> ClaimedCheck:
    record = records.get(entry["id"])
    broken = f"{entry['nodeid']}{_BROKEN}" in records
    verdict = record["verdict"] if record else "error" if broken else "not_run"
    judged = locked and record is not None and record.get("entry") is not None
    kinds = _kinds(entry["kind"], entry.get("slices") or "by" in (entry.get("demands") or {}))
    stated = entry.get("check") != _UNSTATED
    return ClaimedCheck(entry["id"], kinds, tuple(entry.get("controls") or ()), verdict, judged, stated)


def _of_test(
    entry: Mapping[str, Any], records: list[Mapping[str, Any]], *, missed: bool, locked: bool
) -> Iterator[ClaimedCheck]:
    controls = tuple(entry.get("controls") or ())
    counted = [record for record in records if not locked or record["id"].endswith(_BROKEN)]
    for record in counted:
        kinds = () if record["id"].endswith(_BROKEN) else _kinds(record["kind"], record.get("slices"))
        stated = record.get("check") != _UNSTATED
        yield ClaimedCheck(record["id"], kinds, controls, record["verdict"], locked=False, stated=stated)
    if not counted:
        yield ClaimedCheck(entry["id"], (), controls, "not_run" if missed else None, locked=locked)


def _kinds(kind: str, slices: object) -> tuple[str, ...]:
    return (kind, "model.slices") if slices and kind in _SLICED else (kind,)
