"""The plan entry of a collected test, and why a test was left out."""

from __future__ import annotations

import hashlib
import inspect
from functools import cache
from pathlib import Path
from typing import Any

import pytest

__all__ = ["entry_of", "reason_for_deselection"]

SEVERITIES = ("block", "warn", "info")
_KEYS = ("controls", "severity", "owner", "required")


def entry_of(item: pytest.Item, root: Path) -> dict[str, Any]:
    """What is promised about one test before it runs (governance section 4.1)."""
    mark = marked(item)
    function = getattr(item, "function", None)
    return {
        "id": item.nodeid,
        "nodeid": item.nodeid,
        "kind": "test",
        "severity": mark.get("severity", "block"),
        "required": bool(mark.get("required", True)),
        "required_by": "mark" if "required" in mark else "default",
        "controls": sorted(mark.get("controls", ())),
        "inline": True,
        "source": {
            "path": item.path.relative_to(root).as_posix() if item.path.is_relative_to(root) else item.path.name,
            "sha256": _text_digest(item.path),
            "function": _function_digest(function),
        },
        **({"owner": mark["owner"]} if "owner" in mark else {}),
    }


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
    """The stable reason (governance section 6.2) and the option behind it."""
    option = item.config.option
    for prefix in option.deselect or ():
        if item.nodeid.startswith(prefix):
            return "deselected_option", f"--deselect {prefix}"
    if getattr(option, "lf", False):
        return "not_collected_cache", "--lf"
    if option.keyword:
        return "deselected_keyword", f"-k {option.keyword}"
    if option.markexpr:
        return "deselected_mark", f"-m {option.markexpr}"
    return "deselected_option", "by a plugin or a conftest"


@cache
def _text_digest(path: Path) -> str:
    """Digest of a source file, the same whatever line ends a checkout has."""
    text = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
    return f"sha256:{hashlib.sha256(text).hexdigest()}"


def _function_digest(function: Any) -> str:
    try:
        text = inspect.getsource(function) if function is not None else ""
    except (OSError, TypeError):
        # made at run time: the file's digest is what there is
        text = ""
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
