"""``mltest diff OLD NEW``: what became looser, went or moved; ``--trend`` for many runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical
from mltest.policy.change_runs import Side, compared, side_of_evidence, side_of_plan

__all__ = ["arguments", "run"]

# What a gate may ask for: the lines that make the exit status 1.
FAIL_ON = {
    "any": "any line",
    "loosened": "a demand loosened or removed, a waiver added",
    "removed": "a check removed",
    "inputs": "data, a baseline or the code of a test replaced",
    "worse": "a verdict or an estimate that became worse",
}
FORMATS = ("text", "markdown", "json")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add = parser.add_argument
    add("old", metavar="OLD", nargs="?", help="a plan.lock, a run folder, an evidence.json or the URL of a run")
    add("new", metavar="NEW", nargs="?", help="the same, of what came later")
    add(
        "--fail-on",
        metavar="WHAT",
        action="append",
        choices=[*FAIL_ON],
        help=f"what makes the exit status 1 (default any): {'; '.join(map(': '.join, FAIL_ON.items()))}",
    )
    add("--format", choices=FORMATS, default="text", help="text, markdown for a merge request, or json")
    add("--json", action="store_true", help="one object on the standard output, text on standard error")
    add(
        "--repository",
        metavar="FOLDER",
        type=Path,
        help="the git work tree that tells who changed a test (default: here)",
    )
    add("--trend", metavar="FOLDER", help="a folder or URL of runs: their last values, verdicts and drifts")
    add("--last", metavar="N", type=int, default=20, help="how many runs the trend is over (default 20)")


def run(given: argparse.Namespace) -> int:
    """Print the comparison; 1 where it holds a line that was asked for."""
    if given.trend is not None:
        return _trend(given)
    if given.old is None or given.new is None:
        raise UsageError("mltest diff needs OLD and NEW, or --trend FOLDER")
    with ExitStack() as stack:
        found = compared(*(_side(place, stack) for place in (given.old, given.new)))
    _add_authors(found["lines"], given.repository)
    _print(found, "json" if given.json else given.format)
    return 1 if any(_matters(line, given.fail_on or ["any"]) for line in found["lines"]) else 0


def _side(place: str, stack: ExitStack) -> Side:
    """A lock or a run, by what is there."""
    from mltest.evidence.fetching import fetched
    from mltest.evidence.store import read_evidence
    from mltest.policy.plan import read_lock

    path = stack.enter_context(fetched(place))
    if path.is_dir() and not (path / "root.json").is_file() and (path / "plan.lock").is_file():
        path /= "plan.lock"
    if path.is_file():
        try:
            data = path.read_bytes()
        except OSError as refused:
            raise EvidenceError(f"cannot read {place}: {refused.strerror or refused}") from refused
        if _is_lock(data):
            try:
                return side_of_plan(read_lock(data, path.name).plan, place)
            except UsageError as broken:
                raise EvidenceError(str(broken)) from broken
    return side_of_evidence(read_evidence(path), place)


def _is_lock(data: bytes) -> bool:
    """By its own member: the evidence of a locked run has the text of a lock inside it."""
    from mltest.evidence.canonical import parse

    if b'"mltest/lock/' not in data:
        return False
    try:
        found = parse(data)
    except (ValueError, RecursionError):
        return b'"mltest/evidence/' not in data  # then read_lock says what is wrong with it
    return isinstance(found, dict) and "lock" in found


def _matters(line: dict[str, Any], asked: Iterable[str]) -> bool:
    words = {"any", line["direction"]}
    if line["kind"] == "removed":
        words.add("removed")
    if line["rank"] in (5, 6):
        words.add("inputs")
    if line.get("toward") == "worse":
        words.add("worse")
    return bool(words & set(asked))


def _add_authors(lines: Iterable[dict[str, Any]], repository: Path | None) -> None:
    """Who last changed the file of each test whose demand changed, where the repository tells."""
    from mltest.interop.git import last_change

    known: dict[str, dict[str, str] | None] = {}
    for line in lines:
        file = line["id"].partition("::")[0]
        if line["rank"] > 10 or not file.endswith(".py"):
            continue
        if file not in known:
            known[file] = last_change(repository or Path(), file)
        found = known[file]
        if found:
            line["changed_by"] = {"path": file, **found}


def _print(found: dict[str, Any], form: str) -> None:
    from mltest.report.change_text import change_markdown, change_text

    if form == "markdown":
        _put(change_markdown(found), sys.stdout)
        return
    _put(change_text(found), sys.stderr if form == "json" else sys.stdout)
    if form == "json":
        sys.stdout.buffer.write(canonical(found) + b"\n")
        sys.stdout.flush()


def _put(text: str, stream: Any) -> None:
    encoding = stream.encoding or "ascii"
    print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def _trend(given: argparse.Namespace) -> int:
    from mltest.policy.trend import trend_of
    from mltest.report.trend_text import trend_text

    if given.old is not None:
        raise UsageError("mltest diff --trend takes no OLD and NEW")
    if given.last < 2:
        raise UsageError(f"--last {given.last}: a trend takes at least 2 runs")
    found = trend_of([given.trend], given.last)
    as_json = given.json or given.format == "json"
    _put(trend_text(found), sys.stderr if as_json else sys.stdout)
    if as_json:
        sys.stdout.buffer.write(canonical(found) + b"\n")
        sys.stdout.flush()
    asked = set(given.fail_on or ["any"])
    worse = any(point["toward"] == "worse" for point in found["points"])
    return 1 if (found["points"] and "any" in asked) or (worse and "worse" in asked) else 0
