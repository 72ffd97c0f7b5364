"""No value of the data, no foreign text and no secret reaches anything that mltest keeps or prints (18.7)."""

from __future__ import annotations

import importlib.util
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from mltest.catalogue import ids

_SPEC = importlib.util.spec_from_file_location("canaries", Path(__file__).with_name("canaries.py"))
canaries = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(canaries)

ARGUMENTS = (
    "-rA",
    "--tb=no",
    "--junitxml=junit.xml",
    "--mltest-report=report",
    f"--service-token={canaries.IN_OPTION}",
    "--service-url",
    f"https://ada:{canaries.IN_OPTION}@example.org/x?sig={canaries.IN_OPTION}",
)


@pytest.fixture
def finished(project, monkeypatch):
    """One session over every kind of check, failing and erroring, with canaries wherever they can be."""
    monkeypatch.setenv("SERVICE_API_KEY", canaries.IN_VARIABLE)
    monkeypatch.setenv("HOME", f"/home/{canaries.FOLDER}")
    files = {
        "mltest.toml": 'project = "canaries"\n[artifacts]\nlost = "/home/' + canaries.FOLDER + '/lost.parquet"\n',
        "conftest.py": canaries.CONFTEST,
        "test_canaries.py": canaries.TESTS
        + "\ndef test_lost(ml_artifacts): ml_artifacts['lost']\n"
        + "\ndef test_variable():\n    import os\n    mltest.require([1, 0] * 9, at_least=0.99, "
        "name='asked with ' + os.environ['SERVICE_API_KEY'])\n",
    }
    made = project(files)
    run = made.run(*ARGUMENTS, subprocess=True)
    return made, run


def kept(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def leaks(name: str, data: bytes) -> list[str]:
    text = data.decode("utf-8", "replace")
    return [
        f"{name}: {canary!r} in ...{text[max(0, found.start() - 90) : found.end() + 40]!r}"
        for canary in canaries.CANARIES
        if (found := re.search(re.escape(canary), text))
    ]


def test_no_canary_is_kept_or_printed(finished):
    project, run = finished
    assert run.folder is not None, run.text
    found = [leak for name, data in kept(run.folder).items() for leak in leaks(name, data)]
    found += [leak for name, data in kept(project.path / "report").items() for leak in leaks(name, data)]
    properties = [node.attrib for node in ET.parse(project.path / "junit.xml").iter("property")]
    found += leaks("junit properties", repr(properties).encode())
    block = run.text[run.text.index("= mltest =") :].partition("short test summary")[0]
    found += leaks("terminal block", block.encode())
    assert not found, "\n".join(found)
    # and all of it was really asked: every check, with every verdict that hides something
    assert set(ids()) <= {record["check"] for record in run.records}
    assert {"failed", "inconclusive", "error"} <= set(run.verdicts().values())
