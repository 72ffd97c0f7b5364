"""What one plan asks beside another, loosened first; with results also what was found otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mltest.policy.change_effects import with_effects
from mltest.policy.change_entry import entry_lines
from mltest.policy.change_line import line_of, ordered
from mltest.policy.change_plan import code_lines, data_lines, settings_lines, source_lines
from mltest.policy.change_results import result_lines
from mltest.policy.change_waivers import waiver_lines

__all__ = ["changes"]

_DEMANDS = (2, 3, 4, 8, 9)
_SAME = (
    "kind",
    "check",
    "metric",
    "comparator",
    "threshold",
    "margin",
    "demands",
    "severity",
    "required",
    "data",
    "inputs",
)


def changes(
    old_plan: Mapping[str, Any],
    new_plan: Mapping[str, Any],
    *,
    old_waivers: Iterable[Any] = (),
    new_waivers: Iterable[Any] = (),
    old_results: Mapping[str, Any] | None = None,
    new_results: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Every difference of two plans as a line, in the order of governance section 5.4.

    Parameters
    ----------
    old_plan, new_plan : mapping
        Plan objects: of locks, of runs, or a locked plan and the plan as it was executed.
    old_waivers, new_waivers : iterable, optional
        As ``read_waivers`` gives them, or plain tables.
    old_results, new_results : mapping, optional
        Results objects. With both, verdicts and estimates are compared; with one, each line has the effect that its
        change has on these numbers.

    Returns
    -------
    list of dict
        ``rank`` 1 (removed) to 12 (an estimate moved), ``kind``, ``id``, ``field``, ``old``, ``new`` (None where
        there is none), ``direction`` (``loosened``, ``tightened`` or ``other``), ``text``; ``effect`` in words where
        results are there; ``toward`` (``better`` or ``worse``) and ``method`` of ranks 11 and 12. Plain values.
        Nothing for equal plans.

    Notes
    -----
    A loosened line turns into a tightened one if the plans change places. What has no order (a derived limit, another
    metric, a callable) is ``other``. Where a member stands in one kind of plan only (``demands`` are in locks), it is
    not compared.

    Examples
    --------
    >>> check = {"id": "t.py::t#model.metric:auc", "comparator": ">=", "threshold": {"kind": "literal", "value": 0.78}}
    >>> less = {**check, "threshold": {"kind": "literal", "value": 0.75}}
    >>> [line] = changes({"checks": [check]}, {"checks": [less]})
    >>> line["rank"], line["direction"], line["text"]
    (2, 'loosened', 't.py::t#model.metric:auc: threshold >= 0.78 -> 0.75')
    """
    old, new = _by_id(old_plan), _by_id(new_plan)
    lines = [*settings_lines(old_plan, new_plan), *data_lines(old_plan, new_plan), *_gone(old, new), *_come(old, new)]
    lines += code_lines(old_plan, new_plan)
    apart = [old[name] for name in old.keys() - new.keys()] + [new[name] for name in new.keys() - old.keys()]
    touched = {str(entry.get("nodeid", entry["id"])) for entry in apart}
    for identity in old.keys() & new.keys():
        if old[identity] == new[identity]:
            continue
        found = list(entry_lines(old[identity], new[identity]))
        if any(line["rank"] in _DEMANDS for line in found):
            touched.add(str(new[identity].get("nodeid", identity)))
        lines += found
    lines += source_lines(old, new, touched)
    lines += waiver_lines(old_waivers, new_waivers, {name: new[name].get("comparator") for name in new})
    lines = with_effects(lines, old, new, new_results or old_results)
    if old_results is not None and new_results is not None:
        lines += result_lines(old_results, new_results, new)
    return ordered(lines)


def _by_id(plan: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(entry["id"]): entry for entry in plan.get("checks") or ()}


Entries = Mapping[str, Mapping[str, Any]]


def _gone(old: Entries, new: Entries) -> Iterator[dict[str, Any]]:
    """The checks that are not planned any more, each with the added one that asks the same, if there is one."""
    names = sorted(old.keys() - new.keys())
    same = {_asked(new[name]): name for name in sorted(new.keys() - old.keys(), reverse=True)} if names else {}
    for name in names:
        again = same.get(_asked(old[name]))
        what = "removed" + (f"; an added check asks the same: {again}" if again else "")
        yield line_of("removed", name, "check", (_brief(old[name]), None), what)


def _come(old: Entries, new: Entries) -> Iterator[dict[str, Any]]:
    for name in sorted(new.keys() - old.keys()):
        brief = _brief(new[name])
        yield line_of("added", name, "check", (None, brief), f"added: {brief}")


def _asked(entry: Mapping[str, Any]) -> str:
    return repr([entry.get(name) for name in _SAME])


def _brief(entry: Mapping[str, Any]) -> str:
    """What a check asks, in a few words."""
    limit = entry.get("threshold") or {}
    value = limit.get("value", [limit["low"], limit["high"]] if "low" in limit else limit.get("kind"))
    asked = [entry.get("metric"), entry.get("comparator"), entry.get("margin", value)]
    words = [str(part) for part in asked if part not in (None, "")]
    return " ".join(words) or str(entry.get("kind", "check"))
