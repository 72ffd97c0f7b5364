"""The page of a large run: how long it takes to make, how big it is, and how long Chromium takes to open it.

Prints the figures of the README. The evidence is made by hand: checks that passed in five families under an approved
plan, one in a hundred failed or was inconclusive.

    python benchmarks/report.py [CHECKS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mltest.report.model import Report
from mltest.report.page import render
from tests.report.devtools import Chromium, found
from tests.report.large_run import large_run

CHECKS = 5_000
REPEATS = 5


def rendered(evidence: dict[str, Any]) -> tuple[bytes, float]:
    """The page and the median time that it takes."""
    taken = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        page = render(Report.of(evidence))
        taken.append(time.perf_counter() - started)
    return page, statistics.median(taken)


def opened(page: Path) -> list[float]:
    """Seconds from navigation to the end of the load event in Chromium, fresh tabs, first of them cold."""
    program = found()
    if program is None:
        return []
    taken = []
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile,
        Chromium(program, Path(profile)) as browser,
    ):
        browser.show()
        for _ in range(REPEATS):
            started = time.perf_counter()
            browser.open(page)
            # a frame that was drawn after the load event: the first screen is there
            browser.run("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(1), 0)))")
            taken.append(time.perf_counter() - started)
    return taken


def main() -> None:
    """Measure and print."""
    checks = int(sys.argv[1]) if len(sys.argv) > 1 else CHECKS
    page, seconds = rendered(large_run(checks))
    print(f"{checks:,} checks: {len(page) / 1e6:.2f} MB, rendered in {seconds:.2f} s (median of {REPEATS})")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "report.html"
        target.write_bytes(page)
        taken = opened(target)
    if not taken:
        print("no Chromium on this machine: not opened")
        return
    print(f"opened in Chromium in {statistics.median(taken):.2f} s (median of {REPEATS}; longest {max(taken):.2f} s)")


if __name__ == "__main__":
    main()
