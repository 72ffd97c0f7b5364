"""What a changed demand does to the numbers that a run found, such as whether the old limit would have failed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mltest.policy.change_order import is_number

__all__ = ["figures", "last_records", "sense_in", "with_effects"]

_JUDGED = ("passed", "failed", "inconclusive")
_LIMITED = ("threshold_loosened", "threshold_tightened")
_STANDING = ("removed", "severity_lowered", "required_dropped", "rule_weakened", "slice_removed")
_UP = (">=", ">", "superior", "at_least", "better")
_DOWN = ("<=", "<", "at_most")


def last_records(results: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Each record by id; of several attempts the last."""
    found: dict[str, Mapping[str, Any]] = {}
    for record in results.get("records") or ():
        kept = found.get(record["id"])
        if kept is None or record.get("attempt", 1) >= kept.get("attempt", 1):
            found[record["id"]] = record
    return found


def with_effects(
    lines: Iterable[dict[str, Any]],
    old: Mapping[str, Mapping[str, Any]],
    new: Mapping[str, Mapping[str, Any]],
    results: Mapping[str, Any] | None,
) -> list[dict[str, Any]]:
    """The lines with an ``effect`` where a record of the results tells one.

    Parameters
    ----------
    lines : iterable of dict
        As ``changes`` makes them.
    old, new : mapping
        The plan entries by id.
    results : mapping or None
        What was found last; without it the lines stay as they are.
    """
    lines = list(lines)
    if results is None or not lines:
        return lines
    records = last_records(results)
    return [{**line, **_effect(line, old, new, records.get(line["id"]))} for line in lines]


def _effect(
    line: Mapping[str, Any],
    old: Mapping[str, Mapping[str, Any]],
    new: Mapping[str, Mapping[str, Any]],
    record: Mapping[str, Any] | None,
) -> dict[str, str]:
    if record is None:
        return {}
    if line["kind"] in _LIMITED:
        which, entries, value = ("old", old, line["old"])
        if line["direction"] == "tightened":
            which, entries, value = ("new", new, line["new"])
        answer = _answer(line["field"], value, entries.get(line["id"], {}), record)
        return {"effect": f"would the {which} limit have failed today? {answer}"} if answer else {}
    if line["kind"] in _STANDING:
        sentence = record.get("sentence")
        return {"effect": f"last run: {record['verdict']}" + (f", {sentence}" if sentence else "")}
    return {}


def _answer(field: str, value: Any, entry: Mapping[str, Any], record: Mapping[str, Any]) -> str | None:
    span = _span(field, value, str(entry.get("comparator", "")), record)
    if span is None:
        return None
    found = [part for part in _governed(record) if _is_of(part, field)]
    words = [(_word(part, span, str(entry.get("decision", "interval"))), part) for part in found]
    for word, answer in (("failed", "yes"), ("inconclusive", "undecided"), ("passed", "no")):
        part = next((part for found, part in words if found == word), None)
        if part is not None:
            return f"{answer}: {figures(part)}"
    return None


def _span(field: str, value: Any, comparator: str, record: Mapping[str, Any]) -> tuple[float, float] | None:
    """The accepted values under a limit; None where the limit alone does not tell them."""
    if "margin" in field:
        edge: Any = (record.get("requirement") or {}).get("limit")
        if comparator != "non-inferior" or not is_number(edge) or not is_number(value) or edge == 0:
            return None
        return (-value, math.inf) if edge < 0 else (-math.inf, value)
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    if not is_number(value):
        return None
    if field.endswith(".low") or comparator in _UP:
        return value, math.inf
    return (-math.inf, value) if field.endswith(".high") or comparator in _DOWN else None


def _governed(record: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The measurements that the demand is about; of a record that lists none, its own value and interval."""
    measured, words = record.get("measurements") or (), record.get("verdicts") or ()
    if not measured:
        if record.get("value") is not None:
            yield {**(record.get("interval") or {}), "value": record["value"]}
        return
    metric = (record.get("requirement") or {}).get("metric", "")
    judged = [part for part, word in zip(measured, words, strict=False) if word in _JUDGED] or list(measured[:1])
    named = [part for part in judged if str(part.get("name", "")).startswith(metric)] if metric else []
    yield from named or judged


def _is_of(part: Mapping[str, Any], field: str) -> bool:
    """Whether a measurement is of the slice that the limit names, if it names one."""
    _, bracket, rest = field.partition("[")
    key = rest.rpartition("]")[0]
    name = str(part.get("slice", ""))
    return not bracket or key in (name, name.partition("=")[2])


def _word(part: Mapping[str, Any], span: tuple[float, float], decision: str) -> str:
    value, (floor, ceiling) = part.get("value"), span
    if not is_number(value):
        return "inconclusive"
    low, high = part.get("low"), part.get("high")
    if decision == "point" or (low is None and high is None):
        return "passed" if floor <= value <= ceiling else "failed"
    least, most = -math.inf if low is None else low, math.inf if high is None else high
    if floor <= least and most <= ceiling:
        return "passed"
    return "failed" if most < floor or least > ceiling else "inconclusive"


def figures(part: Mapping[str, Any]) -> str:
    """A value with its interval.

    Examples
    --------
    >>> figures({"value": 0.76213, "low": 0.7512, "high": 0.7731}), figures({"value": 3, "low": 3, "high": 3})
    ('0.7621 (0.7512 to 0.7731)', '3')
    """
    value, low, high = part.get("value"), part.get("low"), part.get("high")
    if low == high == value or (low is None and high is None):
        return _number(value)
    return f"{_number(value)} ({_number(low)} to {_number(high)})"


def _number(value: Any) -> str:
    if value is None:
        return "open"
    if not is_number(value):
        return str(value)
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def sense_in(record: Mapping[str, Any], part: Mapping[str, Any]) -> str:
    """Whether a higher or a lower value of a measurement is the better one; ``""`` where its demand does not tell."""
    demand = record.get("requirement") or {}
    if not any(part is one for one in _governed(record)):
        return ""
    if demand.get("comparison") == "not_worse" and is_number(demand.get("limit")):
        return "higher" if demand["limit"] < 0 else "lower"
    found = str(demand.get("comparison"))
    return "higher" if found in _UP else "lower" if found in _DOWN else ""
