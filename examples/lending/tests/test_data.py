"""Are the tables what the model was promised, and can the test set judge it?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from schemas import applications

import mltest

pytestmark = pytest.mark.mltest(owner="data-platform", severity="block")
Artifacts = Mapping[str, Any]


@pytest.mark.mltest(controls=["eu-ai-act:10.3", "ml-test-score:data-1"])
@pytest.mark.parametrize("split", ["train", "test"])
def test_applications_match_the_schema(ml_artifacts: Artifacts, split: str) -> None:
    mltest.assert_schema(ml_artifacts[split], applications)


@pytest.mark.mltest(controls=["ml-test-score:data-2"])
def test_nothing_leaks_into_the_test_set(ml_artifacts: Artifacts) -> None:
    mltest.assert_no_leakage(ml_artifacts["train"], ml_artifacts["test"], target="deny", entity="applicant_id")


def test_enough_denials_to_judge(holdout: mltest.Evaluation) -> None:
    # With fewer than 100 the bounds of recall lie 8 points from the estimate, and no gate below could decide.
    mltest.require(int(holdout.truth.sum()), at_least=100, name="denials in the test set")


def test_as_many_denials_as_in_boston(holdout: mltest.Evaluation) -> None:
    # 12 % in the year of the survey; a resampled test set would make every probability look wrong.
    mltest.require(holdout.truth, between=(0.08, 0.16), name="share of denials")
