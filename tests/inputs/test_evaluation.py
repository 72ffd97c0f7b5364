from __future__ import annotations

import threading

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from mltest.errors import UsageError
from mltest.inputs.evaluation import Evaluation, evaluate
from tests.inputs.engines import ENGINES, every_engine

ROWS = 60


def columns():
    rng = np.random.default_rng(5)
    first, second = rng.normal(size=ROWS), rng.normal(size=ROWS)
    return {
        "first": first.tolist(),
        "second": second.tolist(),
        "deny": np.where(first + rng.normal(size=ROWS) > 0, "yes", "no").tolist(),
        "weight": [1.0] * ROWS,
        "who": [f"p{n % 9}" for n in range(ROWS)],
    }


FRAME = pd.DataFrame(columns())
FEATURES = FRAME[["first", "second"]]
MODEL = LogisticRegression().fit(FEATURES, FRAME["deny"])


class Counting:
    """A classifier that counts how often it is asked."""

    classes_ = np.array(["no", "yes"])
    feature_names_in_ = ("first", "second")

    def __init__(self):
        self.asked = []

    def predict(self, table):
        self.asked.append("predict")
        return MODEL.predict(table)

    def predict_proba(self, table):
        self.asked.append("predict_proba")
        return MODEL.predict_proba(table)


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_gives_the_same_answers(engine):
    model = lambda table: np.asarray(table["first"]) > 0  # noqa: E731
    made = evaluate(model, every_engine(columns())[engine], np.array(FRAME["deny"] == "yes"), features=["first"])
    assert made.prediction.tolist() == (FRAME["first"] > 0).tolist()
    assert made.task == "binary"


@pytest.mark.parametrize("engine", ["pandas", "polars", "polars-lazy"])
def test_a_classifier_is_read_with_labels_scores_and_probabilities(engine):
    made = evaluate(MODEL, every_engine(columns())[engine], "deny", positive="yes", weight="weight", cluster="who")
    assert made.features == ("first", "second")
    assert made.classes == ("no", "yes")
    np.testing.assert_allclose(made.score, MODEL.predict_proba(FEATURES)[:, 1])
    np.testing.assert_allclose(made.proba, MODEL.predict_proba(FEATURES))
    assert made.prediction.tolist() == MODEL.predict(FEATURES).tolist()
    assert made.truth.tolist() == (FRAME["deny"] == "yes").tolist()
    assert made.predicted.tolist() == (made.prediction == "yes").tolist()
    assert made.cluster.tolist() == [n % 9 for n in range(ROWS)]
    assert made.model_name == "LogisticRegression"


def test_the_score_is_that_of_the_positive_class():
    yes, no = (evaluate(MODEL, FRAME, "deny", positive=label) for label in ("yes", "no"))
    np.testing.assert_allclose(no.score, 1 - yes.score)
    svm = LinearSVC().fit(FEATURES, FRAME["deny"])
    yes, no = (evaluate(svm, FRAME, "deny", positive=label) for label in ("yes", "no"))
    np.testing.assert_allclose(yes.score, svm.decision_function(FEATURES))
    np.testing.assert_allclose(no.score, -yes.score)
    assert yes.proba is None


def test_each_call_is_made_once_whatever_is_asked():
    model = Counting()
    made = evaluate(model, FRAME, "deny", positive="yes")
    assert model.asked == []
    for part in (made, made.take(made.truth), made.take([0, 1]).take([1])):
        part.score, part.proba, part.prediction, part.predicted  # noqa: B018
    assert sorted(model.asked) == ["predict", "predict_proba"]


def test_threads_wait_for_the_one_call():
    model = Counting()
    made = evaluate(model, FRAME, "deny", positive="yes")
    gate = threading.Barrier(8)

    def ask():
        gate.wait()
        made.take([1, 2]).score, made.prediction

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(model.asked) == ["predict", "predict_proba"]


def test_a_slice_has_the_rows_of_the_whole():
    made = evaluate(MODEL, FRAME, "deny", positive="yes", weight="weight", cluster="who")
    part = made.take(made.truth)
    assert part.rows == int(made.truth.sum()) == part.table.rows == len(part.weight) == len(part.cluster)
    np.testing.assert_array_equal(part.score, made.score[made.truth])
    assert part.classes == ("no", "yes")
    assert part.take([2, 0]).y.tolist() == made.y[made.truth][[2, 0]].tolist()
    assert part.inputs == made.inputs
    with pytest.raises(UsageError, match="no rows of data are left"):
        part.take(~part.truth)


