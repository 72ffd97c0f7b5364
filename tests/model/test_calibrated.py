from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.model.calibrated import assert_calibrated, calibrated
from mltest.stats.calibration import corp
from mltest.stats.calibration_chance import calibration
from tests.faults.group_faults import CALIBRATED, clean_verdicts, red


def stated(n, *, tilt=1.0, seed=0, **told):
    """Probabilities that are too extreme where `tilt` is above 1."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(-0.3, 1.2, n)
    true, said = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-tilt * odds))
    return mltest.Evaluation((rng.random(n) < true).astype(int), score=said, **told)


def test_calibrated_passes_and_overconfident_fails():
    result = assert_calibrated(stated(2000), error_at_most=0.05)
    assert (result.verdict, result.reason) == ("passed", "bound-meets")
    assert result.because == f"the upper bound {result.measurements[0].high:.3f} meets it"
    with pytest.raises(mltest.CheckFailed, match=r"calibration_error 0\.1\d\d, required at most 0.05") as caught:
        assert_calibrated(stated(2000, tilt=3), error_at_most=0.05)
    result = caught.value.result
    assert (result.verdict, result.reason) == ("failed", "bound-misses")
    assert "CalibratedClassifierCV" in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 25


def test_measurement_tells_slope_parts_and_ece():
    holdout = stated(1500, tilt=2)
    found = calibrated(holdout, error_at_most=0.05).measurements[0]
    assert found.method == "consistency_resampling"
    assert found.seed is not None
    slope = float(found.detail.partition("slope ")[2].split()[0])
    assert slope == pytest.approx(0.5, abs=0.1)
    parts = corp(holdout.score, holdout.truth)
    assert f"Brier {parts.score:.3f} = MCB {parts.miscalibration:.3f}" in found.detail
    assert "in the large" in found.detail
    assert "ECE" in found.detail
    assert 0 < found.low < found.value


def test_curves_hold_the_band():
    curves = calibrated(stated(2000, tilt=3), error_at_most=0.05).curves
    assert [(curve.kind, curve.label) for curve in curves] == [
        ("calibration", f"given predictions{what}") for what in ("", " low", " high")
    ]
    line, low, high = (np.array(curve.y) for curve in curves)
    assert len(line) <= 40
    assert (low <= high).all()
    assert ((line < low) | (line > high)).mean() > 0.5
    assert all(curve.x == curves[0].x for curve in curves)
    good = calibrated(stated(2000), error_at_most=0.05).curves
    line, low, high = (np.array(curve.y) for curve in good)
    assert ((line < low) | (line > high)).mean() < 0.2


def test_too_few_rows_to_see_the_error():
    result = calibrated(stated(150), error_at_most=0.01)
    assert (result.verdict, result.reason, result.detectable) == ("inconclusive", "bound-straddles", None)
    assert result.n_to_settle > 150


def test_the_rows_that_would_settle_it_are_about_as_many():
    """What was told of 300 rows: with half as many as that it is not decided, with twice as many it is."""
    needed = np.median([calibrated(stated(300, seed=at), error_at_most=0.05).n_to_settle or 300 for at in range(9)])
    words = [
        [calibrated(stated(int(share * needed), seed=at), error_at_most=0.05).verdict for at in range(20, 29)]
        for share in (0.5, 2)
    ]
    assert [word.count("passed") > 4 for word in words] == [False, True]


def test_the_largest_error_that_would_have_passed_is_below_the_limit():
    found = [calibrated(stated(1500, tilt=tilt), error_at_most=0.08) for tilt in (1.0, 1.6)]
    for result in found:
        assert 0 < result.detectable < 0.08
        assert (result.measurements[0].value <= result.detectable) is (result.verdict == "passed")


@pytest.mark.parametrize(
    ("holdout", "reason"),
    [
        (stated(99), "99 rows; calibration needs at least 100"),
        (mltest.Evaluation([0] * 200, score=np.linspace(0, 0.5, 200)), "all rows are of one class"),
        (mltest.Evaluation([0, 1] * 100, score=[0.5] * 200), "the stated probability is 0.5 everywhere"),
    ],
)
def test_what_cannot_be_judged_is_inconclusive(holdout, reason):
    result = calibrated(holdout, error_at_most=0.05)
    assert result.verdict == "inconclusive"
    assert reason in result.because


def grouped(tilts, n=1500):
    parts = [stated(n, tilt=tilt, seed=at) for at, tilt in enumerate(tilts)]
    table = pl.DataFrame({"region": np.repeat([f"r{at}" for at in range(len(tilts))], n)})
    y, score = (np.concatenate([getattr(part, name) for part in parts]) for name in ("y", "score"))
    return mltest.Evaluation(y, score=score, table=table)


def test_group_that_the_whole_hides():
    holdout = grouped([0.85, 0.85, 0.85, 2.5], n=3000)
    result = calibrated(holdout, error_at_most=0.06, by="region")
    words = dict(zip((found.slice for found in result.measurements), result.verdicts, strict=True))
    assert words["region=r3"] == result.verdict == "failed"
    assert words["region=r0"] == "passed"
    assert "in region=r3" in result.sentence
    assert [(finding.rule, finding.where) for finding in result.findings] == [("groups", "region=r3")]
    assert "failed (p " in result.findings[0].what
    missed = next(found for found in result.measurements if found.slice == "region=r3")
    assert missed.p_adjusted == pytest.approx(4 * missed.p)
    assert [found.p for found in result.measurements].count(None) == 3
    assert calibrated(holdout, error_at_most=0.06).verdict == "passed"


def test_small_groups_decide_nothing_unless_they_are_many():
    holdout = grouped([1.0, 1.0], n=1000)
    few = holdout.take(np.arange(1050))
    result = calibrated(few, error_at_most=0.08, by="region")
    assert (result.verdict, result.verdicts) == ("passed", ("passed", "inconclusive"))
    assert result.measurements[1].flags == ("too_small",)
    many = holdout.take(np.r_[0:300, 1000:1090])
    assert calibrated(many, error_at_most=0.2, by="region").reason == "too-small-slices"


def classes(n, wrong, seed=0):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([2, 2, 2], n)
    y = np.array([rng.choice(3, p=row) for row in p])
    if wrong:
        p = np.column_stack([p[:, 0], p[:, 1] + 0.5 * p[:, 2], 0.5 * p[:, 2]])
    return mltest.Evaluation(np.array(["a", "b", "c"])[y], score=p)


def test_each_class_against_the_others():
    good = calibrated(classes(1500, wrong=False), error_at_most=0.05)
    assert (good.verdict, len(good.measurements)) == ("passed", 3)
    result = calibrated(classes(1500, wrong=True), error_at_most=0.05)
    words = dict(zip((found.slice for found in result.measurements), result.verdicts, strict=True))
    assert words == {"class=a": "passed", "class=b": "failed", "class=c": "failed"}
    assert len(result.curves) == 9


def test_weights_that_leave_only_the_calibrated_rows():
    holdout = grouped([1.0, 4.0], n=800)
    weighted = mltest.Evaluation(holdout.y, score=holdout.score, weight=np.repeat([1.0, 0.0], 800))
    assert calibrated(weighted, error_at_most=0.06).verdict == "passed"
    assert calibrated(weighted, error_at_most=0.06).measurements[0].n == 800
    assert calibrated(holdout, error_at_most=0.06).verdict == "failed"


def test_clusters_are_flagged():
    clustered = stated(600, cluster=np.arange(600) // 3)
    assert calibrated(clustered, error_at_most=0.08).measurements[0].flags == ("independent_resampling",)


def test_point_decision_is_shown():
    result = calibrated(stated(150), error_at_most=0.1, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


@pytest.mark.parametrize("most", [0, 1.5, -0.1, math.nan, "0.1", None])
def test_limit_is_checked(most):
    with pytest.raises(mltest.UsageError, match="error_at_most"):
        calibrated(stated(200), error_at_most=most)


def test_wrong_inputs():
    with pytest.raises(mltest.UsageError, match="needs probabilities"):
        calibrated(mltest.Evaluation([0, 1] * 60, score=[-2.0, 3.0] * 60), error_at_most=0.05)
    with pytest.raises(mltest.UsageError, match="gives no probabilities"):
        calibrated(mltest.Evaluation([0, 1] * 60, prediction=[0, 1] * 60), error_at_most=0.05)
    with pytest.raises(mltest.UsageError, match="is a number"):
        calibrated(mltest.Evaluation([0.5, 1.5], prediction=[0.1, 1.2]), error_at_most=0.05)
    with pytest.raises(mltest.UsageError, match="no table with the groups"):
        calibrated(stated(200), error_at_most=0.05, by="region")
    with pytest.raises(mltest.UsageError, match="name of a column"):
        calibrated(stated(200), error_at_most=0.05, by=3)


def test_faults_and_clean_twin():
    assert clean_verdicts() == {"passed"}
    assert red("shrunk_to_the_middle") == {CALIBRATED}


def test_a_model_on_the_limit_passes_rarely():
    """A small form of the simulation of decision 0006: at most 5 % of 80 runs, and twice their binomial error."""
    odds = np.random.default_rng(3).normal(-0.3, 1.2, (80, 600))
    true, said = 1 / (1 + np.exp(-odds)), 1 / (1 + np.exp(-1.55 * odds))
    limit = float(np.sqrt(np.mean((said - true) ** 2)))
    hits = np.random.default_rng(4).random(true.shape) < true
    passed = sum(calibration(p, y, seed=1, resamples=99).high <= limit for p, y in zip(said, hits, strict=True))
    assert passed <= 80 * 0.05 + 2 * math.sqrt(80 * 0.05 * 0.95)
