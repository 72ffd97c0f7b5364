from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.inputs.approved import approve, approved_file
from mltest.model.golden import assert_golden, golden

RNG = np.random.default_rng(5)
Y = RNG.integers(0, 2, 200)
SCORE = np.where(Y == 1, 0.7, 0.2) + 0.1 * RNG.random(200)
TABLE = pl.DataFrame({"x": RNG.normal(size=200)})


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def evaluation(score=SCORE, *, y=Y, table=TABLE, **options):
    return mltest.Evaluation(y, score=score, table=table, **options)


def kept(side, name="model"):
    approve(side, approved_file(Path(), name))


def test_same_predictions_pass():
    kept(evaluation())
    result = golden(evaluation(), "model")
    assert (result.verdict, result.measurements[0].value, result.findings) == ("passed", 0, ())
    assert result.sentence == "0 of 200 predictions differ from those approved as 'model', required 0"
    assert result.inputs["baseline"].startswith("sha256:")
    assert result.flags == ()


@pytest.mark.parametrize(
    ("factor", "passes"),
    [
        (1 + 2**-52, ("float64", "float32", "float16", "bfloat16")),
        (1 - 1e-7, ("float32", "float16", "bfloat16")),
        (1 - 1e-4, ("float16", "bfloat16")),
        (1 - 3e-3, ("bfloat16",)),
    ],
)
def test_tolerances_by_name(factor, passes):
    kept(evaluation())
    for name in ("bitwise", "float64", "float32", "float16", "bfloat16"):
        assert golden(evaluation(SCORE * factor), "model", tolerance=name).verdict == (
            "passed" if name in passes else "failed"
        )


def test_one_row_is_found_with_its_place_and_size():
    kept(evaluation())
    other = SCORE.copy()
    other[17] += 1e-5
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_golden(evaluation(other), "model")
    result = caught.value.result
    assert result.measurements[0].value == 1
    assert str(caught.value).startswith("1 of 200 predictions differ from those approved as 'model', required 0")
    assert {finding.where for finding in result.findings} == {"score_0", "score_1"}
    assert "first at row 17, largest difference 1e-05 at row 17" in result.findings[0].what
    assert "--mltest-update-baselines" in result.advice


def test_labels_differ_where_they_are_not_equal():
    labels = np.array(["no", "yes"])
    kept(mltest.Evaluation(labels[Y], prediction=labels[Y]))
    turned = labels[Y].copy()
    turned[3] = labels[1 - Y[3]]
    result = golden(mltest.Evaluation(labels[Y], prediction=turned), "model", tolerance="bfloat16")
    assert result.verdict == "failed"
    assert (result.findings[0].where, result.findings[0].count) == ("prediction", 1)
    assert f"first at row 3: '{labels[Y[3]]}' then, '{turned[3]}' now" in result.findings[0].what


def test_numbers_are_compared_too():
    y = RNG.normal(size=50)
    kept(mltest.Evaluation(y, prediction=y + 0.5))
    assert golden(mltest.Evaluation(y, prediction=y + 0.5), "model", tolerance="bitwise").verdict == "passed"
    assert golden(mltest.Evaluation(y, prediction=y + 0.6), "model").verdict == "failed"


@pytest.mark.parametrize("scored", [True, False])
def test_an_answer_that_is_there_on_one_side_only_is_a_difference(scored):
    both, alone = mltest.Evaluation(Y, prediction=Y, score=SCORE), mltest.Evaluation(Y, prediction=Y)
    then, now = (both, alone) if scored else (alone, both)
    kept(then)
    result = golden(now, "model")
    assert (result.verdict, result.measurements[0].value) == ("failed", 200)
    said = "approved, and not given now" if scored else "given now, and none approved"
    assert {finding.what for finding in result.findings} == {said}


def test_nothing_approved_yet_is_inconclusive_and_names_the_command():
    with pytest.raises(mltest.Inconclusive, match="no predictions were approved yet as 'model'") as caught:
        assert_golden(evaluation(), "model")
    assert caught.value.result.reason == "no-baseline"
    assert "--mltest-update-baselines" in str(caught.value)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (lambda: evaluation().take(np.arange(150)), "200 rows then, 150 now"),
        (lambda: evaluation(y=1 - Y), "the labels of 200 rows differ, first in row 0"),
        (lambda: evaluation(table=TABLE.with_columns(x=pl.col("x") + 1)), "other columns of the table are not"),
        (lambda: evaluation(table=TABLE[::-1]), "other columns of the table are not"),
        (lambda: evaluation(weight=np.ones(200)), "weights now, none then"),
        (lambda: evaluation(cluster=np.arange(200) // 2), "clusters now, none then"),
        (lambda: evaluation(table=None), "other columns of the table are not"),
    ],
)
def test_changed_rows_are_told_and_never_compared(now, said):
    kept(evaluation())
    result = golden(now(), "model")
    assert (result.verdict, result.reason, result.measurements) == ("failed", "not-comparable", ())
    assert said in result.because
    assert "when approved" in result.because


def test_wrong_arguments_and_broken_files():
    kept(evaluation())
    with pytest.raises(mltest.UsageError, match="nearest is 'float64'"):
        golden(evaluation(), "model", tolerance="float46")
    with pytest.raises(mltest.UsageError, match="a file's name"):
        golden(evaluation(), "../model")
    with pytest.raises(mltest.UsageError, match="must be an Evaluation"):
        golden(TABLE, "model")
    approved_file(Path(), "model").write_bytes(b"PAR1 and no more")
    with pytest.raises(mltest.ArtifactError, match="is no approved evaluation"):
        golden(evaluation(), "model")
