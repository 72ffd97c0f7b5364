"""``mltest plan``: run the suite once in record mode, write what it demands to plan.lock, and say what that changes."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mltest.digits import count
from mltest.errors import EvidenceError, UsageError
from mltest.evidence.canonical import canonical, digest_of, parse
from mltest.evidence.store import write_atomically
from mltest.policy.change import changes
from mltest.policy.plan import lock_bytes, read_lock

__all__ = ["arguments", "run"]

LOCK = "plan.lock"
_USAGE = 4  # pytest's exit code for a mistake in options or settings
_LOOKED_AT = 5  # the newest runs, of which the last may have been stopped


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--check", action="store_true", help="write nothing; 1 where the lock would change")
    parser.add_argument(
        "--out", metavar="FILE", type=Path, help="where to write (default: plan.lock in the root folder)"
    )
    parser.add_argument("--json", action="store_true", help="one object on the standard output")
    parser.add_argument("words", metavar="WORD", nargs="*", help="options and paths for pytest, after --")


def run(given: argparse.Namespace) -> int:
    """Record the plan, compare it with the committed one, and write it."""
    recorded = _recorded(given.words)
    plan, root = recorded["plan"], Path(recorded["root"])
    target = given.out or root / LOCK
    before = _before(root / LOCK, checks_only=given.check)
    _refuse_half(recorded, before)
    lines = [] if before in (plan, None) else changes(before, plan, old_results=_last_results(root))
    differs = before != plan
    if not given.check and (differs or given.out):
        try:
            write_atomically(target, lock_bytes(plan))
        except OSError as refused:
            msg = f"cannot write {target}: {refused.strerror or refused}"
            raise EvidenceError(msg) from refused
    for note in recorded["notes"]:
        print(f"mltest: warning: {note}", file=sys.stderr)
    if given.json:
        shown = {"plan_digest": digest_of(plan), "checks": len(plan["checks"]), "differs": differs}
        sys.stdout.buffer.write(canonical({**shown, "changes": lines, "notes": recorded["notes"]}) + b"\n")
    else:
        _tell(given, plan, lines, target, differs=differs)
    return 1 if given.check and differs else 0


def _recorded(words: Sequence[str]) -> dict[str, Any]:
    """What the plugin found out in a session of its own."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "plan.json"
        command = [sys.executable, "-m", "pytest", "-q", f"--mltest-record-plan={target}", *words]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603
        if target.is_file():
            found: dict[str, Any] = parse(target.read_bytes())
            return found
    if done.returncode == _USAGE:
        msg = f"pytest refused to run:\n{done.stdout.strip()}"
        raise UsageError(msg)
    msg = f"no check was found to plan; pytest said:\n{done.stdout.strip()}"
    raise EvidenceError(msg)


def _refuse_half(recorded: Mapping[str, Any], before: Mapping[str, Any] | None) -> None:
    """No plan is written of a suite that broke: it would promise less than the tests do."""
    known = {entry["nodeid"] for entry in before["checks"]} if before else set()
    told = [*recorded["problems"], *(f"{node}: {why}" for node, why in recorded["unseen"].items() if node in known)]
    if told:
        problems = "\n".join(f"  {text}" for text in dict.fromkeys(told))
        msg = f"the plan could not be recorded in full, so none was written:\n{problems}"
        raise EvidenceError(msg)


def _before(path: Path, *, checks_only: bool) -> dict[str, Any] | None:
    """The committed plan; a lock that was edited by hand is told of and replaced, if one is to be written."""
    if not path.is_file():
        return None
    try:
        return read_lock(path.read_bytes()).plan
    except UsageError as broken:
        if checks_only:
            raise EvidenceError(str(broken)) from broken
        print(f"mltest: {broken}", file=sys.stderr)
        return None


def _last_results(root: Path) -> dict[str, Any] | None:
    """What the newest finished run here found: the numbers that a change of a limit is told by."""
    for folder in sorted((root / ".mltest" / "runs").glob("*"), reverse=True)[:_LOOKED_AT]:
        if (folder / "root.json").is_file():
            try:
                found: dict[str, Any] = parse((folder / "results.json").read_bytes())
            except (OSError, ValueError):  # half a run: its numbers are only an aid to reading
                continue
            return found
    return None


def _tell(
    given: argparse.Namespace,
    plan: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    target: Path,
    *,
    differs: bool,
) -> None:
    number = len(plan["checks"])
    total = f"{count(number)} check{'s' * (number != 1)}, digest {digest_of(plan)}"
    if not differs:
        print(f"{LOCK} is up to date: {total}")
        return
    print(f"{'the plan is not that of' if given.check else 'wrote'} {_shown(target)}: {total}")
    if lines:
        from mltest.policy.change_runs import grouped
        from mltest.report.change_text import change_text

        counts = Counter(line["direction"] for line in lines)
        print(change_text({"lines": lines, "counts": counts, "groups": grouped(lines), "subjects": []}))
    if not given.check:
        print("next: commit it, and have someone who did not write it run `mltest approve --as NAME --role ROLE`")


def _shown(target: Path) -> str:
    """The path as it is short."""
    relative = os.path.relpath(target)
    return relative if not relative.startswith("..") else str(target)
