"""Two locks, two runs, or one of each: brought to the same form, compared, and grouped for a page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mltest.evidence.canonical import digest_of
from mltest.policy.change import changes
from mltest.policy.change_effects import last_records
from mltest.policy.change_line import line_of, ordered, shown
from mltest.policy.change_structure import differing_places
from mltest.policy.committed import Committed
from mltest.policy.plan import planned_check
from mltest.policy.unnamed import run_rows_lines
from mltest.policy.waiver import read_waivers

__all__ = [
    "GROUPS",
    "Side",
    "compared",
    "grouped",
    "report_changes",
    "side_changes",
    "side_of_evidence",
    "side_of_plan",
]

# The groups of a page, in its order: the key, the title.
GROUPS = (
    ("loosened", "Loosened or removed"),
    ("inputs", "Data, baselines and test code"),
    ("unordered", "Changes that have no order"),
    ("tightened", "Tightened or added"),
    ("verdicts", "Verdicts"),
    ("estimates", "Estimates that moved beyond their noise"),
)
_INPUTS = ("data_replaced", "data_added", "baseline_replaced", "source_changed")
_SYSTEM = ("python", "os", "arch")
_NOT_IN_RECORDS = ("demands", "slices", "data", "baselines", "inputs")
_MOST = 40


class Side(NamedTuple):
    """One side of a comparison; ``evidence`` is None for a lock."""

    name: str
    plan: Mapping[str, Any]
    evidence: Mapping[str, Any] | None = None

    @property
    def is_locked(self) -> bool:
        """Whether the entries are of checks, with their demands, and not of collected tests."""
        return self.evidence is None or bool(self.evidence["run"].get("lock_digest"))


def side_of_plan(plan: Mapping[str, Any], name: str) -> Side:
    """The side that a lock is."""
    return Side(name, plan)


def side_of_evidence(evidence: Mapping[str, Any], name: str) -> Side:
    """The side that a run is."""
    return Side(name, evidence["plan"], evidence)


def side_changes(old: Side, new: Side) -> list[dict[str, Any]]:
    """Every difference as a line of ``changes``, with the environments of two runs.

    Notes
    -----
    A run without a lock planned tests, not checks: what its checks demanded is taken from its records then.

    Examples
    --------
    >>> side = side_of_plan({"checks": []}, "plan.lock")
    >>> side_changes(side, side)
    []
    """
    plans = _plans(old, new)
    results = [side.evidence["results"] if side.evidence else None for side in (old, new)]
    waivers: list[Sequence[Any]] = (
        [_waivers(side) for side in (old, new)] if old.evidence and new.evidence else [(), ()]
    )
    lines = changes(
        *plans, old_waivers=waivers[0], new_waivers=waivers[1], old_results=results[0], new_results=results[1]
    )
    told = {line["id"] for line in lines if line["field"] == "inputs"}
    rows = [line for line in _rows(old, new) if line["id"] not in told]
    return ordered([*lines, *rows, *_environment(old, new)])


def _rows(old: Side, new: Side) -> Iterator[dict[str, Any]]:
    if old.evidence is None or new.evidence is None:
        return
    found = [last_records(side.evidence["results"]) for side in (old, new) if side.evidence]
    named = [
        {row["digest"] for part in ("data_seen", "subjects") for row in side.evidence["run"].get(part) or ()}
        for side in (old, new)
        if side.evidence
    ]
    yield from run_rows_lines(found[0], found[1], (named[0], named[1]))


def _waivers(side: Side) -> Sequence[Any]:
    if side.evidence is None:
        return ()
    data = Committed.of_evidence(side.evidence).texts.get("waivers")
    return read_waivers(data) if data is not None else ()


def _plans(old: Side, new: Side) -> list[Mapping[str, Any]]:
    if old.is_locked and new.is_locked:
        return [old.plan, new.plan]
    checks = [{entry["id"]: entry for entry in _asked(side)} for side in (old, new)]
    for at, side in enumerate((old, new)):
        other = (old, new)[1 - at]
        if not side.is_locked:
            checks[at] = _beside(checks[at], checks[1 - at], only_known=other.is_locked)
    return [
        {**side.plan, **_inputs(side), "checks": list(found.values())}
        for side, found in zip((old, new), checks, strict=True)
    ]


def _beside(own: dict[str, Any], other: Mapping[str, Any], *, only_known: bool) -> dict[str, Any]:
    """The checks of a run without a lock: those of a test that did not run are as they were on the other side."""
    waiting = {name for name, entry in own.items() if entry.get("kind") == "test"}
    known = {name: entry for name, entry in other.items() if entry["nodeid"] in waiting and name not in own}
    settled = {entry["nodeid"] for entry in known.values()}
    if only_known:
        settled |= waiting - set(other)
    return {name: entry for name, entry in own.items() if name not in settled} | known


def _asked(side: Side) -> Iterator[Mapping[str, Any]]:
    """The entries of a plan; for a run without a lock one for each of its records, as far as these tell."""
    if side.is_locked or side.evidence is None:
        yield from side.plan["checks"]
        return
    tests = {entry["id"]: entry for entry in side.plan["checks"]}
    judged = set()
    for name, record in last_records(side.evidence["results"]).items():
        if record.get("check") == "pytest":
            continue
        node = str(record.get("node") or name.partition("#")[0])
        judged.add(node)
        demand = record.get("requirement")
        told = {"limit": None, "margin": None, "decision": "interval", **demand} if demand else None
        result = {"inputs": {}, "severity": "block", **record, "requirement": told}
        event = {"node": node, "kind": record.get("kind", ""), "result": result}
        entry = planned_check(event, tests.get(node), name)
        yield {field: value for field, value in entry.items() if field not in _NOT_IN_RECORDS}
    yield from (entry for name, entry in tests.items() if name not in judged)


def _inputs(side: Side) -> dict[str, Any]:
    """The data and baselines of a run without a lock, as it saw them."""
    if side.is_locked or side.evidence is None:
        return {}
    run = side.evidence["run"]
    seen = {row["id"]: row["digest"] for row in run.get("data_seen") or ()}
    data = [
        item if "digest" in item else {**item, **_digest(seen.get(item["id"]))} for item in side.plan.get("data", ())
    ]
    subjects = [row for row in run.get("subjects") or () if row.get("role") == "baseline"]
    return {"data": data, "baselines": [{"id": row["name"], "digest": row["digest"]} for row in subjects]}


def _digest(found: str | None) -> dict[str, str]:
    return {} if found is None else {"digest": found}


def _environment(old: Side, new: Side) -> Iterator[dict[str, Any]]:
    if old.evidence is None or new.evidence is None:
        return
    before, after = (_installed(side.evidence["run"]) for side in (old, new) if side.evidence)
    places = list(differing_places(before, after))
    for place, one, other in places[:_MOST]:
        name = place.removeprefix("[").removesuffix("]")
        what = f"{name} {shown(one)} -> {shown(other)}"
        yield line_of("environment_changed", "environment", name, (one, other), what)
    if len(places) > _MOST:
        what = f"and {len(places) - _MOST} packages more"
        yield line_of("environment_changed", "environment", "~", (None, None), what)


def _installed(run: Mapping[str, Any]) -> dict[str, str]:
    found = run.get("environment") or {}
    packages = {str(name): str(version) for name, version in found.get("packages") or ()}
    image = {"image": str(run["image"])} if run.get("image") else {}
    return packages | image | {name: str(found[name]) for name in _SYSTEM if name in found}


def grouped(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The lines in the groups of ``GROUPS``, empty ones left out: ``key``, ``title`` and ``lines`` of each."""
    found: dict[str, list[Mapping[str, Any]]] = {key: [] for key, _ in GROUPS}
    for line in lines:
        found[_group(line)].append(line)
    return [{"key": key, "title": title, "lines": found[key]} for key, title in GROUPS if found[key]]


