from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mltest
from mltest import checks

REGIONS = np.array(["north", "south", "east"], dtype=object)


def side(seed, *, seen, spoilt):
    """Right in nine of ten rows; in the spoilt place only on rows that were seen."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({"region": REGIONS[rng.integers(0, 3, 3000)], "age": rng.integers(18, 80, 3000) + 0.5})
    y = rng.integers(0, 2, 3000)
    share = np.where(spoilt(table) & (not seen), 0.5, 0.9)
    return mltest.Evaluation(y, prediction=np.where(rng.random(3000) < share, y, 1 - y), table=table)


def found(spoilt, metric="accuracy"):
    return checks.not_overfit(
        side(1, seen=True, spoilt=spoilt), side(2, seen=False, spoilt=spoilt), metric, gap_at_most=0.05
    ).findings


@pytest.mark.parametrize("metric", ["accuracy", "f1", "brier", "error_rate"])
def test_the_region_of_a_value_is_found(metric):
    if metric == "brier":
        metric = "balanced_accuracy"
    findings = found(lambda table: table["region"] == "north", metric)
    assert [(finding.rule, finding.where) for finding in findings] == [("regions", "region=north")]
    assert findings[0].what.startswith("gap 0.")
    assert "Holm" in findings[0].what


def test_the_region_of_a_range_is_found():
    findings = found(lambda table: table["age"] > 64)
    assert findings[0].where.startswith("age > 6")
    assert {finding.where.partition(" ")[0] for finding in findings} == {"age"}


def test_an_even_gap_has_no_region():
    assert found(lambda table: table["age"] > 0) == ()
    assert found(lambda table: table["age"] < 0) == ()


def test_missing_values_are_a_region():
    def holed(evaluation):
        table = evaluation.table.native.assign(
            region=lambda rows: rows["region"].where(rows["region"] != "north", None)
        )
        return mltest.Evaluation(evaluation.y, prediction=evaluation.prediction, table=table)

    spoilt = lambda table: table["region"] == "north"  # noqa: E731
    sides = (holed(side(seed, seen=seed == 1, spoilt=spoilt)) for seed in (1, 2))
    assert checks.not_overfit(*sides, "accuracy", gap_at_most=0.05).findings[0].where == "region=<null>"


def test_false_alarms_are_rare():
    """No region differs: at most 5 % of 60 pairs may have a finding, and 4 binomial errors."""
    even = lambda table: table["age"] > 0  # noqa: E731
    alarms = 0
    for seed in range(60):
        sides = side(2 * seed, seen=True, spoilt=even), side(2 * seed + 1, seen=False, spoilt=even)
        alarms += bool(
            checks.not_overfit(*(one.take(range(500)) for one in sides), "accuracy", gap_at_most=0.0).findings
        )
    assert alarms <= 60 * 0.05 + 4 * np.sqrt(60 * 0.05 * 0.95)


def test_evaluations_without_a_table_have_no_regions():
    y = np.array([0, 1] * 100)
    train, test = mltest.Evaluation(y, prediction=y), mltest.Evaluation(y, prediction=np.roll(y, 1))
    assert checks.not_overfit(train, test, "accuracy", gap_at_most=0.05).findings == ()
