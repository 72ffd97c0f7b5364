"""Several labels a row: how a target of several columns is read, and what a model may answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import KNeighborsClassifier

import mltest
from mltest.errors import ModelError, UsageError

RNG = np.random.default_rng(1)
X = RNG.normal(size=(80, 2))
Y = (X[:, :1] + RNG.normal(size=(80, 3)) > 0).astype(int)
LABELS = ["red", "green", "blue"]


@pytest.mark.parametrize(
    ("target", "classes"),
    [
        (Y, (0, 1, 2)),
        (Y.astype(bool), (0, 1, 2)),
        (Y.tolist(), (0, 1, 2)),
        (pd.DataFrame(Y, columns=LABELS), tuple(LABELS)),
        (pl.DataFrame(Y, schema=LABELS), tuple(LABELS)),
    ],
)
def test_a_matrix_of_0_and_1_is_several_labels(target, classes):
    evaluation = mltest.Evaluation(target, prediction=Y)
    assert (evaluation.task, evaluation.classes, evaluation.rows) == ("multilabel", classes, 80)
    assert evaluation.y.tolist() == Y.tolist()
    assert evaluation.take([3, 1]).prediction.tolist() == Y[[3, 1]].tolist()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("model", [KNeighborsClassifier(), MultiOutputClassifier(LogisticRegression())])
def test_columns_of_the_table_are_the_target_and_no_features(frame, model):
    fitted = model.fit(X, Y)
    table = frame({"a": X[:, 0], "b": X[:, 1]} | {label: Y[:, at] for at, label in enumerate(LABELS)})
    evaluation = mltest.evaluate(lambda rows: fitted.predict(np.asarray(rows)), table, target=LABELS)
    assert (evaluation.features, evaluation.classes) == (("a", "b"), tuple(LABELS))
    assert evaluation.prediction.tolist() == fitted.predict(X).tolist()
    assert set(evaluation.inputs) == {"data"}
    asked = mltest.evaluate(fitted, X, Y)
    assert asked.prediction.tolist() == evaluation.prediction.tolist()
    assert not asked.has_score


def test_scores_decide_by_one_half():
    assert mltest.Evaluation(Y, score=0.1 + 0.4 * Y).prediction.tolist() == Y.tolist()
    with pytest.raises(UsageError, match="values outside 0 to 1; no label follows"):
        _ = mltest.Evaluation(Y, score=2.0 * Y).prediction


@pytest.mark.parametrize(
    ("target", "said"),
    [
        (np.full((80, 3), 0.5), r"the target has 0\.5 in row 0, column 0"),
        (Y + 1, "several columns hold one label each, there .1. or not .0."),
        ([["a", "b"], ["a", "a"]], "the target has a in row 0, column 0"),
        (np.where(Y > 0, 1.0, np.nan), "the target has NaN or None in"),
    ],
)
def test_other_matrices_are_refused(target, said):
    with pytest.raises(UsageError, match=said):
        mltest.Evaluation(target, prediction=Y)


def test_answers_of_another_shape_are_refused():
    with pytest.raises(UsageError, match=r"has shape \(80, 2\); the target has 80 rows of 3 labels"):
        _ = mltest.Evaluation(Y, prediction=Y[:, :2]).prediction
    with pytest.raises(ModelError, match=r"returned 0\.5 in row 0, column 0"):
        _ = mltest.evaluate(lambda rows: np.full((len(rows), 3), 0.5), X, Y).prediction


def test_what_needs_one_label_says_so():
    evaluation = mltest.Evaluation(Y, prediction=Y)
    with pytest.raises(UsageError, match="has no positive class; ask for f1_micro"):
        _ = evaluation.positive
    with pytest.raises(UsageError, match="read predicted labels, no scores"):
        _ = evaluation.score
    with pytest.raises(UsageError, match="truth needs two classes"):
        _ = evaluation.truth


def test_the_callers_matrix_is_neither_kept_nor_changed():
    target, prediction = Y.copy(), Y.copy()
    evaluation = mltest.Evaluation(target, prediction=prediction)
    target[:] = prediction[:] = 0
    assert evaluation.y.tolist() == evaluation.prediction.tolist() == Y.tolist()
    with pytest.raises(ValueError, match="read-only"):
        evaluation.y[0, 0] = 1
