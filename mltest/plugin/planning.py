"""``mltest plan``: the suite runs once, no check raises, and what each demanded is written down, not what it found."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from typing import TYPE_CHECKING, Any

from mltest.digits import count
from mltest.evidence.assembly import plan_of
from mltest.evidence.canonical import canonical
from mltest.evidence.journal import read_journal
from mltest.evidence.records import id_of
from mltest.evidence.store import write_atomically
from mltest.plugin.promises import data_of, plan_settings, project_of
from mltest.policy.locked import by_digest, code_of
from mltest.policy.plan import planned_check
from mltest.policy.unnamed import run_pins

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from mltest.plugin.progress import Progress
    from mltest.plugin.run import Run

__all__ = ["write_plan"]

_ADDRESS = re.compile(r"\[.*0x[0-9a-fA-F]{6,}.*\]$")
_LEFT_OUT = {"skipped": "skipped", "xfail_not_run": "not run, as its xfail says"}
_BASELINES = ("production", "baseline", "champion", "reference")


class _Found:
    """The tests, reads and calls of all journals; a shared fixture judges once in each worker."""

    def __init__(self, journals: Iterable[Path]) -> None:
        self.tests: dict[str, dict[str, Any]] = {}
        self.reads: dict[str, dict[str, Any]] = {}
        self.calls: dict[str, Mapping[str, Any]] = {}
        self.marked: set[str] = set()
        self.code: dict[str, dict[str, Any]] = {}
        self.left_out: dict[str, str] = {}
        for path in journals:
            for event in read_journal(path):
                self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        if event["event"] == "planned":
            self.tests[event["entry"]["id"]] = event["entry"]
            if event["marked"]:
                self.marked.add(event["entry"]["id"])
        elif event["event"] == "deselected":
            self.left_out[event["node"]] = event["detail"]
        elif event["event"] == "read":
            self.reads[event["id"]] = dict(event)
        elif event["event"] == "code":
            for file in event["files"]:
                known = self.code.setdefault(file["path"], {**file, "by": []})
                known["by"] = sorted({*known["by"], *file["by"]})
        elif event["event"] == "result":
            self.calls.setdefault(id_of(event), event)


def write_plan(run: Run, progress: Progress, target: Path) -> None:
    """Write the plan of a recording run, and what kept it from being whole; the run's own folder goes."""
    found = _Found(sorted(run.folder.glob("journal-*.jsonl")))
    data = data_of(run, found.reads, pinned=True)
    baselines = [
        {"id": name, "policy": "moving"} if _moves(run, name) else {"id": name, "digest": read["digest"]}
        for name, read in sorted(found.reads.items())
        if read["model"] and name in _BASELINES
    ]
    tables = by_digest([item["id"] for item in data], found.reads)
    models = by_digest([item["id"] for item in baselines], found.reads)
    settings = plan_settings(run)
    asked = {"policy": settings["policy"], "pinned": run_pins(settings, data, found.reads)}
    checks = [
        planned_check(event, found.tests.get(event["node"]), identity, data=tables, baselines=models, **asked)
        for identity, event in found.calls.items()
    ]
    judged = {entry["nodeid"] for entry in checks}
    absent = _skipped(progress) | set(found.left_out)
    checks += [found.tests[node] for node in found.marked - judged - absent]
    plan = plan_of(checks, project=project_of(run), settings=settings, data=data, baselines=baselines)
    code = code_of(found.code, plan["checks"])
    plan |= {"code": code} if code else {}
    unseen = _unseen(progress)
    told = {
        "problems": _problems(progress, found, unseen),
        "notes": _notes(plan, progress, found, unseen),
        "unseen": unseen,
    }
    write_atomically(target, canonical({"plan": plan, **told, "root": str(run.root)}))
    shutil.rmtree(run.folder, ignore_errors=True)


def _moves(run: Run, name: str) -> bool:
    given = run.artifacts[name]
    return isinstance(given, dict) and given.get("policy") == "moving"


def _skipped(progress: Progress) -> set[str]:
    return {node for node, phase in progress.phases.items() if phase.reason}


def _unseen(progress: Progress) -> dict[str, str]:
    """The tests that did not run to their end, and why: what they would have checked is not known in full."""
    told: dict[str, str] = {}
    for node, phase in sorted(progress.phases.items()):
        broke = phase.failed_outside or (phase.reason == "setup_failed" and phase.detail)
        if broke:
            told[node] = str(broke)
        elif phase.reason in _LEFT_OUT:
            told[node] = f"{_LEFT_OUT[phase.reason]} ({phase.detail}), so what it would check is not known"
    return told


def _problems(progress: Progress, found: _Found, unseen: Mapping[str, str]) -> list[str]:
    """What this run could not see: a plan without it would promise less than the tests do."""
    told = [f"{name}: {text}" for name, text in sorted(progress.broken_files.items())]
    under_plan = {event["node"] for event in found.calls.values()} | found.marked
    told += [f"{node}: {why}" for node, why in unseen.items() if node in under_plan]
    outside = sorted(identity for identity, event in found.calls.items() if not event["node"])
    return told + [f"MLP09 check {identity} ran before the plan was sealed" for identity in outside] + progress.problems


def _notes(plan: Mapping[str, Any], progress: Progress, found: _Found, unseen: Mapping[str, str]) -> list[str]:
    """What the author of a plan should know of it: ids that will not come again, and tests that are not in it."""
    notes = [
        f"MLC07 parameter id {node} looks like a memory address: no later run has it; name it with ids= or pytest.param"
        for node in sorted({entry["nodeid"] for entry in plan["checks"] if _ADDRESS.search(entry["nodeid"])})
    ]
    for option, n in sorted(Counter(found.left_out.values()).items()):
        notes.append(f"{_tests(n)} left out ({option}), and not in the plan")
    if unseen:
        first, why = next(iter(unseen.items()))
        notes.append(f"{_tests(len(unseen))} not seen to call a check, and not in the plan (first: {first}: {why})")
    return notes + [f"{name} was skipped as a whole, and is not in the plan" for name in progress.skipped_files]


def _tests(number: int) -> str:
    return "1 test was" if number == 1 else f"{count(number)} tests were"
