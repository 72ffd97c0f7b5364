"""``[tool.mltest]`` in pyproject.toml, or mltest.toml, as frozen settings; every mistake of a file at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mltest.errors import UsageError, nearest

__all__ = ["Settings", "project_name", "read_settings"]

_PROJECT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a project has settled; ``source`` is the file, or None where there is none."""

    base: Path
    source: Path | None = None
    project: str = "project"
    report: str | None = None
    seed: int = 0
    inconclusive: str = "fail"
    ledger: str | None = None
    tables: str = "polars"
    artifacts: Mapping[str, Any] = field(default_factory=dict)


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "a text"


def _project(value: object) -> str | None:
    fits = isinstance(value, str) and _PROJECT.fullmatch(value)
    return None if fits else "lower-case letters, digits, '.', '_' and '-', at most 64"


def _seed(value: object) -> str | None:
    fits = type(value) is int and 0 <= value < 2**53
    return None if fits else "a whole number from 0 to 2**53 - 1"


def _word(*allowed: str) -> Callable[[object], str | None]:
    return lambda value: None if value in allowed else " or ".join(map(repr, allowed))


def _artifacts(value: object) -> str | None:
    def fits(item: object) -> bool:
        return isinstance(item, str) or (isinstance(item, dict) and set(item) <= {"uri", "trusted"} and "uri" in item)

    whole = isinstance(value, dict) and all(fits(item) for item in value.values())
    return None if whole else "a table of names with a path, a URL, or {uri = ..., trusted = ...}"


KEYS: Mapping[str, Callable[[object], str | None]] = {
    "artifacts": _artifacts,
    "inconclusive": _word("fail", "warn"),
    "ledger": _text,
    "project": _project,
    "report": _text,
    "seed": _seed,
    "tables": _word("polars", "pandas"),
}


def read_settings(root: Path) -> Settings:
    """The settings of the project at ``root``; defaults where neither file has any.

    Raises
    ------
    UsageError
        With every mistake of the file: its line, its key, what is allowed and the nearest key.
    """
    own, shared = root / "mltest.toml", root / "pyproject.toml"
    table = _table(shared, "tool.mltest") if shared.is_file() else None
    if own.is_file():
        if table is not None:
            msg = f"settings stand in both {shared.name} [tool.mltest] and {own.name}: keep one of them"
            raise UsageError(msg)
        return _settled(_load(own), own, "")
    return (
        Settings(base=root, project=project_name(root.name))
        if table is None
        else _settled(table, shared, "tool.mltest")
    )


def _load(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        msg = f"{path.name} is not valid TOML: {broken}"
        raise UsageError(msg) from broken


def _table(path: Path, name: str) -> dict[str, Any] | None:
    found: Any = _load(path)
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    if found is not None and not isinstance(found, dict):
        msg = f"{path.name}: [{name}] must be a table"
        raise UsageError(msg)
    return found


def _settled(table: dict[str, Any], path: Path, section: str) -> Settings:
    problems = [problem for key, value in table.items() if (problem := _problem(key, value))]
    if problems:
        lines = path.read_text(encoding="utf-8").splitlines()
        shown = f" [{section}]" if section else ""
        raise UsageError("\n".join(f"{path.name}:{_line_of(key, lines)}{shown}: {text}" for key, text in problems))
    return Settings(base=path.parent, source=path, **{"project": project_name(path.parent.name), **table})


def _problem(key: str, value: object) -> tuple[str, str] | None:
    if key not in KEYS:
        allowed_keys = ", ".join(KEYS)
        return key, f"unknown key {key!r}{nearest(key, KEYS) or f'; allowed are {allowed_keys}'}"
    allowed = KEYS[key](value)
    return (key, f"{key} = {value!r}: allowed is {allowed}") if allowed else None


def _line_of(key: str, lines: list[str]) -> int:
    form = re.compile(rf"\s*(\[[\w.\"-]*{re.escape(key)}\"?\]|\"?{re.escape(key)}\"?\s*[=.])")
    return next((at for at, line in enumerate(lines, start=1) if form.match(line)), 1)


def project_name(folder: str) -> str:
    """The name of a project that settles none: its folder's, in the letters that a project id may have."""
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.lower()).strip("-._")[:64]
    return name or "project"
