"""Why a test of the plan is not among those that ran: it was left out, it could not be read, or it is no more."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest

    from mltest.evidence.assembly import Gathered
    from mltest.plugin.progress import Progress

__all__ = ["Absence"]

_CACHED = (("lf", "--lf"), ("stepwise", "--sw"))
_EXPECTED = {"reason": "check_not_reached", "detail": "the test was expected to fail, and failed before this check"}


class Absence:
    """Answers for one finished session, by node id.

    Parameters
    ----------
    config : pytest.Config
        The session's, with its options and arguments.
    root : Path
        The folder that node ids are relative to.
    progress : Progress
        What the reports told.
    gathered : Gathered
        What the journals hold.
    stopped : str or None
        Why the session ended before its last test.
    """

    def __init__(
        self, config: pytest.Config, root: Path, progress: Progress, gathered: Gathered, *, stopped: str | None
    ) -> None:
        self.stopped = stopped
        self._config, self._root, self._progress, self._gathered = config, root, progress, gathered

    def reason(self, node: str) -> dict[str, str] | None:
        """Why a test did not run to its end (governance section 6.2); None where it did, or broke on the way."""
        deselected = self._gathered.deselected.get(node)
        if deselected is not None:
            return deselected
        if node not in self._gathered.entries and node not in self._progress.phases:
            return self._progress.uncollected(node) or self._absent(node)
        found = self._progress.reason(node, self.stopped)
        if found is not None and found["reason"] == "skipped" and self._progress.phases[node].xfail:
            return _EXPECTED
        return found

    def gone(self, node: str) -> bool:
        """Whether a test is no more: what should hold it was read in full, or is no more itself."""
        if "::fixture " in node or node in self._gathered.entries or self._progress.uncollected(node):
            return False
        if self._left_out(node) or any(getattr(self._config.option, name, False) for name, _ in _CACHED):
            return False
        file = node.partition("::")[0]
        return file in self._files or not (self._root / file).exists()

    def passed_by(self, entries: Iterable[Mapping[str, Any]]) -> set[str]:
        """The planned checks whose test ended well, with all that it did judge, and never came to them."""
        missed = {record["node"] for record in self._gathered.records.briefs() if record["verdict"] != "passed"}
        recorded = self._gathered.records.ids()
        return {
            entry["id"]
            for entry in entries
            if entry["kind"] != "test"
            and entry["id"] not in recorded
            and entry["nodeid"] not in missed
            and self._ended_well(entry["nodeid"])
        }

    def _ended_well(self, node: str) -> bool:
        phase = self._progress.phases.get(node)
        if phase is None or phase.reason or phase.xfail or phase.broke or not phase.finished:
            return False
        return phase.outcomes[-1:] == ["passed"]

    def _absent(self, node: str) -> dict[str, str]:
        left_out = self._left_out(node)
        if left_out:
            return _not_collected("path", left_out)
        for name, shown in _CACHED:
            if getattr(self._config.option, name, False):
                return _not_collected("cache", shown)
        if self.stopped and not self.gone(node):
            return {"reason": "stopped_early", "detail": self.stopped}
        return _not_collected("gone", "no test of this name was collected")

    def _left_out(self, node: str) -> str | None:
        """The option or the arguments that a test lies outside of."""
        for ignored in self._config.getoption("ignore", None) or ():
            if _lies_in(node, self._shown(Path(ignored))):
                return f"--ignore {ignored}"
        if not self._places or any(_lies_in(node, place) for place in self._places):
            return None
        return f"outside of {', '.join(place or '.' for place in self._places[:3])}"

    @cached_property
    def _files(self) -> set[str]:
        """The files that gave a test."""
        return {node.partition("::")[0] for node in self._gathered.entries}

    @cached_property
    def _places(self) -> list[str]:
        """Where the session looked for tests, in node ids; nothing where a module was named."""
        if self._config.getoption("pyargs", default=False):
            return []
        return [self._place(str(argument)) for argument in self._config.args]

    def _place(self, argument: str) -> str:
        path, found, inside = argument.partition("::")
        return f"{self._shown(Path(path))}{found}{inside}"

    def _shown(self, path: Path) -> str:
        """A path as node ids begin; the empty text for the root and whatever is around it."""
        whole = Path(self._config.invocation_params.dir, path).resolve()
        root = self._root.resolve()
        return (
            whole.relative_to(root).as_posix().removeprefix(".") if whole.is_relative_to(root) else _around(whole, root)
        )


def _around(path: Path, root: Path) -> str:
    return "" if root.is_relative_to(path) else str(path)


def _lies_in(node: str, place: str) -> bool:
    return not place or node == place or node.startswith((f"{place}/", f"{place}::", f"{place}["))


def _not_collected(by: str, detail: str) -> dict[str, str]:
    return {"reason": f"not_collected_{by}", "detail": detail}
