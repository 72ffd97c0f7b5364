"""What decisions cost, and whether the model is right on average: the team's own checks."""

from __future__ import annotations

from typing import Any

import numpy as np

import mltest

# In units of one review by a case officer. Granting what should have been denied costs a share of the loan.
REVIEW, WRONGLY_GRANTED = 1.0, 6.0

PerRow = np.ndarray[Any, Any]


def costs(evaluation: mltest.Evaluation) -> PerRow:
    """Cost of each decision: a review for whoever is flagged, a loss for each denial that the model missed."""
    missed = evaluation.truth & ~evaluation.predicted
    return REVIEW * evaluation.predicted + WRONGLY_GRANTED * missed


@mltest.check("lending.decision_cost")
def decision_cost(evaluation: mltest.Evaluation) -> PerRow:
    """Cost of the decisions, in reviews per application."""
    return costs(evaluation)


@mltest.check("lending.cost_against_production")
def cost_against_production(evaluation: mltest.Evaluation, production: mltest.Evaluation) -> PerRow:
    """What the candidate's decisions cost more than production's on the same applications."""
    return costs(evaluation) - costs(production)


@mltest.check("lending.bias", kind="model.calibration")
def bias(evaluation: mltest.Evaluation) -> PerRow:
    """Mean of probability less outcome: risk is stated neither too high nor too low."""
    return np.asarray(evaluation.score - evaluation.truth)
