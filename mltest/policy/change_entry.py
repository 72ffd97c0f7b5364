"""What changed in one planned check: its limit, what it asks beside that, its weight and its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mltest.policy.change_demands import demand_lines
from mltest.policy.change_line import line_of, shown
from mltest.policy.change_order import Step, by_rank, by_size, limit_steps, sense_of, subset_direction
from mltest.policy.demands import RERUN_RULES, SEVERITIES
from mltest.policy.unnamed import input_lines

__all__ = ["LIMITS", "entry_lines"]

LIMITS = ("at_least", "at_most", "between", "margin")
_STRICT = {">": ">=", "<": "<="}
_SENSES = {">=": "higher", ">": "higher", "superior": "higher", "<=": "lower", "<": "lower", "between": "inside"}
_REQUIRED_BY = ("mark", "policy", "default")
_PLAIN = ("check", "kind", "metric", "owner", "rationale", "inline", "allow_nonfinite")
_COMPARED = {
    *("id", "nodeid", "source", "comparator", "threshold", "margin", "demands", "severity", "required"),
    *("required_by", "confidence", "min_n", "decision", "reruns", "rerun_rule", "slices", "data", "baselines"),
    *("inputs", "controls", *_PLAIN),
}


def entry_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of one check that both plans have; its test's source is compared elsewhere."""
    identity = old["id"]
    yield from _limits(identity, old, new)
    yield from _weight(identity, old, new)
    yield from _rules(identity, old, new)
    yield from _lists(identity, old, new)
    yield from input_lines(identity, old, new)
    others = {*old, *new} - _COMPARED
    for name in (*_PLAIN, *sorted(others)):
        if old.get(name) != new.get(name):
            yield _changed(identity, name, old.get(name), new.get(name))


def _changed(identity: str, field: str, old: Any, new: Any) -> dict[str, Any]:
    return line_of("changed", identity, field, (old, new), f"{field} {shown(old)} -> {shown(new)}")


