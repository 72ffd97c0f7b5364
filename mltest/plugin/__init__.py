"""Pytest's way in: options, the mark and the fixtures; the rest is loaded when a run needs it."""

from __future__ import annotations

from argparse import SUPPRESS
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

pytest_plugins = ("mltest.plugin.fixtures",)

MARK = (
    "mltest(controls=[...], severity='block'|'warn'|'info', owner='...', required=True): "
    "how the checks of this test count at the gate, and for whom"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("mltest", "mltest: tests for machine-learning artefacts")
    group.addoption("--mltest-report", metavar="DIR", help="write DIR/index.html and DIR/evidence.json")
    group.addoption(
        "--mltest-artifact",
        metavar="NAME=URI",
        action="append",
        default=[],
        help="read the artifact NAME of [tool.mltest.artifacts] from URI instead; may be given several times",
    )
    group.addoption("--mltest-seed", metavar="N", type=int, help="seed that every test's own seed is derived from")
    group.addoption(
        "--mltest-inconclusive",
        choices=("fail", "warn"),
        help="what a verdict means that the data cannot decide (default: fail)",
    )
    group.addoption(
        "--mltest-update-baselines",
        action="store_true",
        help="approve this run's evaluations: rewrite those kept beside the tests (refused where CI is set)",
    )
    group.addoption(
        "--mltest-locked",
        action="store_true",
        help="enforce the approved plan: without a plan.lock that this run meets in full, the gate does not open",
    )
    group.addoption(
        "--mltest-profile",
        choices=("dev", "merge", "release"),
        help="what the gate demands of the run itself (default: merge on CI once a plan.lock is committed, else dev)",
    )
    group.addoption(
        "--mltest-rehash",
        action="store_true",
        help="digest every file anew, also large ones that did not change (always done in the profile release)",
    )
    group.addoption("--mltest-record-plan", metavar="FILE", help=SUPPRESS)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark and begin the run."""
    config.addinivalue_line("markers", MARK)
    _refuse_to_approve_on_ci(config)
    if config.option.collectonly or getattr(config.option, "setupplan", False):
        return
    from mltest.plugin.run import begin_run

    begin_run(config)


def _refuse_to_approve_on_ci(config: pytest.Config) -> None:
    """What a person approves is no machine's to rewrite."""
    import os

    here = os.environ.get("CI", "").strip().lower()
    if config.option.mltest_update_baselines and here not in ("", "false"):
        import pytest

        msg = (
            "--mltest-update-baselines: refused, since CI is set: run it where you can look at what changed, "
            "and commit the files"
        )
        raise pytest.UsageError(msg)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run."""
    from mltest.plugin.run import end_run

    end_run(config)
