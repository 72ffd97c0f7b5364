"""Where reports arrive: how each test went, then evidence, gate, files and the exit status."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from mltest.plugin.node_ids import node_of
from mltest.plugin.progress import Progress

if TYPE_CHECKING:
    from mltest.plugin.closing import Closing
    from mltest.plugin.run import Run

__all__ = ["Controller"]


class Controller:
    """Follows the reports of a run and closes it; the status of the session is raised, never lowered."""

    def __init__(self, config: pytest.Config, run: Run) -> None:
        self.config = config
        self.run = run
        self.progress = Progress()
        self.closing: Closing | None = None

    def pytest_sessionstart(self) -> None:
        """Ask git where evidence is due: what it says is how the tree was before the first test."""
        if (self.run.settings or self.run.governance) and not self.run.planning:
            self.run.storing.ask()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Hand the run to a worker of xdist."""
        node.workerinput["mltest"] = {
            name: getattr(self.run, name)
            for name in ("id", "seed", "inconclusive", "started", "planned", "planning", "profile")
        }

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Iterable[str]) -> None:
        """Learn the tests from a worker: the hook of a serial collection never fires here.

        No test is handed out before it, so this is where the run begins if evidence is due in any case.
        """
        if (self.run.settings is not None or self.run.planned) and list(ids):
            from mltest.plugin.folder import begin, or_stop

            or_stop(self.run, lambda: begin(self.run))
        self.progress.selected.update(map(node_of, ids))
        self.progress.workers[node.gateway.id] = {"collected": len(list(ids)), "exit": "unknown"}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Note how a worker ended."""
        self.progress.workers.setdefault(node.gateway.id, {"collected": 0})["exit"] = "crashed" if error else "clean"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Learn the tests of a serial run."""
        self.progress.selected.update(node_of(item.nodeid) for item in session.items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that could not be collected, or left itself out."""
        self.progress.follow_collection(report)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note that a person or a plugin ended the session, whatever status it asked for."""
        interrupted = isinstance(excinfo.value, KeyboardInterrupt)
        self.progress.stopped = "interrupted" if interrupted else "pytest.exit was called"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in one report."""
        self.progress.follow(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Close the run after everybody else, xdist's workers included."""
        if self.run.storing.refused:
            return  # without a beginning there is nothing to close
        if not self.run.folder.exists():
            self.run.storing.settle()
            if self.config.option.mltest_report:
                self.progress.problems.append("--mltest-report: no test was collected, so there is nothing to report")
            return
        try:
            self._close(session)
        except OSError as refused:
            why = refused.strerror or type(refused).__name__
            self.progress.problems.append(f"the evidence could not be written to {self.run.folder}: {why}")
        except Exception:  # noqa: BLE001
            # pytest would lose its own summary of failures behind this one; it is shown in full and costs the status
            self.progress.problems.append(f"the evidence could not be written\n{traceback.format_exc()}")
        failed = bool(self.progress.problems) if self.closing is None else self.closing.must_fail
        if failed and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _close(self, session: pytest.Session) -> None:
        if self.run.planning:
            from mltest.plugin.planning import write_plan

            write_plan(self.run, self.progress, Path(self.config.option.mltest_record_plan))
            return
        from mltest.plugin.closing import close_run

        source = self.run.storing.source()
        self.closing = close_run(self.config, self.run, self.progress, session, source)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print the block."""
        if self.closing is not None or self.progress.problems:
            from mltest.plugin.terminal import summarise

            summarise(terminalreporter, self.closing, self.progress.problems)

    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """A miss that only warns is neither passed nor failed."""
        if getattr(report, "mltest", {}).get("warned"):
            return "warned", "w", ("WARNED", {"yellow": True})
        if getattr(report, "mltest", {}).get("waived"):
            return "waived", "W", ("WAIVED", {"yellow": True})
        return None
