"""One run: its id, folder, seed and settings, made once on the controller and handed to the workers."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mltest.evidence import recorder

if TYPE_CHECKING:
    from mltest.evidence.privacy import Privacy
    from mltest.plugin.entries import Severities
    from mltest.plugin.governance import Governance
    from mltest.plugin.storing import Storing
    from mltest.policy.settings import Settings

__all__ = ["RUN", "Run", "begin_run", "end_run", "privacy_of"]

_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_RUNS, _PLANS = Path(".mltest", "runs"), Path(".mltest", "plans")
_COMMITTED = ("plan.lock", "plan.approvals.json", "waivers.toml", "trust.toml", "declared.toml", "manual_controls.toml")


class Run(NamedTuple):
    """What is settled before the first test; ``worker`` is None in the process that pytest was started in."""

    id: str
    root: Path
    folder: Path
    seed: int
    inconclusive: str
    started: float
    began: float  # by the clock that nobody can set
    settings: Settings | None
    artifacts: dict[str, Any]
    worker: str | None
    rewrites: bool
    planned: bool
    planning: bool
    profile: str
    governance: Governance | None
    severities: Severities | None
    storing: Storing


RUN = pytest.StashKey[Run]()


def begin_run(config: pytest.Config) -> None:
    """Settle the run and start to record; mistakes in options and settings stop pytest here."""
    from mltest.plugin.controller import Controller
    from mltest.plugin.worker import Worker

    run = _run_of(config)
    config.stash[RUN] = run
    runs_tests = run.worker is not None or not _distributes(config)
    if runs_tests:
        worker = Worker(run)
        config.pluginmanager.register(worker, "mltest-worker")
        recorder.install(worker.recorder)
    if run.worker is None and getattr(config.option, "xmlpath", None) and not run.planning:
        from mltest.plugin.junit import JunitFile

        config.pluginmanager.register(JunitFile(config), "mltest-junit")
    if run.worker is None:
        config.pluginmanager.register(Controller(config, run), "mltest-controller")


@cache
def _privacy(root: Path, small: int) -> Privacy:
    from mltest.evidence.privacy import Privacy
    from mltest.evidence.redaction import Redaction

    key = os.environ.get("MLTEST_ROW_KEY", "")
    return Privacy(small, Redaction.here(root), key.encode() or None)


def privacy_of(run: Run) -> Privacy:
    """What is taken out of everything that this run keeps."""
    return _privacy(run.root, run.settings.small_cell if run.settings else 10)


def end_run(config: pytest.Config) -> None:
    """Stop recording."""
    worker = config.pluginmanager.unregister(name="mltest-worker")
    if worker is not None:
        worker.close()
        recorder.install(None)


def _distributes(config: pytest.Config) -> bool:
    return bool(getattr(config.option, "tx", None)) and getattr(config.option, "dist", "no") != "no"


def _run_of(config: pytest.Config) -> Run:
    from mltest.plugin.storing import Storing

    handed = getattr(config, "workerinput", {}).get("mltest")
    root = config.rootpath
    _refuse_report_as_root(config)
    settings = _settings(root)
    planning = config.option.mltest_record_plan is not None
    if not handed:
        _refuse_unknown_controls(root, settings)
    governance = None if handed or planning else _governance(config, root, settings)
    given = handed or {
        "id": _sortable_id(time.time()),
        "seed": _first(config.option.mltest_seed, settings.seed if settings else 0),
        "inconclusive": config.option.mltest_inconclusive or (settings.inconclusive if settings else "fail"),
        "started": time.time(),
        "planned": planning or (governance is not None and governance.lock is not None),
        "planning": planning,
        "profile": governance.profile if governance else "dev",
    }
    return Run(
        root=root,
        folder=root / (_PLANS if given["planning"] else _RUNS) / given["id"],
        began=time.monotonic(),
        settings=settings,
        artifacts=_artifacts(config, settings),
        worker=config.workerinput["workerid"] if handed else None,  # type: ignore[attr-defined]
        rewrites=bool(config.option.mltest_update_baselines),
        governance=governance,
        severities=_severities(settings),
        storing=Storing(root),
        **given,
    )


def _refuse_report_as_root(config: pytest.Config) -> None:
    """Without "=", pytest takes an existing folder after a plugin's option for one of tests, and so for its root."""
    report = config.option.mltest_report
    if report and (config.invocation_params.dir / report).resolve() in (config.rootpath, *config.rootpath.parents):
        msg = f"pytest took the folder of the report for its root folder: write --mltest-report={report}, with '='"
        raise pytest.UsageError(msg)


