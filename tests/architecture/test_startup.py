"""Installed and unused, mltest costs next to nothing: modules are counted here, time in benchmarks/startup.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

MODULES_AT_MOST = 15
HEAVY = {"numpy", "narwhals", "pandas", "polars", "pyarrow", "sklearn", "scipy", "jinja2", "pandera", "hypothesis"}
CONFTEST = """
import json, pathlib, sys

def pytest_unconfigure(config):
    pathlib.Path("modules.json").write_text(json.dumps(sorted(sys.modules)))
"""


def loaded(folder: Path, *options: str) -> set[str]:
    """The modules of a session with one empty test, when it ends; no other plugin is loaded that could hide ours."""
    folder.mkdir()
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_empty.py").write_text("def test_empty():\n    pass\n")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return set(json.loads((folder / "modules.json").read_text()))


@pytest.fixture(scope="module")
def extra(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The modules that the plugin adds."""
    base = tmp_path_factory.mktemp("startup")
    return loaded(base / "on", "-p", "mltest.plugin") - loaded(base / "off")


def test_few_modules_are_added(extra: set[str]) -> None:
    assert "mltest.plugin" in extra
    assert len(extra) <= MODULES_AT_MOST, sorted(extra)


def test_nothing_heavy_is_added(extra: set[str]) -> None:
    assert not [name for name in extra if name.partition(".")[0] in HEAVY]


def test_pytest_finds_the_plugin_by_its_entry_point() -> None:
    assert [point.value for point in entry_points(group="pytest11", name="mltest")] == ["mltest.plugin"]
