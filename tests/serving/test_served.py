"""Trained against served: predictions by the call that both have, features by column name and row."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mltest import UsageError, checks
from tests.faults.serving_faults import ROWS, Clean, applications, features, percent, swapped_features


class Scores:
    """A classifier of two classes, without a library."""

    classes_ = np.array(["no", "yes"])

    def predict_proba(self, table):
        positive = 1 / (1 + np.exp(-(table["amount"].to_numpy() - 120) / 30))
        return np.column_stack([1 - positive, positive])

    def predict(self, table):
        return self.classes_[self.predict_proba(table).argmax(axis=1)]


def positive_of(model, table):
    return model.predict_proba(table)[:, 1]


def test_same_model_under_another_name_is_consistent():
    result = checks.consistent(Clean(), Clean().predict, on=applications())
    assert (result.verdict, result.label) == ("passed", "served")
    assert result.measurements[0].value == 0


def test_a_service_in_per_cent_differs_in_every_row():
    result = checks.consistent(Clean(), percent(Clean()), on=applications())
    assert result.verdict == "failed"
    assert result.measurements[0].value == ROWS
    assert result.findings[0].where == "served"


@pytest.mark.parametrize(
    "serve",
    [
        lambda table: positive_of(Scores(), table),
        lambda table: Scores().predict_proba(table),
        lambda table: Scores().predict(table),
        lambda table: pl.DataFrame(dict(zip("ny", Scores().predict_proba(table).T, strict=True))),
        Scores(),
    ],
    ids=["positive score", "probabilities", "labels", "table", "model"],
)
def test_a_function_is_compared_with_the_call_that_answers_the_same(serve):
    assert checks.consistent(Scores(), serve, on=applications()).verdict == "passed"
    assert checks.consistent(serve, Scores(), on=applications()).verdict == "passed"


def test_flips_are_counted_with_their_bound():
    table = applications()
    result = checks.consistent(Scores(), lambda rows: positive_of(Scores(), rows) + 0.3, on=table)
    base = positive_of(Scores(), table)
    flipped = int(np.count_nonzero((base > 0.5) != (base + 0.3 > 0.5)))
    assert f"{flipped} decisions flip (share at most " in str(result.measurements[0].detail)
    assert result.findings[0].what.endswith(f"; {flipped} decisions flip")


def test_flips_within_the_tolerance_are_shown():
    class Near(Scores):
        def predict_proba(self, table):
            positive = np.full(len(table), 0.499)
            return np.column_stack([1 - positive, positive])

    def serve(table):
        return Near().predict_proba(table)[:, 1] + 0.002

    result = checks.consistent(Near(), serve, on=applications(), tolerance="bfloat16")
    assert (result.verdict, result.measurements[0].value) == ("passed", 0)
    assert f"{ROWS} decisions flip" in result.findings[0].what


def test_labels_that_differ_are_flips():
    result = checks.consistent(Scores(), lambda rows: np.array(["no"] * len(rows)), on=applications())
    differing = int(np.count_nonzero(Scores().predict(applications()) == "yes"))
    assert result.measurements[0].value == differing
    assert f"{differing} decisions flip" in result.findings[0].what


def test_a_served_model_that_raises_is_a_failure_with_its_error():
    def serve(table):
        raise ConnectionError("no route to host")

    result = checks.consistent(Clean(), serve, on=applications())
    assert (result.verdict, result.sentence) == ("failed", "no answer by served on data, required at most 0")
    assert "raised ConnectionError: no route to host" in result.findings[0].what


def test_single_precision_needs_its_tolerance_and_shows_its_type():
    def serve(table):
        return np.asarray(Clean().predict(table), dtype=np.float32)

    assert checks.consistent(Clean(), serve, on=applications()).verdict == "failed"
    loose = checks.consistent(Clean(), serve, on=applications(), tolerance="float32")
    assert loose.verdict == "passed"
    assert [finding.what for finding in loose.findings] == ["type float32 in served, float64 in trained"]


def test_equal_features_are_consistent_in_any_order_of_columns_and_engine():
    def serve(table):
        made = features(table)
        return pl.DataFrame({name: made[name].to_numpy() for name in reversed(made.columns)})

    assert checks.consistent(features, serve, on=applications()).verdict == "passed"


def test_swapped_features_are_named():
    result = checks.consistent(features, swapped_features, on=applications())
    assert result.verdict == "failed"
    assert [(finding.rule, finding.where) for finding in result.findings] == [
        ("features", "column 'log_amount'"),
        ("features", "column 'age'"),
    ]
    assert result.findings[0].count == ROWS


def test_missing_and_added_features_make_every_row_differ():
    result = checks.consistent(
        features, lambda table: features(table).rename(columns={"age": "Age"}), on=applications()
    )
    assert result.measurements[0].value == ROWS
    assert {(finding.where, finding.what) for finding in result.findings} == {
        ("column 'age'", "missing in served"),
        ("column 'Age'", "only in served"),
    }


def test_text_that_looks_like_a_number_is_not_that_number():
    def as_text(table):
        made = features(table)
        return made.assign(age=made["age"].astype(str))

    result = checks.consistent(features, as_text, on=applications())
    assert {finding.where for finding in result.findings} == {"column 'age'"}
    assert any("type" in finding.what for finding in result.findings)
    assert result.verdict == "failed"


def test_gaps_agree_with_gaps_only():
    def holed(table):
        made = features(table)
        made.loc[made.index[:3], "age"] = np.nan
        return made

    assert checks.consistent(holed, holed, on=applications()).verdict == "passed"
    result = checks.consistent(features, holed, on=applications())
    assert result.measurements[0].value == 3


def test_a_share_may_be_tolerated():
    def mostly(table):
        answer = np.array(Clean().predict(table))
        answer[:4] += 1
        return answer

    assert checks.consistent(Clean(), mostly, on=applications(), mismatch_at_most=0.05).verdict == "failed"
    passed = checks.consistent(Clean(), mostly, on=applications(), mismatch_at_most=0.1)
    assert (passed.verdict, passed.measurements[0].value) == ("passed", 0.1)
    assert checks.consistent(Clean(), mostly, on=applications(), mismatch_at_most=4).verdict == "passed"


def test_a_model_and_a_transform_cannot_be_compared():
    class Transform:
        def transform(self, table):
            return table

    with pytest.raises(UsageError, match=r"answers by predict, Transform by transform"):
        checks.consistent(Clean(), Transform(), on=applications())
    assert checks.consistent(Transform(), Transform(), on=applications()).verdict == "passed"


def test_routes_beside_served_are_refused():
    with pytest.raises(UsageError, match="leave it out beside served="):
        checks.consistent(Clean(), Clean(), on=applications(), routes=["json"])
