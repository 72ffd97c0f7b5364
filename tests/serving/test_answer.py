"""Answers of every kind as columns that can be compared."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

from mltest import ModelError
from mltest.serving.answer import joined, read_answer


@pytest.mark.parametrize(
    ("given", "columns"),
    [
        ([1, 2], {"": [1, 2]}),
        (("a", "b"), {"": ["a", "b"]}),
        (pd.Series([1.5, 2.5], index=[7, 9]), {"": [1.5, 2.5]}),
        (pl.Series([1, 2]), {"": [1, 2]}),
        (np.array([[1], [2]]), {"": [1, 2]}),
        (np.array([[1, 3], [2, 4]]), {"0": [1, 2], "1": [3, 4]}),
        (np.arange(8).reshape(2, 2, 2), {"0": [0, 4], "1": [1, 5], "2": [2, 6], "3": [3, 7]}),
        (
            [np.array([[0.1, 0.9], [0.2, 0.8]]), np.array([[1.0], [0.0]])],
            {"0": [0.1, 0.2], "1": [0.9, 0.8], "2": [1, 0]},
        ),
        (pl.DataFrame({"a": [1, 2], "b": ["x", "y"]}), {"a": [1, 2], "b": ["x", "y"]}),
    ],
)
def test_every_kind_of_answer_is_read(given, columns):
    answer = read_answer(given, 2, "model")
    assert {name: column.tolist() for name, column in answer.columns.items()} == columns


def test_a_sparse_matrix_is_read():
    from scipy.sparse import csr_matrix

    assert read_answer(csr_matrix([[0, 1], [2, 0]]), 2, "model").columns["1"].tolist() == [1, 0]


def test_classes_name_the_columns():
    assert list(read_answer(np.eye(2), 2, "model", np.array(["no", "yes"])).columns) == ["no", "yes"]
    assert list(read_answer(np.eye(3), 3, "model", np.array(["no", "yes"])).columns) == ["0", "1", "2"]


def test_a_model_that_keeps_its_answer_does_not_reach_ours():
    kept = np.array([1.0, 2.0])
    answer = read_answer(kept, 2, "model")
    kept[:] = 0
    assert answer.columns[""].tolist() == [1.0, 2.0]


def test_parts_that_do_not_fit_are_an_error():
    with pytest.raises(ModelError, match="model answered 2 columns for one part and 3 for another"):
        joined([read_answer(np.eye(2), 2, "model"), read_answer(np.eye(3), 3, "model")], "model")


def test_parts_of_text_and_numbers_stay_what_they_are():
    parts = [read_answer([1.5], 1, "model"), read_answer(["a"], 1, "model")]
    assert joined(parts, "model").columns[""].tolist() == [1.5, "a"]
