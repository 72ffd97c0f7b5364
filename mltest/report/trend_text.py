"""The trend over runs, as text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from mltest.digits import count
from mltest.report.change_text import WIDTH, printable

__all__ = ["trend_text"]

_MOST = 60


def trend_text(found: Mapping[str, Any]) -> str:
    """The trend in words, what became worse first.

    Parameters
    ----------
    found : mapping
        As ``mltest.policy.trend.trend_of`` gives it.

    Examples
    --------
    >>> trend_text({"runs": [], "checks": [], "points": [], "unreadable": []})
    'no run to compare'
    """
    runs, points = found["runs"], found["points"]
    if not runs:
        lines = ["no run to compare"]
    else:
        span = f"{runs[0]['finished']} to {runs[-1]['finished']}"
        lines = [f"{count(len(runs))} runs, {span}, {count(len(found['checks']))} checks"]
        lines.append("nothing changed for good" if not points else f"{count(len(points))} changes")
    for point in points[:_MOST]:
        toward = f"{point['toward']}: " if point["toward"] else ""
        where = runs[point["run"]]
        at = f" (run {where['run_id']}, commit {str(where['commit'] or 'none')[:12]})"
        lines += [f"  {printable(point['id'])}", *_wrapped(f"{toward}{point['text']}{at}")]
    if len(points) > _MOST:
        lines.append(f"  and {count(len(points) - _MOST)} more")
    for row in found.get("unreadable", ()):
        lines += _wrapped(f"not read: {row['why']}", indent="  ")
    return "\n".join(lines)


def _wrapped(text: str, indent: str = "      ") -> list[str]:
    return textwrap.wrap(
        printable(text), WIDTH, initial_indent=indent, subsequent_indent=f"{indent}  ", break_on_hyphens=False
    )
