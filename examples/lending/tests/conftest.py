from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import mltest

Artifacts = Mapping[str, Any]


@pytest.fixture(scope="session")
def training(ml_artifacts: Artifacts) -> mltest.Evaluation:
    """The candidate on the applications that it was trained on."""
    return mltest.evaluate(ml_artifacts["model"], ml_artifacts["train"], target="deny", positive="yes")


@pytest.fixture(scope="session")
def holdout(ml_artifacts: Artifacts) -> mltest.Evaluation:
    """The candidate on applications that it has never seen."""
    return mltest.evaluate(ml_artifacts["model"], ml_artifacts["test"], target="deny", positive="yes")


@pytest.fixture(scope="session")
def production(ml_artifacts: Artifacts) -> mltest.Evaluation:
    """The model that decides today, on the same applications."""
    return mltest.evaluate(ml_artifacts["production"], ml_artifacts["test"], target="deny", positive="yes")
