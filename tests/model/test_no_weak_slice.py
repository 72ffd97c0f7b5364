from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.errors import UsageError
from mltest.message import failure_text
from mltest.metrics.registry import resolve
from mltest.model.no_weak_slice import assert_no_weak_slice, no_weak_slice
from mltest.model.no_weak_slice_search import halves
from mltest.result import Result
from tests.faults.slice_faults import FAULTS, clean


@pytest.mark.parametrize(
    ("metric", "limit"), [("accuracy", 0.7), ("roc_auc", 0.75), ("recall", 0.7), ("f1", 0.7), ("neg_log_loss", -0.7)]
)
def test_clean_model_passes(metric, limit):
    result = no_weak_slice(clean().evaluation(), metric, at_least=limit)
    assert (result.verdict, result.findings) == ("passed", ())
    assert set(result.verdicts) == {"passed"}


@pytest.mark.parametrize("metric", ["accuracy", "roc_auc", "neg_brier_score"])
@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_found_without_being_named(name, metric):
    fault = FAULTS[name]
    limit = -0.25 if metric == "neg_brier_score" else 0.7
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_no_weak_slice(fault.spoil(clean()).evaluation(), metric, at_least=limit)
    result = caught.value.result
    assert (result.check, result.verdict) == (fault.caught_by, "failed")
    assert all(f"{column}" in result.findings[0].where for column in fault.columns)
    assert result.findings[0].where in result.sentence
    assert "elsewhere (Welch p = " in result.findings[0].what
    assert result.findings[0].where in failure_text(caught.value.result)
    assert Result.from_plain(result.to_plain()) == result


def test_labels_are_read_as_a_person_would_write_them():
    found = {
        name: no_weak_slice(fault.spoil(clean()).evaluation(), "accuracy", at_least=0.7)
        for name, fault in FAULTS.items()
    }
    assert found["weak_in_the_north"].findings[0].where.startswith("region=north")
    assert found["weak_where_income_is_missing"].findings[0].where.startswith("income=<null>")
    assert "age=66 or more" in {one.where for one in found["weak_for_the_old"].findings}


def test_what_one_half_shows_by_chance_is_no_finding():
    """Scores that say nothing anywhere, and noise to search in: nothing is below the limit but by chance."""
    rng = np.random.default_rng(0)
    failed = 0
    for _ in range(40):
        y = rng.random(1000) < 0.5
        right = rng.random(1000) < 0.75
        table = pl.DataFrame({f"x{at}": rng.normal(size=1000) for at in range(5)})
        data = mltest.Evaluation(y, prediction=np.where(right, y, ~y), table=table)
        failed += no_weak_slice(data, "accuracy", at_least=0.75).verdict == "failed"
    # at 5 %, more than 6 of 40 have a probability of 0.3 %
    assert failed <= 6


def test_the_halves_share_no_row_and_no_cluster():
    data = clean().evaluation(cluster=np.arange(8000) // 5)
    first, second = halves(data, seed=3)
    assert sorted([*first, *second]) == list(range(8000))
    assert len(first) == len(second)
    assert not set(data.cluster[first]) & set(data.cluster[second])
    assert halves(data, seed=3)[0].tolist() == first.tolist()
    assert halves(data, seed=4)[0].tolist() != first.tolist()


def test_only_the_half_that_confirms_is_measured():
    data = FAULTS["weak_in_the_north"].spoil(clean()).evaluation()
    result = no_weak_slice(data, "accuracy", at_least=0.7)
    north = next(found for found in result.measurements if found.slice.startswith("region=north"))
    assert north.n < 0.6 * int((data.table.column("region") == "north").sum())
    assert all(found.seed is not None for found in result.measurements)
    assert result.to_plain() | {"seconds": 0} == no_weak_slice(data, "accuracy", at_least=0.7).to_plain() | {
        "seconds": 0
    }


def test_too_few_rows_are_inconclusive_with_the_number_needed():
    data = clean().evaluation().take(np.arange(399))
    result = no_weak_slice(data, "accuracy", at_least=0.5)
    assert (result.verdict, result.reason, result.n_to_settle) == ("inconclusive", "too-few-rows", 400)
    assert "399 rows" in result.because
    assert no_weak_slice(clean().evaluation().take(np.arange(400)), "accuracy", at_least=0.3).verdict == "passed"


def test_a_limit_that_the_rows_cannot_show_is_inconclusive():
    data = clean().evaluation().take(np.arange(800))
    result = no_weak_slice(data, "accuracy", at_least=0.8)
    assert result.verdict == "inconclusive"
    assert result.n_to_settle is not None


def test_a_model_that_is_always_right_is_judged_as_a_whole():
    y = np.arange(1000) % 2
    data = mltest.Evaluation(y, prediction=y, table=pl.DataFrame({"x": np.arange(1000.0)}))
    result = no_weak_slice(data, "accuracy", at_least=0.99)
    assert (result.verdict, [found.slice for found in result.measurements]) == ("passed", ["all rows"])


def test_numbers_are_searched_too():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 4000)
    y = x + rng.normal(size=4000) * np.where(x > 8, 5, 1)
    data = mltest.Evaluation(y, prediction=x, table=pl.DataFrame({"x": x}))
    result = no_weak_slice(data, "neg_mean_absolute_error", at_least=-2.0)
    assert result.verdict == "failed"
    assert result.findings[0].where.startswith("x=")
    assert no_weak_slice(data, "neg_mean_absolute_error", at_least=-6.0).verdict == "passed"


