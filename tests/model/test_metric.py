from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import mltest
from mltest import checks
from mltest.message import failure_text, measured_text


def evaluation(hits, rows, **options):
    """So many right answers among the positives."""
    return mltest.Evaluation([1] * rows, prediction=[1] * hits + [0] * (rows - hits), positive=1, **options)


def regions(counts, **options):
    """Hits of rows by region, as ``{"north": (80, 100)}``; all rows are positives."""
    prediction = [at < hits for hits, rows in counts.values() for at in range(rows)]
    region = [name for name, (_, rows) in counts.items() for _ in range(rows)]
    table = pl.DataFrame({"region": region, "half": [at % 2 for at in range(len(region))]})
    return mltest.Evaluation([True] * len(region), prediction=prediction, table=table, **options)


@pytest.mark.parametrize(
    ("hits", "verdict", "reason"),
    [(95, "passed", "bound-meets"), (85, "inconclusive", "bound-straddles"), (60, "failed", "bound-misses")],
)
def test_bound_decides(hits, verdict, reason):
    result = checks.metric(evaluation(hits, 100), "recall", at_least=0.8)
    assert (result.verdict, result.reason) == (verdict, reason)


@pytest.mark.parametrize(
    ("demand", "verdict"),
    [
        ({"at_most": 0.95}, "passed"),
        ({"at_most": 0.5}, "failed"),
        ({"between": (0.5, 0.95)}, "passed"),
        ({"between": (0.9, 0.95)}, "failed"),
        ({"between": (0.78, 0.95)}, "inconclusive"),
        ({"at_least": np.float64(0.5)}, "passed"),
    ],
)
def test_every_form_of_demand(demand, verdict):
    assert checks.metric(evaluation(80, 100), "recall", **demand).verdict == verdict


def test_inconclusive_message_is_as_documented():
    with pytest.raises(mltest.Inconclusive) as caught:
        mltest.assert_metric(evaluation(112, 412), "recall", at_least=0.30)
    result = caught.value.result
    assert str(caught.value).startswith("recall 0.272, required at least 0.30\n")
    assert measured_text(result) == (
        "0.272 (one-sided 95 % bounds 0.236 and 0.310; Clopper-Pearson; 112 of 412 positives; n = 412)"
    )
    assert result.because == "these positives show at least 0.236; about 744 positives would settle it"
    assert result.advice == 'add rows, or judge the estimate with decision="point", which the evidence will show'


def test_failed_message_names_the_worst_slice_first():
    result = checks.metric(
        regions({"south": (90, 100), "north": (20, 100), "east": (70, 100)}), "recall", at_least=0.5, by="region"
    )
    assert result.sentence == "recall 0.200 in region=north, required at least 0.50 (n = 100)"
    assert result.because == "region=north: even the upper bound 0.277 misses it"
    assert measured_text(result) == (
        "0.200 in region=north (one-sided 95 % bounds 0.137 and 0.277; Clopper-Pearson; 20 of 100 positives; "
        "p < 0.0001, Holm < 0.0001; n = 100)"
    )
    worst = [line.rpartition(": ")[2] for line in failure_text(result).splitlines() if "region=" in line][-3:]
    assert worst == ["failed (p < 0.0001, Holm < 0.0001)", "passed", "passed"]
    assert [found.slice for found in result.measurements] == ["region=north", "region=east", "region=south"]
    assert result.label == "recall by region"


def test_what_is_known_beside_the_verdict():
    result = checks.metric(evaluation(93, 100), "recall", at_least=0.9)
    assert (result.n_to_settle, result.detectable) == (288, 0.96)
    assert result.measurements[0].n == 100
    assert result.measurements[0].unit == "positives"
    assert result.label == "recall"
    assert "target" in result.inputs
    assert result.severity == "block"


def test_point_decision_is_shown():
    result = checks.metric(evaluation(85, 100), "recall", at_least=0.8, decision="point")
    assert (result.verdict, result.flags, result.n_to_settle) == ("passed", ("no_error_control",), None)
    assert 'decision="point"' in failure_text(result)
    assert checks.metric(evaluation(79, 100), "recall", at_least=0.8, decision="point").verdict == "failed"


def test_a_loss_and_its_score_may_be_demanded_from_either_side():
    y, score = [0, 1] * 100, [0.1, 0.9, 0.2, 0.7] * 50
    holdout = mltest.Evaluation(y, score=score)
    assert checks.metric(holdout, "log_loss", at_most=0.3).verdict == "passed"
    assert checks.metric(holdout, "neg_log_loss", at_least=-0.3).verdict == "passed"
    assert checks.metric(holdout, "log_loss", at_least=0.3).verdict == "failed"
    assert checks.metric(holdout, "roc_auc", at_most=0.5).verdict == "failed"


