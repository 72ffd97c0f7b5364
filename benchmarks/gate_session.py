"""What the gate of examples/lending costs, against a session that only loads what it needs and predicts once.

python benchmarks/gate_session.py [PAIRS]

Both are pytest sessions in processes of their own, run in turn, with the models trained before. The plain one imports
the project's schema, reads both tables, loads both models and asks each for its predictions; mltest is switched off.
The other is the whole gate, with evidence and the page.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET, BUDGET_KB = 1.4, 300
LENDING = Path(__file__).resolve().parents[1] / "examples" / "lending"
PLAIN = """
import pathlib

import polars
import skops.io
import tomllib

import schemas


def test_predicts():
    settings = tomllib.loads(pathlib.Path("pyproject.toml").read_text())["tool"]["mltest"]["artifacts"]
    train, test = (polars.read_parquet(settings[name]) for name in ("train", "test"))
    candidate, production = settings["model"], settings["production"]
    candidate = skops.io.load(candidate["uri"], trusted=candidate["trusted"])
    production = skops.io.load(production, trusted=skops.io.get_untrusted_types(file=production))
    for model, table in ((candidate, train), (candidate, test), (production, test)):
        rows = table.select(model.feature_names_in_.tolist())
        assert len(model.predict(rows)) == len(model.predict_proba(rows)) == table.height
"""


def seconds(*options: str) -> float:
    """One session in the example's folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTHONPATH": str(LENDING)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package has its compiled files
    started = time.perf_counter()
    done = subprocess.run(command, cwd=LENDING, env=environment, check=False, capture_output=True, text=True)
    took = time.perf_counter() - started
    if done.returncode:
        sys.exit((done.stdout + done.stderr)[-2000:])
    return took


def main(pairs: int = 7) -> None:
    """Print the ratio and the size of the page."""
    subprocess.run([sys.executable, "train.py"], cwd=LENDING, check=True, stdout=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory() as name:
        plain, report = Path(name, "test_plain.py"), Path(name, "report")
        plain.write_text(PLAIN)
        sessions = {
            "plain": ("-p", "no:mltest", "--rootdir", str(LENDING), "-c", str(LENDING / "pyproject.toml"), str(plain)),
            "gate": (f"--mltest-report={report}",),  # one word: pytest takes a folder beside an option for a root
        }
        for options in sessions.values():
            seconds(*options)
        took = [{form: seconds(*options) for form, options in sessions.items()} for _ in range(pairs)]
        size = (report / "index.html").stat().st_size / 1000
    plain_s, gate_s = (statistics.median(pair[form] for pair in took) for form in sessions)
    ratio = statistics.median(pair["gate"] / pair["plain"] for pair in took)
    print(f"gate: {gate_s:.2f} s against {plain_s:.2f} s, {ratio:.2f}x (budget {BUDGET}x; median of {pairs} pairs)")
    print(f"      page {size:.0f} KB (budget {BUDGET_KB} KB)")
    print("      python benchmarks/gate_session.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
