"""What changed in a plan beside its checks: settings, policy, the data and baselines it pins, the tests' source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from mltest.policy.change_line import line_of, shown
from mltest.policy.change_order import by_rank, by_size, limit_steps
from mltest.policy.change_structure import structure_lines
from mltest.policy.demands import INCONCLUSIVE, RERUN_RULES, SEVERITIES, policy_of

__all__ = ["code_lines", "data_lines", "settings_lines", "source_lines"]

_SIZES = {"confidence": "higher", "max_waiver_days": "lower", "max_active_waivers": "lower"}
_ORDERS = {"inconclusive": INCONCLUSIVE, "rerun_rule": RERUN_RULES, "unnamed_data": ("pinned", "moving")}
_DEFAULTS = {"unnamed_data": "pinned"}
_APART = ("policy", "tolerances", "required", "severity", "never_waive")
_PINNED = ("digest", "policy")


def settings_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of the settings and the policy of two plans, and of the method of their statistics."""
    for name in ("project", "schema", "stats"):
        if old.get(name) != new.get(name):
            what = f"{name} {shown(old.get(name))} -> {shown(new.get(name))}"
            yield line_of("changed", "plan", name, (old.get(name), new.get(name)), what)
    before, after = old.get("settings") or {}, new.get("settings") or {}
    yield from _named("settings", before, after)
    tolerances = before.get("tolerances") or {}, after.get("tolerances") or {}
    for step in limit_steps("tolerances", *tolerances, "lower"):
        kind = {"loosened": "threshold_loosened", "tightened": "threshold_tightened"}.get(step.direction, "changed")
        what = f"{step.field} {shown(step.old)} -> {shown(step.new)}"
        yield line_of(kind, "settings", step.field, (step.old, step.new), what)
    yield from _policy(policy_of(old), policy_of(new))


