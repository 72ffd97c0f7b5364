"""The policy table of the settings: which checks must be there, how much a miss weighs, what a waiver may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from mltest.errors import nearest

if TYPE_CHECKING:
    from mltest.policy.settings import Settings

__all__ = [
    "INCONCLUSIVE",
    "RERUN_RULES",
    "SEVERITIES",
    "inconclusive_of",
    "matches",
    "policy_mistakes",
    "policy_of",
    "resolved_policy",
    "severity_by_default",
]

SEVERITIES = ("block", "warn", "info")  # strictest first, as the words below
INCONCLUSIVE = ("block", "fail", "warn")
RERUN_RULES = ("all", "majority", "any")
NEVER_WAIVED = ("artifact.integrity", "artifact.safety", "governance.approval")
_BY = ("path", "mark", "kind")
_DEFAULTS: Mapping[str, Any] = {"max_waiver_days": 90, "max_active_waivers": 10, "rerun_rule": "all"}

Mistake = tuple[tuple[str | int, ...], str]


def resolved_policy(settings: Settings | None) -> dict[str, Any]:
    """The policy as it goes into the plan: defaults, the project's table and its risk tier, which only tightens.

    Parameters
    ----------
    settings : Settings or None
        The project's settings; None for the defaults.

    Returns
    -------
    dict
        ``required``, ``severity``, ``never_waive``, ``max_waiver_days``, ``max_active_waivers``, ``rerun_rule``; and,
        where the project says them, ``inconclusive`` and ``risk``. Plain values in a fixed order.

    Examples
    --------
    >>> policy = resolved_policy(None)
    >>> policy["max_waiver_days"], policy["rerun_rule"], policy["never_waive"][0]
    (90, 'all', 'artifact.integrity')
    """
    table = dict(settings.policy) if settings else {}
    tiers = table.pop("tiers", {})
    tier = tiers.get(settings.risk, {}) if settings else {}
    first = {**_DEFAULTS, **table}
    said = [word for word in (table.get("inconclusive"), tier.get("inconclusive")) if word is not None]
    return {
        "required": sorted({*table.get("required", ()), *tier.get("required", ())}),
        "severity": [dict(rule) for rule in (*table.get("severity", ()), *tier.get("severity", ()))],
        "never_waive": sorted({*NEVER_WAIVED, *table.get("never_waive", ()), *tier.get("never_waive", ())}),
        **{name: min(first[name], tier.get(name, first[name])) for name in _DEFAULTS if name != "rerun_rule"},
        "rerun_rule": _strictest(RERUN_RULES, [first["rerun_rule"], tier.get("rerun_rule", "any")]),
        **({"inconclusive": _strictest(INCONCLUSIVE, said)} if said else {}),
        **({"risk": settings.risk} if settings and settings.risk is not None else {}),
    }


def policy_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """The policy that a plan was made under; a plan that says none has the defaults.

    Examples
    --------
    >>> policy_of({"settings": {"policy": {"max_waiver_days": 30}}})["max_waiver_days"]
    30
    """
    return {**resolved_policy(None), **((plan.get("settings") or {}).get("policy") or {})}


def inconclusive_of(plan: Mapping[str, Any], profile: str = "dev") -> str:
    """What an inconclusive verdict means: ``block``, ``fail`` or, in the dev profile alone, ``warn``.

    Examples
    --------
    >>> (
    ...     inconclusive_of({"settings": {"inconclusive": "warn"}}),
    ...     inconclusive_of({"settings": {"inconclusive": "warn"}}, "merge"),
    ... )
    ('warn', 'fail')
    """
    settings = plan.get("settings") or {}
    word = (settings.get("policy") or {}).get("inconclusive")
    if word is not None:
        return str(word)
    return str(settings.get("inconclusive", "fail")) if profile == "dev" else "fail"


def _strictest(order: Sequence[str], words: Iterable[str]) -> str:
    return min(words, key=order.index)


def matches(pattern: str, *names: str) -> bool:
    """Whether a pattern of the policy is one of the names of a check (id, node id, kind), or a glob over one.

    Examples
    --------
    >>> matches("model.*", "tests/t.py::t#model.metric:recall", "tests/t.py::t", "model.performance")
    True
    >>> matches("tests/t.py::*recall", "tests/t.py::t#model.metric:recall")
    True
    """
    if pattern in names:
        return True
    return "*" in pattern and any(fnmatchcase(name, _glob(pattern)) for name in names if name)


def _glob(pattern: str) -> str:
    """Only a star means anything: brackets are what parameters stand in."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def severity_by_default(
    policy: Mapping[str, Any], nodeid: str, marks: Iterable[str] = (), kind: str | None = None
) -> str:
    """What a miss means where the test's own mark does not say: the strictest of the rules that fit, else ``block``.

    Examples
    --------
    >>> rules = {
    ...     "severity": [{"path": "tests/explore/*", "severity": "warn"}, {"kind": "data.drift", "severity": "info"}]
    ... }
    >>> severity_by_default(rules, "tests/explore/test_x.py::test_a")
    'warn'
    """
    path, names = nodeid.partition("::")[0], set(marks)

    def fits(rule: Mapping[str, str]) -> bool:
        if "path" in rule:
            return matches(rule["path"], path, nodeid)
        return rule.get("mark") in names or (kind is not None and "kind" in rule and matches(rule["kind"], kind))

    found = [rule["severity"] for rule in policy.get("severity", ()) if fits(rule)]
    return _strictest(SEVERITIES, found or ["block"])


