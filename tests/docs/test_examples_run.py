"""Every block of code in README.md and docs/ runs: what a reader copies works.

The blocks of one page run in order, in one empty folder, with names shared:

- ``python`` runs; one whose first line is ``# some/file.py`` is written to that file instead, for a later command;
- ``toml`` is parsed, and written when its first line is ``# some/file.toml``;
- ``console`` lines after ``$`` run in a shell; what follows must appear in the output, in this order, and a line of
  ``...`` stands for any lines. A last line ``[exit 1]`` names the exit code when it is not 0;
- ``json`` is parsed; ``text`` is shown only.

A command that sets up a machine (``make``, ``git clone``, ``pip install``) is not run here: it must name what exists.
CI runs them. ``cd`` changes the folder of the commands after it in its block, if there is such a folder.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```[ ]*$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# ([\w./-]+\.(?:py|toml))\s*")
SET_UP = ("make", "git", "pip", "cd", "python -m venv")


class Block(NamedTuple):
    """One fenced block: its language, text and line."""

    language: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(match[2].strip(), re.sub(f"(?m)^{match[1]}", "", match[3]), text.count("\n", 0, match.start()) + 1)
        for match in FENCE.finditer(text)
    ]


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def write_if_named(block: Block) -> bool:
    """A block whose first line is the name of a file is that file."""
    named = FILE_NAME.fullmatch(block.text.partition("\n")[0])
    if named:
        path = Path(named[1])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
    return bool(named)


def run_python(block: Block, page: Path, names: dict[str, object]) -> None:
    if write_if_named(block):
        compile(block.text, relative(page), "exec")
    else:
        exec(compile("\n" * block.line + block.text, relative(page), "exec"), names)


def check_set_up(command: str) -> None:
    """A command that is not run here names a target or an extra that exists."""
    words = shlex.split(command, comments=True)
    if words[0] == "make":
        targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8")))
        wanted = {word for word in words[1:] if "=" not in word}
        assert wanted <= targets, f"{command}: the Makefile has no {sorted(wanted - targets)}"
    if words[:2] == ["pip", "install"]:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        for name, extras in re.findall(r"(pytest-mltest)(?:\[([\w,]+)\])?", command):
            assert name == project["name"]
            assert set(filter(None, extras.split(","))) <= set(project["optional-dependencies"]), command


def in_order(expected: list[str], output: str) -> None:
    """Each expected line appears, after the one before it; runs of blanks count as one."""
    found = [" ".join(line.split()) for line in output.splitlines()]
    at = 0
    for line in (" ".join(line.split()) for line in expected):
        if line in {"", "..."}:
            continue
        pattern = re.compile(".*".join(re.escape(part) for part in line.split("...")))
        hits = [number for number, text in enumerate(found[at:], at) if pattern.search(text)]
        assert hits, f"not in the output after line {at}: {line}\n{output}"
        at = hits[0] + 1


def entered(folder: Path, command: str) -> Path:
    """The folder after ``cd``; one that a command would have made that is not run here stays where it is."""
    word, _, pattern = command.partition(" ")
    found = sorted(folder.glob(pattern)) if word == "cd" and pattern else []
    return found[0] if found and found[0].is_dir() else folder


def run_console(block: Block) -> None:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "100",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    folder = Path()
    for part in re.split(r"(?m)^\$ ", block.text)[1:]:
        command, *expected = part.replace("\\\n", " ").rstrip().split("\n")
        if command.startswith(SET_UP):
            check_set_up(command)
            folder = entered(folder, command)
            continue
        code = int(expected.pop()[6:-1]) if expected and re.fullmatch(r"\[exit \d\]", expected[-1]) else 0
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, f"$ {command}\n{done.stdout}{done.stderr}"
        in_order(expected, done.stdout + done.stderr)


def run(block: Block, page: Path, names: dict[str, object]) -> None:
    match block.language:
        case "python":
            run_python(block, page, names)
        case "console":
            run_console(block)
        case "toml":
            tomllib.loads(block.text)
            write_if_named(block)
        case "json":
            json.loads(block.text)
        case "text":
            pass
        case other:
            pytest.fail(f"{relative(page)}:{block.line}: block of {other!r}; write python, console, toml, json or text")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_blocks_of_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__page__"}
    for block in blocks(page):
        run(block, page, names)


LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_links_of_page_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    targets = [link.partition("#")[0] for link in LINK.findall(text) if "://" not in link]
    assert not [target for target in targets if target and not (page.parent / target).exists()]


@pytest.mark.parametrize(
    ("language", "text", "problem"),
    [
        ("python", "assert 1 == 2\n", "AssertionError"),
        ("console", "$ python -c 'print(1)'\n2\n", "not in the output"),
        ("console", "$ python -c 'raise SystemExit(3)'\n", "SystemExit"),
        ("console", "$ make nothing-of-the-kind\n", "has no"),
        ("toml", "a =\n", "Invalid"),
        ("bash", "true\n", "block of 'bash'"),
    ],
)
def test_a_broken_block_is_noticed(language: str, text: str, problem: str) -> None:
    with pytest.raises((Exception, pytest.fail.Exception)) as caught:
        run(Block(language, text, 1), ROOT / "README.md", {})
    assert problem in f"{caught.type.__name__} {caught.value}"


def test_console_output_may_leave_lines_out() -> None:
    run_console(Block("console", "$ python -c 'print(1); print(2); print(3)'\n1\n...\n3\n", 1))
