"""The source that a test's demands are written in: its file, its function, and the project's own files they use."""

from __future__ import annotations

import hashlib
import sys
from functools import cached_property
from pathlib import Path
from types import CodeType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = ["Sources", "file_digest", "project_file"]

_QUOTES = (b'"""', b"'''")


class Sources:
    """Digests of the sources under one project; each file is read once in a session."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, _Source] = {}
        self._heads: dict[Path, dict[str, Any]] = {}
        self._held: dict[str, dict[str, Path]] = {}
        self._plugins: list[ModuleType] | None = None

    def of(self, item: pytest.Item) -> dict[str, Any]:
        """Path and digests of one test's source.

        The digest of the function moves with the test alone, that of the file with any test in it; ``helpers`` are
        the conftest files above it, the project's own plugins, and the modules of the project that any of these or
        its file imports, straight or by another.
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
        return source.function(code)

    def _helpers_of(self, item: pytest.Item) -> list[dict[str, str]]:
        own = {folder / "conftest.py" for folder in item.path.parents if folder.is_relative_to(self._root)}
        plugins = self._plugins_of(item)
        above = [plugin for plugin in plugins if (path := _file_of(plugin)).name != "conftest.py" or path in own]
        files = {path for path in own if path.is_file()} | {_file_of(plugin) for plugin in above}
        for module in (*above, getattr(item, "module", None)):
            files |= self._imported(module)
        shown = {_shown(path, self._root): self._file(path).digest for path in files - {item.path}}
        return [{"path": path, "sha256": shown[path]} for path in sorted(shown)]

    def _plugins_of(self, item: pytest.Item) -> list[ModuleType]:
        """The conftest files and plugins of pytest that are the project's own."""
        if self._plugins is None:
            found = item.config.pluginmanager.get_plugins()
            self._plugins = [
                plugin for plugin in found if isinstance(plugin, ModuleType) and project_file(plugin, self._root)
            ]
        return self._plugins

    def _imported(self, module: ModuleType | None) -> set[Path]:
        """The project's files behind what a module holds, and behind what those hold."""
        found: dict[str, Path] = {}
        waiting = [] if module is None else [module]
        while waiting:
            held = self._held_by(waiting.pop())
            waiting += [sys.modules[name] for name in held.keys() - found.keys()]
            found |= held
        return set(found.values())

    def _held_by(self, module: ModuleType) -> dict[str, Path]:
        name = module.__name__
        if name not in self._held or sys.modules.get(name) is not module:
            names = {_home(value) for value in vars(module).values()}
            files = {other: _within(sys.modules.get(other), self._root) for other in names}
            self._held[name] = {other: path for other, path in files.items() if path is not None}
        return self._held[name]


class _Source:
    """A file's text with the line ends of a checkout evened out, line by line."""

    def __init__(self, path: Path) -> None:
        text = path.read_bytes().replace(b"\r\n", b"\n") if path.is_file() else b""
        self.digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
        self._text = text

    @cached_property
    def _lines(self) -> list[bytes]:
        return self._text.split(b"\n")

    def function(self, code: CodeType) -> str:
        """The digest of a function's lines, decorators included; the file's where it stands in none of its own.

        Where it ends is read from its code and its indentation: a parser would take most of the time that a plan may.
        """
        first = code.co_firstlineno
        if first > len(self._lines) or "<locals>" in code.co_qualname:
            return self.digest
        head = self._lines[first - 1]
        inner = head.lstrip()
        if not inner.startswith((b"@", b"def ", b"async ")):
            return self.digest
        reached = _last_line(code)
        last = self._end(reached, len(head) - len(inner), in_decorators=reached == first and inner.startswith(b"@"))
        text = b"\n".join(self._lines[first - 1 : last])
        if any(text.count(quotes) % 2 for quotes in _QUOTES):  # it may end inside of a text that nothing is done with
            text = b"\n".join(self._lines[first - 1 : self._parsed_end(first)])
        return f"sha256:{hashlib.sha256(text).hexdigest()}"

    def _parsed_end(self, first: int) -> int:
        """Where the function that begins in a line ends, as a parser says."""
        from ast import AsyncFunctionDef, FunctionDef, parse, walk

        try:
            tree = parse(self._text)
        except SyntaxError:  # collected by a plugin that reads another language
            return len(self._lines)
        for node in walk(tree):
            if isinstance(node, FunctionDef | AsyncFunctionDef):
                heads = [node.lineno, *(decorator.lineno for decorator in node.decorator_list)]
                if min(heads) == first:
                    return node.end_lineno or first
        return first

    def _end(self, reached: int, indent: int, *, in_decorators: bool) -> int:
        """The last line of a block: from the last with code on to the next that is indented no further."""
        last = reached
        for at in range(reached, len(self._lines)):
            line = self._lines[at]
            inner = line.lstrip()
            if not inner or inner.startswith(b"#"):
                continue
            if len(line) - len(inner) <= indent and inner[:1] not in (b")", b"]", b"}"):
                if not (in_decorators and inner.startswith((b"def ", b"async ", b"@"))):
                    break
                in_decorators = inner.startswith(b"@")
            last = at + 1
        return last


def _last_line(code: CodeType) -> int:
    """The last line that a function's code, and that of the functions in it, comes from."""
    last = max((end or 0 for _, end, _, _ in code.co_positions()), default=0)
    inner = [_last_line(part) for part in code.co_consts if isinstance(part, CodeType)]
    return max(last, code.co_firstlineno, *inner)


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


def project_file(module: ModuleType | None, root: Path) -> Path | None:
    """The file of a module that is the project's own, and neither mltest's nor in a virtual environment."""
    path = _within(module, root)
    if path is None or module is None or module.__name__.partition(".")[0] == "mltest":
        return None
    installed = Path(sys.prefix)
    return None if installed != root and installed.is_relative_to(root) and path.is_relative_to(installed) else path


def file_digest(path: Path) -> str | None:
    """The digest of a file as it stands in a plan, whatever its line ends; None where there is none."""
    return _Source(path).digest if path.is_file() else None


def _file_of(module: ModuleType) -> Path:
    return Path(str(module.__file__))


def _shown(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