def policy_mistakes(table: Mapping[str, Any]) -> list[Mistake]:
    """What is wrong in a policy table, tiers included: the place and the words of each mistake.

    Examples
    --------
    >>> policy_mistakes({"requird": ["model.*"]})
    [(('requird',), "unknown key 'requird'; nearest is 'required'")]
    """
    found = _table_mistakes(table, (), {**_KEYS, "tiers": None})
    tiers = table.get("tiers", {})
    if not isinstance(tiers, Mapping):
        return [*found, (("tiers",), f"tiers = {tiers!r}: allowed is a table for each tier, such as [tiers.high]")]
    for name, tier in tiers.items():
        if isinstance(tier, Mapping):
            found += _table_mistakes(tier, ("tiers", name), _KEYS)
        else:
            found.append((("tiers", name), f"tiers.{name} = {tier!r}: allowed is a table of demands"))
    return found


def _table_mistakes(
    table: Mapping[str, Any], at: tuple[str, ...], keys: Mapping[str, Callable[[Any], str | None] | None]
) -> list[Mistake]:
    found: list[Mistake] = []
    for key, value in table.items():
        if key not in keys:
            found.append(((*at, key), f"unknown key {key!r}{nearest(key, keys) or f'; allowed are {_listed(keys)}'}"))
        elif key == "severity":
            found += [((*at, key, *place), text) for place, text in _severity_mistakes(value)]
        elif (problem := keys[key]) is not None and (allowed := problem(value)):
            found.append(((*at, key), f"{key} = {value!r}: allowed is {allowed}"))
    return found


def _severity_mistakes(rules: object) -> list[Mistake]:
    form = 'rules such as {path = "tests/explore/*", severity = "warn"}'
    if not isinstance(rules, list):
        return [((), f"severity = {rules!r}: allowed is a list of {form}")]
    found: list[Mistake] = []
    for at, rule in enumerate(rules):
        if not isinstance(rule, Mapping):
            found.append(((at,), f"severity: {rule!r} is none of the {form}"))
            continue
        known = (*_BY, "severity")
        found += [
            ((at, key), f"severity: unknown key {key!r}{nearest(key, known)}") for key in rule if key not in known
        ]
        word = rule.get("severity")
        if word not in SEVERITIES:
            hint = nearest(str(word), SEVERITIES)
            found.append(((at, "severity"), f"severity = {word!r}{hint} (allowed are {_listed(SEVERITIES)})"))
        by = [key for key in _BY if key in rule]
        if len(by) != 1 or not isinstance(rule[by[0]], str):
            found.append(((at,), f"severity: a rule has one of {_listed(_BY)}, each a text"))
    return found


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def _texts(value: object) -> str | None:
    fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if fits else "a list of ids, globs or kinds"


def _positive(value: object) -> str | None:
    return None if type(value) is int and value >= 1 else "a whole number from 1"


def _count(value: object) -> str | None:
    return None if type(value) is int and value >= 0 else "a whole number from 0"


def _inconclusive(value: object) -> str | None:
    return None if value in ("fail", "block") else "'fail' or 'block', for a policy only tightens"


def _rerun_rule(value: object) -> str | None:
    return None if value in RERUN_RULES else " or ".join(map(repr, RERUN_RULES))


_KEYS: Mapping[str, Callable[[Any], str | None]] = {
    "inconclusive": _inconclusive,
    "max_active_waivers": _count,
    "max_waiver_days": _positive,
    "never_waive": _texts,
    "required": _texts,
    "rerun_rule": _rerun_rule,
    "severity": lambda _: None,  # has its own reading, rule by rule
}
