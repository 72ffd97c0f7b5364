"""Strings that stand for people and secrets, put wherever data, code or the machine could carry them into evidence."""

# ruff: noqa: E501 - the tests of the session are easier to go through one a line
from __future__ import annotations

# each is in one place only, so that a leak says where it came from
IN_CELLS = "Zebulon Cellcanary"
IN_LABELS = "Labelcanary"
IN_SLICES = "Slicecanary Quill"
IN_MANY = "Manycanary"
IN_MODEL_ERROR = "Modelcanary raised for Otto"
IN_FIXTURE_ERROR = "Fixturecanary of Ida"
IN_SKIP = "Skipcanary Berta"
IN_OPTION = "Optioncanary-4f81"
IN_VARIABLE = "Variablecanary-77aa19"
IN_PERTURBATION = "Perturbcanary Ottilie"
IN_SERVICE = "Servicecanary Emil"
IN_SCHEMA = "Schemacanary Fritz"
ADDRESS = "mail.canary@example.org"
CARD = "4111 1111 1111 1111"
FOLDER = "Homecanary"

CANARIES = (
    IN_CELLS,
    IN_LABELS,
    IN_SLICES,
    IN_MANY,
    IN_MODEL_ERROR,
    IN_FIXTURE_ERROR,
    IN_SKIP,
    IN_OPTION,
    IN_VARIABLE,
    IN_PERTURBATION,
    IN_SERVICE,
    IN_SCHEMA,
    ADDRESS,
    CARD,
    FOLDER,
)

CONFTEST = """
import os, sys
import numpy as np
import pytest

def pytest_addoption(parser):
    parser.addoption("--service-token")
    parser.addoption("--service-url")

def code(*parts):
    return "".join(parts)

@pytest.fixture(scope="session")
def rows():
    rng = np.random.default_rng(7)
    n = 400
    x = rng.normal(size=n)
    names = [f"person {i}" for i in range(n)]
    names[3] = code("Zebulon Cell", "canary")
    names[4] = code("mail.", "canary@example.org")
    names[5] = code("4111 1111 ", "1111 1111")
    group = np.where(rng.random(n) < 0.5, "north", "south").astype(object)
    group[:4] = code("Slicecanary ", "Quill")
    many = np.array([f"{code('Many', 'canary')}{i % 60}" for i in range(n)], dtype=object)
    y = np.where(x + rng.normal(size=n) > 0, "poor", "good").astype(object)
    rare = y.copy()
    rare[:5] = code("Label", "canary")
    return {"x": x, "z": rng.normal(size=n), "name": np.array(names, dtype=object), "group": group, "many": many, "y": y, "rare": rare}

@pytest.fixture(scope="session", params=["pandas", "polars"])
def table(request, rows):
    if request.param == "pandas":
        import pandas as pd
        return pd.DataFrame(rows)
    import polars as pl
    return pl.DataFrame({k: v.tolist() for k, v in rows.items()})

@pytest.fixture
def broken_fixture():
    raise RuntimeError(code("Fixture", "canary of Ida"))

class Model:
    classes_ = np.array(["good", "poor"])
    def __init__(self, how="bad"):
        self.how = how
    def fit(self, X, y):
        if self.how == "nofit":
            raise ValueError(code("Model", "canary raised for Otto"))
        return self
    def _x(self, X):
        return np.asarray(X["x"], dtype=float)
    def predict_proba(self, X):
        if self.how == "raises":
            raise ValueError(code("Model", "canary raised for Otto"))
        p = 1 / (1 + np.exp(2 * self._x(X)))
        if self.how == "batch":
            p = p * 0 + (p - p.mean()) * 0.4 + 0.5
        return np.column_stack([1 - p, p])[:, ::-1] if self.how == "bad" else np.column_stack([1 - p, p])
    def predict(self, X):
        if self.how == "raises":
            raise ValueError(code("Model", "canary raised for Otto"))
        if self.how == "unknown":
            return np.array([code("Label", "canary") + "?"] * len(X), dtype=object)
        return self.classes_[self.predict_proba(X).argmax(axis=1)]

class Noise:
    def fit(self, X, y):
        self.state = np.random.default_rng()
        return self
    def predict(self, X):
        return np.array(["good", "poor"])[self.state.integers(0, 2, len(X))]
"""

