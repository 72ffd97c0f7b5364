"""What is committed works elsewhere: no path of one machine, no address of an index, every requirement hashed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))

# Written in pieces, so that this file does not find itself.
MACHINE = re.compile(
    "|".join([r"(?<!\w)/ro" + "ot/", r"(?<!\w)/ho" + "me/[a-z]", r"(?<!\w)/Us" + "ers/[A-Za-z]", r"[A-Z]:\\Us" + "ers"])
)
INDEX = re.compile(
    "|".join(["index-" + "url", "find-" + "links", "pypi" + r"\.org", "python" + r"hosted\.org", "trusted-" + "host"])
)
ABOUT_THE_INDEX = {".ci/lock"}  # it names the options that keep addresses out


def committed() -> list[Path]:
    """What git has or would take; without git, for an unpacked archive, all files."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return [path for path in ROOT.rglob("*") if path.is_file() and not {".git", ".venv"} & set(path.parts)]
    return [ROOT / name for name in answer.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8")


@pytest.mark.parametrize("pattern", [MACHINE, INDEX], ids=["machine", "index"])
def test_no_file_names_a_machine_or_an_index(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for path in committed()
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line) and path.relative_to(ROOT).as_posix() not in ABOUT_THE_INDEX
    ]
    assert not found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_is_hashed_and_has_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    requirements = re.split(r"\n(?=[a-z0-9])", re.sub(r"(?m)^ *#.*\n", "", text).strip())
    assert len(requirements) > 5
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_locks_agree() -> None:
    """The demo's and the linters' environments are built into the one of the tests."""

    def pins(name: str) -> set[tuple[str, str]]:
        return set(
            re.findall(r"(?m)^([a-z0-9._-]+)==(\S+)", (ROOT / "requirements" / name).read_text(encoding="utf-8"))
        )

    test, demo, lint = pins("test.txt"), pins("demo.txt"), pins("lint.txt")
    assert demo <= test
    shared = {name for name, _ in test} & {name for name, _ in lint}
    assert {pin for pin in lint if pin[0] in shared} <= test


STORES = {"gs", "s3", "az"}  # clients of services that no test reaches: their own packages are not locked


def test_lower_bounds_are_locked_and_nothing_is_bounded_above() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tested = {extra: items for extra, items in project["optional-dependencies"].items() if extra not in STORES}
    extras = [item for items in tested.values() for item in items]
    minimums = dict(
        re.findall(
            r"(?m)^([a-z0-9._-]+)==([\w.]+)", (ROOT / "requirements" / "minimums.txt").read_text(encoding="utf-8")
        )
    )
    for requirement in [*project["dependencies"], *extras]:
        parts = re.fullmatch(r"([a-z0-9-]+)(?:\[\w+\])?(\W+)([\w.]+)", requirement)
        assert parts, requirement
        name, operator, bound = parts.groups()
        assert operator == ">=", requirement
        assert minimums[name].split(".")[: len(bound.split("."))] == bound.split("."), f"{requirement}: make lock"


def test_nothing_big_is_committed() -> None:
    assert not {
        path.relative_to(ROOT).as_posix(): path.stat().st_size for path in committed() if path.stat().st_size > 500_000
    }
