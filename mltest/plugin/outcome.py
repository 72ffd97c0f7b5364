"""A test's outcome as mltest sees it: a judgement, a break, or a judgement that only warns."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

    from mltest.plugin.run import Run

__all__ = ["settle"]


def settle(
    report: pytest.TestReport, call: pytest.CallInfo[None], run: Run, waived: Sequence[str] = ()
) -> dict[str, Any]:
    """Mend the report's first line and outcome; returns what the controller needs to know, plain."""
    raised = call.excinfo.value if call.excinfo else None
    if raised is None and waived and report.when == "call" and report.outcome == "passed":
        report.outcome = "skipped"
        report.wasxfail = f"mltest: not met, waived by {', '.join(sorted(set(waived)))}"
        return {"judged": True, "waived": True}
    errors = sys.modules.get("mltest.errors")
    if raised is None or (report.outcome != "failed" and not hasattr(report, "wasxfail")):
        return {}
    if errors is None or not isinstance(raised, errors.CheckFailed):
        return {} if report.outcome != "failed" else {"broke": _broke(raised, errors, run)}
    _shorten(report, raised)
    if report.outcome == "failed" and _only_warns(raised, run):
        report.outcome = "skipped"
        report.wasxfail = f"mltest warns: {str(raised).splitlines()[0]}"
        return {"judged": True, "warned": True}
    return {"judged": True}


def _shorten(report: pytest.TestReport, raised: BaseException) -> None:
    """The summary line shows the sentence; pytest would cut it behind the class name and the path."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        crash.message = str(raised).splitlines()[0]


def _only_warns(raised: Any, run: Run) -> bool:
    if raised.result.severity in ("warn", "info"):
        return True
    return raised.result.verdict == "inconclusive" and run.inconclusive == "warn" and run.profile == "dev"


def _broke(raised: BaseException, errors: Any, run: Run) -> str:
    """Type and place of an exception; its text only where mltest wrote it, since others may quote data."""
    place = _place(raised, run.root)
    text = ""
    if errors is not None and isinstance(raised, errors.MltestError):
        from mltest.plugin.reasons import kept_error
        from mltest.plugin.run import privacy_of

        text = kept_error(raised, privacy_of(run).redact)
    return f"{type(raised).__qualname__}{text and ': '}{text}{place}"


def _place(raised: BaseException, root: Path) -> str:
    trace, found = raised.__traceback__, ""
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if path.is_relative_to(root) and "site-packages" not in path.parts:
            found = f" at {path.relative_to(root).as_posix()}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found
