"""Who may import whom: the table of ARCHITECTURE.md, held over the syntax tree of each module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mltest"
MODULES = sorted(PACKAGE.rglob("*.py"))

FAMILIES = ("data", "model", "serving", "artifact")
FAMILY = "result errors quoted digits catalogue assertion judge metrics stats inputs"

# What each home may import from mltest itself.
LAYERS = {
    "errors": "quoted",
    "quoted": "errors",
    "digits": "",
    "result": "errors digits message",
    "judge": "result errors digits stats",
    "message": "result errors digits catalogue judge methods",
    "methods": "",
    "catalogue": "result errors quoted",
    "stats": "errors",
    "evidence": "result errors quoted",
    "assertion": "result errors quoted digits judge message evidence catalogue",
    "own_check": "result errors assertion catalogue judge own_measurement inputs",
    "own_measurement": "result errors digits assertion judge stats",
    "inputs": "result errors quoted digits catalogue",
    "metrics": "result errors quoted digits catalogue stats",
    **dict.fromkeys(FAMILIES, FAMILY),
    "checks": "errors",
    "policy": "result errors catalogue evidence",
    "report": "result errors digits methods message catalogue evidence policy",
    "interop": "errors inputs evidence policy report",
    "cli": "errors commands",
    "commands": "errors digits result catalogue message evidence policy report inputs interop metrics",
    "__main__": "cli",
    "plugin": "*",
    "__init__": "errors checks",
}

# These edges stand inside a function only: nothing is loaded before it is needed, and no circle closes at import.
ONLY_INSIDE = {
    ("__init__", "errors"),
    ("__init__", "checks"),
    ("checks", "errors"),
    ("result", "message"),
    ("judge", "stats"),
    ("own_measurement", "stats"),
    ("cli", "commands"),
}

# Third parties: who may import them, and who may do so at the top of a file.
NUMERIC = {"stats", "metrics", "inputs", *FAMILIES}
ONLY_IN = {
    "numpy": {*NUMERIC, "own_measurement", "plugin"},
    "scipy": {"stats"},
    "narwhals": {"inputs", *FAMILIES},
    "polars": {"inputs", *FAMILIES},
    "fsspec": {"inputs", "evidence"},
    "sklearn": {"inputs", "metrics", *FAMILIES},
    "skops": {"inputs", "serving"},
    "joblib": {"inputs", "serving"},
    "pandera": {"inputs", *FAMILIES},
    "hypothesis": {"inputs", *FAMILIES},
    "deepdiff": {"policy", *FAMILIES},
    "cryptography": {"evidence"},
    "jinja2": {"report"},
    "markupsafe": {"report"},
    "pytest": {"plugin"},
    "_pytest": set(),
    "xdist": set(),
    "pandas": set(),
    "pyarrow": {"inputs", "serving"},
    "tomllib": {"policy"},
}
AT_TOP = {"numpy": NUMERIC, "scipy": {"stats"}, "narwhals": {"inputs"}, "pytest": {"plugin"}, "tomllib": {"policy"}}


class Import(NamedTuple):
    """One imported name: ``mltest.stats.auc.delong``, where it stands, and whether that is the top of the file."""

    name: str
    line: int
    at_top: bool


def home_of(path: Path) -> str:
    """The folder under mltest, or the file's own name when it stands at the top."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def home_named(name: str) -> str:
    """The home of an imported ``mltest...`` name."""
    return [*name.split("."), "__init__"][1]


def dotted(path: Path) -> str:
    """``mltest.stats.auc`` for its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def type_checking_only(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def names_in(node: ast.AST) -> list[str]:
    """The full names that one statement or call imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        assert not node.level, f"line {node.lineno}: write the absolute name, it is what people search for"
        return [f"{node.module}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
        return [str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant)]
    return []