def _first(given: int | None, otherwise: int) -> int:
    if given is None:
        return otherwise
    if not 0 <= given < 2**53:
        msg = f"--mltest-seed {given}: allowed is a whole number from 0 to 2**53 - 1"
        raise pytest.UsageError(msg)
    return given


def _settings(root: Path) -> Settings | None:
    """The settings, if a file has any; a glance spares most sessions the reader."""
    shared = root / "pyproject.toml"
    mentioned = shared.is_file() and b"mltest" in shared.read_bytes()
    if not mentioned and not (root / "mltest.toml").is_file():
        return None
    from mltest.errors import UsageError
    from mltest.policy.settings import read_settings

    try:
        settings = read_settings(root)
    except UsageError as wrong:
        raise pytest.UsageError(str(wrong)) from wrong
    return settings if settings.source else None


def _severities(settings: Settings | None) -> Severities | None:
    """What the policy says of tests whose mark says nothing, if it says anything."""
    if settings is None or not settings.policy:
        return None
    from functools import partial

    from mltest.policy.demands import resolved_policy, severity_by_default

    return partial(severity_by_default, resolved_policy(settings))


def _governance(config: pytest.Config, root: Path, settings: Settings | None) -> Governance | None:
    """What was approved, waived and trusted; a glance spares the reader where nothing is committed or asked."""
    asked = config.option.mltest_locked or config.option.mltest_profile or (settings is not None and settings.profile)
    if not asked and not any((root / name).is_file() for name in _COMMITTED):
        return None
    from mltest.errors import UsageError
    from mltest.plugin.governance import read_governance

    try:
        return read_governance(config, root, settings)
    except UsageError as wrong:
        raise pytest.UsageError(str(wrong)) from wrong


def _refuse_unknown_controls(root: Path, settings: Settings | None) -> None:
    named = settings is not None and (settings.controls or settings.frameworks)
    if not named and not (root / "manual_controls.toml").is_file():
        return
    from mltest.errors import UsageError
    from mltest.plugin.catalogued import refuse_unknown_controls

    try:
        refuse_unknown_controls(root, settings)
    except UsageError as wrong:
        raise pytest.UsageError(str(wrong)) from wrong


def _artifacts(config: pytest.Config, settings: Settings | None) -> dict[str, Any]:
    declared = dict(settings.artifacts) if settings else {}
    for text in config.option.mltest_artifact:
        name, found, uri = text.partition("=")
        if not (name and found and uri):
            msg = f"--mltest-artifact {text!r}: the form is NAME=URI, such as model=build/model.skops"
            raise pytest.UsageError(msg)
        if declared and name not in declared:
            from mltest.errors import nearest

            msg = (
                f"--mltest-artifact {text!r}: no artifact {name!r} is declared{nearest(name, declared)} "
                f"(declared are {', '.join(sorted(declared))})"
            )
            raise pytest.UsageError(msg)
        before = declared.get(name)
        where = uri if "://" in uri or ":" in uri else str(config.invocation_params.dir / uri)
        declared[name] = {**before, "uri": where} if isinstance(before, dict) else where
    return declared


def _sortable_id(seconds: float) -> str:
    """26 characters: 48 bits of milliseconds, then 80 random bits, so that names sort by time."""
    bits = (int(seconds * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    return "".join(_CROCKFORD[(bits >> shift) & 31] for shift in range(125, -1, -5))
