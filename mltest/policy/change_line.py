"""One line of a change: its rank, which way it went, and the words that a reviewer reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["KINDS", "line_of", "ordered", "shown"]

# Every kind of line: its rank, loosened first, and which way it goes (governance section 5.4).
KINDS: Mapping[str, tuple[int, str]] = {
    "removed": (1, "loosened"),
    "threshold_loosened": (2, "loosened"),
    "severity_lowered": (3, "loosened"),
    "required_dropped": (3, "loosened"),
    "rule_weakened": (4, "loosened"),
    "slice_removed": (4, "loosened"),
    "data_unpinned": (5, "loosened"),
    "data_replaced": (5, "other"),
    "baseline_replaced": (5, "other"),
    "source_changed": (6, "other"),
    "waiver_added": (7, "loosened"),
    "waiver_extended": (7, "loosened"),
    "changed": (8, "other"),
    "environment_changed": (8, "other"),
    "threshold_tightened": (9, "tightened"),
    "severity_raised": (9, "tightened"),
    "required_added": (9, "tightened"),
    "rule_strengthened": (9, "tightened"),
    "slice_added": (9, "tightened"),
    "data_pinned": (9, "tightened"),
    "waiver_removed": (9, "tightened"),
    "waiver_shortened": (9, "tightened"),
    "added": (10, "tightened"),
    "data_added": (10, "other"),
    "verdict_changed": (11, "other"),
    "estimate_moved": (12, "other"),
}
_WAY = {"loosened": 0, "other": 1, "tightened": 2}
_TOWARD = {"worse": 0, "better": 2}
_LONGEST = 160


def line_of(kind: str, identity: str, field: str, pair: Sequence[Any], what: str, **more: Any) -> dict[str, Any]:
    """A line of a change.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    identity : str
        The check; a test, table, waiver or setting where no one check is meant.
    field : str
        The member that differs, such as ``"threshold"`` or ``"demands.entity"``.
    pair : sequence
        The old and the new plain value; None where there is none.
    what : str
        The change in words, without the id.
    more
        Further members: ``effect``, ``toward``, ``method``.

    Examples
    --------
    >>> line_of("severity_lowered", "t.py::t#c:m", "severity", ("block", "warn"), "block -> warn")["text"]
    't.py::t#c:m: block -> warn'
    """
    rank, direction = KINDS[kind]
    old, new = pair
    return {
        "rank": rank,
        "kind": kind,
        "id": identity,
        "field": field,
        "old": old,
        "new": new,
        "direction": direction,
        "text": f"{identity}: {what}",
        **{name: value for name, value in more.items() if value is not None},
    }


def ordered(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines by rank, loosened before other, by id; the same order whatever order they came in."""
    return sorted(lines, key=_place)


def _place(line: Mapping[str, Any]) -> tuple[Any, ...]:
    way = _WAY[line["direction"]], _TOWARD.get(line.get("toward", ""), 1)
    return line["rank"], *way, line["id"], line["field"], line["kind"], line["text"]


def shown(value: Any) -> str:
    """A plain value as its writer would have written it, in one line of bounded length; ``none`` for None.

    Examples
    --------
    >>> shown(0.75), shown("warn"), shown(["north", 3]), shown(None)
    ('0.75', 'warn', '["north", 3]', 'none')
    """
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
