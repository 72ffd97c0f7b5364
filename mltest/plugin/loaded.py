"""The project's files that a session has loaded beside those its tests hold: imported in a body, by a name, by a const.

Which tests they are code of is read from the sources: from each file what it imports, anywhere, and so on.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from mltest.plugin.sources import file_digest, project_file

__all__ = ["ALWAYS", "loaded_files"]

ALWAYS = ""  # in place of a file: what is code of all tests


def loaded_files(root: Path, tests: Collection[Path], plugins: Collection[Path]) -> list[dict[str, Any]]:
    """Each loaded file of the project, with its digest and the files of tests and conftest files that lead to it.

    Parameters
    ----------
    root : Path
        The project's folder.
    tests : collection of Path
        The files that were read for tests; one that no other file imports is nobody's helper.
    plugins : collection of Path
        The project's own plugins of pytest, conftest files included.
    """
    modules = {
        name: path for name, module in list(sys.modules.items()) if (path := project_file(module, root)) is not None
    }
    imports = _Imports(modules)
    leads: dict[Path, set[str]] = {path: set() for path in modules.values()}
    for start in {*tests, *plugins}:
        said = ALWAYS if start in plugins and start.name != "conftest.py" else _shown(start, root)
        for path in imports.reached(start):
            leads.setdefault(path, set()).add(said)
        if start in plugins:
            leads.setdefault(start, set()).add(said)
    return [
        {"path": _shown(path, root), "sha256": digest, "by": sorted(leads[path]) or [ALWAYS]}
        for path in sorted(leads)
        if (leads[path] or path not in tests) and (digest := file_digest(path))
    ]


class _Imports:
    """What each file imports of the modules that are loaded."""

    def __init__(self, modules: dict[str, Path]) -> None:
        self._modules = modules
        self._names = {path: name for name, path in modules.items()}
        self._direct: dict[Path, set[Path]] = {}

    def reached(self, start: Path) -> set[Path]:
        """The files that a file imports, straight or by another, without itself."""
        found: set[Path] = set()
        waiting = [start]
        while waiting:
            fresh = self._of(waiting.pop()) - found
            found |= fresh
            waiting += fresh
        return found - {start}

    def _of(self, path: Path) -> set[Path]:
        if path not in self._direct:
            try:
                tree = ast.parse(path.read_bytes())
            except (OSError, SyntaxError, ValueError):  # a plugin may load what is no Python
                tree = ast.Module(body=[], type_ignores=[])
            names = {name for node in ast.walk(tree) for name in self._named(node, path)}
            self._direct[path] = {self._modules[name] for name in names if name in self._modules}
        return self._direct[path]

    def _named(self, node: ast.AST, path: Path) -> Iterator[str]:
        """The modules that a statement imports, or a text names, with the packages around them."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _with_parents(alias.name)
        elif isinstance(node, ast.ImportFrom):
            home = self._home(node, path)
            yield from _with_parents(home)
            for alias in node.names:
                yield f"{home}.{alias.name}" if home else alias.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in self._modules:
            yield from _with_parents(node.value)

    def _home(self, node: ast.ImportFrom, path: Path) -> str:
        if not node.level:
            return node.module or ""
        parts = self._names.get(path, "").split(".")
        up = node.level - (path.name == "__init__.py")
        package = parts[: len(parts) - up] if up else parts
        return ".".join([*package, *([node.module] if node.module else [])])


def _with_parents(name: str) -> Iterator[str]:
    parts = name.split(".")
    for at in range(len(parts)):
        yield ".".join(parts[: at + 1])


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
