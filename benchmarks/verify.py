"""``mltest verify`` over a run of 10 000 results: at most two seconds of the processor, which neighbours do not slow.

python -m benchmarks.verify [RESULTS]
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mltest import cli
from mltest.policy.approvals import approvals_bytes
from mltest.policy.plan import lock_bytes
from tests.policy.verification import good_run

AT_MOST_S = 2.0


def parts_of(results: int) -> dict[str, Any]:
    """The good run of the tests with many checks in many tests instead of its three."""
    parts = good_run.good_parts()
    plan, checks, records = parts["plan"], [], []
    for number in range(results):
        identity = f"tests/test_pd.py::test_{number // 10}[{number % 10}]#model.metric:recall"
        checks.append(good_run.check(identity, "model.performance", "recall", 0.3))
        records.append(good_run.record(checks[-1], 0.4 + number / 1e7))
    plan["checks"] = sorted(checks, key=lambda entry: str(entry["id"]))
    parts["results"] |= {"records": records, "without_check": []}
    parts["run"]["workers"] = []
    parts["files"] = {"lock": lock_bytes(plan), "approvals": approvals_bytes([good_run.approval(plan)])}
    return good_run.tied(parts)


def measured(path: Path) -> tuple[float, float]:
    """Seconds of the processor, then of the clock, that one verification without a finding takes."""
    out = io.StringIO()
    busy, start = time.process_time(), time.perf_counter()
    with contextlib.redirect_stdout(out):
        status = cli.main(["verify", str(path), "--at", good_run.AT])
    seconds = time.process_time() - busy, time.perf_counter() - start
    if status:
        raise SystemExit(out.getvalue())
    return seconds


def main(results: int = 10_000) -> int:
    """Write a run, verify it as a folder and as one file, and print the best of three."""
    with tempfile.TemporaryDirectory() as place:
        folder = good_run.write(parts_of(results), Path(place) / "run")
        worst = 0.0
        for path in (folder, good_run.bundled(folder)):
            size = sum(file.stat().st_size for file in ([path] if path.is_file() else path.rglob("*.json")))
            busy, clock = min(measured(path) for _ in range(3))
            worst = max(worst, busy)
            kind = path.suffix or "folder"
            print(f"{results} results, {size / 1e6:.1f} MB, {kind}: {busy:.2f} s of processor, {clock:.2f} s of clock")
    print("within" if worst <= AT_MOST_S else "beyond", f"{AT_MOST_S} s")
    return int(worst > AT_MOST_S)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
