"""``[tool.mltest]`` in pyproject.toml, or mltest.toml, as frozen settings; every mistake of a file at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mltest.errors import UsageError, nearest
from mltest.policy.demands import policy_mistakes, resolved_policy
from mltest.policy.toml_places import Place, Places

__all__ = ["KEYS", "PROFILES", "Settings", "project_name", "read_settings", "resolved_policy"]

PROFILES = ("dev", "merge", "release")
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
    looks: str = "report"
    tables: str = "polars"
    unnamed_data: str = "pinned"
    artifacts: Mapping[str, Any] = field(default_factory=dict)
    profile: str | None = None
    store: str | None = None
    upload: str = "warn"
    small_cell: int = 10
    risk: str | None = None
    retention_until: str | None = None
    legal_hold: bool = False
    frameworks: tuple[str, ...] = ()
    controls: str | None = None
    policy: Mapping[str, Any] = field(default_factory=dict)
    baseline: str | None = None


def _text(value: object) -> str | None:
    return None if isinstance(value, str) and value else "a text"


def _project(value: object) -> str | None:
    fits = isinstance(value, str) and _PROJECT.fullmatch(value)
    return None if fits else "lower-case letters, digits, '.', '_' and '-', at most 64"


def _seed(value: object) -> str | None:
    fits = type(value) is int and 0 <= value < 2**53
    return None if fits else "a whole number from 0 to 2**53 - 1"


def _small_cell(value: object) -> str | None:
    return None if type(value) is int and 5 <= value < 2**31 else "a whole number from 5"


def _day(value: object) -> str | None:
    from datetime import date, datetime

    fits = isinstance(value, date) and not isinstance(value, datetime)
    return None if fits else "a date, such as 2036-12-31"


def _truth(value: object) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _texts(value: object) -> str | None:
    fits = isinstance(value, list) and all(isinstance(item, str) and item for item in value)
    return None if fits else "a list of texts"


def _table_of_demands(value: object) -> str | None:
    return None if isinstance(value, dict) else "a table"  # what it holds is read by policy_mistakes


def _word(*allowed: str) -> Callable[[object], str | None]:
    return lambda value: None if value in allowed else " or ".join(map(repr, allowed))


def _artifacts(value: object) -> str | None:
    def fits(item: object) -> bool:
        if isinstance(item, str):
            return True
        known = isinstance(item, dict) and set(item) <= {"uri", "trusted", "policy"} and "uri" in item
        return known and item.get("policy", "pinned") in ("pinned", "moving")  # type: ignore[attr-defined]

    whole = isinstance(value, dict) and all(fits(item) for item in value.values())
    return None if whole else 'a table of names with a path, a URL, or {uri = ..., trusted = ..., policy = "moving"}'


KEYS: Mapping[str, Callable[[object], str | None]] = {
    "artifacts": _artifacts,
    "baseline": _text,
    "controls": _text,
    "frameworks": _texts,
    "inconclusive": _word("fail", "warn"),
    "ledger": _text,
    "legal_hold": _truth,
    "looks": _word("report", "gate"),
    "policy": _table_of_demands,
    "profile": _word(*PROFILES),
    "project": _project,
    "report": _text,
    "retention_until": _day,
    "risk": _text,
    "seed": _seed,
    "small_cell": _small_cell,
    "store": _text,
    "tables": _word("polars", "pandas"),
    "unnamed_data": _word("pinned", "moving"),
    "upload": _word("warn", "fail"),
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
    above: Place = tuple(section.split(".")) if section else ()
    mistakes = [*_mistakes(table)]
    if mistakes:
        places = Places(path.read_text(encoding="utf-8"))
        said = sorted((places.line((*above, *place)), _header(above, place), text) for place, text in mistakes)
        raise UsageError("\n".join(f"{path.name}:{line}{header}: {text}" for line, header, text in said))
    if "retention_until" in table:
        table = {**table, "retention_until": table["retention_until"].isoformat()}
    if "frameworks" in table:
        table = {**table, "frameworks": tuple(table["frameworks"])}
    return Settings(base=path.parent, source=path, **{"project": project_name(path.parent.name), **table})


def _header(above: Place, place: Place) -> str:
    """The table that a mistake stands in, as its header is written."""
    in_tier = place[:2] == ("policy", "tiers") and len(place) > 3
    inner = place[:3] if in_tier else place[:1] if place[0] == "policy" and len(place) > 1 else ()
    names = [*above, *inner]
    return f" [{'.'.join(map(str, names))}]" if names else ""


def _mistakes(table: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    for key, value in table.items():
        if key not in KEYS:
            known = ", ".join(KEYS)
            yield (key,), f"unknown key {key!r}{nearest(key, KEYS) or f'; allowed are {known}'}"
        elif allowed := KEYS[key](value):
            yield (key,), f"{key} = {value!r}: allowed is {allowed}"
    if table.get("looks") == "gate" and "ledger" not in table:
        yield ("looks",), 'looks = "gate" counts by a ledger: name one, ledger = "mltest-ledger.jsonl"'
    policy = table.get("policy", {})
    if isinstance(policy, dict):
        yield from ((("policy", *place), text) for place, text in policy_mistakes(policy))
        yield from _unknown_tier(table.get("risk"), policy.get("tiers", {}))


def _unknown_tier(risk: object, tiers: object) -> Iterator[tuple[Place, str]]:
    if isinstance(risk, str) and isinstance(tiers, dict) and risk not in tiers:
        known = f"declared are {', '.join(tiers)}" if tiers else "no [policy.tiers.NAME] is declared"
        yield ("risk",), f"risk = {risk!r} names no tier{nearest(risk, tiers)} ({known})"


def project_name(folder: str) -> str:
    """The name of a project that settles none: its folder's, in the letters that a project id may have."""
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.lower()).strip("-._")[:64]
    return name or "project"
