"""declared.toml: the performance that was published, held against what this run measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltest.policy.strict_toml import Field, Mistakes, number, read_rows, text

__all__ = ["Declared", "compare", "gate_of", "read_declared"]

SCHEMA = "mltest/declared/v1"
EVERYBODY = "all"
_BETTER_TO_WORSE = ("within", "declared-worse", "not-tested", "declared-better")
_HIGHER_IS_BETTER = {"at_least": True, "not_worse": True, "better": True, "at_most": False}
_OF_THE_METRIC = ("at_least", "at_most", "between", "holds")


@dataclass(frozen=True, kw_only=True)
class Declared:
    """One published value."""

    metric: str
    value: float
    population: str = EVERYBODY
    source: str
    required: bool = False


def _truth(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


FIELDS = {
    "metric": Field(text),
    "value": Field(number),
    "population": Field(text, required=False),
    "source": Field(text),
    "required": Field(_truth, required=False),
}


def read_declared(data: bytes, name: str = "declared.toml") -> tuple[Declared, ...]:
    """Every declared value of the file.

    Raises
    ------
    UsageError
        With every mistake: its line, and the key that was meant.

    Examples
    --------
    >>> read_declared(b'schema = "mltest/declared/v1"')
    ()
    """
    rows, mistakes = read_rows(
        data, schema=SCHEMA, table="declared", fields=FIELDS, mistakes=lambda source: Mistakes(name, source)
    )
    seen: set[tuple[object, object]] = set()
    for at, row in enumerate(rows):
        key = (str(row.get("metric")), str(row.get("population", EVERYBODY)))
        if key in seen:
            mistakes.add(("declared", at), f"{key[0]} of {key[1]} is declared twice: keep one")
        seen.add(key)
    mistakes.raise_all()
    return tuple(Declared(**row) for row in rows)


def compare(declared: Iterable[Declared], records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows ``declared`` of the verdict object.

    A value is held against each judgement of the metric on that population, ``all`` or a slice by its name; of
    several the least favourable relation counts. Where no demand says which way is better, a value outside the
    interval counts as declared better: what cannot be ordered is not waved through.

    Parameters
    ----------
    declared : iterable of Declared
        What was published.
    records : sequence of mappings
        The judgements of the run, the one that counts of each id.

    Examples
    --------
    >>> auc = {
    ...     "id": "t",
    ...     "value": 0.8123,
    ...     "interval": {"low": 0.8011, "high": 0.8231},
    ...     "verdict": "passed",
    ...     "requirement": {"metric": "roc_auc", "comparison": "at_least"},
    ... }
    >>> compare([Declared(metric="roc_auc", value=0.81, source="instructions for use")], [auc])[0]["relation"]
    'within'
    """
    tested: dict[tuple[str, str], list[dict[str, Any]]] = {}
    wanted = {item.metric for item in declared}
    for record in records:
        requirement = record.get("requirement") or {}
        if requirement.get("metric") in wanted and requirement.get("comparison") in _OF_THE_METRIC:
            for population, found in _populations(record):
                tested.setdefault((requirement["metric"], population), []).append(found)
    rows = [_row(item, tested.get((item.metric, item.population), ())) for item in declared]
    return sorted(rows, key=lambda row: (row["metric"], row["population"]))


def _populations(record: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
    comparison = record["requirement"]["comparison"]
    kept = {"check": record["id"], "better": _HIGHER_IS_BETTER.get(comparison)}
    slices = record.get("slices") or ()
    for part in slices:
        if part.get("value") is not None and not part.get("suppressed"):
            yield part["name"], {**kept, "value": part["value"], "interval": part.get("interval")}
    if not slices and record.get("value") is not None:
        yield EVERYBODY, {**kept, "value": record["value"], "interval": record.get("interval")}


def _row(item: Declared, tested: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    judged = [(_relation(item.value, *_ends(found), better=found["better"]), found) for found in tested]
    relation, found = max(
        judged, key=lambda pair: (_BETTER_TO_WORSE.index(pair[0]), pair[1]["check"]), default=("not-tested", None)
    )
    told = {"metric": item.metric, "population": item.population, "declared": item.value, "relation": relation}
    if found is not None:
        told |= {"tested": found["value"], "interval": list(_ends(found)), "check": found["check"]}
    return {**told, "source": item.source, "required": item.required, "gate": gate_of(relation, required=item.required)}


def _ends(found: Mapping[str, Any]) -> tuple[float | None, float | None]:
    interval = found["interval"]
    return (interval["low"], interval["high"]) if interval else (found["value"], found["value"])


def _relation(declared: float, low: float | None, high: float | None, *, better: bool | None) -> str:
    below = low is not None and declared < low
    above = high is not None and declared > high
    if not below and not above:
        return "within"
    return "declared-better" if better is None or above is better else "declared-worse"


def gate_of(relation: str, *, required: bool) -> str:
    """What a relation does to the gate.

    Examples
    --------
    >>> gate_of("declared-better", required=True), gate_of("not-tested", required=True)
    ('block', 'warn')
    """
    if relation == "declared-better":
        return "block" if required else "warn"
    return {"within": "ok", "declared-worse": "note", "not-tested": "warn"}[relation]
