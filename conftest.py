"""Plugins of the repository's own tests, and which files share a worker; mltest comes through its entry point."""

from __future__ import annotations

from typing import Any

import pytest

pytest_plugins = ["pytester", "tests.harness"]

# The tests of each of these files share what takes seconds to make, so that one worker runs them all.
TOGETHER = {
    "tests/commands/test_signoff.py",
    "tests/examples/test_lending.py",
    "tests/plugin/test_completeness_locked.py",
    "tests/report/test_accessibility.py",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One unit of work for each file of ``TOGETHER``; they come first, single tests fill both workers."""
    if config.getoption("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadGroupScheduling

    class Together(LoadGroupScheduling):
        """Marks of ``xdist_group`` do nothing on pytest 9.2 (pytest-dev/pytest-xdist#1386)."""

        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if file in TOGETHER else str(super()._split_scope(nodeid))

    return Together(config, log)
