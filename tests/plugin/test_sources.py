"""The digest of a test's own lines: what a parser would give, without one, and the same on every Python."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path
from types import CodeType

import pytest

from mltest.plugin.sources import _Source

HERE = Path(__file__).parents[2]
ODD = '''
import functools

def only_words():
    """Text
that goes back to the margin
    """

@functools.lru_cache(
    maxsize=None,
)
def decorated(
    a=1,
): ...

def ends_in_text():
    x = """
at the margin
"""

class Holder:
    @staticmethod
    # between
    @staticmethod
    async def inner(): return [
        1
    ]

    def after_return(self):
        return 1
        print("never")

        pass
    # behind it

def one(): pass
if True:
    def behind_a_condition():
        def nested():
            return 2
        # a comment
        return nested
'''


def by_parser(text):
    """First line to digest of every function that is not inside of another."""
    lines, found = text.split(b"\n"), {}

    def walk(body):
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                own = b"\n".join(lines[first - 1 : node.end_lineno])
                found[first] = f"sha256:{hashlib.sha256(own).hexdigest()}"
            elif isinstance(node, ast.ClassDef | ast.If | ast.Try | ast.With | ast.For):
                for part in ("body", "orelse", "finalbody"):
                    walk(getattr(node, part, ()))

    walk(ast.parse(text).body)
    return found


def codes(code):
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield part
            yield from codes(part)


def functions(code, expected):
    inner = "<locals>"
    return [
        part
        for part in codes(code)
        if part.co_firstlineno in expected
        and inner not in part.co_qualname
        and part.co_flags & 2
        and part.co_name[0] != "<"
    ]


def agree(path):
    text = path.read_bytes()
    expected, source = by_parser(text), _Source(path)
    own = functions(compile(text, str(path), "exec", dont_inherit=True), expected)
    assert [(part.co_qualname, source.function(part)) for part in own] == [
        (part.co_qualname, expected[part.co_firstlineno]) for part in own
    ]
    return len(own)


def test_odd_functions(tmp_path):
    path = tmp_path / "odd.py"
    path.write_text(ODD)
    assert agree(path) == len(by_parser(ODD.encode())) == 7


@pytest.mark.parametrize("folder", ["tests/plugin", "tests/faults", "mltest/plugin", "mltest/stats", "examples"])
def test_functions_of_this_project(folder):
    assert sum(map(agree, sorted(Path(HERE, folder).rglob("*.py")))) > 10


def test_what_stands_in_no_line_of_its_own_has_the_digest_of_its_file(tmp_path):
    path = tmp_path / "odd.py"
    path.write_text("test_a = lambda: 1\ndef make():\n    def test_b(): pass\n    return test_b\n")
    source = _Source(path)
    code = compile(path.read_text(), str(path), "exec")
    told = {part.co_name: source.function(part) for part in codes(code)}
    assert told["<lambda>"] == told["test_b"] == source.digest != told["make"]
    assert _Source(tmp_path / "nowhere").function(code) == _Source(tmp_path / "nowhere").digest


def test_line_ends_of_a_checkout_change_nothing(tmp_path):
    for name, ends in (("a", "\n"), ("b", "\r\n")):
        (tmp_path / name).write_bytes(ODD.replace("\n", ends).encode())
    assert _Source(tmp_path / "a").digest == _Source(tmp_path / "b").digest
