"""What an installed and unused mltest costs a test session: milliseconds and modules on one empty test.

python benchmarks/startup.py [PAIRS]

Runs sessions with and without the plugin in turn, each in a process of its own, all other plugins off and with compiled
files kept, as an installed package has them (PYTHONDONTWRITEBYTECODE would compile ours anew each time).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUDGET_MS, BUDGET_MODULES = 20, 15
CONFTEST = """
import os, sys

def pytest_unconfigure(config):
    if "MODULES" in os.environ:
        import json
        with open(os.environ["MODULES"], "w") as out:
            json.dump(sorted(sys.modules), out)
"""
FORMS = {"without": (), "with": ("-p", "mltest.plugin")}


def session(folder: Path, options: tuple[str, ...], modules: Path | None = None) -> float:
    """Milliseconds of one session on one empty test."""
    environment = {
        **os.environ,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **({"MODULES": str(modules)} if modules else {}),
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    started = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return 1000 * (time.perf_counter() - started)


def main(pairs: int = 15) -> None:
    """Print both figures beside their budgets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST)
        (folder / "test_empty.py").write_text("def test_empty():\n    pass\n")
        loaded = {}
        for form, options in FORMS.items():  # also fills the caches of compiled files
            session(folder, options, folder / f"{form}.json")
            loaded[form] = set(json.loads((folder / f"{form}.json").read_text()))
        took = [{form: session(folder, options) for form, options in FORMS.items()} for _ in range(pairs)]
    middle = {form: statistics.median(pair[form] for pair in took) for form in FORMS}
    extra = statistics.median(pair["with"] - pair["without"] for pair in took)
    added = loaded["with"] - loaded["without"]
    print(
        f"start-up: {extra:.1f} ms more than {middle['without']:.0f} ms (budget {BUDGET_MS}, median of {pairs} pairs)"
    )
    print(f"          {len(added)} modules more (budget {BUDGET_MODULES}): {', '.join(sorted(added))}")
    print("          python benchmarks/startup.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
