"""A small project in a folder of its own: described by its files, run by pytest, read from its evidence."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

import mltest
from mltest.evidence.canonical import digest_of
from mltest.evidence.store import OBJECTS, root_of

# the same examples on every machine, however slow, and no files left behind
settings.register_profile("repository", max_examples=50, deadline=None, derandomize=True, database=None)
settings.load_profile("repository")

# the sessions that tests start are at nobody's CI, wherever these tests themselves run
for _name in [name for name in os.environ if name == "CI" or name.startswith(("GITHUB_", "GITLAB_", "CI_"))]:
    del os.environ[_name]

QUIET = ("-p", "no:cacheprovider", "-p", "no:randomly")

# pytester forgets what a session in this process has loaded; NumPy cannot be loaded twice, and a recorder must not be
for _module in pkgutil.walk_packages(mltest.__path__, "mltest."):
    if _module.name != "mltest.__main__":
        importlib.import_module(_module.name)


def bundle(objects: Mapping[str, Any], blobs: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The four objects, their root and its digest as one document."""
    root = root_of({name: digest_of(objects[name]) for name in OBJECTS})
    whole = {name: objects[name] for name in OBJECTS}
    schema = "mltest/evidence/v1"
    return {"schema": schema, **whole, "root": root, "evidence_root": digest_of(root), "blobs": dict(blobs or {})}


@dataclass(frozen=True)
class Run:
    """One finished session."""

    result: pytest.RunResult
    folder: Path | None

    @property
    def exit_code(self) -> int:
        return int(self.result.ret)

    @property
    def text(self) -> str:
        return self.result.stdout.str()

    def object(self, name: str) -> dict[str, Any]:
        assert self.folder is not None, f"the session left no evidence:\n{self.text}"
        found: dict[str, Any] = json.loads((self.folder / f"{name}.json").read_bytes())
        return found

    @property
    def records(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.object("results")["records"]
        return found

    def verdicts(self) -> dict[str, str]:
        return {record["id"]: record["verdict"] for record in self.records}

    def not_run(self) -> dict[str, str]:
        return {missed["id"]: missed["reason"] for missed in self.object("results")["not_run"]}

    def comparable(self) -> dict[str, Any]:
        """The evidence without times and process ids: equal for equal runs."""
        found = {name: self.object(name) for name in ("plan", "results", "verdict")}
        found["results"].pop("plan_digest")
        for record in found["results"]["records"]:
            record.pop("duration_ms")
            record.pop("worker")
        for name in ("run_id", "plan", "run", "results"):
            found["verdict"].pop(name)
        found["results"].pop("run_id")
        return found


class Project:
    """Files in pytester's folder and the sessions that are run over them."""

    def __init__(self, pytester: pytest.Pytester, files: Mapping[str, str]) -> None:
        self.pytester = pytester
        self.path = pytester.path
        for name, text in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def run(self, *arguments: str, subprocess: bool = False) -> Run:
        """One pytest session; in a process of its own where asked or where workers need one."""
        before = self._folders()
        apart = subprocess or any(re.fullmatch(r"-n\d+", argument) for argument in arguments)
        call = self.pytester.runpytest_subprocess if apart else self.pytester.runpytest_inprocess
        result = call(*QUIET, *arguments)
        fresh = sorted(self._folders() - before)
        assert len(fresh) <= 1, fresh
        return Run(result, fresh[0] if fresh else None)

    def _folders(self) -> set[Path]:
        return set(self.path.glob(".mltest/runs/*"))


@pytest.fixture
def project(pytester: pytest.Pytester, request: pytest.FixtureRequest) -> Any:
    """Makes a ``Project`` of a mapping from file name to text."""
    return lambda files: Project(pytester, files)
