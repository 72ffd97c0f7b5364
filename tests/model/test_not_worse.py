from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mltest
from mltest import checks
from mltest.message import failure_text
from mltest.metrics.registry import names, resolve

RNG = np.random.default_rng(6)
Y = RNG.integers(0, 2, 600)
SCORE = np.clip(0.4 * Y + 0.6 * RNG.random(600), 0, 1)
WORSE = np.clip(SCORE + RNG.normal(0, 0.4, 600), 0, 1)
NUMBERS = RNG.normal(5, 1, 600)
REGION = np.where(np.arange(600) % 3 == 0, "north", "south")
OF_ONE_LABEL = [name for name in names() if resolve(name).tasks != ("multilabel",)]


def sides(name, *, better=False):
    """Candidate and baseline; the candidate is the worse one unless it is to be better."""
    queries = resolve(name).unit == "queries"
    if "regression" in resolve(name).tasks and not queries:
        near, far = (mltest.Evaluation(NUMBERS, prediction=NUMBERS + by * (SCORE - 0.4)) for by in (1, 3))
        return (near, far) if better else (far, near)
    cluster = np.arange(600) // 10 if queries else None
    good, bad = (mltest.Evaluation(Y, score=score, cluster=cluster) for score in (SCORE, WORSE))
    return (good, bad) if better else (bad, good)


@pytest.mark.parametrize("name", OF_ONE_LABEL)
def test_worse_candidate_fails_and_better_one_passes_for_every_metric(name):
    assert checks.not_worse(*sides(name), name, margin=0.001).verdict == "failed"
    assert checks.not_worse(*sides(name, better=True), name, margin=0.001).verdict == "passed"


@pytest.mark.parametrize("name", OF_ONE_LABEL)
def test_same_answers_pass_or_ask_for_rows_but_never_fail(name):
    candidate, _ = sides(name)
    result = checks.not_worse(candidate, candidate, name, margin=0.05)
    assert result.verdict == "passed"
    assert "equals baseline" in result.sentence


def counted(gained, lost, rows, **options):
    y = [1] * rows
    old = [1] * (rows - gained) + [0] * gained
    new = [0] * lost + [1] * (rows - lost)
    return (
        mltest.Evaluation(y, prediction=new, positive=1, **options),
        mltest.Evaluation(y, prediction=old, positive=1, **options),
    )


def test_known_interval_of_right_and_wrong():
    result = checks.not_worse(*counted(12, 2, 50), "accuracy", margin=0.01)
    found = result.measurements[0]
    assert (found.value, found.low, found.high) == pytest.approx((0.2, 0.0854743825, 0.320413386), rel=1e-6)
    assert found.method == "tango"
    assert result.verdict == "passed"


def test_the_difference_comes_first_then_both_values():
    result = checks.not_worse(*counted(12, 2, 50), "accuracy", margin=0.01)
    assert [found.name for found in result.measurements] == [
        "accuracy difference",
        "accuracy of candidate",
        "accuracy of baseline",
    ]
    assert [found.value for found in result.measurements[1:]] == pytest.approx([0.96, 0.76])
    assert result.verdicts == ("passed", "not_applicable", "not_applicable")
    assert (result.requirement.limit, result.requirement.margin) == (-0.01, 0.01)
    loss = checks.not_worse(*counted(12, 2, 50), "error_rate", margin=0.01)
    assert (loss.requirement.limit, loss.verdict) == (0.01, "passed")
    assert loss.measurements[0].value == pytest.approx(-0.2)


def test_failure_message():
    with pytest.raises(mltest.CheckFailed) as caught:
        mltest.assert_not_worse(*counted(5, 45, 200), "accuracy", margin=0.02)
    result = caught.value.result
    first = "accuracy of candidate is 0.200 below baseline, required no worse by more than 0.02"
    assert str(caught.value).splitlines()[0] == first
    assert result.because == "even the upper bound -0.148 misses it"
    assert result.measurements[0].detail == (
        "candidate 0.775, baseline 0.975; candidate alone right 5, baseline alone right 45, of 200"
    )


def test_models_are_called_by_their_own_names():
    def candidate(rows):
        return rows["x"].to_numpy()

    def production(rows):
        return 1 - rows["x"].to_numpy()

    table = pl.DataFrame({"x": SCORE, "y": Y})
    new, old = (mltest.evaluate(model, table, "y") for model in (candidate, production))
    result = checks.not_worse(new, old, "roc_auc", margin=0.01)
    assert " of candidate is " in result.sentence
    assert " above production" in result.sentence
    assert [curve.label for curve in result.curves] == ["candidate", "production"]