def test_callable_takes_its_direction_from_the_limit():
    rng = np.random.default_rng(0)
    y = rng.normal(size=200)
    holdout = mltest.Evaluation(y, prediction=y + rng.normal(size=200) / 5)

    def worst(y, prediction):
        return np.quantile(np.abs(y - prediction), 0.9)

    result = checks.metric(holdout, worst, at_most=0.5)
    assert (result.verdict, result.label) == ("passed", "worst")
    assert result.measurements[0].method == "bca"
    assert result.measurements[0].seed == checks.metric(holdout, worst, at_most=0.5).measurements[0].seed


@pytest.mark.parametrize("demand", ["at_least", "at_most"])
def test_one_class_cannot_be_judged_and_is_no_pass(demand):
    holdout = mltest.Evaluation([0] * 40, score=np.linspace(0, 0.4, 40))
    result = checks.metric(holdout, "roc_auc", **{demand: 0.5})
    assert (result.verdict, result.reason) == ("inconclusive", "not-estimable")
    assert result.sentence == f"roc_auc not estimable, required {demand.replace('_', ' ')} 0.50"
    assert "no positives" in result.because


def test_too_few_rows_are_inconclusive_with_the_number_needed():
    result = checks.metric(evaluation(9, 9), "recall", at_least=0.9)
    assert (result.verdict, result.detectable) == ("inconclusive", None)
    result = checks.metric(mltest.Evaluation([0, 1] * 8, score=[0.1, 0.9] * 8), "roc_auc", at_least=0.6)
    assert "needs at least 10" in result.because


