"""How each test went, as the reports tell, and why one did not run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mltest.evidence.phases import Phases
from mltest.plugin.node_ids import node_of

if TYPE_CHECKING:
    import pytest

    from mltest.evidence.assembly import Gathered

__all__ = ["Progress"]

_NOT_RUN_MARK = "[NOTRUN]"


class Progress:
    """What the controller knows before it reads the journals. Plain, since every session loads it."""

    def __init__(self) -> None:
        self.selected: set[str] = set()
        self.phases: dict[str, Phases] = {}
        self.recorded: dict[str, dict[str, int]] = {}
        self.workers: dict[str, dict[str, Any]] = {}
        self.broken_files: dict[str, str] = {}
        self.skipped_files: dict[str, tuple[str, str]] = {}
        self.stopped: str | None = None
        self.problems: list[str] = []

    def follow_collection(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected, or left itself out."""
        if report.failed:
            self.broken_files[report.nodeid] = "the file could not be collected"
        elif report.skipped and report.nodeid:
            self.skipped_files[report.nodeid] = (_skip_reason(report), _skip_place(report))

    def follow(self, report: pytest.TestReport) -> None:
        """Take in one report of one phase."""
        node = node_of(report.nodeid)
        phase = self.phases.setdefault(node, Phases())
        told: dict[str, Any] = getattr(report, "mltest", {})
        if "recorded" in told:
            worker = getattr(getattr(report, "node", None), "gateway", None)
            self.recorded.setdefault(node, {})[worker.id if worker else "main"] = told["recorded"]
        subtest = hasattr(report, "context")
        if report.when == "setup" and not subtest:
            phase.begin()
        if told.get("broke"):
            phase.failed_outside = told["broke"]
        if hasattr(report, "wasxfail") and not (told.get("warned") or told.get("waived")):
            phase.xfail = True
        if subtest:
            return
        by_phase = {"setup": _setup, "call": _call, "teardown": _teardown}
        by_phase.get(str(report.when), _crash)(phase, report)

    def not_run(self, gathered: Gathered, *, stopped: str | None) -> dict[str, dict[str, str]]:
        """Each planned test that has neither a judgement nor ran to its end, with its reason."""
        missed = dict(gathered.deselected)
        for node in sorted(set(gathered.entries) - gathered.judged - set(missed)):
            reason = self.reason(node, stopped)
            if reason:
                missed[node] = reason
        for name, detail in self.broken_files.items():
            missed[name] = {"reason": "collection_error", "detail": detail}
        return missed

    def reason(self, node: str, stopped: str | None) -> dict[str, str] | None:
        """Why a collected test did not run to its end; None where it did, and where it broke."""
        phase = self.phases.get(node)
        if phase is not None and phase.failed_outside:
            return None
        if phase is None or not (phase.finished or phase.reason):
            if stopped:
                return {"reason": "stopped_early", "detail": stopped}
            return {"reason": "worker_lost", "detail": "no report of it ever arrived"}
        return {"reason": phase.reason, "detail": _kept(phase, node)} if phase.reason else None

    def uncollected(self, node: str) -> dict[str, str] | None:
        """Why the file or class of a test gave none, if it said so."""
        for name, detail in self.broken_files.items():
            if _holds(name, node):
                return {"reason": "collection_error", "detail": detail}
        for name, (said, place) in self.skipped_files.items():
            if _holds(name, node):
                from mltest.plugin.reasons import kept_reason

                return {"reason": "skipped", "detail": kept_reason(said, place or name.partition("::")[0])}
        return None

    @property
    def crashed(self) -> set[str]:
        """The tests that a worker died in."""
        return {node for node, phase in self.phases.items() if phase.reason == "worker_lost"}

    def lost(self, gathered: Gathered, *, stopped: str | None) -> list[str]:
        """What was handed out and never came back: tests without a last report, results without a line."""
        problems = []
        for node in sorted(self.selected):
            phase = self.phases.get(node)
            if not stopped and (phase is None or not phase.finished):
                problems.append(f"MLC02 no report for {node}: the test was lost")
        for node, by_worker in sorted(self.recorded.items()):
            for worker, count in by_worker.items():
                there = gathered.arrived[node, worker]
                if there < count:
                    problems.append(f"{count - there} of {count} results of {node} did not reach the journal")
        return problems


def _holds(name: str, node: str) -> bool:
    """Whether what was to be collected, a folder, a file or a class, would have held the test."""
    return name in ("", ".") or node == name or node.startswith((f"{name}::", f"{name}/"))


def _setup(phase: Phases, report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    if outcome == "skipped":
        pending = _NOT_RUN_MARK in str(getattr(report, "wasxfail", ""))
        phase.reason, phase.detail = ("xfail_not_run" if pending else "skipped"), _skip_reason(report)
        phase.place = _skip_place(report)
    elif outcome in ("failed", "rerun"):
        phase.reason = "setup_failed"
        phase.detail = phase.failed_outside or "a fixture of it failed"
        phase.failed_outside, phase.setup_broke = None, phase.failed_outside
    if outcome == "rerun":
        phase.outcomes.append(outcome)


def _call(phase: Phases, report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    phase.outcomes.append(outcome)
    if outcome == "skipped" and not getattr(report, "mltest", {}).get("judged"):
        phase.reason, phase.detail, phase.place = "skipped", _skip_reason(report), _skip_place(report)


def _teardown(phase: Phases, _report: pytest.TestReport) -> None:
    phase.finished = True


def _crash(phase: Phases, _report: pytest.TestReport) -> None:
    """A report of an unknown phase is how xdist tells of a worker that died with the test."""
    phase.finished = True
    phase.outcomes.append("failed")
    phase.reason = "worker_lost"
    phase.failed_outside = "the worker died while the test ran"


def _kept(phase: Phases, node: str) -> str:
    if not phase.detail or phase.reason not in ("skipped", "xfail_not_run"):
        return phase.detail
    from mltest.plugin.reasons import kept_reason

    return kept_reason(phase.detail, phase.place or node.partition("::")[0])


def _skip_place(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[0]) if isinstance(report.longrepr, tuple) else ""


def _skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")[:200]
    return str(getattr(report, "wasxfail", ""))[:200]