def _limits(identity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Threshold, margin and the limits among the demands, each difference once."""
    if not _comparable(old.get("comparator"), new.get("comparator")):
        asked = [f"{entry.get('comparator', 'no limit')} {_limit_text(entry)}".strip() for entry in (old, new)]
        yield line_of("changed", identity, "comparator", asked, f"{asked[0]} -> {asked[1]}")
        yield from demand_lines(identity, old, new, apart=LIMITS)
        return
    beside = list(demand_lines(identity, old, new))
    own = [step for step in _threshold_steps(old, new) if not _told(step, beside)]
    for step in own:
        yield _limit_line(identity, step, new.get("comparator"))
    for line in beside:
        # a demand says again what the threshold or the margin of its entry says
        if not any((step.old, step.new) == (line["old"], line["new"]) for step in own):
            yield line


def _told(step: Step, beside: list[dict[str, Any]]) -> bool:
    """Whether the demands tell a difference slice by slice, so that the one limit in front adds nothing."""
    return any("[" in line["field"] and line["direction"] == step.direction for line in beside)


def _comparable(old: str | None, new: str | None) -> bool:
    return old == new or (old is not None and new is not None and _STRICT.get(old, old) == _STRICT.get(new, new))


def _threshold_steps(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Step]:
    before, after = old.get("threshold"), new.get("threshold")
    margins = list(_margin_steps(old, new))
    yield from margins
    if old.get("comparator") != new.get("comparator"):
        strict = new["comparator"] in _STRICT
        yield Step("comparator", old["comparator"], new["comparator"], "tightened" if strict else "loosened")
    if before == after or (margins and old.get("comparator") == "non-inferior"):
        return
    kinds = {found.get("kind") for found in (before, after) if found}
    names = {found.get("baseline") for found in (before, after) if found}
    if kinds <= {"literal"} or (kinds == {"baseline"} and len(names) == 1):
        old_limit, new_limit = _limit(before), _limit(after)
        yield from limit_steps("threshold", old_limit, new_limit, _sense(old.get("comparator"), old_limit, new_limit))
    else:
        yield Step("threshold", before, after, "other")


def _margin_steps(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Step]:
    """A margin that is not there is none; that of a comparison stands with its guards where these have their own."""
    before, after = old.get("margin"), new.get("margin")
    if old.get("comparator") != "non-inferior":
        before, after = before or 0, after or 0
    if before is not None and after is not None:
        yield from limit_steps("margin", before, after, "lower")


def _limit(threshold: Mapping[str, Any] | None) -> Any:
    if threshold is None:
        return None
    if "low" in threshold:
        return [threshold["low"], threshold["high"]]
    return threshold.get("delta", threshold.get("value"))


def _sense(comparator: str | None, old: Any, new: Any) -> str:
    """Which numbers ask more; the edge of a margin is below 0 where higher is better."""
    if comparator == "non-inferior" and old is not None and new is not None:
        return ("higher" if old < 0 else "lower") if (old < 0) is (new < 0) else ""
    return _SENSES.get(comparator or "", "")


def _limit_text(entry: Mapping[str, Any]) -> str:
    if "margin" in entry:
        return f"margin {shown(entry['margin'])}"
    found = _limit(entry.get("threshold"))
    return "" if found is None else shown(found)


def _limit_line(identity: str, step: Step, comparator: str | None) -> dict[str, Any]:
    kind = {"loosened": "threshold_loosened", "tightened": "threshold_tightened"}.get(step.direction, "changed")
    sign = f"{comparator} " if step.field == "threshold" and comparator in (">=", ">", "<=", "<") else ""
    what = f"{step.field} {sign}{shown(step.old)} -> {shown(step.new)}"
    return line_of(kind, identity, step.field, (step.old, step.new), what)


def _weight(identity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    before, after = (entry.get("severity", "block") for entry in (old, new))
    if before != after:
        way = by_rank(before, after, SEVERITIES)
        kind = {"loosened": "severity_lowered", "tightened": "severity_raised"}.get(way, "changed")
        yield line_of(kind, identity, "severity", (before, after), f"severity {before} -> {after}")
    required = [bool(entry.get("required", True)) for entry in (old, new)]
    if required[0] != required[1]:
        kind, words = ("required_dropped", "no longer required") if required[0] else ("required_added", "now required")
        yield line_of(kind, identity, "required", required, words)
    by = [entry.get("required_by", "default") for entry in (old, new)]
    if by[0] != by[1] and required[0] and required[1]:
        demanded = [word != "default" for word in by]
        kind = "changed"
        if demanded[0] != demanded[1]:
            kind = "required_dropped" if demanded[0] else "required_added"
        yield line_of(kind, identity, "required_by", by, f"required by {by[0]} -> {by[1]}")


def _rules(identity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    ways: dict[str, tuple[Any, Any, str]] = {}
    for name in ("confidence", "min_n"):
        before, after = old.get(name), new.get(name)
        ways[name] = before, after, by_size(before, after, sense_of(name))
    before, after = old.get("reruns", 0), new.get("reruns", 0)
    ways["reruns"] = before, after, by_size(before, after, "lower")
    before, after = old.get("rerun_rule", "all"), new.get("rerun_rule", "all")
    ways["rerun_rule"] = before, after, by_rank(before, after, RERUN_RULES)
    before, after = old.get("decision", "interval"), new.get("decision", "interval")
    ways["decision"] = before, after, by_rank(before, after, ("interval", "point"))
    for name, (before, after, way) in ways.items():
        if before != after:
            kind = {"loosened": "rule_weakened", "tightened": "rule_strengthened"}.get(way, "changed")
            yield line_of(kind, identity, name, (before, after), f"{name} {shown(before)} -> {shown(after)}")


def _lists(identity: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in ("data", "baselines", "controls"):
        before, after = old.get(name), new.get(name)
        if before is not None and after is not None and before != after:
            kind = {"data": "data_replaced", "baselines": "baseline_replaced"}.get(name, "changed")
            yield line_of(kind, identity, name, (before, after), f"{name} {shown(before)} -> {shown(after)}")
    before, after = (set(entry.get("slices") or ()) - _keys(entry) for entry in (old, new))
    if before != after and "slices" in old and "slices" in new:
        way = subset_direction(before, after)
        kind = {"loosened": "slice_removed", "tightened": "slice_added"}.get(way, "changed")
        lists = sorted(before), sorted(after)
        yield line_of(kind, identity, "slices", lists, f"slices {shown(lists[0])} -> {shown(lists[1])}")


def _keys(entry: Mapping[str, Any]) -> set[str]:
    """The slices that have limits of their own: their coming and going is told with the limits."""
    limits = (entry.get("demands", {}).get(name) for name in LIMITS)
    return {str(key) for found in limits if isinstance(found, Mapping) for key in found}
