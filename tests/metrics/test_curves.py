from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest.metrics.curves import curves_of
from mltest.metrics.measured import inputs_of, measured
from mltest.metrics.registry import resolve
from mltest.stats.estimate import Estimate

RNG = np.random.default_rng(3)
Y = RNG.integers(0, 2, 2000)
SCORE = 0.3 * Y + 0.7 * RNG.random(2000)
NUMBERS = RNG.normal(size=2000)


@pytest.mark.parametrize(("name", "kind"), [("roc_auc", "roc"), ("average_precision", "precision_recall")])
def test_curve_of_scores_is_drawn_with_few_points(name, kind):
    (curve,) = curves_of(resolve(name), mltest.Evaluation(Y, score=SCORE), "candidate")
    assert (curve.kind, curve.label) == (kind, "candidate")
    assert len(curve.x) == len(curve.y) <= 60
    assert list(curve.x) == sorted(curve.x)
    area = sum((b - a) * (c + d) / 2 for a, b, c, d in zip(curve.x, curve.x[1:], curve.y, curve.y[1:], strict=False))
    assert area == pytest.approx(resolve(name).estimate(mltest.Evaluation(Y, score=SCORE), 0).value, abs=0.03)


def test_bins_of_predictions_hold_as_many_rows_each():
    evaluation = mltest.Evaluation(NUMBERS, prediction=NUMBERS / 2 + 1)
    (curve,) = curves_of(resolve("rmse"), evaluation)
    assert (curve.kind, len(curve.x)) == ("predicted_actual", 20)
    assert [2 * (x - 1) for x in curve.x] == pytest.approx(list(curve.y))
    assert np.mean(curve.y) == pytest.approx(NUMBERS.mean())


def test_weights_count_in_the_bins_and_few_distinct_predictions_make_few():
    y, weight = [1.5, 2.5, 7.5, 8.5], [1.0, 3.0, 1.0, 0.0]
    evaluation = mltest.Evaluation(y, prediction=[2.0, 2.0, 8.0, 8.0], weight=weight)
    (curve,) = curves_of(resolve("mae"), evaluation)
    assert curve.x == (2.0, 8.0)
    assert curve.y == (2.25, 7.5)


def test_one_class_and_other_metrics_have_no_curve():
    assert curves_of(resolve("accuracy"), mltest.Evaluation(Y, score=SCORE)) == ()
    assert curves_of(resolve("roc_auc"), mltest.Evaluation([0] * 40, score=SCORE[:40])) == ()


def test_estimate_that_is_not_finite_is_none_with_its_reason():
    found = measured(Estimate(value=float("nan"), low=float("-inf"), high=None, method="x", n=3), "cost")
    assert (found.value, found.low, found.detail) == (None, None, "cost is nan")
    assert "nonfinite" in found.flags


def test_with_clusters_these_are_what_is_counted():
    found = measured(Estimate(value=0.5, low=0.4, high=0.6, method="x", n=400, n_groups=100), "cost")
    assert (found.n, found.unit, found.detail) == (100, "clusters", "400 rows")


def test_inputs_that_both_sides_share_stand_once():
    found = inputs_of(train={"model": "sha256:a", "data": "sha256:b"}, test={"model": "sha256:a", "data": "sha256:c"})
    assert found == {"model": "sha256:a", "train data": "sha256:b", "test data": "sha256:c"}