@pytest.mark.parametrize("engine", ["pandas", "polars", "pyarrow"])
def test_a_model_that_changes_its_input_changes_nobody_elses(engine):
    data = every_engine(columns())[engine]
    before = pl.DataFrame(columns())

    def vandal(table):
        answer = np.asarray(table["first"]) > 0
        if engine == "pandas":
            table["first"] = 0.0
            del table["second"]
        elif engine == "polars":
            table[0, "first"] = 99.0
            table.drop_in_place("second")
        return answer

    made = evaluate(vandal, data, np.array(FRAME["deny"] == "yes"))
    assert made.prediction.any()
    assert made.table.column("first").tolist() == columns()["first"]
    assert made.table.names == tuple(columns())
    kept = pl.from_pandas(data) if engine == "pandas" else pl.DataFrame(data)
    assert kept.equals(before)


def test_a_model_that_changes_an_array_changes_nobody_elses():
    data = np.column_stack([FRAME["first"], FRAME["second"]])
    before = data.copy()

    def vandal(table):
        table[:] = 0
        return np.ones(ROWS)

    made = evaluate(vandal, data, np.ones(ROWS, dtype=int))
    assert made.prediction.all()
    np.testing.assert_array_equal(data, before)
    np.testing.assert_array_equal(made.table.native, before)


def test_a_later_change_of_the_data_does_not_reach_the_evaluation():
    data = FRAME.copy()
    target = np.array(data["deny"])
    made = evaluate(MODEL, data, target, positive="yes")
    data["first"] = 0.0
    target[:] = "no"
    assert made.table.column("first").tolist() == columns()["first"]
    assert made.truth.any()


def test_what_a_check_reads_cannot_be_written():
    made = evaluate(MODEL, FRAME, "deny", positive="yes")
    for array in (made.y, made.prediction, made.score, made.proba, made.truth):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = array[1]


def test_features_are_those_the_model_names_in_its_order():
    seen = []

    class Named:
        feature_names_in_ = np.array(["second", "first"])

        def predict(self, table):
            seen.extend(table.columns)
            return ["no"] * ROWS

    assert evaluate(Named(), FRAME, "deny").prediction.tolist() == ["no"] * ROWS
    assert seen == ["second", "first"]
    with pytest.raises(UsageError, match="no column 'second'; nearest is 'secnd'"):
        evaluate(Named(), FRAME.rename(columns={"second": "secnd"}), "deny")


def test_features_can_be_given():
    model = LogisticRegression().fit(FRAME[["second"]], FRAME["deny"])
    assert evaluate(model, FRAME, "deny", features=["second"]).features == ("second",)
    with pytest.raises(UsageError, match="nearest is 'first'"):
        evaluate(model, FRAME, "deny", features=["frist"])
    with pytest.raises(UsageError, match="is one name; give a list"):
        evaluate(model, FRAME, "deny", features="second")


def test_by_default_a_callable_gets_all_but_target_weight_and_cluster():
    made = evaluate(lambda table: ["no"] * len(table), FRAME, "deny", weight="weight", cluster="who")
    assert made.features == ("first", "second")
    with pytest.raises(UsageError, match="no columns left for the model beside deny"):
        evaluate(MODEL.predict, FRAME[["deny"]], "deny")


def test_an_array_is_given_by_position_whatever_the_model_was_trained_on():
    plain = LogisticRegression().fit(FEATURES.to_numpy(), FRAME["deny"])
    made = evaluate(plain, FEATURES.to_numpy(), FRAME["deny"], positive="yes")
    assert made.prediction.tolist() == MODEL.predict(FEATURES).tolist()


def test_a_regressor_predicts_numbers():
    model = LinearRegression().fit(FEATURES, FRAME["first"] * 2)
    made = evaluate(model, FEATURES, FRAME["first"] * 2)
    assert made.task == "regression"
    assert made.classes == ()
    np.testing.assert_allclose(made.prediction, made.y)
    with pytest.raises(UsageError, match="predicts a number; there is no score"):
        made.score  # noqa: B018
    with pytest.raises(UsageError, match="truth needs two classes; the target of data has numbers"):
        made.truth  # noqa: B018


def test_a_regressor_needs_a_target_of_numbers():
    model = LinearRegression().fit(FEATURES, FRAME["first"])
    with pytest.raises(UsageError, match="numbers are needed"):
        evaluate(model, FRAME, "deny").task  # noqa: B018


def test_several_classes_have_a_column_each():
    target = np.array(["c", "a", "b"] * 20)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(FEATURES, target)
    made = evaluate(model, FEATURES, target)
    assert made.task == "multiclass"
    assert made.classes == ("a", "b", "c")
    assert made.score.shape == (ROWS, 3)
    assert made.model_name == "Pipeline[LogisticRegression]"
    with pytest.raises(UsageError, match="3 classes"):
        made.predicted  # noqa: B018


def test_a_class_that_the_model_never_saw_has_no_probability():
    target = np.array(FRAME["deny"])
    target[:3] = "later"
    made = evaluate(MODEL, FEATURES, target)
    assert made.classes == ("no", "yes", "later")
    assert not made.proba[:, 2].any()