@pytest.mark.parametrize(
    ("baseline", "where"),
    [
        (mltest.Evaluation(Y[:-1], score=SCORE[:-1]), "rows"),
        (mltest.Evaluation(np.roll(Y, 1), score=SCORE), "labels"),
        (mltest.Evaluation(Y, score=SCORE, positive=0), "positive class"),
        (mltest.Evaluation(Y, score=SCORE, weight=1.0 + Y), "weights"),
        (mltest.Evaluation(Y, score=SCORE, cluster=np.arange(600) // 2), "clusters"),
        (mltest.Evaluation(Y, score=SCORE, table=pl.DataFrame({"x": REGION[::-1]})), "table"),
    ],
)
def test_what_cannot_be_compared_fails_and_says_why(baseline, where):
    candidate = mltest.Evaluation(Y, score=SCORE, table=pl.DataFrame({"x": REGION}))
    result = checks.not_worse(candidate, baseline, "roc_auc", margin=0.01)
    assert (result.verdict, result.reason) == ("failed", "not-comparable")
    assert [(finding.rule, finding.where) for finding in result.findings] == [("comparable", where)]
    assert result.measurements == ()
    assert "cannot be compared" in result.sentence


def test_incomparable_message_shows_the_first_label_that_differs():
    candidate, baseline = mltest.Evaluation(Y, score=SCORE), mltest.Evaluation(1 - Y, score=SCORE)
    text = failure_text(checks.not_worse(candidate, baseline, "roc_auc", margin=0.01))
    assert text.splitlines()[0] == "roc_auc of candidate and baseline cannot be compared, their rows differ"
    assert f"labels: they differ, first in row 0: {Y[0]} and {1 - Y[0]}" in text
    assert "mltest.evaluate(model, test, target)" in text


def test_weights_and_clusters_change_the_method():
    options = {"weight": 1.0 + np.arange(200) % 3, "cluster": np.arange(200) // 2}
    result = checks.not_worse(*counted(30, 10, 200, **options), "accuracy", margin=0.05)
    assert result.measurements[0].method == "hall_t_paired"
    assert result.measurements[0].unit == "clusters"


def test_every_slice_is_compared():
    table = pl.DataFrame({"region": REGION})
    score = np.where(REGION == "north", WORSE, SCORE)
    candidate, baseline = mltest.Evaluation(Y, score=score, table=table), mltest.Evaluation(Y, score=SCORE, table=table)
    result = checks.not_worse(candidate, baseline, "roc_auc", margin=0.03, by="region")
    assert (result.verdict, result.label) == ("failed", "roc_auc by region")
    assert [found.slice for found in result.measurements[:2]] == ["region=north", "region=south"]
    assert result.verdicts[:2] == ("failed", "passed")
    assert "in region=north" in result.sentence
    assert result.curves == ()


def test_small_slices_decide_nothing():
    region = np.where(np.arange(600) < 20, "tiny", "large")
    table = pl.DataFrame({"region": region})
    score = np.where(region == "tiny", 1 - SCORE, SCORE)
    candidate, baseline = mltest.Evaluation(Y, score=score, table=table), mltest.Evaluation(Y, score=SCORE, table=table)
    result = checks.not_worse(candidate, baseline, "accuracy", margin=0.03, by="region")
    assert result.verdicts[:2] == ("passed", "inconclusive")
    assert result.verdict == "passed"
    assert checks.not_worse(candidate, baseline, "accuracy", margin=0.03, by="region", min_rows=10).verdict == "failed"


def test_callable_needs_a_direction_and_is_compared_by_resampling():
    y = NUMBERS[:100]
    near, far = mltest.Evaluation(y, prediction=y + 0.01), mltest.Evaluation(y, prediction=y + SCORE[:100])

    def worst(y, prediction):
        return np.quantile(np.abs(y - prediction), 0.9)

    with pytest.raises(mltest.UsageError, match=r"say which way a callable is better"):
        checks.not_worse(near, far, worst, margin=0.1)
    result = checks.not_worse(near, far, worst, margin=0.1, higher_is_better=False)
    assert (result.verdict, result.measurements[0].method) == ("passed", "bca")
    assert checks.not_worse(far, near, worst, margin=0.1, higher_is_better=False).verdict == "failed"


def test_point_decision_is_shown():
    result = checks.not_worse(*counted(5, 6, 60), "accuracy", margin=0.02, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


@pytest.mark.parametrize("margin", [0, -0.01, float("nan"), None, "0.1"])
def test_margin_must_be_above_zero(margin):
    with pytest.raises(mltest.UsageError, match="margin"):
        checks.not_worse(*counted(5, 6, 60), "accuracy", margin=margin)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"by": "region"}, "has no table to slice"),
        ({"decision": "maybe"}, "allowed are 'interval' and 'point'"),
        ({"min_rows": 0, "by": "region"}, "must be a whole number"),
    ],
)
def test_wrong_arguments(options, said):
    with pytest.raises(mltest.UsageError, match=said):
        checks.not_worse(*counted(5, 6, 60), "accuracy", margin=0.1, **options)


def test_metric_that_does_not_fit_and_things_that_are_no_evaluation():
    with pytest.raises(mltest.UsageError, match="does not fit a binary target"):
        checks.not_worse(*counted(5, 6, 60), "rmse", margin=0.1)
    with pytest.raises(mltest.UsageError, match=r"assert_not_worse\(baseline=\): must be an Evaluation"):
        checks.not_worse(counted(5, 6, 60)[0], "production", "rmse", margin=0.1)
