"""The bytes of every export of one run; ``python -m tests.report.test_export_goldens`` writes them anew, to be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from mltest.report.exports import Asked, export
from tests.report.export_samples import passing, released

GOLDENS = Path(__file__).with_name("goldens")
ASKED = Asked(grade="E2", verified_at="2026-11-21T06:03:00.000Z", verifier="pkg:pypi/pytest-mltest@0.1.0")
TARGETS = ("in-toto", "cyclonedx", "sarif", "gitlab", "github", "junit", "model-card")


def made():
    files = {**export(released(), TARGETS, ASKED), **export(passing(), ("svr",), ASKED)}
    assert files.pop("bom-1.7.cdx.json") == files["bom-1.6.cdx.json"].replace(b"bom-1.6.", b"bom-1.7.").replace(
        b'"specVersion": "1.6"', b'"specVersion": "1.7"'
    )
    return files


def test_there_is_a_golden_for_each_file():
    assert {path.name for path in GOLDENS.iterdir()} == set(made())


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDENS.glob("*")))
def test_the_bytes_are_those_that_were_read(name):
    assert made()[name].decode() == (GOLDENS / name).read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDENS.mkdir(exist_ok=True)
    for file, data in made().items():
        (GOLDENS / file).write_bytes(data)