def test_positive_is_demanded_only_where_it_matters():
    made = evaluate(MODEL, FRAME, "deny")
    assert made.prediction.tolist() == MODEL.predict(FEATURES).tolist()
    with pytest.raises(UsageError, match="which class is positive\\? give positive= one of 'no', 'yes'"):
        made.score  # noqa: B018


def test_a_positive_class_that_is_none_is_refused_at_once():
    with pytest.raises(UsageError, match=r"positive='yse' \(str\) is no label of the target; nearest is 'yes'"):
        evaluate(MODEL, FRAME, "deny", positive="yse")
    with pytest.raises(UsageError, match=r"positive='1' .* 1 is a int"):
        Evaluation([0, 1], prediction=[0, 1], positive="1")


@pytest.mark.parametrize(("y", "positive"), [([0, 1], 1), ([False, True], True), ([0.0, 1.0], 1.0), ([0, 0], 1)])
def test_one_and_true_are_positive_unasked(y, positive):
    made = Evaluation(y, score=[0.2, 0.9])
    assert made.positive == positive
    assert made.predicted.tolist() == [False, True]


@pytest.mark.parametrize(("y", "given"), [(["a", "a"], None), ([1, 1], None), ([0, 0], 1), (["a", "a"], "b")])
def test_a_target_of_one_class_is_allowed(y, given):
    made = Evaluation(y, prediction=y, positive=given)
    assert made.task == "binary"
    assert made.prediction.tolist() == y


def test_one_row_is_enough():
    made = evaluate(MODEL, FRAME.head(1), "deny", positive="yes")
    assert made.rows == 1
    assert made.score.shape == (1,)


def test_predictions_made_elsewhere():
    made = Evaluation(
        "deny", prediction=MODEL.predict(FEATURES), score=MODEL.predict_proba(FEATURES), table=FRAME, positive="yes"
    )
    np.testing.assert_allclose(made.score, MODEL.predict_proba(FEATURES)[:, 1])
    assert made.data_name == "data"
    assert made.model_name == "given predictions"
    assert made.has_score


def test_predictions_follow_from_scores_where_they_can():
    assert Evaluation(["a", "b"], score=[0.5, 0.4], positive="b").prediction.tolist() == ["b", "a"]
    several = Evaluation(["a", "b", "c"], score=[[0.1, 0.2, 0.7], [0.6, 0.2, 0.2], [0, 0, 1]])
    assert several.prediction.tolist() == ["c", "a", "c"]
    logits = Evaluation([0, 1], score=[-2.0, 3.0])
    assert logits.score.tolist() == [-2.0, 3.0]
    with pytest.raises(UsageError, match="values outside 0 to 1; no label follows"):
        logits.prediction  # noqa: B018


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "give prediction=, score= or both"),
        ({"prediction": [0, 1, 1]}, "prediction= has 3 answers for 2 rows"),
        ({"prediction": [0, np.nan]}, "prediction= has NaN or None in 1 of 2 rows, first in row 1"),
        ({"prediction": [0, 2]}, "prediction= has labels that the target does not have"),
        ({"prediction": [[0, 1], [1, 0]]}, "prediction= has shape"),
        ({"score": [[0.5, 0.6], [0.5, 0.5]]}, "score= has probabilities that sum to 1.1 and not to 1 in 1 of 2 rows"),
        ({"score": [[0.5], [0.5]], "table": pl.DataFrame({"a": [1]})}, "2 values for 1 rows"),
        ({"score": [0.1, 0.2], "weight": "w"}, "no table was given"),
    ],
)
def test_parts_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(UsageError, match=message):
        Evaluation([0, 1], **arguments).prediction  # noqa: B018


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("models/candidate.skops", "load it first"),
        (LogisticRegression, "is the class LogisticRegression; give a fitted object"),
        (None, "is a NoneType, without predict"),
        (FRAME, "is a DataFrame, without predict"),
    ],
)
def test_refuses_what_is_no_model(model, message):
    with pytest.raises(UsageError, match=message):
        evaluate(model, FRAME, "deny")


def test_inputs_name_what_was_read():
    made = evaluate(MODEL, FRAME, "deny", positive="yes")
    assert set(made.inputs) == {"data"}
    apart = evaluate(MODEL, FEATURES, FRAME["deny"], positive="yes")
    assert set(apart.inputs) == {"data", "target"}
    given = Evaluation([0, 1], prediction=[0, 1], weight=[1, 2])
    assert set(given.inputs) == {"target", "prediction", "weight"}
    assert evaluate(MODEL, pl.from_pandas(FRAME), "deny").inputs["data"] == made.inputs["data"]
    with pytest.raises(TypeError):
        made.inputs["data"] = "sha256:0"
