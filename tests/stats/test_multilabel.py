from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn import metrics

from mltest.errors import UsageError
from mltest.stats.confusion import confusion_influence
from mltest.stats.multilabel import (
    RATIOS,
    averaged,
    averaged_influence,
    hamming_losses,
    row_ratios,
    subset_hits,
)

RNG = np.random.default_rng(21)
TRUTH = RNG.random((400, 4)) < [0.5, 0.3, 0.1, 0.4]
PREDICTED = TRUTH ^ (RNG.random((400, 4)) < 0.12)
WEIGHT = (np.arange(400) % 4).astype(float)
AVERAGES = ["micro", "macro", "weighted"]
SCORES = {
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
    "f1": metrics.f1_score,
    "jaccard": metrics.jaccard_score,
}


@pytest.mark.parametrize("weight", [None, WEIGHT])
@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_averages_are_scikit_learns(ratio, average, weight):
    expected = SCORES[ratio](TRUTH, PREDICTED, average=average, sample_weight=weight)
    found = averaged(ratio, average, TRUTH, PREDICTED, weight)
    assert found.value == pytest.approx(expected, rel=1e-12)
    assert found.low < found.value < found.high


@pytest.mark.parametrize("ratio", RATIOS)
def test_ratios_of_rows_are_scikit_learns(ratio):
    values, undefined = row_ratios(ratio, TRUTH, PREDICTED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert values.mean() == pytest.approx(SCORES[ratio](TRUTH, PREDICTED, average="samples"), rel=1e-12)
    assert undefined > 0


def test_shares_of_rows_and_labels_are_scikit_learns():
    assert subset_hits(TRUTH, PREDICTED).mean() == pytest.approx(metrics.accuracy_score(TRUTH, PREDICTED))
    assert hamming_losses(TRUTH, PREDICTED).mean() == pytest.approx(metrics.hamming_loss(TRUTH, PREDICTED))


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_influence_is_the_derivative_in_the_weight_of_a_row(ratio, average):
    found = averaged_influence(ratio, average, TRUTH, PREDICTED)
    step = 1e-5
    for row in (0, 7, 123, 399):
        weight = np.ones(400)
        weight[row] += step
        moved = averaged_influence(ratio, average, TRUTH, PREDICTED, weight).value
        assert (moved - found.value) / step * 400 == pytest.approx(found.phi[row], rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("average", AVERAGES)
def test_interval_agrees_with_the_bootstrap(average):
    found = averaged("f1", average, TRUTH, PREDICTED)
    rng = np.random.default_rng(2)
    drawn = [
        averaged_influence("f1", average, TRUTH[index], PREDICTED[index]).value
        for index in rng.integers(0, 400, (600, 400))
    ]
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, [0.05, 0.95]), abs=0.012)


def test_of_one_label_it_is_the_influence_of_the_confusion_table():
    one = averaged_influence("f1", "macro", TRUTH[:, :1], PREDICTED[:, :1])
    other = confusion_influence("f1", TRUTH[:, 0], PREDICTED[:, 0])
    assert one.value == pytest.approx(other.value)
    assert one.phi == pytest.approx(other.phi)


def test_clusters_are_units():
    copies = np.repeat(np.arange(400), 3)
    told = averaged("f1", "macro", TRUTH[copies], PREDICTED[copies], groups=copies)
    once = averaged("f1", "macro", TRUTH, PREDICTED)
    assert (told.value, told.low, told.n_groups) == pytest.approx((once.value, once.low, 400))


def test_edges():
    perfect = averaged("f1", "macro", TRUTH, TRUTH)
    rarest = TRUTH.sum(0).min()
    assert (perfect.value, perfect.high, perfect.flags) == (1.0, 1.0, ("perfect",))
    assert perfect.low == pytest.approx(0.05 ** (1 / rarest))
    never = PREDICTED.copy()
    never[:, 2] = False
    missing = averaged("precision", "macro", TRUTH, never)
    assert (missing.value, missing.detail) == (None, "label 2 is never predicted")
    nobody = np.zeros((30, 2), bool)
    for average in AVERAGES:
        assert averaged("f1", average, nobody, nobody).value is None
    assert averaged("f1", "micro", TRUTH[:5], PREDICTED[:5]).flags == ("too_few_rows",)
    assert averaged("f1", "micro", TRUTH, ~TRUTH).flags == ("zero_variance",)
    with pytest.raises(UsageError, match="both must be rows by labels"):
        averaged("f1", "micro", TRUTH, PREDICTED[:, :2])
    with pytest.raises(UsageError, match="y_pred must be True or False"):
        subset_hits([[1, 0]], [[1, 2]])
