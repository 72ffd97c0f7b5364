"""Does an applicant get the same answer from the service as from the model that was tested?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import features
import pytest
import serving

import mltest

CONTROLS = ["eu-ai-act:15.4", "ml-test-score:infra-6"]
pytestmark = pytest.mark.mltest(owner="ml-platform", severity="block", controls=CONTROLS)
Artifacts = Mapping[str, Any]

# As one table, as files and messages, and in pieces. Not by `subprocess`: it imports all libraries once more, which
# takes as long as everything else here together.
WHOLE = ("reload", "shuffled", "column_order", "extra_column", "json", "csv", "parquet", "float32")
PIECES = ("single_row", "chunks", "threads")


def test_any_way_of_asking_gives_the_same_answer(ml_artifacts: Artifacts) -> None:
    mltest.assert_consistent(ml_artifacts["model"], on=ml_artifacts["test"], routes=WHOLE)


def test_company_in_the_batch_does_not_matter(ml_artifacts: Artifacts) -> None:
    # One call for each row: ten applications are enough to see a batch.
    mltest.assert_consistent(ml_artifacts["model"], on=ml_artifacts["test"].head(10), routes=PIECES)


def test_the_service_makes_the_same_features(ml_artifacts: Artifacts) -> None:
    arriving = ml_artifacts["test"].select(features.RAW)
    mltest.assert_consistent(features.features, ml_artifacts["service"], on=arriving)


def test_the_service_gives_the_same_answers(ml_artifacts: Artifacts) -> None:
    client = serving.Client(ml_artifacts["model"], ml_artifacts["service"])
    mltest.assert_consistent(ml_artifacts["model"], client, on=ml_artifacts["test"])


@pytest.mark.mltest(owner="lending-operations", severity="warn")
def test_production_can_be_rolled_back_to(ml_artifacts: Artifacts) -> None:
    mltest.assert_consistent(ml_artifacts["production"], on=ml_artifacts["test"], routes=["reload", "json"])