def imports_of(path: Path) -> Iterator[Import]:
    """Every import of a file that runs, with ``if TYPE_CHECKING:`` left out."""

    def walk(node: ast.AST, *, at_top: bool) -> Iterator[Import]:
        yield from (Import(name, getattr(node, "lineno", 0), at_top) for name in names_in(node))
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and type_checking_only(child):
                for other in child.orelse:
                    yield from walk(other, at_top=at_top)
                continue
            inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from walk(child, at_top=at_top and not inside)

    yield from walk(ast.parse(path.read_text(encoding="utf-8")), at_top=True)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def problems(path: Path) -> Iterator[str]:
    """Every import of one file that the table does not admit."""
    home = home_of(path)
    allowed = LAYERS[home].split()
    for name, line, at_top in imports_of(path):
        root, where = name.partition(".")[0], f"{relative(path)}:{line}"
        if name == "mltest.__version__":
            continue
        if root == "mltest":
            other = home_named(name)
            if other not in {home, *allowed} and allowed != ["*"]:
                yield f"{where}: {home} must not use {name}"
            if at_top and (home, other) in ONLY_INSIDE:
                yield f"{where}: {home} imports {other} inside the function that needs it"
        elif root not in sys.stdlib_module_names or root in ONLY_IN:
            if root not in ONLY_IN:
                yield f"{where}: {root} is in no row of ONLY_IN"
            elif home not in ONLY_IN[root]:
                yield f"{where}: {root} belongs to {sorted(ONLY_IN[root]) or 'nobody'}"
            elif at_top and home not in AT_TOP.get(root, ()):
                yield f"{where}: import {root} inside the function that uses it"


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_stays_in_its_layer(path: Path) -> None:
    assert home_of(path) in LAYERS, f"{relative(path)}: a new home needs its row in LAYERS and in ARCHITECTURE.md"
    assert not list(problems(path))


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_uses_no_private_name_of_another(path: Path) -> None:
    private = [
        f"{relative(path)}:{line}: {name}"
        for name, line, _ in imports_of(path)
        if name.startswith("mltest.")
        and any(part.startswith("_") and part != "__version__" for part in name.split("."))
    ]
    assert not private


def test_of_scipy_only_special_functions_are_used() -> None:
    """``scipy.stats`` and its kin take longer to import than a whole gate may."""
    used = {(relative(path), name) for path in MODULES for name, _, _ in imports_of(path) if name.startswith("scipy")}
    assert not [use for use in used if not use[1].startswith("scipy.special")]


def check_modules() -> set[str]:
    """The modules that declare a check."""
    declared = set()
    for path in MODULES:
        if home_of(path) in FAMILIES:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            decorators = [
                item for node in tree.body if isinstance(node, ast.FunctionDef) for item in node.decorator_list
            ]
            if any(ast.unparse(item).startswith("check(") for item in decorators):
                declared.add(dotted(path))
    return declared


def in_families() -> dict[str, set[str]]:
    """For each module of a family, the modules of families that it imports."""
    modules = {dotted(path): path for path in MODULES if home_of(path) in FAMILIES}
    return {
        module: {
            other
            for name, _, _ in imports_of(path)
            for other in modules
            if f"{name}.".startswith(f"{other}.") and other != module and other.count(".") == 2
        }
        for module, path in modules.items()
    }


def parts_of(check: str, edges: dict[str, set[str]]) -> set[str]:
    """What a check imports from the families, and what that imports."""
    found: set[str] = set()
    due = [check]
    while due:
        due += edges[due.pop()] - found
        found.update(due)
    return found


def test_checks_never_import_each_other() -> None:
    """A file beside a check is a part of that one; what two checks share is a statistic, a metric or an input."""
    checks, edges = check_modules(), in_families()
    owners: dict[str, list[str]] = {}
    for check in sorted(checks):
        for part in parts_of(check, edges):
            owners.setdefault(part, []).append(check)
    assert not checks & set(owners), "a check is imported by another"
    assert not {part: by for part, by in owners.items() if len(by) > 1}


def test_the_table_has_no_dead_rows() -> None:
    """A home that is gone leaves the table too; those of later issues are listed here."""
    later = {"artifact"}
    assert set(LAYERS) - later <= {home_of(path) for path in MODULES}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import numpy as np", "numpy belongs to"),
        ("def f():\n    import pandas", "pandas belongs to nobody"),
        ("from mltest.report import page", "must not use mltest.report"),
        ("import importlib\nimportlib.import_module('pytest')", "pytest belongs to"),
        ("import surprise", "surprise is in no row"),
        ("if TYPE_CHECKING:\n    import pandas", ""),
    ],
)
def test_the_test_itself_sees(source: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "mltest" / "judge.py"
    module.parent.mkdir()
    module.write_text(source)
    monkeypatch.setitem(globals(), "PACKAGE", module.parent)
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    found = list(problems(module))
    assert found == [] if not expected else expected in found[0]
