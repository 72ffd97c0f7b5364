"""Records that contradict themselves: a verdict against its own bounds, where that can be said without doubt."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mltest.policy.verification.finding import Finding

if TYPE_CHECKING:
    from mltest.policy.verification.case import Case

__all__ = ["rejudged"]

# Checks that hold each measurement that passed to the one limit of the record; others have rules of their own.
_HELD_TO_THE_LIMIT = frozenset(
    (
        *("model.metric", "model.not_overfit", "model.not_underfit", "model.golden"),
        *("serving.consistent", "own.require"),
    )
)
_WITHOUT_INTERVAL = ("census", "given")
_WRONG = ("failed", "error")


def rejudged(case: Case) -> Iterator[Finding]:
    """Every record whose verdict its own measurements contradict.

    A verdict that Holm's correction may have changed is left alone: only what passed without meeting its limit, and
    what failed alone although it meets it, cannot be.
    """
    for record in case.results["records"]:
        text = next(_contradictions(record), None)
        if text is not None:
            yield Finding("MLV02", f"record {record['id']} contradicts itself: {text}", record["id"])


def _contradictions(record: Mapping[str, Any]) -> Iterator[str]:
    found, words = record.get("measurements") or [], record.get("verdicts") or []
    if not (isinstance(found, list) and isinstance(words, list) and len(found) == len(words)):
        return
    if not all(isinstance(one, dict) for one in found):
        return
    verdict = record["verdict"]
    wrong = next((word for word in words if word in _WRONG), None)
    if verdict == "passed" and wrong is not None:
        yield f"it passed, and a measurement of it is {wrong}"
    span = _span(record.get("requirement") or {})
    if span is None or record["id"].partition("#")[2].partition(":")[0] not in _HELD_TO_THE_LIMIT:
        return
    if len(found) == 1 and "passed" in (verdict, *words) and [verdict] != words:
        yield f"it is {verdict}, and its only measurement is {words[0]}"
    for one, word in zip(found, words, strict=True):
        meets = _meets(one, record["requirement"], span)
        if verdict == word == "passed" and meets is False:
            yield f"it passed, and {_shown(one)} does not meet its limit"
        if verdict == word == "failed" and meets and len(found) == 1:
            yield f"it failed, and {_shown(one)} meets its limit"


def _span(requirement: Mapping[str, Any]) -> tuple[float, float] | None:
    """The accepted values; None where the demand is none of one limit."""
    limit, comparison = requirement.get("limit"), requirement.get("comparison")
    if comparison == "between":
        whole = isinstance(limit, list) and len(limit) == 2 and all(map(_is_number, limit))
        return (limit[0], limit[1]) if isinstance(limit, list) and whole else None
    if not _is_number(limit):
        return None
    return {"at_least": (limit, math.inf), "at_most": (-math.inf, limit)}.get(str(comparison))  # type: ignore[return-value]


def _meets(one: Mapping[str, Any], requirement: Mapping[str, Any], span: tuple[float, float]) -> bool | None:
    """Whether a measurement meets the demand as its decision asks; None where it shows nothing."""
    value: Any = one.get("value")
    if not _is_number(value):
        return None  # withheld, or not estimable
    if requirement.get("decision") == "point" or one.get("method") in _WITHOUT_INTERVAL:
        return bool(span[0] <= value <= span[1])
    low: Any = one.get("low")
    high: Any = one.get("high")
    above = span[0] == -math.inf or (_is_number(low) and low >= span[0])
    below = span[1] == math.inf or (_is_number(high) and high <= span[1])
    return bool(above and below)


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _shown(one: Mapping[str, Any]) -> str:
    bounds = [one[name] for name in ("low", "high") if _is_number(one.get(name))]
    interval = f" ({' to '.join(map(str, bounds))})" if bounds else ""
    return f"{one.get('name', 'its value')} {one['value']}{interval}"
