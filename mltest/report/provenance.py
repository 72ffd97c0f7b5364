"""Where the numbers come from: data and models with digests, settings, machine, commit, and what is not shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltest.digits import count
from mltest.report.reading import ABSENT, short
from mltest.report.words import plural

__all__ = ["Fact", "Source", "Surroundings", "identity_of", "sources_of", "surroundings_of", "time_text", "unshown"]


_DATA_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One line of a list of facts; ``code`` marks text that is copied rather than read."""

    name: str
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file, table or model that this run read."""

    anchor: str
    name: str
    role: str
    digest: str
    rows: str
    used: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The run's commit, machine, settings and packages."""

    source: tuple[Fact, ...]
    run: tuple[Fact, ...]
    settings: tuple[Fact, ...]
    environment: tuple[Fact, ...]
    packages: tuple[tuple[str, str], ...]
    plugins: tuple[tuple[str, str], ...]
    files: tuple[Fact, ...] = ()


def sources_of(evidence: Mapping[str, Any]) -> tuple[Source, ...]:
    """Everything with a digest, once: models, data, baselines, and what checks read beside them."""
    run, plan = evidence["run"], evidence["plan"]
    found: dict[str, dict[str, Any]] = {}
    for row in run.get("subjects") or ():
        _add(
            found,
            row.get("digest"),
            str(row.get("name", ABSENT)),
            f"model, {row.get('role', 'role not recorded')}",
            row,
        )
    for row in plan.get("baselines") or ():
        _add(found, row.get("digest"), str(row.get("id", ABSENT)), "baseline", row)
    seen = list(run.get("data_seen") or ())
    ids = {row.get("id") for row in seen}
    for row in [*seen, *(row for row in plan.get("data") or () if row.get("digest") or row.get("id") not in ids)]:
        _add(found, row.get("digest"), str(row.get("id", ABSENT)), "data", row)
    used: Counter[str] = Counter()
    for record in evidence["results"]["records"]:
        for name, digest in (record.get("inputs") or {}).items():
            _add(found, digest, str(name), "read by a check", {})
            used[str(digest)] += 1
    return tuple(
        Source(
            anchor=f"s{at}",
            name=", ".join(row["names"]),
            role=row["role"],
            digest=digest,
            rows=_amount(row),
            used=plural(used[digest], "check") if used[digest] else "no check",
        )
        for at, (digest, row) in enumerate(found.items(), start=1)
    )


def _add(found: dict[str, dict[str, Any]], digest: object, name: str, role: str, row: Mapping[str, Any]) -> None:
    key = str(digest) if digest else f"no digest: {name} was declared and not read"
    entry = found.setdefault(key, {"names": [], "role": role, "rows": None, "bytes": None})
    if name not in entry["names"]:
        entry["names"].append(name)
    for size in ("rows", "bytes"):
        entry[size] = entry[size] if entry[size] is not None else row.get(size)


def _amount(row: Mapping[str, Any]) -> str:
    parts = [f"{count(int(row[size]))} {size}" for size in ("rows", "bytes") if row[size] is not None]
    return ", ".join(parts) or ABSENT


def surroundings_of(evidence: Mapping[str, Any], files: Sequence[tuple[str, str]] = ()) -> Surroundings:
    """The facts of a run in four groups, each fact present or said to be missing."""
    run, plan = evidence["run"], evidence["plan"]
    environment = run.get("environment") or {}
    return Surroundings(
        source=tuple(_source(run.get("source") or {})),
        run=tuple(_run(run)),
        settings=tuple(_settings(plan)),
        environment=tuple(
            _fact(name, environment.get(key))
            for name, key in (
                ("Python", "python"),
                ("operating system", "os"),
                ("architecture", "arch"),
                ("processors", "cpu_count"),
                ("host, as a hash", "host_hash"),
                ("packages digest", "packages_digest"),
            )
        ),
        packages=_pairs(environment.get("packages")),
        plugins=_pairs(environment.get("plugins")),
        files=tuple(Fact(name=name, text=digest, code=True) for name, digest in files),
    )


def _fact(name: str, value: object, *, code: bool = False) -> Fact:
    if value is None or value in ("", []):
        return Fact(name=name, text=ABSENT)
    if isinstance(value, bool):
        return Fact(name=name, text="yes" if value else "no")
    return Fact(name=name, text=str(value), code=code or str(value).startswith("sha256:"))


def _source(source: Mapping[str, Any]) -> list[Fact]:
    return [
        _fact("commit", source.get("commit"), code=True),
        Fact(name="working tree", text=dirty_text(source)),
        _fact("branch or reference", source.get("ref")),
        _fact("commit time", source.get("commit_time")),
        _fact("remote", source.get("remote")),
    ]


def dirty_text(source: Mapping[str, Any]) -> str:
    """Whether the commit names the code that ran."""
    if source.get("dirty") is None:
        return ABSENT
    if not source["dirty"]:
        return "clean: the commit is the code that ran"
    paths = source.get("dirty_paths")
    changed = plural(int(paths), "changed path") if paths else "changed paths, not counted"
    return f"dirty: {changed}, so the commit alone does not name the code that ran"