def _named(owner: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for name in sorted({*old, *new} - {*_APART}):
        before, after = (table.get(name, _DEFAULTS.get(name)) for table in (old, new))
        if before == after:
            continue
        if name in _SIZES:
            way = by_size(before, after, _SIZES[name])
        elif None in (before, after) and name in _ORDERS:
            way = "tightened" if before is None else "loosened"
        else:
            way = by_rank(before, after, _ORDERS.get(name, ()))
        kind = {"loosened": "rule_weakened", "tightened": "rule_strengthened"}.get(way, "changed")
        yield from structure_lines(owner, name, before, after, kind=kind)


def _policy(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    settled = "risk"  # stands in the settings as well
    yield from _named("policy", *({name: table[name] for name in table if name != settled} for table in (old, new)))
    for name in sorted({*old["required"]} ^ {*new["required"]}):
        gone = name in old["required"]
        kind, words = ("required_dropped", "no longer requires") if gone else ("required_added", "now requires")
        value = (name, None) if gone else (None, name)
        yield line_of(kind, "policy", f"required[{name}]", value, f"the policy {words} {name}")
    for name in sorted({*old["never_waive"]} ^ {*new["never_waive"]}):
        gone = name in old["never_waive"]
        kind, words = ("rule_weakened", "lets") if gone else ("rule_strengthened", "no longer lets")
        value = (name, None) if gone else (None, name)
        yield line_of(kind, "policy", f"never_waive[{name}]", value, f"the policy {words} {name} be waived")
    yield from _severities(old["severity"], new["severity"])


def _severities(old: list[Mapping[str, Any]], new: list[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rules over the same tests are compared; what a rule that came or went does is told of each check."""
    before, after = ({_rule(rule): rule["severity"] for rule in rules} for rules in (old, new))
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one != other:
            way = by_rank(one, other, SEVERITIES)
            kind = {"loosened": "severity_lowered", "tightened": "severity_raised"}.get(way, "changed")
            yield line_of(
                kind, "policy", f"severity[{name}]", (one, other), f"severity of {name} {shown(one)} -> {shown(other)}"
            )


def _rule(rule: Mapping[str, Any]) -> str:
    return " ".join(f"{name} {rule[name]}" for name in sorted(rule) if name != "severity")


def data_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of the data that two plans name, and of the models that they compare with."""
    before, after = ({item["id"]: item for item in plan.get("data") or ()} for plan in (old, new))
    for name in sorted({*before, *after}):
        yield from _data(f"data {name}", before.get(name), after.get(name))
    before, after = ({item["id"]: item for item in plan.get("baselines") or ()} for plan in (old, new))
    for name in sorted({*before, *after}):
        one, other = (found.get(name, {}).get("digest") for found in (before, after))
        if one != other:
            what = f"digest {_short(one)} -> {_short(other)}"
            yield line_of("baseline_replaced", f"baseline {name}", "digest", (one, other), what)


def _data(identity: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[dict[str, Any]]:
    if old is None or new is None:
        found: Mapping[str, Any] = old or new or {}
        pinned = _is_pinned(found)
        kinds = ("data_unpinned", "changed") if old else ("data_pinned", "data_added")
        digest = found.get("digest", found.get("uri"))
        value, words = ((digest, None), "no longer in the plan") if old else ((None, digest), "new in the plan")
        yield line_of(kinds[not pinned], identity, "digest", value, words)
        return
    pins = _is_pinned(old), _is_pinned(new)
    if pins[0] != pins[1]:
        kind, words = ("data_unpinned", "pinned -> moving") if pins[0] else ("data_pinned", "moving -> pinned")
        yield line_of(kind, identity, "policy", (old.get("policy"), new.get("policy")), words)
    elif old.get("digest") != new.get("digest"):
        one, other = old.get("digest"), new.get("digest")
        rows = f", {old['rows']} -> {new['rows']} rows" if "rows" in old and "rows" in new else ""
        yield line_of(
            "data_replaced", identity, "digest", (one, other), f"digest {_short(one)} -> {_short(other)}{rows}"
        )
    else:
        for name in sorted({*old, *new} - {*_PINNED}):
            yield from structure_lines(identity, name, old.get(name), new.get(name))


def _is_pinned(item: Mapping[str, Any]) -> bool:
    return item.get("policy", "pinned") == "pinned" and "digest" in item


def _short(digest: str | None) -> str:
    return "none" if digest is None else digest[:15]


Entries = Mapping[str, Mapping[str, Any]]


def source_lines(old: Entries, new: Entries, touched: Collection[str]) -> Iterator[dict[str, Any]]:
    """The tests whose code changed while their demands did not, and the files that changed around tests.

    Parameters
    ----------
    old, new : mapping
        The entries of two plans by id.
    touched : collection of str
        The tests of which a changed demand is told already.
    """
    around: dict[str, set[str]] = defaultdict(set)
    digests: dict[str, tuple[str | None, str | None]] = {}
    told: set[str] = set()
    for identity in sorted(old.keys() & new.keys()):
        one, other = old[identity].get("source") or {}, new[identity].get("source") or {}
        node = str(new[identity].get("nodeid", identity))
        if one == other or node in told:
            continue
        told.add(node)
        if one.get("function") != other.get("function"):
            if node not in touched:
                values = one.get("function"), other.get("function")
                yield line_of(
                    "source_changed", node, "source.function", values, "its code changed, its demands did not"
                )
            continue
        for path, pair in _files(one, other):
            around[path].add(node)
            digests[path] = pair
    for path, nodes in sorted(around.items()):
        tests = "a test" if len(nodes) == 1 else f"{len(nodes)} tests"
        what = f"the file changed around {tests} with the same code and demands"
        yield line_of("source_changed", path, "source.sha256", digests[path], what)


def code_lines(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The files that were loaded while tests ran, and that no single test's source names."""
    before, after = ({item["path"]: item["sha256"] for item in plan.get("code") or ()} for plan in (old, new))
    for path in sorted({*before, *after}):
        one, other = before.get(path), after.get(path)
        if one != other:
            words = {
                (True, False): "loaded by the tests, not in the plan",
                (False, True): "no longer loaded by the tests",
            }
            what = words.get((one is None, other is None), "the file changed, which tests load while they run")
            yield line_of("source_changed", path, "code", (one, other), what)


def _files(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str | None, str | None]]]:
    """The files of a test's source that differ: its own, and those it takes from."""
    path = str(new.get("path", "source"))
    if old.get("sha256") != new.get("sha256"):
        yield path, (old.get("sha256"), new.get("sha256"))
    before, after = ({item["path"]: item["sha256"] for item in found.get("helpers") or ()} for found in (old, new))
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield name, (before.get(name), after.get(name))
