"""What is approved comes back as it was, and only for the rows it was approved on."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.inputs.approved import approve, approved_file, changed, read_approved, replayed
from mltest.metrics.comparable import differences

RNG = np.random.default_rng(3)
ROWS = 120
NUMBERS = RNG.random(ROWS)
BITS = np.arange(ROWS) % 2
LETTERS = np.array(["a", "b", "c"])[np.arange(ROWS) % 3]
TABLE = pl.DataFrame({"x": NUMBERS, "y": LETTERS})


class Unsorted:
    """A model whose classes are in no order, and one of which the rows do not have."""

    classes_ = np.array(["c", "z", "a", "b"])

    def predict_proba(self, table):
        share = np.random.default_rng(len(table)).random((len(table), 4))
        return share / share.sum(axis=1, keepdims=True)

    def predict(self, table):
        return self.classes_[self.predict_proba(table).argmax(axis=1)]


SIDES = {
    "scores": lambda: mltest.Evaluation(BITS, score=NUMBERS),
    "truth values": lambda: mltest.Evaluation(BITS == 1, score=NUMBERS.astype(np.float32)),
    "half precision": lambda: mltest.Evaluation(BITS, score=NUMBERS.astype(np.float16)),
    "decision values": lambda: mltest.Evaluation(BITS, prediction=BITS, score=10 * NUMBERS - 5),
    "scores that decide nothing": lambda: mltest.Evaluation(BITS, score=10 * NUMBERS - 5),
    "no positive class": lambda: mltest.Evaluation(np.array(["no", "yes"])[BITS], prediction=["no"] * ROWS),
    "positive class": lambda: mltest.Evaluation(np.array(["no", "yes"])[BITS], score=NUMBERS, positive="no"),
    "letters": lambda: mltest.Evaluation("y", prediction=LETTERS[::-1], table=TABLE),
    "many classes": lambda: mltest.evaluate(Unsorted(), TABLE, "y"),
    "whole numbers as classes": lambda: mltest.Evaluation(np.arange(ROWS) % 4, prediction=np.arange(ROWS) % 4),
    "numbers": lambda: mltest.Evaluation(NUMBERS, prediction=NUMBERS[::-1]),
    "weights and clusters": lambda: mltest.Evaluation(
        BITS, score=NUMBERS, weight=NUMBERS + 1, cluster=[f"c{row // 3}" for row in range(ROWS)]
    ),
    "a slice": lambda: mltest.evaluate(Unsorted(), TABLE, "y").take(np.arange(20, 80)),
}


@pytest.mark.parametrize("name", SIDES)
def test_what_was_approved_comes_back(name, tmp_path):
    file = approved_file(tmp_path, "side")
    approve(SIDES[name](), file)
    now = SIDES[name]()
    kept = read_approved(file)
    assert changed(kept, now) is None
    then = replayed(kept, now, "approved")
    assert differences(now, then, scores=True) == ()
    assert (then.task, then.classes, then.rows, then.model_name) == (now.task, now.classes, now.rows, "approved")
    if name != "scores that decide nothing":
        assert then.prediction.tolist() == now.prediction.tolist()
    if now.has_score:
        assert np.array_equal(then.score, now.score)
    if now.proba is not None:
        assert np.array_equal(then.proba, now.proba)


def test_a_comparison_with_what_was_approved_is_the_comparison_of_then(tmp_path):
    old, new = (mltest.Evaluation(BITS, score=score, table=TABLE) for score in (NUMBERS, 0.5 * NUMBERS + 0.4 * BITS))
    file = approved_file(tmp_path, "old")
    approve(old, file)
    again = replayed(read_approved(file), new, "old")
    for by in (None, "y"):
        direct = mltest.checks.not_worse(new, old, "roc_auc", margin=0.1, by=by)
        kept = mltest.checks.not_worse(new, again, "roc_auc", margin=0.1, by=by)
        assert [found.value for found in kept.measurements] == [found.value for found in direct.measurements]
        assert kept.verdict == direct.verdict


def test_the_file_can_be_read_by_anybody(tmp_path):
    file = approved_file(tmp_path, "side")
    approve(SIDES["weights and clusters"](), file, metrics={"roc_auc": 0.5})
    frame = pl.read_parquet(file)
    assert frame.columns == ["y", "prediction", "score_0", "score_1", "weight", "cluster", "approved"]
    assert frame.height == ROWS
    about = read_approved(file).about
    assert (about["rows"], about["metrics"], about["schema"]) == (ROWS, {"roc_auc": 0.5}, "mltest/baseline/v1")
    assert about["data"].startswith("sha256:")


def test_same_evaluation_same_bytes_and_nothing_left_beside(tmp_path):
    first, second = (approved_file(tmp_path, name) for name in ("a", "b"))
    for file in (first, second):
        approve(SIDES["many classes"](), file)
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in first.parent.iterdir()) == ["a.parquet", "b.parquet"]


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".hidden", None, 3])
def test_a_name_is_a_files_name(name, tmp_path):
    with pytest.raises(mltest.UsageError, match="a file's name"):
        approved_file(tmp_path, name)


def test_files_that_are_no_approved_evaluation(tmp_path):
    file = approved_file(tmp_path, "side")
    with pytest.raises(mltest.ArtifactError, match="FileNotFoundError"):
        read_approved(file)
    file.parent.mkdir()
    pl.DataFrame({"y": [1]}).write_parquet(file)
    with pytest.raises(mltest.ArtifactError, match="--mltest-update-baselines"):
        read_approved(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(mltest.ArtifactError, match="cannot write"):
        approve(SIDES["scores"](), file)
