"""What users may rely on: few names, found on first use, each with an example that runs."""

from __future__ import annotations

import doctest
import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import mltest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mltest"
HEAVY = {
    "numpy",
    "narwhals",
    "pandas",
    "polars",
    "pyarrow",
    "sklearn",
    "scipy",
    "jinja2",
    "pandera",
    "hypothesis",
    "pytest",
}
MODULES = [
    ".".join(part for part in path.relative_to(ROOT).with_suffix("").parts if part != "__init__")
    for path in sorted(PACKAGE.rglob("*.py"))
    if path.stem != "__main__"
]


def test_public_names_are_few_and_sorted() -> None:
    assert len(mltest.__all__) <= 60
    assert list(mltest.__all__) == sorted(mltest.__all__)
    assert len(set(mltest.__all__)) == len(mltest.__all__)


def test_every_public_name_is_there_and_listed() -> None:
    assert set(mltest.__all__) <= set(dir(mltest))
    assert all(getattr(mltest, name) is not None for name in mltest.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="assert_metrc"):
        _ = mltest.assert_metrc


def test_importing_mltest_loads_nothing_heavy() -> None:
    difference = "print(json.dumps(sorted(set(sys.modules) - before)))"
    code = f"import sys, json; before = set(sys.modules); import mltest; {difference}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = json.loads(answer.stdout)
    assert not [name for name in loaded if name.partition(".")[0] in HEAVY]
    assert [name for name in loaded if name.startswith("mltest.")] == []


@pytest.mark.parametrize("name", [name for name in mltest.__all__ if not name.startswith("__")])
def test_public_name_is_documented_with_an_example(name: str) -> None:
    thing = getattr(mltest, name)
    docstring = thing.__doc__ or ""
    assert docstring.strip(), f"mltest.{name} has no docstring"
    if not isinstance(thing, ModuleType):
        assert ">>> " in docstring, f"mltest.{name} has no example"


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_a_module_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the names of its own file, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder()
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    report: list[str] = []
    for public in getattr(module, "__all__", ()):
        thing = getattr(module, public)
        if getattr(thing, "__module__", None) not in {name, "mltest"} or name in {"mltest", "mltest.checks"}:
            continue  # a name is tested where it is made
        for example in finder.find(thing, public, module=False, globs=dict(vars(module))):
            runner.run(example, out=report.append)
    assert not runner.failures, "".join(report)


@pytest.mark.parametrize("name", MODULES)
def test_module_lists_what_others_may_use(name: str) -> None:
    module = importlib.import_module(name)
    for public in getattr(module, "__all__", ()):
        assert not public.startswith("_") or public == "__version__"
        assert hasattr(module, public), f"{name}.__all__ names {public}, which is not there"
