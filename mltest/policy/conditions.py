"""What stands beside the cells of the gate: what was declared, what was loosened since a release, how data was used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["baseline_of", "data_use", "declared_reasons", "loosened"]


def declared_reasons(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    """The reasons that the rows ``declared`` of the verdict object give."""
    for row in rows:
        if row["gate"] not in ("warn", "block"):
            continue
        said = f"{row['metric']} declared {row['declared']:.6g} for {row['population']}"
        if row["relation"] == "not-tested":
            yield {"code": "not-tested", "text": f"{said}: no check measured it", "gate": row["gate"]}
            continue
        low, high = ("open" if end is None else f"{end:.6g}" for end in row["interval"])
        text = f"{said}: better than tested, {row['tested']:.6g} ({low} to {high})"
        yield {"code": row["relation"], "text": text, "gate": row["gate"]}


def baseline_of(run: Mapping[str, Any]) -> dict[str, Any] | None:
    """The member ``baseline`` of the verdict object, from the lines of change that the run recorded.

    Examples
    --------
    >>> lines = [{"kind": "removed", "direction": "loosened"}, {"kind": "threshold_loosened", "direction": "loosened"}]
    >>> baseline_of({"baseline": {"root": "sha256:1d", "release": "2.2.0", "lines": lines}})["loosened"]
    1
    """
    recorded = run.get("baseline")
    if not recorded:
        return None
    counts = Counter(
        line["kind"] if line["kind"] in ("removed", "added") else line.get("direction", "other")
        for line in recorded.get("lines") or ()
    )
    told = {name: counts[name] for name in ("loosened", "removed", "tightened", "added")}
    return {"root": recorded["root"], "release": recorded["release"], **told}


def loosened(baseline: Mapping[str, Any] | None) -> Iterator[dict[str, str]]:
    """A condition for what was loosened or removed since the baseline release."""
    for name in ("removed", "loosened"):
        number = baseline[name] if baseline else 0
        if baseline and number:
            lines = "1 line" if number == 1 else f"{number} lines"
            yield {"code": name, "text": f"{lines} {name} since release {baseline['release']}", "gate": "warn"}


def data_use(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The most candidates that a demand on each holdout has judged, as the run's ledger has it."""
    names = {row["digest"]: row["id"] for row in run.get("data_seen") or ()}
    used: dict[str, int] = {}
    for look in run.get("looks") or ():
        used[look["holdout"]] = max(used.get(look["holdout"], 0), look["candidates"])
    return [{"data": names.get(digest), "digest": digest, "evaluations": used[digest]} for digest in sorted(used)]
