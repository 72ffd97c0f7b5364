"""A model is saved again in the form that it came in."""

from __future__ import annotations

import joblib
import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

import mltest
from mltest.serving.child import load
from mltest.serving.saved import save
from mltest.serving.subject import subject_of

TABLE, TARGET = load_iris(return_X_y=True)


@pytest.fixture
def fitted():
    return LogisticRegression(max_iter=1000).fit(TABLE, TARGET)


@pytest.mark.parametrize(("suffix", "write"), [(".skops", skops.io.dump), (".joblib", joblib.dump)])
def test_form_is_kept(fitted, tmp_path, suffix, write):
    write(fitted, tmp_path / f"model{suffix}")
    model = mltest.load_model(tmp_path / f"model{suffix}", trusted=suffix == ".joblib")
    (tmp_path / "again").mkdir()
    path = save(subject_of(model, "test"), tmp_path / "again")
    assert path.suffix == suffix
    assert np.array_equal(load(path).predict_proba(TABLE), fitted.predict_proba(TABLE))


def test_a_skops_model_is_consistent_through_its_own_format(fitted, tmp_path):
    skops.io.dump(fitted, tmp_path / "model.skops")
    result = mltest.checks.consistent(
        mltest.load_model(tmp_path / "model.skops"), on=TABLE, routes=["reload", "subprocess"]
    )
    assert result.verdicts == ("passed", "passed")
