"""``mltest list checks``, ``mltest list metrics`` and ``mltest list controls``."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mltest.catalogue import checks
from mltest.errors import UsageError

if TYPE_CHECKING:
    from mltest.metrics.metric import Metric
    from mltest.policy.control_rows import Control
    from mltest.policy.controls import Catalogue

__all__ = ["arguments", "run"]

_WIDTH = 96


def arguments(parser: argparse.ArgumentParser) -> None:
    """The words that may follow ``mltest list``."""
    parser.add_argument("what", choices=("checks", "metrics", "controls"))
    parser.add_argument(
        "--framework", metavar="NAME", help="only the controls of one framework, with what they ask: eu-ai-act"
    )
    parser.add_argument("--json", action="store_true", help="one object on the standard output")


def run(given: argparse.Namespace) -> int:
    """Print one line for each, or one object."""
    framework = getattr(given, "framework", None)
    if framework is not None and given.what != "controls":
        raise UsageError(f"--framework goes with `mltest list controls`, not with {given.what}")
    as_json = getattr(given, "json", False)
    if given.what == "controls":
        return _controls(framework, as_json=as_json)
    rows = _metrics() if given.what == "metrics" else [(check.id, check.title) for check in checks()]
    if as_json:
        return _object({given.what: [{"id": name, "text": text} for name, text in rows]})
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        print(f"{name:<{width}}  {text}".rstrip())
    return 0


def _object(whole: object) -> int:
    from mltest.evidence.canonical import canonical

    sys.stdout.buffer.write(canonical(whole) + b"\n")
    return 0


def _metrics() -> list[tuple[str, str]]:
    from mltest.metrics.registry import names, resolve

    return [(name, _about(resolve(name))) for name in names()]


def _about(metric: Metric) -> str:
    better = "higher" if metric.higher_is_better else "lower"
    return f"{better} is better; {', '.join(metric.tasks)}"


def _controls(framework: str | None, *, as_json: bool) -> int:
    from mltest.policy.controls import project_catalogue
    from mltest.policy.settings import read_settings

    settings = read_settings(Path.cwd())
    known = project_catalogue(settings.base, settings.controls)
    shown = known if framework is None else known.only([framework])
    if as_json:
        rows = [
            {**row._asdict(), "check_kinds": list(row.check_kinds), "id": row.id, "short": known.short(row.id)}
            for row in shown.rows
        ]
        return _object({"catalogue": known.version, "controls": rows})
    lines = (line for name in shown.frameworks for line in _listed(shown, name, whole=framework is not None))
    print("\n".join(lines))
    return 0


def _listed(known: Catalogue, framework: str, *, whole: bool) -> Iterator[str]:
    """One framework: a heading, and a line for each control, or all about it where one framework was asked for."""
    rows = [row for row in known.rows if row.framework == framework]
    counts = [
        f"{sum(row.strength == word for row in rows)} {word}" for word in ("direct", "partial", "record", "manual")
    ]
    yield f"{framework}, {rows[0].framework_version}: {len(rows)} ({', '.join(counts)})"
    width = max(len(known.short(row.id)) for row in rows)
    for row in rows:
        short = known.short(row.id)
        if whole:
            yield f"  {short:<{width}}  {row.strength:<7}  {row.control_id}"
            yield from _about_control(row)
        else:
            yield f"  {short:<{width}}  {row.strength:<7}  {row.title}"
    yield ""


def _about_control(row: Control) -> Iterator[str]:
    for text in (row.title, f"Asks: {row.what_it_asks}", f"Kinds: {', '.join(row.check_kinds)}"):
        yield from textwrap.wrap(
            text, _WIDTH, initial_indent="      ", subsequent_indent="      ", break_on_hyphens=False
        )
    if row.applies_from:
        yield f"      Applies from {row.applies_from}"
    if row.own:
        yield "      From the organisation's own catalogue"
