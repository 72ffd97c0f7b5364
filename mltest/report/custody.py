"""Facts about data: lineage, what of persons is in the record, and what it takes to get the same numbers again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.report.provenance import Fact, time_text
from mltest.report.reading import ABSENT, short
from mltest.report.words import plural

if TYPE_CHECKING:
    from mltest.report.entries import Entry

__all__ = ["lineage_of", "personal_of", "repeatability_of", "row_data_of"]

_LISTED, _NAMED = 5, 8
_GROUPED = ("by", "sensitive", "protected", "groups")


def row_data_of(run: Mapping[str, Any]) -> str:
    """``row data: none``, or the columns that the record holds rows of."""
    rows = run.get("row_data") or {}
    if not rows.get("contains"):
        return "none" if rows else ABSENT
    return f"yes, of {', '.join(map(str, rows.get('columns') or ())) or 'columns that are not recorded'}"


def personal_of(evidence: Mapping[str, Any]) -> tuple[Fact, ...]:
    """What a data-protection officer asks of a record."""
    plan, run, verdict = evidence["plan"], evidence["run"], evidence["verdict"]
    settings = plan.get("settings") or {}
    small = settings.get("small_cell")
    waivers = verdict.get("waivers") or ()
    people = sorted({str(row[who]) for row in waivers for who in ("requested_by", "approved_by") if row.get(who)})
    return (
        Fact(name="row data", text=row_data_of(run)),
        Fact(
            name="small groups",
            text="smallest group shown: "
            + (ABSENT if small is None else f"{small}")
            + "; the checks use all rows, only what is shown is limited",
        ),
        Fact(name="groups read", text=_columns(plan) or "no check names a column to group by"),
        Fact(name="exception texts", text="not kept, but for type, file and line; no operands of comparisons"),
        Fact(name="host", text="kept as a hash"),
        Fact(name="names of people", text=", ".join(people) or "none in waivers; approvals and sign-offs name people"),
        Fact(name="retention", text=str(settings.get("retention_until") or run.get("retention_until") or ABSENT)),
        Fact(name="recipients", text=_recipients(run)),
    )


def _columns(plan: Mapping[str, Any]) -> str:
    found: dict[str, int] = {}
    for entry in plan["checks"]:
        demands = entry.get("demands")
        for name in _GROUPED if isinstance(demands, Mapping) else ():
            given = demands.get(name)
            for column in [given] if isinstance(given, str) else given if isinstance(given, list) else ():
                found[str(column)] = found.get(str(column), 0) + 1
    return ", ".join(f"{name} ({plural(number, 'check')})" for name, number in sorted(found.items()))


def _recipients(run: Mapping[str, Any]) -> str:
    store = run.get("store")
    place = store.get("uri") if isinstance(store, Mapping) else store
    return f"store {place}" if place else "no store is recorded; whoever was handed this file"


def lineage_of(evidence: Mapping[str, Any]) -> tuple[Fact, ...]:
    """How the planned data were fixed, how often they judged a candidate, and what versions them."""
    plan, run, verdict = evidence["plan"], evidence["run"], evidence["verdict"]
    facts = []
    seen = {row.get("id"): row for row in run.get("data_seen") or ()}
    for row in plan.get("data") or ():
        told = ["pinned by the plan" if row.get("policy") == "pinned" else "moving: the plan does not fix its bytes"]
        found = seen.get(row.get("id"), {})
        told += ["digest reused from a cache"] if found.get("cached") else []
        told += [f"versioned by {name} {found[name]}" for name in ("dvc", "lfs") if found.get(name)]
        told += [] if found else ["not read in this run"]
        facts.append(Fact(name=str(row.get("id", ABSENT)), text="; ".join(told)))
    for use in verdict.get("data_use") or ():
        number = int(use.get("evaluations") or 0)
        name = str(use.get("data") or "a holdout")
        facts.append(Fact(name=f"{name}: used", text=f"it has judged {plural(number, 'candidate')} up to this run"))
    return tuple(facts)


def repeatability_of(evidence: Mapping[str, Any], entries: Sequence[Entry]) -> tuple[Fact, ...]:
    """Seeds, versions and repeated attempts."""
    plan, run = evidence["plan"], evidence["run"]
    settings, environment = plan.get("settings") or {}, run.get("environment") or {}
    records = evidence["results"]["records"]
    differing = sum("nondeterministic" in (row.get("flags") or ()) for row in records)
    again = sum(int(row.get("attempt") or 1) > 1 for row in records)
    about = [entry for entry in entries if entry.family == "Reproducibility"]
    tested = ", ".join(f"{entry.name}: {entry.word}" for entry in about[:_NAMED])
    return (
        Fact(name="seed of the run", text=str(settings.get("seed", ABSENT))),
        Fact(name="seeds of resampling", text=_seeds(records)),
        Fact(name="statistics definitions", text=str(plan.get("stats") or ABSENT)),
        Fact(name="packages digest", text=str(environment.get("packages_digest") or ABSENT), code=True),
        Fact(name="lock files of packages", text=_lock_files(run)),
        Fact(name="container image", text=str(run.get("image") or "none recorded")),
        Fact(name="repeated attempts", text=f"{count(again)}; another outcome: {count(differing)}; the worst counts"),
        Fact(name="checks of reproducibility", text=tested or "none was run"),
        Fact(name="finished", text=time_text((run.get("clock") or {}).get("finished")) or ABSENT),
    )


def _seeds(records: Sequence[Mapping[str, Any]]) -> str:
    measured = (one for row in records for one in row.get("measurements") or ())
    found = {str(one["seed"]) for one in measured if one.get("seed") is not None}
    if not found:
        return "none: no interval was resampled"
    return ", ".join(sorted(found)) if len(found) <= _LISTED else f"{count(len(found))}, in the evidence of each check"


def _lock_files(run: Mapping[str, Any]) -> str:
    rows = run.get("lock_files") or ([run["lock_file"]] if run.get("lock_file") else [])
    told = [f"{row.get('path', '')} {short(row.get('digest'))}".strip() for row in rows if isinstance(row, Mapping)]
    return ", ".join(told) or "none recorded"
