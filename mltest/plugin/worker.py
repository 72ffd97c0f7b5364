"""Where tests run: the plan is written down, then each judgement, then how each report rides home."""

from __future__ import annotations

import threading
from collections.abc import Generator
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from mltest.evidence.recorder import Recorder
from mltest.plugin.node_ids import node_of
from mltest.plugin.run import privacy_of

if TYPE_CHECKING:
    from pathlib import Path

    from mltest.evidence.journal import Journal
    from mltest.plugin.run import Run

__all__ = ["Worker"]


class Worker:
    """Records in the process where tests run: the only one of a serial run, each worker of xdist.

    Nothing is written before a test needs mltest, so that a session without it leaves no trace.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.recorder = Recorder(self.begin, root=run.root, seed=run.seed)
        self.recorder.rewrites = run.rewrites
        if run.severities is not None:
            self.recorder.severities = run.severities
        self.recorder.planned = run.planned
        self.recorder.planning = run.planning
        self.recorder.privacy = partial(privacy_of, run)
        if run.settings is not None and run.settings.ledger is not None:
            from mltest.plugin.counted import Counted

            ledger = run.settings.base / run.settings.ledger
            self.recorder.looks = Counted(ledger, decides=run.settings.looks == "gate")
        if (run.root / "waivers.toml").is_file() and not run.planning:
            from mltest.plugin.waiving import Waiving

            self.recorder.waives = Waiving(run, lambda: self.recorder.candidates)
        self._items: list[pytest.Item] = []
        self._deselected: list[dict[str, str]] = []
        self._files: set[Path] = set()
        self._common: set[str] = set()
        self._collected = False
        self._journal: Journal | None = None
        self._lock = threading.RLock()

    def begin(self) -> Journal:
        """The journal; on first use it gets the plan, before any result.

        A check that is called while tests are still being collected finds no plan there: it is no result of one.
        """
        with self._lock:
            if self._journal is None:
                from mltest.plugin.folder import begin_folder

                self._refuse_doubles()
                self._journal = begin_folder(self.run)
                if self._collected:
                    self._write_plan(self._journal)
            return self._journal

    def _write_plan(self, journal: Journal) -> None:
        from mltest.plugin.entries import entry_of, marked
        from mltest.plugin.sources import Sources

        sources = Sources(self.run.root)
        common: set[str] | None = None
        for item in self._items:
            entry = entry_of(item, sources, self.run.severities)
            helpers = {helper["path"] for helper in entry["source"]["helpers"]}
            common = helpers if common is None else common & helpers
            journal.write("planned", entry=entry, marked=bool(marked(item)))
        self._common = common or set()
        for left_out in self._deselected:
            journal.write("deselected", **privacy_of(self.run).redact.plain(left_out))

    def _refuse_doubles(self) -> None:
        """Outside of its root folder pytest shortens ids, and tests of two files may come to have the same."""
        homes: dict[str, Path] = {}
        for item in self._items:
            other = homes.setdefault(item.nodeid, item.path)
            if other != item.path:
                from mltest.errors import EvidenceError

                msg = (
                    f"MLP11 duplicate check id {node_of(item.nodeid)}: in {other} and in {item.path}; run each project "
                    "in a session of its own, or name the folder around both with --rootdir"
                )
                raise EvidenceError(msg)

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Note a file that is read for tests, whether it has any or not."""
        if isinstance(collector, pytest.File):
            self._files.add(collector.path)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write down which files of the project were loaded, where a plan is to know them."""
        if self._journal is None or not (self.run.planned or self.run.planning):
            return
        from mltest.plugin.loaded import loaded_files
        from mltest.plugin.sources import project_file

        plugins = {project_file(found, self.run.root) for found in _modules(session.config)} - {None}
        shared = any("::fixture " in node for node in self.recorder.recorded)
        told = set() if shared else self._common
        found = loaded_files(self.run.root, self._files, {path for path in plugins if path})
        self._journal.write("code", files=[file for file in found if file["path"] not in told])

    def close(self) -> None:
        """Close the journal, if there is one."""
        if self._journal is not None:
            self._journal.close()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """See every test before anybody leaves one out."""
        self._items = list(items)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Note what was left out, and why."""
        from mltest.plugin.entries import reason_for_deselection

        for item in items:
            reason, detail = reason_for_deselection(item)
            self._deselected.append({"node": node_of(item.nodeid), "reason": reason, "detail": detail})

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write the plan down before the first test, if evidence is due in any case."""
        known = {item.nodeid for item in self._items}
        self._items += [item for item in session.items if item.nodeid not in known]
        self._note_dropped({item.nodeid for item in session.items})
        self._collected = True
        if self._journal is not None or self._expected():
            from mltest.plugin.folder import or_stop

            begun = self._journal
            or_stop(self.run, self.begin if begun is None else partial(self._write_plan, begun))

    def _note_dropped(self, kept: set[str]) -> None:
        """What a plugin took out of the collection without a word."""
        if len(self._items) > len(kept) + len(self._deselected):
            from mltest.plugin.entries import BY_PLUGIN

            told = {left_out["node"] for left_out in self._deselected}
            for node in sorted({node_of(item.nodeid) for item in self._items if item.nodeid not in kept} - told):
                self._deselected.append({"node": node, "reason": BY_PLUGIN[0], "detail": BY_PLUGIN[1]})

    def _expected(self) -> bool:
        """Whether evidence is due even if no check comes to be called."""
        asked = (
            self.run.settings is not None
            or self.run.planned
            or any(item.config.option.mltest_report for item in self._items[:1])
        )
        return bool(self._items) and (
            asked or any(item.get_closest_marker("mltest") or "ml_artifacts" in _fixtures(item) for item in self._items)
        )

    def _mark_names(self, item: pytest.Item) -> tuple[str, ...]:
        if self.run.severities is None:
            return ()
        from mltest.plugin.entries import mark_names

        return mark_names(item)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Judgements belong to this test while it runs."""
        mark = item.get_closest_marker("mltest")
        said = mark.kwargs.get("severity") if mark else None
        self.recorder.enter(node_of(item.nodeid), said, self._mark_names(item))
        try:
            return (yield)
        finally:
            self.recorder.leave()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """A test starts, for the first time or again."""
        self.recorder.begin_attempt()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        """What a shared fixture judges belongs to the fixture, not to the test that came first."""
        if fixturedef.scope == "function":
            return (yield)
        home = fixturedef.baseid or fixturedef.func.__code__.co_filename.rpartition("/")[2]
        self.recorder.enter(f"{home}::fixture {fixturedef.argname}")
        try:
            return (yield)
        finally:
            self.recorder.leave()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Send along how many judgements this process wrote for the test."""
        report = yield
        report.mltest = {"recorded": self.recorder.recorded[node_of(item.nodeid)]}  # type: ignore[attr-defined]
        waived = self.recorder.waived.get(item.nodeid, ())
        if call.excinfo is not None or waived:
            from mltest.plugin.outcome import settle

            report.mltest.update(settle(report, call, self.run, waived))
        return report


def _modules(config: pytest.Config) -> list[ModuleType]:
    return [plugin for plugin in config.pluginmanager.get_plugins() if isinstance(plugin, ModuleType)]


def _fixtures(item: pytest.Item) -> list[str]:
    return getattr(item, "fixturenames", [])
