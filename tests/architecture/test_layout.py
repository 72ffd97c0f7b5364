"""One call, one id, one file; files and functions of a size that can be read; no names that say nothing."""

from __future__ import annotations

import ast
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mltest import catalogue

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mltest"
MODULES = sorted(PACKAGE.rglob("*.py"))
SOURCES = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "benchmarks").rglob("*.py"))]

NAMES_WITHOUT_MEANING = {
    *("utils", "util", "helpers", "helper", "common", "base", "core", "misc", "manager", "handler", "runner"),
    *("context", "suite", "factory", "mixin"),
}
CLASS_ENDINGS = ("Suite", "Runner", "Manager", "Context", "Handler", "Factory", "Mixin")
LONGEST_FILE, MEDIAN_FILE, LONGEST_FUNCTION, MEDIAN_FUNCTION = 400, 120, 60, 15


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Each function with its length; the docstring is the contract and does not count."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            documented = ast.get_docstring(node) is not None
            docstring = (first.end_lineno or first.lineno) - first.lineno + 1 if documented else 0
            yield (
                f"{relative(path)}:{node.lineno} {node.name}",
                (node.end_lineno or node.lineno) - node.lineno + 1 - docstring,
            )


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_file_can_be_read_in_one_go(path: Path) -> None:
    assert lines(path) <= LONGEST_FILE
    assert not {name: length for name, length in functions(path) if length > LONGEST_FUNCTION}


def test_the_usual_file_and_function_are_short() -> None:
    assert statistics.median(lines(path) for path in MODULES) <= MEDIAN_FILE
    assert statistics.median(length for path in MODULES for _, length in functions(path)) <= MEDIAN_FUNCTION


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_name_says_what_is_inside(path: Path) -> None:
    parts = path.relative_to(ROOT).with_suffix("").parts
    assert not NAMES_WITHOUT_MEANING & set(parts)
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert not [name for name in classes if name.endswith(CLASS_ENDINGS)]


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_no_module_shadows_the_standard_library(path: Path) -> None:
    """Inside a folder too: ``report/html.py`` would read as the standard module in a traceback."""
    assert path.stem == "__init__" or path.stem not in sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*/__init__.py")), ids=relative)
def test_inner_init_is_a_docstring_or_one_table(path: Path) -> None:
    if path.parent == PACKAGE / "plugin":
        return  # pytest's entry point: hooks, and nothing else
    body = ast.parse(path.read_text(encoding="utf-8")).body
    statements = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    tables = [node for node in statements if isinstance(node, ast.Assign | ast.AnnAssign)]
    docstrings = [node for node in statements if isinstance(node, ast.Expr)]
    assert len(tables) <= 1
    assert len(statements) == len(tables) + len(docstrings)


@pytest.mark.parametrize("identifier", catalogue.ids())
def test_check_has_its_file_test_and_page(identifier: str) -> None:
    family, _, name = identifier.partition(".")
    for place in (f"mltest/{family}/{name}.py", f"tests/{family}/test_{name}.py", f"docs/checks/{identifier}.md"):
        assert (ROOT / place).is_file(), f"{identifier} needs {place}"


@pytest.mark.parametrize("identifier", catalogue.ids())
def test_check_has_a_planted_fault_and_a_clean_twin(identifier: str) -> None:
    """A faulty artefact names the check that must catch it, beside what is sound; a test of the family uses both."""
    family = identifier.partition(".")[0]
    homes = [path for path in sorted((ROOT / "tests" / "faults").glob("*.py")) if identifier in texts(path)]
    assert homes, f"tests/faults has nothing that {identifier} must catch"
    assert any("clean" in name for path in homes for name in definitions(path)), "no clean twin beside it"
    tests = [path.read_text(encoding="utf-8") for path in (ROOT / "tests" / family).glob("test_*.py")]
    assert any(f"tests.faults.{path.stem}" in text or f"import {path.stem}" in text for path in homes for text in tests)


def texts(path: Path) -> set[object]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def definitions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize("identifier", catalogue.ids())
def test_check_is_declared_under_its_own_name(identifier: str) -> None:
    import mltest

    family, _, name = identifier.partition(".")
    module = sys.modules.get(catalogue.find(identifier).function.__module__)
    assert module is not None
    assert module.__name__ == f"mltest.{family}.{name}"
    assert callable(getattr(module, f"assert_{name}"))
    assert getattr(mltest, f"assert_{name}") is getattr(module, f"assert_{name}")
    assert getattr(mltest.checks, name) is getattr(module, name)


def test_tests_mirror_the_package() -> None:
    """Who knows a folder knows its tests; commands are tested through the command line."""
    for folder in sorted({path.parent for path in MODULES} - {PACKAGE, PACKAGE / "commands"}):
        inside = folder.relative_to(PACKAGE)
        assert any((ROOT / "tests" / inside).glob("test_*.py")), f"tests/{inside} has no test"
