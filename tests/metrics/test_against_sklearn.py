"""Every value is scikit-learn's own, with and without weights, on its own data sets."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, get_scorer_names, jaccard_score, mean_pinball_loss, recall_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mltest
from mltest.metrics.registry import resolve

CLOSE = {"rel": 1e-12, "abs": 1e-12}
BINARY = [
    *("accuracy", "balanced_accuracy", "precision", "recall", "f1", "jaccard", "matthews_corrcoef", "roc_auc"),
    *("average_precision", "neg_log_loss", "neg_brier_score", "f1_macro", "f1_micro", "f1_weighted", "precision_macro"),
    *("precision_weighted", "recall_macro", "recall_weighted", "jaccard_micro", "jaccard_macro", "jaccard_weighted"),
    "roc_auc_ovr",
]
SEVERAL = [
    *("accuracy", "balanced_accuracy", "matthews_corrcoef", "neg_log_loss", "f1_macro", "f1_micro", "f1_weighted"),
    *("precision_macro", "precision_micro", "precision_weighted", "recall_macro", "recall_micro", "recall_weighted"),
    *("jaccard_macro", "jaccard_weighted", "roc_auc_ovr"),
]
NUMBERS = [
    *("r2", "neg_mean_absolute_error", "neg_mean_squared_error", "neg_root_mean_squared_error"),
    "neg_mean_absolute_percentage_error",
]


@cache
def fitted(loader):
    x, y = loader(return_X_y=True)
    seen = np.arange(len(y)) % 2 == 0
    model = (
        Ridge() if loader is load_diabetes else LogisticRegression(C=0.003 if loader is load_breast_cancer else 0.01)
    )
    return make_pipeline(StandardScaler(), model).fit(x[seen], y[seen]), x[~seen], y[~seen]


def compared(loader, name, *, weighted):
    model, x, y = fitted(loader)
    weight = (np.arange(len(y)) % 4).astype(float) if weighted else None
    evaluation = mltest.evaluate(model, x, y, weight=weight)
    ours = resolve(name).estimate(evaluation, 0).value
    return ours, get_scorer(name)(model, x, y, sample_weight=weight)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", BINARY)
def test_two_classes(name, weighted):
    ours, theirs = compared(load_breast_cancer, name, weighted=weighted)
    assert 0 < abs(theirs) <= 1
    assert ours == pytest.approx(theirs, **CLOSE)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", SEVERAL)
def test_several_classes(name, weighted):
    ours, theirs = compared(load_wine, name, weighted=weighted)
    assert ours == pytest.approx(theirs, **CLOSE)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers(name, weighted):
    ours, theirs = compared(load_diabetes, name, weighted=weighted)
    assert ours == pytest.approx(theirs, **CLOSE)


def test_metrics_that_are_no_scorers():
    model, x, y = fitted(load_breast_cancer)
    evaluation = mltest.evaluate(model, x, y)
    found = model.predict(x)
    assert resolve("specificity").estimate(evaluation, 0).value == pytest.approx(
        recall_score(1 - y, 1 - found), **CLOSE
    )
    assert resolve("error_rate").estimate(evaluation, 0).value == pytest.approx(np.mean(found != y), **CLOSE)
    assert resolve("jaccard").estimate(evaluation, 0).value == pytest.approx(jaccard_score(y, found), **CLOSE)
    model, x, y = fitted(load_diabetes)
    numbers = mltest.evaluate(model, x, y)
    assert resolve("pinball").estimate(numbers, 0).value == pytest.approx(
        mean_pinball_loss(y, model.predict(x)), **CLOSE
    )


@pytest.mark.parametrize("name", ["log_loss", "brier"])
def test_a_loss_is_its_scorer_with_the_sign_turned(name):
    model, x, y = fitted(load_breast_cancer)
    evaluation = mltest.evaluate(model, x, y)
    loss = resolve(name).estimate(evaluation, 0)
    score = resolve({"log_loss": "neg_log_loss", "brier": "neg_brier_score"}[name]).estimate(evaluation, 0)
    assert (score.value, score.low, score.high) == (-loss.value, -loss.high, -loss.low)


def test_brier_of_several_classes_sums_over_the_classes():
    model, x, y = fitted(load_wine)
    evaluation = mltest.evaluate(model, x, y)
    by_hand = ((model.predict_proba(x) - np.eye(3)[y]) ** 2).sum(axis=1).mean()
    assert resolve("brier").estimate(evaluation, 0).value == pytest.approx(by_hand, **CLOSE)


@pytest.mark.parametrize("name", ["d2_log_loss_score", "top_k_accuracy", "roc_auc_ovo", "positive_likelihood_ratio"])
def test_any_other_scorer_of_classes_keeps_its_value(name):
    if name not in get_scorer_names():
        pytest.skip(f"this scikit-learn has no scorer {name}")
    model, x, y = fitted(load_wine if name in {"roc_auc_ovo", "top_k_accuracy"} else load_breast_cancer)
    found = resolve(name).beside(mltest.evaluate(model, x, y))
    assert found.value == pytest.approx(get_scorer(name)(model, x, y), **CLOSE)


@pytest.mark.parametrize("name", ["explained_variance", "neg_max_error", "neg_median_absolute_error"])
def test_any_other_scorer_of_numbers_keeps_its_value(name):
    model, x, y = fitted(load_diabetes)
    found = resolve(name).beside(mltest.evaluate(model, x, y))
    assert found.value == pytest.approx(get_scorer(name)(model, x, y), **CLOSE)
