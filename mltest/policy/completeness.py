"""planned = executed + not run, each with its reason: absence is a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

__all__ = ["completeness"]


def completeness(
    planned: Collection[str], executed: Collection[str], not_run: Mapping[str, str], without_check: Collection[str]
) -> dict[str, Any]:
    """The identity of a run, by id and not by count alone.

    Parameters
    ----------
    planned : collection of str
        Ids of everything that was collected.
    executed : collection of str
        Ids that ran to a verdict, or to their end without calling a check.
    not_run : mapping of str to str
        Id to reason.
    without_check : collection of str
        Those executed that called no check.

    Examples
    --------
    >>> completeness({"a", "b"}, {"a"}, {"b": "skipped"}, ())["holds"]
    True
    """
    promised, done, missed = set(planned), set(executed), set(not_run)
    return {
        "planned": len(promised),
        "executed": len(done & promised),
        "not_run": len(missed & promised),
        "unplanned": len(done - promised),
        "without_check": len(set(without_check)),
        "by_reason": dict(sorted(Counter(not_run[node] for node in missed & promised).items())),
        "holds": not (done & missed) and promised <= done | missed,
    }