def test_weights_and_clusters_reach_the_verdict():
    given = FAULTS["weak_in_the_north"].spoil(clean())
    without = (given.table["region"] != "north").to_numpy().astype(float)
    assert no_weak_slice(given.evaluation(weight=without), "accuracy", at_least=0.7).verdict == "passed"
    clustered = no_weak_slice(given.evaluation(cluster=np.arange(8000) // 4), "accuracy", at_least=0.7)
    assert clustered.verdict == "failed"
    assert clustered.measurements[0].unit == "clusters"


def test_features_say_where_to_search_and_the_target_is_never_searched():
    given = FAULTS["weak_in_the_north"].spoil(clean())
    assert no_weak_slice(given.evaluation(), "accuracy", at_least=0.65, features=["age"]).verdict == "passed"
    table = pl.DataFrame({"label": given.y, "age": given.table["age"]})
    data = mltest.Evaluation("label", prediction=np.zeros(8000, int), table=table)
    assert not [found for found in no_weak_slice(data, "accuracy", at_least=0.3).measurements if "label" in found.slice]


def test_each_loss_ranks_rows_as_the_metric_counts_them():
    data = mltest.Evaluation([1, 1, 0, 0], score=[0.9, 0.2, 0.6, 0.1])
    losses = {name: resolve(name).losses(data) for name in ("accuracy", "recall", "precision", "f1", "roc_auc")}
    nan = np.nan
    expected = {
        "accuracy": [0, 1, 1, 0],
        "recall": [0, 1, nan, nan],
        "precision": [0, nan, 1, nan],
        "f1": [0, 1, 1, nan],
        "roc_auc": [0, 0.5, 0.5, 0],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(losses[name], values)


@pytest.mark.parametrize(
    ("metric", "options", "said"),
    [
        ("log_loss", {}, "of log_loss less is better; ask for neg_log_loss"),
        ("error_rate", {}, "ask for accuracy"),
        ("average_precision", {}, "there is no loss a row to search by"),
        (lambda y, answer: 1.0, {}, "there is no loss a row to search by"),
        ("acuracy", {}, "nearest is 'accuracy'"),
        ("accuracy", {"features": "age"}, "give a list of names"),
        ("accuracy", {"features": []}, "give a list of names"),
        ("accuracy", {"features": ["ag"]}, "nearest is 'age'"),
        ("accuracy", {"at_least": float("nan")}, "must be a finite number"),
        ("rmse", {}, "of rmse less is better"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(metric, options, said):
    with pytest.raises(UsageError) as caught:
        no_weak_slice(clean().evaluation(), metric, **{"at_least": 0.7, **options})
    assert said in str(caught.value)


def test_tables_that_cannot_be_searched():
    y = [0, 1] * 300
    with pytest.raises(UsageError, match="has no table to search"):
        no_weak_slice(mltest.Evaluation(y, prediction=y), "accuracy", at_least=0.7)
    names = pl.DataFrame({"name": [f"n{at}" for at in range(600)]})
    with pytest.raises(UsageError, match="no column of the table can be searched"):
        no_weak_slice(mltest.Evaluation(y, prediction=y, table=names), "accuracy", at_least=0.7)
    with pytest.raises(UsageError, match="more than 50 different values"):
        no_weak_slice(mltest.Evaluation(y, prediction=y, table=names), "accuracy", at_least=0.7, features=["name"])
