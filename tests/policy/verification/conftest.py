"""What the tests of a verification share: the good run on disk, and the command."""

from __future__ import annotations

import json

import pytest

from mltest import cli
from tests.policy.verification.good_run import AT, write_good


@pytest.fixture(scope="session")
def good(tmp_path_factory):
    """A run folder that no test writes to."""
    return write_good(tmp_path_factory.mktemp("good") / "run")


@pytest.fixture
def verify(capfdbinary):
    """The exit status, the codes and the object that ``mltest verify`` prints."""

    def called(path, *options):
        at = () if "--at" in options else ("--at", AT)
        status = cli.main(["verify", str(path), *at, *map(str, options), "--json"])
        told = json.loads(capfdbinary.readouterr().out)
        return status, [found["code"] for found in told["findings"]], told

    return called