def test_weights_and_clusters_reach_the_interval():
    y, prediction = [1] * 400, ([1] * 4 + [0] * 4) * 50  # a whole cluster is right or wrong
    plain, weighted, clustered = (
        checks.metric(mltest.Evaluation(y, prediction=prediction, positive=1, **options), "recall", at_least=0.45)
        for options in ({}, {"weight": [1, 2] * 200}, {"cluster": np.arange(400) // 4})
    )
    assert [result.measurements[0].method for result in (plain, weighted, clustered)] == [
        "clopper_pearson",
        "korn_graubard",
        "korn_graubard",
    ]
    widths = [result.measurements[0].high - result.measurements[0].low for result in (plain, weighted, clustered)]
    assert widths[0] < widths[1] < widths[2]
    assert [result.verdict for result in (plain, weighted, clustered)] == ["passed", "passed", "inconclusive"]
    assert (clustered.measurements[0].n, clustered.measurements[0].unit) == (100, "clusters")


def test_slices_pass_only_together():
    good = regions({"north": (80, 100), "south": (80, 100)})
    assert checks.metric(good, "recall", at_least=0.6, by="region").verdicts == ("passed", "passed")
    unsure = regions({"north": (80, 100), "south": (65, 100)})
    assert checks.metric(unsure, "recall", at_least=0.6, by="region").verdict == "inconclusive"


@pytest.mark.parametrize(
    ("hits", "verdict", "reason"), [(68, "failed", "bound-misses"), (72, "inconclusive", "not-confirmed-after-holm")]
)
def test_one_slice_of_ten_fails_only_after_holm(hits, verdict, reason):
    alone = checks.metric(regions({"r9": (hits, 100)}), "recall", at_least=0.8, by="region")
    assert alone.verdict == "failed"
    counts = {f"r{at}": (95, 100) for at in range(9)} | {"r9": (hits, 100)}
    result = checks.metric(regions(counts), "recall", at_least=0.8, by="region")
    assert (result.verdict, result.reason) == (verdict, reason)


def test_missing_values_are_a_slice_of_their_own():
    counts = {"north": (80, 100), None: (10, 100)}
    result = checks.metric(regions(counts), "recall", at_least=0.6, by="region")
    assert result.verdict == "failed"
    assert [found.slice for found in result.measurements] == ["region=<null>", "region=north"]


def test_several_columns_are_crossed():
    result = checks.metric(
        regions({"north": (100, 100), "south": (100, 100)}), "recall", at_least=0.6, by=["region", "half"]
    )
    assert len(result.measurements) == 4
    assert result.label == "recall by region and half"
    assert {found.n for found in result.measurements} == {50}


def test_declared_slice_without_rows_fails():
    good = regions({"north": (90, 100), "south": (90, 100)})
    declared = {"region": ["north", "south", "east"]}
    result = checks.metric(good, "recall", at_least=0.6, by=declared)
    assert (result.verdict, result.reason) == ("failed", "slice-missing")
    assert result.sentence == "recall has no rows in region=east, required at least 0.60"
    assert [(finding.rule, finding.where) for finding in result.findings] == [("slices", "region=east")]
    assert checks.metric(good, "recall", at_least=0.6, by={"region": ["north", "south"]}).verdict == "passed"


def test_small_slices_decide_nothing_but_are_counted():
    few = regions({"north": (180, 200), "south": (180, 200), "tiny": (0, 20)})
    result = checks.metric(few, "recall", at_least=0.6, by="region")
    assert (result.verdict, result.verdicts) == ("passed", ("passed", "passed", "inconclusive"))
    tiny = result.measurements[-1]
    assert (tiny.slice, "too_small" in tiny.flags) == ("region=tiny", True)
    assert tiny.detail.startswith("20 rows, min_rows is 30")
    assert checks.metric(few, "recall", at_least=0.6, by="region", min_rows=20).verdict == "failed"
    many = regions({"north": (180, 200), **{f"tiny{at}": (20, 20) for at in range(3)}})
    result = checks.metric(many, "recall", at_least=0.6, by="region")
    assert (result.verdict, result.reason) == ("inconclusive", "too-small-slices")
    assert "coarser" in result.advice


def test_slice_in_which_even_perfection_could_not_pass_is_too_small():
    result = checks.metric(regions({"north": (400, 400), "south": (40, 40)}), "recall", at_least=0.95, by="region")
    assert (result.verdict, result.verdicts) == ("passed", ("passed", "inconclusive"))
    assert "even a perfect result could not pass: it needs 59 positives" in result.measurements[1].detail


def test_slice_with_one_class_is_too_small_for_an_area():
    rng = np.random.default_rng(4)
    y = np.r_[rng.integers(0, 2, 500), np.zeros(60, int)]
    score = np.clip(0.5 * y + 0.5 * rng.random(560), 0, 1)
    table = pl.DataFrame({"region": ["north"] * 500 + ["south"] * 60})
    result = checks.metric(mltest.Evaluation(y, score=score, table=table), "roc_auc", at_least=0.7, by="region")
    assert (result.verdict, result.verdicts) == ("passed", ("passed", "inconclusive"))
    assert result.measurements[1].value is None


def test_model_is_asked_once_for_all_slices_and_metrics():
    calls = []
    rng = np.random.default_rng(1)
    table = pl.DataFrame({"x": rng.random(300), "region": ["a", "b", "c"] * 100, "y": rng.integers(0, 2, 300)})

    def model(rows):
        calls.append(len(rows))
        return rows["x"].to_numpy()

    holdout = mltest.evaluate(model, table, "y", features=["x"])
    for name in ("roc_auc", "accuracy"):
        checks.metric(holdout, name, at_least=0.1, by="region")
        checks.metric(holdout, name, at_least=0.1)
    assert calls == [300]


def test_real_model_on_real_rows():
    x, y = load_breast_cancer(return_X_y=True)
    seen = np.arange(len(y)) % 2 == 0
    model = LogisticRegression(max_iter=10_000).fit(x[seen], y[seen])
    holdout = mltest.evaluate(model, x[~seen], y[~seen])
    result = mltest.assert_metric(holdout, "roc_auc", at_least=0.95)
    assert result.sentence.startswith("roc_auc 0.9")
    assert [curve.kind for curve in result.curves] == ["roc"]


@pytest.mark.parametrize(
    ("metric", "options", "said"),
    [
        ("recall", {}, "give exactly one of at_least=, at_most=, between=; got none of them"),
        ("recall", {"at_least": 0.1, "at_most": 0.2}, "got at_least, at_most"),
        ("recall", {"at_least": float("nan")}, "must be a finite number; got nan"),
        ("recall", {"at_least": "0.3"}, "must be a finite number; got '0.3'"),
        ("recall", {"between": (0.9, 0.1)}, "the low end 0.9 lies above the high end 0.1"),
        ("recall", {"at_least": 0.3, "decision": "maybe"}, "allowed are 'interval' and 'point'"),
        ("recal", {"at_least": 0.3}, "no such metric; nearest is 'recall'"),
        ("rmse", {"at_most": 0.3}, "it does not fit a binary target"),
        ("recall", {"at_least": 0.3, "by": "regio"}, "nearest is 'region'"),
        ("recall", {"at_least": 0.3, "by": 3}, "give the name of a column"),
        ("recall", {"at_least": 0.3, "by": []}, "give the name of a column"),
        ("recall", {"at_least": 0.3, "by": {"region": "north"}}, "as a mapping it names one column and its values"),
        ("recall", {"at_least": 0.3, "by": "region", "min_rows": 0}, "must be a whole number of at least 1"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(metric, options, said):
    with pytest.raises(mltest.UsageError) as caught:
        checks.metric(regions({"north": (80, 100)}), metric, **options)
    assert said in str(caught.value)


def test_slices_without_a_table_and_things_that_are_no_evaluation():
    with pytest.raises(mltest.UsageError, match=r"assert_metric\(by='region'\): the evaluation has no table"):
        checks.metric(evaluation(8, 10), "recall", at_least=0.1, by="region")
    with pytest.raises(mltest.UsageError, match=r"assert_metric\(evaluation=\): must be an Evaluation.*got a list"):
        checks.metric([1, 0], "recall", at_least=0.1)
