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
        self.problems: list[str] = []

    def follow(self, report: pytest.TestReport) -> None:
        """Take in one report of one phase."""
        node = node_of(report.nodeid)
        phase = self.phases.setdefault(node, Phases())
        told: dict[str, Any] = getattr(report, "mltest", {})
        if "recorded" in told:
            worker = getattr(getattr(report, "node", None), "gateway", None)
            self.recorded.setdefault(node, {})[worker.id if worker else "main"] = told["recorded"]
        if told.get("broke"):
            phase.failed_outside = told["broke"]
        if hasattr(report, "wasxfail") and not (told.get("warned") or told.get("waived")):
            phase.xfail = True
        if hasattr(report, "context"):
            return
        by_phase = {"setup": _setup, "call": _call, "teardown": _teardown}
        by_phase.get(str(report.when), _crash)(phase, report)

    def not_run(self, gathered: Gathered, *, stopped: str | None) -> dict[str, dict[str, str]]:
        """Each planned test that has neither a judgement nor ran to its end, with its reason."""
        missed = dict(gathered.deselected)
        for node in sorted(set(gathered.entries) - gathered.judged - set(missed)):
            reason = self._reason(node, stopped)
            if reason:
                missed[node] = reason
        for name, detail in self.broken_files.items():
            missed[name] = {"reason": "collection_error", "detail": detail}
        return missed

    def _reason(self, node: str, stopped: str | None) -> dict[str, str] | None:
        phase = self.phases.get(node)
        if phase is None or not (phase.finished or phase.outcomes or phase.reason):
            if stopped:
                return {"reason": "stopped_early", "detail": stopped}
            return {"reason": "worker_lost", "detail": "no report of it ever arrived"}
        if phase.failed_outside:
            return None
        return {"reason": phase.reason, "detail": _kept(phase, node)} if phase.reason else None

    def lost(self, gathered: Gathered, *, stopped: str | None) -> list[str]:
        """What was handed out and never came back: tests without a last report, results without a line."""
        problems = []
        for node in sorted(self.selected):
            phase = self.phases.get(node)
            if not stopped and (phase is None or not phase.finished):
                problems.append(f"no report for {node}: the test was lost")
        for node, by_worker in sorted(self.recorded.items()):
            for worker, count in by_worker.items():
                there = gathered.arrived[node, worker]
                if there < count:
                    problems.append(f"{count - there} of {count} results of {node} did not reach the journal")
        return problems


def _setup(phase: Phases, report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    if outcome == "skipped":
        pending = _NOT_RUN_MARK in str(getattr(report, "wasxfail", ""))
        phase.reason, phase.detail = ("xfail_not_run" if pending else "skipped"), _skip_reason(report)
        phase.place = _skip_place(report)
    elif outcome == "failed":
        phase.reason = "setup_failed"
        phase.detail = phase.failed_outside or "a fixture of it failed"
        phase.failed_outside = None
    elif outcome == "rerun":
        phase.outcomes.append(outcome)


def _call(phase: Phases, report: pytest.TestReport) -> None:
    outcome: str = report.outcome
    phase.outcomes.append(outcome)
    phase.reason = "skipped" if outcome == "skipped" else None
    phase.detail = _skip_reason(report) if outcome == "skipped" else ""
    phase.place = _skip_place(report)
    if outcome in ("rerun", "passed"):
        phase.failed_outside = None


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


def _skip_place(report: pytest.TestReport) -> str:
    return str(report.longrepr[0]) if isinstance(report.longrepr, tuple) else ""


def _skip_reason(report: pytest.TestReport) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")[:200]
    return str(getattr(report, "wasxfail", ""))[:200]
