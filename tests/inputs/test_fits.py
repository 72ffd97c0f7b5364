from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import mltest
from mltest.inputs.fits import checked_fit, rows_to_fit

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 2))
FRAME = pd.DataFrame(X, columns=["a", "b"]).assign(y=np.where(X[:, 0] > 0, "yes", "no"), who=np.arange(60) // 3)
CALL = "assert_learns"


def test_an_estimator_is_cloned_and_never_changed():
    given = LogisticRegression(C=0.5)
    model = checked_fit(given, CALL).on(rows_to_fit(FRAME, "y", features=["a"]), seed=1)
    assert not hasattr(given, "coef_")
    assert given.random_state is None
    assert (model.C, model.coef_.shape) == (0.5, (1, 1))


def test_every_random_state_gets_the_seed_and_none_is_touched_without_one():
    given = BaggingClassifier(DecisionTreeClassifier(), n_estimators=2, random_state=7)
    fit, rows = checked_fit(given, CALL), rows_to_fit(X, X[:, 0] > 0)
    assert fit.takes_seed
    assert fit.unseeded == ("estimator__random_state",)
    model = fit.on(rows, seed=2**32 + 5)
    assert (model.random_state, model.estimator.random_state) == (5, 5)
    assert fit.on(rows).random_state == 7


@pytest.mark.parametrize("frame", [FRAME, pl.from_pandas(FRAME)], ids=["pandas", "polars"])
def test_a_callable_gets_the_table_of_its_kind_and_its_own_labels(frame):
    got = {}

    def fit(features, target, seed):
        got.update(features=features, target=target, seed=seed)
        target[:] = "changed"
        return lambda table: [0.5] * len(table)

    rows = rows_to_fit(frame, "y", cluster="who", positive="yes")
    checked_fit(fit, CALL).on(rows, seed=11)
    assert isinstance(got["features"], type(frame))
    assert list(got["features"].columns) == ["a", "b"]
    assert (len(got["target"]), got["seed"]) == (60, 11)
    assert set(rows.y) == set(frame["y"]) == {"yes", "no"}


def test_a_callable_without_seed_is_called_without_one():
    fit = checked_fit(lambda features, target: lambda table: target, CALL)
    assert not fit.takes_seed
    assert fit.on(rows_to_fit(X, X[:, 0]), seed=3)(X).shape == (60,)
    assert checked_fit(functools.partial(lambda features, target, seed, depth: target, depth=2), CALL).takes_seed


def test_what_it_made_is_judged_on_other_rows():
    fit = checked_fit(make_pipeline(StandardScaler(), LogisticRegression()), CALL, positive="yes")
    rows = rows_to_fit(FRAME, "y", cluster="who")
    judged = fit.judged(fit.on(rows.take(range(40))), rows.take(range(40, 60)))
    assert (judged.rows, judged.positive, judged.model_name) == (20, "yes", "Pipeline[LogisticRegression]")
    assert judged.cluster is not None
    assert (judged.prediction == judged.y).mean() > 0.8


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (LogisticRegression, r"is the class LogisticRegression; give an object of it: LogisticRegression\(\)"),
        ("model", "must be an unfitted scikit-learn estimator or a callable .* got a str"),
        (None, "got None"),
        (lambda features: None, r"must take \(features, target\), and may take seed="),
        (type("Net", (), {"fit": lambda self, x, y: self})(), "a Net cannot be copied unfitted"),
        (type("Ready", (), {"predict": lambda self, x: x})(), "got a Ready"),
    ],
)
def test_what_is_no_fit_is_refused_by_name(given, message):
    with pytest.raises(mltest.UsageError, match=message):
        checked_fit(given, CALL)


def test_a_fit_that_raises_names_itself_and_the_rows():
    rows = rows_to_fit(FRAME, "y")
    with pytest.raises(
        mltest.ModelError, match=r"SGDClassifier.fit on 60 rows and 3 columns of data raised InvalidParameterError"
    ):
        checked_fit(SGDClassifier(alpha=-1), CALL).on(rows)

    def forgets(features, target):
        LogisticRegression().fit(features, target)

    with pytest.raises(mltest.ModelError, match="forgets on 60 rows and 3 columns of data returned None; a model has"):
        checked_fit(forgets, CALL).on(rows)


def test_rows_without_features_cannot_be_fitted():
    given = mltest.Evaluation([0, 1], prediction=[0, 1])
    with pytest.raises(mltest.UsageError, match=r"give evaluations made by mltest.evaluate"):
        checked_fit(LogisticRegression(), CALL).on(given)