TESTS = """
import mltest
import numpy as np
import pytest
from conftest import Model, Noise, code

POSITIVE = "good"

def ev(table, how="bad"):
    return mltest.evaluate(Model(how), table, "y", features=["x", "z"], positive=POSITIVE)

def test_metric(table): mltest.assert_metric(ev(table), "roc_auc", at_least=0.99)
def test_metric_by_group(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by="group")
def test_metric_by_name(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by="name")
def test_metric_by_many(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by="many")
def test_metric_by_both(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by=["group", "many"])
def test_metric_unnamed(table): mltest.assert_metric(ev(table), "accuracy", at_least={"north": 0.1}, by="group")
def test_metric_of_no_slices(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.1, by="nothing")
def test_metric_recall(table): mltest.assert_metric(ev(table), "recall", at_least=0.99, by="group")
def test_no_weak_slice(table): mltest.assert_no_weak_slice(ev(table), "accuracy", at_least=0.99, features=["group", "x"])
def test_fair(table): mltest.assert_fair(ev(table), "selection_rate", by="group", ratio_at_least=0.999)
def test_fair_many(table): mltest.assert_fair(ev(table), "selection_rate", by="many", ratio_at_least=0.999)
def test_calibrated(table): mltest.assert_calibrated(ev(table), error_at_most=0.001, by="group")
def test_not_worse(table): mltest.assert_not_worse(ev(table), ev(table, "good"), "roc_auc", margin=0.001)
def test_not_worse_by(table): mltest.assert_not_worse(ev(table), ev(table, "good"), "accuracy", margin=0.001, by="group")
def test_better(table): mltest.assert_better(ev(table), ev(table), "roc_auc")
def test_better_other(table): mltest.assert_better(ev(table), ev(table, "good"), "accuracy")
def test_churn(table): mltest.assert_churn(ev(table), ev(table, "good"), at_most=0.001)
def test_golden(table): mltest.assert_golden(ev(table), "approved")
def test_not_overfit(table): mltest.assert_not_overfit(ev(table), ev(table, "good"), "accuracy", gap_at_most=0.0001)
def test_not_underfit(table): mltest.assert_not_underfit(ev(table), ev(table), "accuracy", gain_at_least=0.9)
def test_clean_labels(table): mltest.assert_clean_labels(ev(table), error_rate_at_most=0.001)
def test_clean_rare_labels(table):
    y = np.asarray(table["rare"])
    proba = np.tile([0.4, 0.3, 0.3], (len(y), 1))
    proba[:5] = [0.1, 0.8, 0.1]
    mltest.assert_clean_labels(mltest.Evaluation(y, score=proba), error_rate_at_most=0.001)
def test_rare_target(table): mltest.assert_metric(mltest.evaluate(Model(), table, "rare", features=["x"]), "accuracy", at_least=0.99)
def test_rare_dummy(table):
    rows = mltest.evaluate(Model("good"), table, "rare", features=["x"])
    mltest.assert_not_underfit(rows, rows, "accuracy", gain_at_least=0.9)
def test_rare_served(table):
    class Served(Model):
        classes_ = np.array(["good", code("Label", "canary")])
    mltest.assert_consistent(Served("batch"), on=table, routes=["single_row"])
def test_golden_labels(table): mltest.assert_golden(mltest.Evaluation(np.asarray(table["rare"]), prediction=np.asarray(table["y"])), "labels")
def test_learns(table): mltest.assert_learns(lambda X, y: Noise().fit(X, y), table, "y", "accuracy", permutations=19, features=["x", "z"])
def test_learns_not(table): mltest.assert_learns(lambda X, y: Model("nofit").fit(X, y), table, "y", "accuracy", permutations=19, features=["x", "z"])
def test_reproducible(table): mltest.assert_reproducible(lambda X, y: Model("nofit").fit(X, y), table, "y", tolerance="bitwise", features=["x", "z"])
def test_reproducible_not(table): mltest.assert_reproducible(lambda X, y: Noise().fit(X, y), table, "y", tolerance="bitwise", features=["x", "z"])
def test_robust(table): mltest.assert_robust(Model("good"), table, "noise@2", change_at_most=0.0001, features=["x", "z"])
def test_robust_raises(table):
    def mine(data, seed=0):
        raise ValueError(code("Perturb", "canary Ottilie"))
    mltest.assert_robust(Model("good"), table, mine, change_at_most=0.1)
def test_robust_model_raises(table): mltest.assert_robust(Model("raises"), table, "noise@1", change_at_most=0.1, features=["x", "z"])
def test_model_raises(table): mltest.assert_metric(ev(table, "raises"), "accuracy", at_least=0.5)
def test_model_unknown(table): mltest.assert_metric(ev(table, "unknown"), "accuracy", at_least=0.5)
def test_positive(table): mltest.assert_metric(mltest.evaluate(Model(), table, "y", features=["x"], positive="nobody"), "roc_auc", at_least=0.5)
def test_leakage(table): mltest.assert_no_leakage(table, table, target="y", entity="name", time="x")
def test_leakage_of_text(table): mltest.assert_no_leakage(table, table[:200] if hasattr(table, "iloc") else table.head(200), target="y", time="name")
def test_schema(table):
    import sys
    if "pandas" in type(table).__module__:
        import pandera.pandas as pa
    else:
        import pandera.polars as pa
    mltest.assert_schema(table, pa.DataFrameSchema({"name": pa.Column(str, pa.Check.str_matches("^person")), "group": pa.Column(str, pa.Check.isin(["north"])), "x": pa.Column(float, pa.Check(lambda s: 1 / 0)), "age": pa.Column(int)}))
def test_schema_raises(table):
    if "pandas" in type(table).__module__:
        import pandera.pandas as pa
    else:
        import pandera.polars as pa
    def mine(data):
        raise KeyError(code("Schema", "canary Fritz"))
    mltest.assert_schema(table, pa.DataFrameSchema({"name": pa.Column(str, pa.Check(mine)), "z": pa.Column(int, coerce=True)}))
def test_serving(table):
    mltest.assert_consistent(Model("batch"), on=table, routes=["single_row", "chunks", "json", "csv"])
def test_serving_raises(table):
    def served(data):
        raise ValueError(code("Service", "canary Emil"))
    mltest.assert_consistent(Model("good"), served, on=table)
def test_serving_names(table):
    mltest.assert_consistent(lambda data: np.asarray(data["name"], dtype=object) if len(data) > 50 else np.asarray(data["group"], dtype=object), on=table, routes=["single_row"])
def test_require(table): mltest.require([1, 0, 1] * 9, at_least=0.99, name="share for mail.canary@" + "example.org " + code("4111 1111 ", "1111 1111"))
def test_fixture(broken_fixture): pass
def test_raises(table): raise RuntimeError(list(table["name"])[3])
def test_own_error(table): raise mltest.UsageError("asked " + "mail.canary@" + "example.org")
def test_skip(table): pytest.skip("no rows of " + code("Skip", "canary Berta"))
@pytest.mark.skip(reason="needs a graphics card")
def test_skipped_by_mark(): pass
@pytest.mark.xfail(reason="not yet")
def test_xfail(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by="group")
@pytest.mark.mltest(severity="warn")
def test_warns(table): mltest.assert_metric(ev(table), "accuracy", at_least=0.97, by="group")
@pytest.mark.parametrize("who", ["mail.canary@" + "example.org", "nobody"])
def test_parametrised(who): mltest.require([1, 0] * 20, at_least=0.9, name="share")
"""
