"""Is the candidate good enough, for whom, and against what runs today?

The limits are the credit committee's. With 141 denials in 1 189 test rows one-sided 95 % bounds lie about 0.04 from a
ROC AUC and 0.07 from a recall. So a limit that is to be *shown* must lie that far below what is expected; asking for
the estimate itself would stop nineteen good candidates of twenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import business
import pytest

import mltest

Artifacts = Mapping[str, Any]
CONTROLS = ["eu-ai-act:15.1", "ml-test-score:infra-4"]
pytestmark = pytest.mark.mltest(owner="credit-risk", severity="block", controls=CONTROLS)


def test_ranks_applicants(holdout: mltest.Evaluation) -> None:
    mltest.assert_metric(holdout, "roc_auc", at_least=0.74)


def test_puts_denials_on_top(holdout: mltest.Evaluation) -> None:
    # Three times the share of denials, 0.12, which is what a random order reaches.
    mltest.assert_metric(holdout, "average_precision", at_least=0.36)


@pytest.mark.parametrize(("loss", "limit"), [("log_loss", 0.33), ("brier", 0.095)])
def test_probabilities_can_be_priced(holdout: mltest.Evaluation, loss: str, limit: float) -> None:
    # The share of denials alone, told to everybody, scores 0.364 and 0.105.
    mltest.assert_metric(holdout, loss, at_most=limit)


@pytest.mark.parametrize(
    ("metric", "limit"),
    [
        ("accuracy", 0.82),
        ("balanced_accuracy", 0.67),
        ("precision", 0.33),  # at most two reviews in vain for each one that was due
        ("recall", 0.45),
        ("f1", 0.40),
        ("matthews_corrcoef", 0.30),
    ],
)
def test_decides_at_the_threshold(holdout: mltest.Evaluation, metric: str, limit: float) -> None:
    mltest.assert_metric(holdout, metric, at_least=limit)


# High-school diplomas are no slice: 20 applicants of the test set have none, and 20 rows cannot show anything.
@pytest.mark.mltest(controls=["eu-ai-act:13.3.b.v", "ml-test-score:model-6"])
@pytest.mark.parametrize(
    ("metric", "limit", "group"),
    [
        ("roc_auc", 0.70, "afam"),
        ("recall", 0.35, "afam"),
        ("balanced_accuracy", 0.62, "single"),
        ("accuracy", 0.78, "condomin"),
    ],
)
def test_holds_in_each_group(holdout: mltest.Evaluation, metric: str, limit: float, group: str) -> None:
    mltest.assert_metric(holdout, metric, at_least=limit, by=group)


@pytest.mark.mltest(controls=["ml-test-score:model-6"])
def test_ranks_the_self_employed(holdout: mltest.Evaluation) -> None:
    """Self-employed applicants are decided like all others since CR-118, so the limit is that of every group.

    Their 28 denials cannot show it yet: waivers.toml says who lives with that, and until when.
    """
    mltest.assert_metric(holdout, "roc_auc", at_least=0.70, by="selfemp")


@pytest.mark.mltest(controls=["eu-ai-act:14.4.a"])
@pytest.mark.parametrize("afam", ["no", "yes"])
def test_states_no_group_too_risky(holdout: mltest.Evaluation, ml_artifacts: Artifacts, afam: str) -> None:
    # Being right on average within each group; the model does not see the attribute. This is no claim of equal
    # approval: it would flag 38 % and 13 %, and the decisions of 1990 that it learnt from denied 28 % and 9 %.
    group = holdout.take((ml_artifacts["test"]["afam"] == afam).to_numpy())
    business.bias(group, between=(-0.10, 0.10))


@pytest.mark.mltest(owner="model-validation", controls=["eu-ai-act:15.1", "ml-test-score:model-4"])
@pytest.mark.parametrize(
    ("metric", "margin"),
    [("roc_auc", 0.02), ("average_precision", 0.02), ("log_loss", 0.005), ("brier", 0.002), ("accuracy", 0.01)],
)
def test_no_worse_than_production(
    holdout: mltest.Evaluation, production: mltest.Evaluation, metric: str, margin: float
) -> None:
    mltest.assert_not_worse(holdout, production, metric, margin=margin)


@pytest.mark.mltest(owner="lending-operations", severity="warn")
def test_decisions_are_affordable(holdout: mltest.Evaluation) -> None:
    # Granting everything costs 6 times the share of denials: 0.71 reviews per application.
    business.decision_cost(holdout, at_most=0.60)


@pytest.mark.mltest(owner="lending-operations", severity="warn")
def test_decisions_cost_no_more_than_today(holdout: mltest.Evaluation, production: mltest.Evaluation) -> None:
    business.cost_against_production(holdout, production, at_most=0.02)
