"""Metrics of several labels a row, through the registry and the checks."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import f1_score, get_scorer

import mltest
from mltest.errors import UsageError
from mltest.metrics.dummy import dummy_for
from mltest.metrics.registry import names, resolve
from mltest.model.metric import metric

RNG = np.random.default_rng(6)
Y = (RNG.random((300, 3)) < [0.7, 0.4, 0.3]).astype(int)
PREDICTION = Y ^ (RNG.random((300, 3)) < 0.1)
OTHER = Y ^ (RNG.random((300, 3)) < 0.2)
SEVERAL = [name for name in names() if "multilabel" in resolve(name).tasks]


def evaluation_of(prediction=PREDICTION, **more):
    return mltest.Evaluation(Y, prediction=prediction, **more)


def test_names():
    ratios, averages = ("precision", "recall", "f1", "jaccard"), ("micro", "macro", "weighted", "samples")
    assert set(SEVERAL) == {
        *("accuracy", "error_rate", "hamming_loss"),
        *(f"{ratio}_{average}" for ratio in ratios for average in averages),
    }


@pytest.mark.parametrize("name", SEVERAL)
@pytest.mark.parametrize("options", [{}, {"weight": 1.0 + np.arange(300) % 3}, {"cluster": np.arange(300) // 3}])
def test_each_has_an_interval_and_a_difference(name, options):
    chosen, ours, theirs = resolve(name), evaluation_of(**options), evaluation_of(OTHER, **options)
    values = [chosen.estimate(each, 0) for each in (ours, theirs)]
    assert all(each.low < each.value < each.high for each in values)
    there, back = chosen.paired(ours, theirs, 0), chosen.paired(theirs, ours, 0)
    assert there.value == pytest.approx(values[0].value - values[1].value, abs=1e-12)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert (there.low > 0) == chosen.higher_is_better
    assert chosen.losses(ours).shape == (300,)


@pytest.mark.parametrize("name", SEVERAL)
def test_gain_over_the_most_common_answer(name):
    chosen, ours = resolve(name), evaluation_of()
    dummy = dummy_for(ours, ours, chosen.dummy)
    assert dummy.prediction.tolist() == [[1, 0, 0]] * 300
    assert dummy.model_name == "dummy (always 0)"
    gain = chosen.gain(ours, dummy, 0)
    # a precision of labels that the dummy never predicts is not defined
    assert gain.value is None if name in {"precision_macro", "precision_weighted"} else gain.low > 0


def test_names_of_one_label_a_row_serve_it_as_before():
    evaluation = mltest.Evaluation(["a", "b", "c"] * 30, prediction=["a", "b", "b"] * 30)
    assert resolve("f1_macro").estimate(evaluation, 0).value == pytest.approx(
        f1_score(evaluation.y, evaluation.prediction, average="macro")
    )
    assert resolve("accuracy").estimate(evaluation, 0).detail == "60 of 90 rows"


def test_through_the_check():
    result = metric(evaluation_of(), "f1_macro", at_least=0.8)
    assert result.verdict == "passed"
    assert result.measurements[0].value == pytest.approx(f1_score(Y, PREDICTION, average="macro"))
    with pytest.raises(UsageError, match=r"does not fit a multilabel target; for one there are accuracy, hamming_loss"):
        metric(evaluation_of(), "roc_auc", at_least=0.8)
    with pytest.raises(UsageError, match=r"hamming_loss.*does not fit a binary target"):
        metric(mltest.Evaluation([0, 1] * 30, prediction=[0, 1] * 30), "hamming_loss", at_most=0.8)


def test_slices_of_rows():
    evaluation = evaluation_of(table=pl.DataFrame({"region": ["north", "south", "east"] * 100}))
    assert len(metric(evaluation, "f1_micro", at_least=0.5, by="region").measurements) == 3


def test_samples_are_as_the_scorer_of_that_name_has_them():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = get_scorer("f1_samples")._score_func(Y, PREDICTION, average="samples")
    found = resolve("f1_samples").estimate(evaluation_of(), 0)
    assert found.value == pytest.approx(expected)
    assert "rows have nothing to count and count 0" in found.detail
