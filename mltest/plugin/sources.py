"""The source that a test's demands are written in: its file, its function, and the project's own files they import."""

from __future__ import annotations

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = ["Sources"]


class Sources:
    """Digests of the sources under one project; each file is read and parsed once in a session."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, _Source] = {}
        self._heads: dict[Path, dict[str, Any]] = {}

    def of(self, item: pytest.Item) -> dict[str, Any]:
        """Path and digests of one test's source.

        The digest of the function moves with the test alone, that of the file with any test in it; ``helpers`` are
        the conftest files above it and the modules of the project that its file imports, straight or by another.
        """
        if item.path not in self._heads:
            self._heads[item.path] = {
                "path": _shown(item.path, self._root),
                "sha256": self._file(item.path).digest,
                "helpers": self._helpers_of(item),
            }
        return {
            **self._heads[item.path],
            "function": self._function(getattr(item, "function", None), item.path),
        }

    def _file(self, path: Path) -> _Source:
        if path not in self._files:
            self._files[path] = _Source(path)
        return self._files[path]

    def _function(self, function: Any, path: Path) -> str:
        """The function's own digest; the file's where it was made at run time."""
        while hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        code = getattr(function, "__code__", None)
        if code is None:
            return self._file(path).digest
        source = self._file(path if code.co_filename == str(path) else Path(code.co_filename))
        return source.functions.get(code.co_firstlineno, source.digest)

    def _helpers_of(self, item: pytest.Item) -> list[dict[str, str]]:
        own = {folder / "conftest.py" for folder in item.path.parents if folder.is_relative_to(self._root)}
        files = {path for path in own if path.is_file()} | _imported(getattr(item, "module", None), self._root)
        shown = {_shown(path, self._root): self._file(path).digest for path in files - {item.path}}
        return [{"path": path, "sha256": shown[path]} for path in sorted(shown)]


class _Source:
    """A file's text with the line ends of a checkout evened out, and where each of its functions ends."""

    def __init__(self, path: Path) -> None:
        text = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
        self.digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
        self._text = text

    @cached_property
    def functions(self) -> dict[int, str]:
        """The digest of each function's lines by its first one, decorators included."""
        try:
            tree = ast.parse(self._text)
        except (SyntaxError, ValueError):
            # collected by a plugin that reads another language: the file's digest is what there is
            return {}
        lines, found = self._text.split(b"\n"), {}
        for node in _functions(tree.body):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            text = b"\n".join(lines[first - 1 : node.end_lineno])
            found[first] = f"sha256:{hashlib.sha256(text).hexdigest()}"
        return found


def _functions(body: Iterable[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The functions of a module and of its classes, also behind a condition."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef | ast.If | ast.Try | ast.With | ast.For):
            for part in ("body", "orelse", "finalbody"):
                yield from _functions(getattr(node, part, ()))


def _imported(module: ModuleType | None, root: Path) -> set[Path]:
    """The project's files behind what a module holds, and behind what those hold."""
    found: dict[str, Path] = {}
    waiting = [] if module is None else [module]
    while waiting:
        for name in {_home(value) for value in vars(waiting.pop()).values()} - set(found):
            other = sys.modules.get(name)
            path = _within(other, root)
            if other is not None and path is not None:
                found[name] = path
                waiting.append(other)
    return set(found.values())


def _home(value: object) -> str:
    """The module that a value is, or was defined in."""
    if isinstance(value, ModuleType):
        return value.__name__
    home = getattr(type(value) if not hasattr(value, "__qualname__") else value, "__module__", None)
    return home if isinstance(home, str) else ""


def _within(module: ModuleType | None, root: Path) -> Path | None:
    """The file of a module that belongs to the project and is no installed package."""
    file = getattr(module, "__file__", None)
    path = Path(file) if file else None
    if path is None or path.suffix != ".py" or not path.is_relative_to(root) or "site-packages" in path.parts:
        return None
    return path


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
