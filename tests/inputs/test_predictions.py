"""What models answer that they should not: each gets an error that names the model, the call and the rows."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from mltest.errors import ModelError
from mltest.inputs.evaluation import evaluate
from mltest.inputs.models import call

FRAME = pd.DataFrame({"x": [0.1, 0.9, 0.4, 0.7], "deny": ["no", "yes", "no", "yes"]})


def asked(answer, target="deny", **arguments):
    def scorer(table):
        return answer(table) if callable(answer) else answer

    return evaluate(scorer, FRAME, target, features=["x"], positive=arguments.pop("positive", "yes"), **arguments)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "returned None; it must return one answer a row"),
        (["no"], "returned 1 answer for 4 rows"),
        (["no"] * 5, "returned 5 answers for 4 rows"),
        (np.zeros((4, 2, 2)), r"returned shape \(4, 2, 2\)"),
        (3.0, r"returned shape \(\)"),
        (np.zeros((4, 0)), r"returned shape \(4, 0\)"),
        (["no", None, "no", None], "returned NaN or None in 2 of 4 rows, first in row 1"),
        ([0.1, 0.2, np.nan, 0.4], "returned NaN or None in 1 of 4 rows, first in row 2"),
        (pd.Series(["no", pd.NA, "no", "no"], dtype="string"), "returned NaN or None in 1 of 4 rows, first in row 1"),
        (
            ["no", "maybe", "no", "no"],
            "labels that the target does not have .'maybe'; the target has 'no', 'yes'. in 1",
        ),
        ([0, 1, 1, 1], "they are int, the target's are str"),
        (np.full((4, 3), 1 / 3), "returned 3 columns for 2 classes"),
        (np.array([[0.5, 0.5]] * 3 + [[-0.5, 1.5]]), "a probability outside 0 to 1 in 1 of 4 rows, first in row 3"),
        (np.array([[0.5, 0.4]] * 4), "probabilities that sum to 0.9 and not to 1 in 4 of 4 rows, first in row 0"),
        (np.array([["a", "b"]] * 4), "numbers are needed here"),
        (lambda table: table["missing"], "raised KeyError: 'missing'"),
        (lambda _: exec("raise SystemExit(3)"), "raised SystemExit: 3"),
        (object(), r"returned shape \(\)"),
    ],
)
def test_an_unusable_answer_names_model_call_and_rows(answer, message):
    with pytest.raises(ModelError, match=message) as error:
        asked(answer).prediction  # noqa: B018
    assert str(error.value).startswith("scorer on 4 rows and 1 column of data ")


def test_the_original_error_is_chained():
    with pytest.raises(ModelError) as error:
        asked(lambda _: 1 / 0).prediction  # noqa: B018
    assert isinstance(error.value.__cause__, ZeroDivisionError)


def test_a_model_that_raises_is_not_asked_again():
    asked_for = []

    def broken(table):
        asked_for.append(table)
        raise RuntimeError("out of memory\nin layer 3")

    made = evaluate(broken, FRAME, "deny")
    for _ in range(2):
        with pytest.raises(ModelError, match=r"broken on 4 rows .* raised RuntimeError: out of memory in layer 3"):
            made.prediction  # noqa: B018
    assert len(asked_for) == 1


def test_a_class_of_another_coding_is_a_usage_matter():
    model = LogisticRegression().fit(FRAME[["x"]], FRAME["deny"] == "yes")
    with pytest.raises(ValueError, match=r"knows the classes False, True, the target of data has 'no', 'yes'"):
        evaluate(model, FRAME, "deny").prediction  # noqa: B018


def test_an_unfitted_model_says_which_call():
    with pytest.raises(ModelError, match=r"LogisticRegression.predict on 4 rows and 1 column of data raised NotFitted"):
        evaluate(LogisticRegression(), FRAME, "deny").prediction  # noqa: B018


def test_categories_unseen_in_training_come_through_as_the_models_error():
    encoder = OneHotEncoder(sparse_output=False).fit(pd.DataFrame({"c": ["a", "b"]}))

    def encoded(table):
        return encoder.transform(table)[:, 0]

    with pytest.raises(ModelError, match=r"encoded on 2 rows .* raised ValueError: Found unknown categories"):
        evaluate(encoded, pd.DataFrame({"c": ["a", "z"]}), [0, 1]).prediction  # noqa: B018


def test_infinite_features_come_through_as_the_models_error():
    model = LogisticRegression().fit(FRAME[["x"]], FRAME["deny"])
    with pytest.raises(ModelError, match=r"predict_proba on 4 rows .* contains infinity"):
        evaluate(model, FRAME.assign(x=np.inf), "deny", positive="yes").score  # noqa: B018


def test_a_regression_that_answers_infinity_is_refused():
    with pytest.raises(ModelError, match="returned infinity in 1 of 4 rows, first in row 1"):
        evaluate(lambda _: [0.5, np.inf, 1, 2], FRAME, [0.5, 1.5, 2.5, 3.5]).prediction  # noqa: B018


@pytest.mark.parametrize(
    "labels",
    [
        ["no", "yes", "yes", "no"],
        np.array(["no", "yes", "yes", "no"]),
        np.array([["no"], ["yes"], ["yes"], ["no"]]),
        pd.Series(["no", "yes", "yes", "no"], index=[3, 2, 1, 0]),
        pd.Series(["no", "yes", "yes", "no"], dtype="category"),
        pd.DataFrame({"answer": ["no", "yes", "yes", "no"]}),
        pl.DataFrame({"answer": ["no", "yes", "yes", "no"]}),
        pl.LazyFrame({"answer": ["no", "yes", "yes", "no"]}),
    ],
)
def test_labels_may_come_in_any_form(labels):
    made = asked(labels)
    assert made.prediction.tolist() == ["no", "yes", "yes", "no"]
    assert not made.has_score


@pytest.mark.parametrize(
    "scores",
    [
        [0.2, 0.5, 0.9, 0.1],
        np.array([[0.2], [0.5], [0.9], [0.1]], dtype=np.float64),
        pd.Series([0.2, 0.5, 0.9, 0.1]),
        pd.DataFrame({"score": [0.2, 0.5, 0.9, 0.1]}),
        np.array([[0.8, 0.2], [0.5, 0.5], [0.1, 0.9], [0.9, 0.1]]),
        pd.DataFrame({"yes": [0.2, 0.5, 0.9, 0.1], "no": [0.8, 0.5, 0.1, 0.9]}),
    ],
)
def test_scores_may_come_in_any_form_and_decide_by_one_half(scores):
    made = asked(scores)
    np.testing.assert_allclose(made.score, [0.2, 0.5, 0.9, 0.1])
    assert made.prediction.tolist() == ["no", "yes", "yes", "no"]
    np.testing.assert_allclose(made.proba.sum(axis=1), 1)


def test_floats_that_are_all_labels_are_labels():
    made = asked([0.0, 1.0, 1.0, 0.0], target=[0, 1, 0, 1], positive=1)
    assert made.prediction.tolist() == [0, 1, 1, 0]
    assert not made.has_score


def test_an_object_with_predict_alone_is_read_like_a_callable():
    class Keras:
        def predict(self, table):
            return np.full((len(table), 1), 0.75, dtype=np.float32)

    made = evaluate(Keras(), FRAME, "deny", positive="yes")
    assert made.predicted.all()
    assert made.score.tolist() == [0.75] * 4


def test_an_object_may_say_how_it_is_asked():
    class Own:
        def __mltest_predict__(self, table):
            return ["no"] * len(table)

    assert evaluate(Own(), FRAME, "deny").prediction.tolist() == ["no"] * 4


def test_float32_probabilities_may_sum_as_exactly_as_they_can():
    matrix = np.array([[0.1, 0.9], [1 / 3, 2 / 3]] * 2, dtype=np.float32) * np.float32(1.000001)
    assert asked(matrix).proba.shape == (4, 2)


def test_whole_numbers_between_which_the_answers_fall_are_quantities():
    assert evaluate(lambda _: [1.5, 2.5, 3.5, 4.5], FRAME, [1, 2, 3, 4]).task == "regression"
    assert evaluate(lambda _: [1, 2, 3, 3], FRAME, [1, 2, 3, 4]).task == "multiclass"
    with pytest.raises(ModelError, match="labels that the target does not have"):
        evaluate(lambda _: [1, 2, 3, 9], FRAME, [1, 2, 3, 4]).prediction  # noqa: B018


def test_a_model_may_print_and_fork(capfd):
    def noisy(table):
        print("thinking")  # noqa: T201
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        return ["no"] * len(table)

    assert asked(noisy).prediction.tolist() == ["no"] * 4
    assert capfd.readouterr().out == "thinking\n"


def test_a_model_that_reuses_its_answer_does_not_change_ours():
    buffer = np.array([0.2, 0.9, 0.2, 0.9])
    made = asked(lambda _: buffer)
    assert made.score[0] == 0.2
    buffer[:] = 0.0
    assert made.take([0]).score[0] == 0.2


def test_call_gives_the_checked_answer_of_one_method():
    model = LogisticRegression().fit(FRAME[["x"]], FRAME["deny"])
    assert call(model, "predict_proba", FRAME[["x"]], 4).shape == (4, 2)
    assert call(lambda table: table["x"], "__call__", FRAME, 4).tolist() == FRAME["x"].tolist()
    with pytest.raises(
        ModelError, match=r"LogisticRegression.predict on 3 rows and 1 column of test returned 4 answers"
    ):
        call(model, "predict", FRAME[["x"]], 3, data="test")
