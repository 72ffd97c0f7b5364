"""What a locked plan of many tests costs under two workers: time, memory, and whether the evidence is whole.

    python benchmarks/many_tests.py [TESTS]

The same tests run with mltest switched off, then under their lock in the profile merge; each test calls one check.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PER_FILE = 200
TEST = """
import mltest, pytest

@pytest.mark.parametrize("n", range({first}, {last}))
def test_many(n):
    mltest.require(n, at_most=10_000_000, name="n")
"""


def session(folder: Path, *words: str) -> float:
    """One process to its end; its status has to be 0."""
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        sys.exit((done.stdout + done.stderr)[-3000:])
    return time.perf_counter() - started


def whole(folder: Path, tests: int) -> None:
    """Fail unless the evidence of the one run holds every test."""
    (run,) = folder.glob(".mltest/runs/*")
    verdict, results = (json.loads((run / name).read_bytes()) for name in ("verdict.json", "results.json"))
    assert verdict["gate"] == "allow", verdict["reasons"][:3]
    assert len(results["records"]) == verdict["completeness"]["executed"] == tests
    size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    print(f"evidence: {tests} records, {size / 1e6:.1f} MB with journals")


def main(tests: int = 10_000) -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        for first in range(0, tests, PER_FILE):
            text = TEST.format(first=first, last=min(tests, first + PER_FILE))
            (folder / f"test_{first}.py").write_text(text)
        quiet = ("pytest", "-q", "-n2", "-p", "no:cacheprovider")
        plain = session(folder, *quiet, "-p", "no:mltest")
        alone = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        plan = session(folder, "mltest", "plan", "--", *quiet[2:])
        locked = session(folder, *quiet, "--mltest-profile=merge")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        whole(folder, tests)
    print(f"mltest plan {plan:.1f} s; without mltest {plain:.1f} s; locked {locked:.1f} s, {locked / plain:.2f}x")
    print(f"largest process: {alone:.0f} MB without mltest, {peak:.0f} MB with it")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