def _run(run: Mapping[str, Any]) -> list[Fact]:
    clock, invocation = run.get("clock") or {}, run.get("invocation") or {}
    workers = run.get("workers") or ()
    exits = Counter(str(worker.get("exit", "unknown")) for worker in workers)
    args = invocation.get("args")
    return [
        _fact("run id", run.get("run_id"), code=True),
        _fact("started", time_text(clock.get("started"))),
        _fact("finished", time_text(clock.get("finished"))),
        _fact("duration", _seconds(clock.get("monotonic_ms"))),
        _fact("invocation", " ".join(["pytest", *map(str, args)]) if args is not None else None, code=True),
        _fact("profile", run.get("profile")),
        _fact("job", (run.get("ci") or {}).get("run_url")),
        _fact(
            "worker processes",
            f"{len(workers)} ({', '.join(f'{number} {how}' for how, number in sorted(exits.items()))})"
            if workers
            else "one process",
        ),
    ]


def _seconds(milliseconds: object) -> str | None:
    return f"{milliseconds / 1000:.1f} s" if isinstance(milliseconds, (int, float)) else None


def time_text(stamp: object) -> str | None:
    """``2026-11-20 16:55:15 UTC`` from a stamp of the evidence; anything else as it is."""
    if not isinstance(stamp, str):
        return None
    return f"{stamp[:10]} {stamp[11:19]} UTC" if len(stamp) >= 20 and stamp.endswith("Z") else stamp


def _settings(plan: Mapping[str, Any]) -> list[Fact]:
    settings = plan.get("settings") or {}
    named = {"stats": "statistics definitions", "small_cell": "smallest group shown"}
    facts = [_fact("statistics definitions", plan.get("stats"))]
    for key, value in sorted(settings.items()):
        text = _plain(value) if isinstance(value, (Mapping, list, tuple)) else value
        facts.append(_fact(named.get(key, key.replace("_", " ")), text))
    if "seed" not in settings:
        facts.append(_fact("seed", None))
    return facts


def _plain(value: object) -> str:
    """Nested settings in words."""
    if isinstance(value, Mapping):
        return "; ".join(f"{str(name).replace('_', ' ')} {_plain(item)}" for name, item in sorted(value.items()))
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_plain, value)) or "none"
    return str(value)


def _pairs(rows: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        return ()
    return tuple((str(row[0]), str(row[1])) for row in rows if isinstance(row, Sequence) and len(row) == 2)


def identity_of(evidence: Mapping[str, Any]) -> tuple[Fact, ...]:
    """Which commit, models and data, and when: what a decision is about."""
    run = evidence["run"]
    source, clock = run.get("source") or {}, run.get("clock") or {}
    commit = str(source.get("commit") or ABSENT)
    facts = [
        Fact(name="evidence root", text=evidence["evidence_root"], code=True),
        Fact(name="commit", text=commit, code=commit != ABSENT),
    ]
    if source.get("dirty") or source.get("dirty") is None:
        facts.append(Fact(name="working tree", text=dirty_text(source)))
    facts += [_digested("model", row, "name") for row in run.get("subjects") or () if row.get("role") == "candidate"]
    facts += [_digested("data", row, "id") for row in list(run.get("data_seen") or ())[:_DATA_NAMED]]
    started, finished = time_text(clock.get("started")) or ABSENT, time_text(clock.get("finished")) or ABSENT
    facts.append(Fact(name="ran", text=f"{started} to {finished}"))
    return tuple(facts)


def _digested(name: str, row: Mapping[str, Any], key: str) -> Fact:
    return Fact(name=f"{name} {row.get(key, ABSENT)}", text=short(row.get("digest")), code=True)


def unshown(evidence: Mapping[str, Any], point: int, intervals: int, inconclusive: int) -> tuple[str, ...]:
    """What a reader could take from this page and must not."""
    run, not_run = evidence["run"], evidence["results"]["not_run"]
    lines = [
        "These are measurements on the data listed above. They do not speak for other populations, places or times.",
        (
            "Digests show which bytes were read and that this record is consistent. They cannot show that it is true: "
            "whoever controls the machine that ran the tests can produce a consistent record."
        ),
    ]
    if intervals:
        lines.append(
            f"{plural(intervals, 'check')} judged by one-sided 95 % bounds: a model that truly just misses a demand "
            "passes that one check with a chance of up to 5 %."
        )
    if point:
        lines.append(
            f"{plural(point, 'check was', 'checks were')} judged by the estimate alone, without error control."
        )
    if inconclusive:
        lines.append(
            f"{plural(inconclusive, 'demand')} could not be decided with the rows at hand: neither met nor missed."
        )
    if not_run:
        lines.append(f"{plural(len(not_run), 'planned test')} did not run; what would have come out is unknown.")
    if not run.get("lock_digest"):
        lines.append("No plan was locked before this run: limits may have been chosen after results were seen.")
    if (run.get("source") or {}).get("dirty"):
        lines.append("The working tree had changes that were not committed: the commit alone does not name the code.")
    if (run.get("row_data") or {}).get("contains"):
        columns = ", ".join(str(name) for name in run["row_data"].get("columns") or ()) or "columns not recorded"
        lines.append(f"This record contains rows of the data: {columns}.")
    return tuple(lines)
