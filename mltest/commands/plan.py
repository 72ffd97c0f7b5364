"""``mltest plan``: run the suite once in record mode, write what it demands to plan.lock, and say what that changes."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
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
_TOLD = 40


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
    if recorded["problems"]:
        problems = "\n".join(f"  {text}" for text in recorded["problems"])
        msg = f"the plan could not be recorded in full, so none was written:\n{problems}"
        raise EvidenceError(msg)
    plan, target = recorded["plan"], given.out or Path(recorded["root"]) / LOCK
    before = _before(Path(recorded["root"]) / LOCK)
    lines = [] if before == plan else changes(before or {**plan, "checks": []}, plan)
    differs = before != plan
    if differs and not given.check:
        try:
            write_atomically(target, lock_bytes(plan))
        except OSError as refused:
            msg = f"cannot write {target}: {refused.strerror or refused}"
            raise EvidenceError(msg) from refused
    _tell(given, plan, lines, target, differs=differs, first=before is None)
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


def _before(path: Path) -> dict[str, Any] | None:
    """The committed plan; a lock that was edited by hand is told of and replaced."""
    if not path.is_file():
        return None
    try:
        return read_lock(path.read_bytes()).plan
    except UsageError as broken:
        print(f"mltest: {broken}", file=sys.stderr)
        return None


def _tell(
    given: argparse.Namespace,
    plan: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    target: Path,
    *,
    differs: bool,
    first: bool,
) -> None:
    if given.json:
        shown = {"plan_digest": digest_of(plan), "checks": len(plan["checks"]), "differs": differs, "changes": lines}
        sys.stdout.buffer.write(canonical(shown) + b"\n")
        return
    total = f"{count(len(plan['checks']))} checks, digest {digest_of(plan)}"
    if not differs:
        print(f"{LOCK} is up to date: {total}")
        return
    print(f"{'the plan is not that of' if given.check else 'wrote'} {target}: {total}")
    told = [] if first else lines
    for line in told[:_TOLD]:
        print(f"  {line['text']}")
    if len(told) > _TOLD:
        print(f"  and {count(len(told) - _TOLD)} more")
    if not given.check:
        print("next: commit it, and have someone who did not write it run `mltest approve --as NAME --role ROLE`")
