"""What recording costs: time for each result, time to write the evidence of many, and memory.

python benchmarks/recording.py [RESULTS]

One pytest session in a process of its own, with one test that records many results; a result is judged first and
outside the clock, so that recording, serialising and appending to the journal is all that is timed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

BUDGET_US, BUDGET_S, BUDGET_MB = 200, 2, 50
CONFTEST = """
import json, pathlib, time

import pytest

FIGURES = {}


def resident():
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}


@pytest.fixture
def figures():
    return FIGURES


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish():
    started = time.perf_counter()
    yield
    FIGURES["evidence_s"] = time.perf_counter() - started
    FIGURES["peak_mb"] = resident()["VmHWM"]
    pathlib.Path("figures.json").write_text(json.dumps(FIGURES))
"""
TEST = """
import dataclasses, time

import mltest
from mltest.assertion import demand

from conftest import resident


def test_many(figures):
    rows = [1] * 950 + [0] * 50
    results = [mltest.checks.require(rows, at_least=0.9, name="share answered in time")]
    results = [dataclasses.replace(results[0], label=f"share {number}") for number in range(RESULTS)]
    demand(results.pop())
    figures["before_mb"] = resident()["VmRSS"]
    started = time.perf_counter()
    for result in results:
        demand(result)
    figures["each_us"] = 1e6 * (time.perf_counter() - started) / len(results)
    figures["after_mb"] = resident()["VmRSS"]
"""


def session(results: int, *options: str) -> dict[str, float]:
    """The figures of one session."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "test_many.py").write_text(TEST.replace("RESULTS", str(results)))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        written = sum(path.stat().st_size for path in (folder / ".mltest").rglob("*") if path.is_file())
        figures: dict[str, float] = json.loads((folder / "figures.json").read_text())
        return {**figures, "written_mb": written / 2**20}


def main(results: int = 10_000) -> None:
    """Print each figure beside its budget."""
    figures = session(results)
    recorded, whole = (figures[name] - figures["before_mb"] for name in ("after_mb", "peak_mb"))
    print(f"recording {results:,} results: {figures['each_us']:.0f} us each (budget {BUDGET_US})")
    print(f"          evidence in {figures['evidence_s']:.2f} s (budget {BUDGET_S}): {figures['written_mb']:.0f} MB")
    print(
        f"          memory {recorded:+.0f} MB while recording, {whole:+.0f} MB with the evidence (budget {BUDGET_MB})"
    )
    print("          python benchmarks/recording.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