def _group(line: Mapping[str, Any]) -> str:
    if line["direction"] in ("loosened", "tightened"):
        return str(line["direction"])
    if line["kind"] in ("verdict_changed", "estimate_moved"):
        return "verdicts" if line["kind"] == "verdict_changed" else "estimates"
    return "inputs" if line["kind"] in _INPUTS else "unordered"


def report_changes(evidence: Mapping[str, Any], baseline_evidence: Mapping[str, Any]) -> dict[str, Any]:
    """What changed since another run, as plain values for a page.

    Parameters
    ----------
    evidence, baseline_evidence : mapping
        The one-file form of both runs, as ``read_evidence`` gives it.

    Returns
    -------
    dict
        ``old`` and ``new`` (``name``, ``kind``, ``plan_digest``; of a run also ``run_id``, ``root``, ``commit``,
        ``finished``, ``gate``), ``subjects`` (``name``, ``old``, ``new`` digest of each model that differs), ``counts``
        by direction, ``lines`` and ``groups`` as ``grouped`` makes them.
    """
    return compared(side_of_evidence(baseline_evidence, "before"), side_of_evidence(evidence, "now"))


def compared(old: Side, new: Side) -> dict[str, Any]:
    """The form of ``report_changes`` for any two sides."""
    lines = side_changes(old, new)
    counts = {word: sum(line["direction"] == word for line in lines) for word in ("loosened", "other", "tightened")}
    groups = grouped(lines)
    return {
        "old": _about(old),
        "new": _about(new),
        "subjects": _subjects(old, new),
        "counts": counts,
        "lines": lines,
        "groups": groups,
    }


def _about(side: Side) -> dict[str, Any]:
    about: dict[str, Any] = {"name": side.name, "kind": "lock", "plan_digest": digest_of(side.plan)}
    if side.evidence is not None:
        run = side.evidence["run"]
        about |= {
            "kind": "run",
            "run_id": run.get("run_id"),
            "root": side.evidence.get("evidence_root"),
            "commit": (run.get("source") or {}).get("commit"),
            "finished": (run.get("clock") or {}).get("finished"),
            "gate": side.evidence["verdict"].get("gate"),
        }
    return about


def _subjects(old: Side, new: Side) -> list[dict[str, Any]]:
    """The candidates that are not the same model any more."""
    if old.evidence is None or new.evidence is None:
        return []
    before, after = (
        {
            row["name"]: row["digest"]
            for row in side.evidence["run"].get("subjects") or ()
            if row.get("role") != "baseline"
        }
        for side in (old, new)
        if side.evidence
    )
    names = sorted({*before, *after})
    return [
        {"name": name, "old": before.get(name), "new": after.get(name)}
        for name in names
        if before.get(name) != after.get(name)
    ]
