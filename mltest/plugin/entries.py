"""The plan entry of a collected test, and why a test was left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from mltest.plugin.node_ids import node_of
from mltest.plugin.run import RUN, privacy_of

if TYPE_CHECKING:
    from mltest.plugin.sources import Sources

    Severities = Callable[..., str]

__all__ = ["BY_PLUGIN", "entry_of", "mark_names", "marked", "reason_for_deselection", "severity_of"]

SEVERITIES = ("block", "warn", "info")
BY_PLUGIN = ("deselected_plugin", "by a plugin or a conftest")
_KEYS = ("controls", "severity", "owner", "required")


def entry_of(item: pytest.Item, sources: Sources, defaults: Severities | None) -> dict[str, Any]:
    """What is promised about one test before it runs (governance section 4.1)."""
    mark = marked(item)
    source = sources.of(item)
    redact = privacy_of(item.config.stash[RUN]).redact
    rationale = redact(_first_sentence(getattr(getattr(item, "function", None), "__doc__", None)))
    node = node_of(item.nodeid)
    return {
        "id": node,
        "nodeid": node,
        "kind": "test",
        "severity": severity_of(item, mark, defaults),
        "required": bool(mark.get("required", True)),
        "required_by": "mark" if "required" in mark else "default",
        "controls": _controls(mark, item),
        "inline": True,
        "reruns": _reruns(item),
        "source": source,
        **({"owner": mark["owner"]} if "owner" in mark else {}),
        **({"rationale": rationale} if rationale else {}),
    }


def severity_of(item: pytest.Item, mark: dict[str, Any], defaults: Severities | None) -> str:
    """What a bad value of this test means: its mark's word, else the policy's for its place and marks."""
    if "severity" in mark:
        return str(mark["severity"])
    return "block" if defaults is None else defaults(item.nodeid, mark_names(item))


def mark_names(item: pytest.Item) -> tuple[str, ...]:
    """The names of all marks of a test."""
    return tuple(sorted({found.name for found in item.iter_markers()}))


def _first_sentence(text: str | None) -> str:
    """Why the limit is what it is, in the test's own words."""
    return " ".join((text or "").strip().partition("\n\n")[0].split())[:300]


def _reruns(item: pytest.Item) -> int:
    """How often a failed attempt is tried again: what the mark of pytest-rerunfailures says, or its option."""
    flaky = item.get_closest_marker("flaky")
    asked = (flaky.kwargs.get("reruns", flaky.args[0] if flaky.args else 1)) if flaky else None
    return int(asked if asked is not None else getattr(item.config.option, "reruns", None) or 0)


def _controls(mark: dict[str, Any], item: pytest.Item) -> list[str]:
    named = mark.get("controls", ())
    if not named:
        return []
    from mltest.errors import UsageError
    from mltest.policy.controls import canonical_ids, project_catalogue

    settings = item.config.stash[RUN].settings
    try:
        return canonical_ids(named, project_catalogue(settings.base, settings.controls) if settings else None)
    except UsageError as unknown:
        msg = f"{item.nodeid}: mark mltest: {unknown}"
        raise pytest.UsageError(msg) from unknown


def marked(item: pytest.Item) -> dict[str, Any]:
    """The arguments of the test's marks, the nearest winning; a mistake is an error of the collection."""
    merged: dict[str, Any] = {}
    for mark in item.iter_markers("mltest"):
        _refuse_mistakes(mark, item)
        merged = {**mark.kwargs, **merged}
    return merged


def _refuse_mistakes(mark: pytest.Mark, item: pytest.Item) -> None:
    from mltest.errors import nearest

    problem = None
    for key, value in mark.kwargs.items():
        if key not in _KEYS:
            problem = f"unknown argument {key!r}{nearest(key, _KEYS)} (allowed are {', '.join(_KEYS)})"
        elif key == "severity" and value not in SEVERITIES:
            problem = f"severity={value!r}{nearest(str(value), SEVERITIES)} (allowed are {', '.join(SEVERITIES)})"
        elif key == "controls" and not (isinstance(value, (list, tuple)) and all(isinstance(c, str) for c in value)):
            problem = f"controls={value!r} must be a list of control ids"
        elif key == "owner" and not isinstance(value, str):
            problem = f"owner={value!r} must be a text"
        elif key == "required" and not isinstance(value, bool):
            problem = f"required={value!r} must be True or False"
    if mark.args:
        problem = f"takes keywords only, got {mark.args!r}"
    if problem:
        msg = f"{item.nodeid}: mark mltest: {problem}"
        raise pytest.UsageError(msg)


def reason_for_deselection(item: pytest.Item) -> tuple[str, str]:
    """The stable reason (governance section 6.2) and the options behind it."""
    option = item.config.option
    for prefix in option.deselect or ():
        if item.nodeid.startswith(prefix):
            return "deselected_option", f"--deselect {prefix}"
    asked = [
        ("not_collected_cache", "--lf", getattr(option, "lf", False)),
        ("not_collected_cache", "--sw", getattr(option, "stepwise", False)),
        ("deselected_keyword", f"-k {option.keyword}", option.keyword),
        ("deselected_mark", f"-m {option.markexpr}", option.markexpr),
    ]
    told = [(reason, shown) for reason, shown, given in asked if given]
    if not told:
        return BY_PLUGIN
    return told[0][0], ", ".join(shown for _, shown in told)
