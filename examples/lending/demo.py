"""The main job on real input: train, gate, report. With --faults: show that the gate stops each faulty candidate.

- python demo.py             trains, runs the gate, says where the report is
- python demo.py --faults    trains, runs the gate on each candidate of faults/, prints what stopped it
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import train
from faults import FAULTS

HERE = Path(__file__).resolve().parent
REPORTS = HERE / "reports"
BUILT = HERE / ".faults"


@dataclass(frozen=True)
class Stop:
    """What the gate said to one faulty candidate."""

    fault: str
    expected: tuple[str, ...]
    by: tuple[str, ...]
    doubted: tuple[str, ...]
    broken: tuple[str, ...]
    message: str

    @property
    def holds(self) -> bool:
        """Stopped, by the check that is there for it, and not because something broke."""
        return bool(set(self.expected) & set(self.by)) and not self.broken


def gate(report: Path, replaced: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the project's tests in a process of their own, with some artefacts replaced."""
    options = [f"--mltest-artifact={name}={uri}" for name, uri in replaced.items()]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--mltest-report={report}", *options]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def show() -> int:
    """Train, gate, and say where the report is; the gate's own output is shown as it is."""
    train.main()
    run = gate(REPORTS, {})
    print(run.stdout, run.stderr, sep="", end="")
    print(f"\nreport    {REPORTS / 'index.html'}\nevidence  {REPORTS / 'evidence.json'}")
    return run.returncode


def stopped(fault: str) -> Stop:
    """Build one fault and let the gate judge it."""
    module = importlib.import_module(f"faults.{fault}")
    folder = BUILT / fault
    folder.mkdir(parents=True, exist_ok=True)
    run = gate(folder / "report", module.build(folder))
    evidence = folder / "report" / "evidence.json"
    if not evidence.is_file():
        return Stop(fault, module.STOPPED_BY, (), (), ("no evidence",), (run.stdout + run.stderr).strip()[-2000:])
    return reading(fault, module.STOPPED_BY, json.loads(evidence.read_text(encoding="utf-8")))


def reading(fault: str, expected: tuple[str, ...], evidence: Mapping[str, Any]) -> Stop:
    """Which checks said no in this evidence, and the first line of the one that was to say it."""
    records = evidence["results"]["records"]
    said = {word: [each for each in records if each["verdict"] == word] for word in ("failed", "inconclusive", "error")}
    first = next((record for record in said["failed"] if record["check"] in expected), None)
    return Stop(
        fault=fault,
        expected=expected,
        by=checks_of(said["failed"]),
        doubted=checks_of(said["inconclusive"]),
        broken=checks_of(said["error"]),
        message=first["sentence"] if first else "no such check failed",
    )


def checks_of(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The ids of their checks, each once."""
    return tuple(dict.fromkeys(record["check"] for record in records))


def show_faults() -> int:
    """One row for each fault; 1 if one of them got through, or was stopped by something else."""
    train.main()
    BUILT.mkdir(exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        stops = list(pool.map(stopped, FAULTS))
    width = max(map(len, FAULTS))
    print(f"{'fault':{width}}  stopped  by")
    for stop in stops:
        print(f"{stop.fault:{width}}  {'yes' if stop.holds else 'NO':7}  {', '.join(stop.by) or '-'}")
        print(f"{'':{width}}           {stop.message}")
        if not stop.holds:
            print(f"{'':{width}}           expected {', '.join(stop.expected)}, broke {', '.join(stop.broken) or '-'}")
    missed = [stop.fault for stop in stops if not stop.holds]
    print(f"\n{len(stops) - len(missed)} of {len(stops)} were stopped by the check that is there for it")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", action="store_true", help="show that the gate stops each candidate of faults/")
    return show_faults() if parser.parse_args().faults else show()


if __name__ == "__main__":
    sys.exit(main())
