from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

import mltest
from mltest.data.clean_labels import assert_clean_labels, clean_labels
from mltest.data.clean_labels_joint import confident_joint
from tests.faults.group_faults import CLEAN_LABELS, clean, clean_verdicts, red


def spread(n, k):
    """Numbers evenly spread over the unit cube, the same everywhere."""
    roots = np.sqrt([2, 3, 5, 7, 11, 13, 17, 19, 23, 29][:k])
    return np.modf(np.outer(np.arange(1, n + 1), roots))[0]


def labelled(n, k, sharp, noise):
    u = spread(n, k + 2)
    true = (u[:, 0] * k).astype(int)
    odds = sharp * np.eye(k)[true] + 3 * u[:, 2:]
    proba = np.round(np.exp(odds) / np.exp(odds).sum(1, keepdims=True), 6)
    proba[:, -1] = 1 - proba[:, :-1].sum(1)
    return np.where(u[:, 1] < noise, (true + 1) % k, true), proba


CLEANLAB = "2.9.0"  # cleanlab.count: compute_confident_joint(calibrate=False), get_confident_thresholds
KNOWN = {
    (400, 2, 2.0, 0.05): ([[137, 10], [4, 126]], [0.783154165, 0.797816912], 20),
    (600, 3, 2.0, 0.1): ([[121, 0, 19], [17, 121, 0], [1, 14, 117]], [0.634966152, 0.649737182, 0.656601617], 75),
    (1000, 5, 3.0, 0.08): (
        [[121, 0, 0, 0, 9], [10, 123, 0, 0, 0], [0, 11, 125, 0, 0], [0, 0, 8, 123, 0], [0, 0, 0, 12, 123]],
        [0.68666786, 0.695378935, 0.70056294, 0.704770355, 0.707415394],
        75,
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_confident_joint_is_that_of_cleanlab(case):
    labels, proba = labelled(*case)
    counts, thresholds, errors = KNOWN[case]
    joint = confident_joint(labels, proba)
    assert joint.counts.tolist() == counts
    assert joint.thresholds == pytest.approx(thresholds, rel=1e-7)
    # cleanlab rounds each cell of the calibrated joint to whole rows
    assert joint.estimate.value * len(labels) == pytest.approx(errors, abs=case[1] ** 2 / 2)
    given = np.bincount(labels)
    rates = [sum(row) - row[at] for at, row in enumerate(counts)] / np.sum(counts, axis=1)
    assert joint.estimate.value == pytest.approx(float(given @ rates) / len(labels), rel=1e-12)


def test_of_several_confident_classes_the_likeliest_counts():
    """As published; cleanlab takes the likeliest of all classes, confident or not."""
    proba = np.array([[0.9, 0.05, 0.05], [0.5, 0.3, 0.2], [0.45, 0.35, 0.2], [0.1, 0.2, 0.7], [0.44, 0.3, 0.26]] * 8)
    labels = np.tile([0, 1, 1, 2, 2], 8)
    joint = confident_joint(labels, proba)
    assert joint.thresholds == pytest.approx([0.9, 0.325, 0.48])
    # 0.45, 0.35, 0.2 is confidently of class 1 alone, though class 0 is likelier
    assert joint.counts.tolist() == [[8, 0, 0], [0, 8, 0], [0, 0, 8]]


def test_planted_errors_are_found_and_counted_by_pair():
    holdout = clean().evaluation()
    y = holdout.y.copy()
    y[np.flatnonzero(y == 1)[:150]] = 0
    result = clean_labels(mltest.Evaluation(y, score=holdout.score), error_rate_at_most=0.03)
    assert result.verdict == "failed"
    first = result.findings[0]
    assert (first.rule, first.where, first.what) == ("label_noise", "given 0", "looks like 1")
    assert 100 < first.count < 250
    assert first.rate == pytest.approx(first.count / np.count_nonzero(y == 0))
    with pytest.raises(mltest.CheckFailed, match=r"label_error_rate 0\.0\d+, required at most 0.03"):
        assert_clean_labels(mltest.Evaluation(y, score=holdout.score), error_rate_at_most=0.03)


def test_digits_with_swapped_labels():
    x, y = load_digits(return_X_y=True)
    wrong = spread(len(y), 1)[:, 0] < 0.1
    spoilt = np.where(wrong, (y + 1) % 10, y)
    model = KNeighborsClassifier(n_neighbors=15)
    verdicts = []
    for labels in (y, spoilt):
        score = cross_val_predict(model, x / 16, labels, cv=3, method="predict_proba")
        verdicts.append(clean_labels(mltest.Evaluation(labels.astype(str), score=score), error_rate_at_most=0.06))
    assert [result.verdict for result in verdicts] == ["passed", "failed"]
    assert verdicts[1].measurements[0].value == pytest.approx(0.1, abs=0.03)
    assert verdicts[1].findings_total >= 10
    assert {(f.where, f.what) for f in verdicts[1].findings[:8]} <= {
        (f"given {(k + 1) % 10}", f"looks like {k}") for k in range(10)
    }


def test_labels_of_text_are_named():
    labels, proba = labelled(600, 3, 2.0, 0.1)
    named = np.array(["ant", "bee", "cow"])[labels]
    result = clean_labels(mltest.Evaluation(named, score=proba), error_rate_at_most=0.5)
    assert {finding.where for finding in result.findings} <= {"given ant", "given bee", "given cow"}
    yes = np.array(["no", "yes"])[(labels == 0).astype(int)]
    result = clean_labels(mltest.Evaluation(yes, score=proba[:, 0], positive="yes"), error_rate_at_most=0.5)
    assert {(f.where, f.what) for f in result.findings} == {
        ("given yes", "looks like no"),
        ("given no", "looks like yes"),
    }


def test_few_rows_cannot_tell():
    score = np.tile([0.02, 0.97], 50)
    result = clean_labels(mltest.Evaluation((score > 0.5).astype(int), score=score), error_rate_at_most=0.01)
    assert (result.verdict, result.measurements[0].value) == ("inconclusive", 0.0)
    assert result.measurements[0].high == pytest.approx(1 - 0.05 ** (1 / result.measurements[0].n_effective))
    short = mltest.Evaluation([0, 1] * 10, score=[0.1, 0.9] * 10)
    assert "an interval needs at least 30" in clean_labels(short, error_rate_at_most=0.5).because


def test_rare_classes_cannot_be_told():
    n = 120
    labels = np.r_[np.zeros(60, int), np.arange(60) // 5 + 1]
    proba = 0.9 * np.eye(13)[labels] + 0.1 / 13
    result = clean_labels(
        mltest.Evaluation(labels.astype(str), score=proba / proba.sum(1, keepdims=True)), error_rate_at_most=0.5
    )
    assert (result.verdict, result.reason) == ("inconclusive", "too-small-classes")
    assert f"60 of {n} rows" in result.because


def test_weights_clusters_and_copies():
    labels, proba = labelled(600, 3, 2.0, 0.1)
    plain = confident_joint(labels, proba).estimate
    copies = np.repeat(np.arange(600), 3)
    clustered = confident_joint(labels[copies], proba[copies], cluster=copies).estimate
    assert clustered.value == pytest.approx(plain.value)
    assert clustered.n_effective == pytest.approx(plain.n_effective, rel=0.01)
    assert confident_joint(labels, proba, np.full(600, 2.0)).estimate == plain
    weight = 1.0 + np.arange(600) % 2
    doubled = np.repeat(np.arange(600), weight.astype(int))
    assert confident_joint(labels, proba, weight).estimate.value == pytest.approx(
        confident_joint(labels[doubled], proba[doubled]).estimate.value
    )
    few = confident_joint(labels, proba, cluster=np.arange(600) % 4).estimate
    assert few.flags == ("too_few_groups",)


def test_a_class_without_labels_attracts_no_row():
    labels, proba = labelled(600, 3, 2.0, 0.0)
    joint = confident_joint(labels[labels < 2], proba[labels < 2])
    assert joint.thresholds[2] == math.inf
    assert joint.counts[:, 2].sum() == 0


def test_bounds_cover_the_same_estimate_on_very_many_rows():
    """300 draws of 400 rows; 4 standard errors of the simulation on top of the 7 % measured."""

    def drawn(n, seed):
        rng = np.random.default_rng(seed)
        true = rng.integers(0, 2, n)
        odds = 3 * (2 * true - 1) + 1.2 * rng.normal(size=n)
        score = 0.05 + 0.9 / (1 + np.exp(-odds))
        labels = np.where(rng.random(n) < 0.05, 1 - true, true)
        return confident_joint(labels, np.column_stack([1 - score, score])).estimate

    target, runs = drawn(400_000, 0).value, 300
    found = [drawn(400, seed) for seed in range(1, runs + 1)]
    most = 0.07 + 4 * math.sqrt(0.05 * 0.95 / runs)
    assert np.mean([each.low > target for each in found]) <= most
    assert np.mean([each.high < target for each in found]) <= most


def test_point_decision_is_shown():
    labels, proba = labelled(600, 3, 2.0, 0.1)
    result = clean_labels(mltest.Evaluation(labels.astype(str), score=proba), error_rate_at_most=0.13, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


@pytest.mark.parametrize("most", [0, 1, -0.1, math.nan, "0.1", None])
def test_limit_is_checked(most):
    with pytest.raises(mltest.UsageError, match="error_rate_at_most"):
        clean_labels(mltest.Evaluation([0, 1], score=[0.1, 0.9]), error_rate_at_most=most)


def test_wrong_inputs():
    with pytest.raises(mltest.UsageError, match="gives no probabilities; give out-of-sample ones"):
        clean_labels(mltest.Evaluation([0, 1], prediction=[0, 1]), error_rate_at_most=0.1)
    with pytest.raises(mltest.UsageError, match="needs probabilities"):
        clean_labels(mltest.Evaluation([0, 1], score=[-3.0, 2.0]), error_rate_at_most=0.1)
    with pytest.raises(mltest.UsageError, match="is a number"):
        clean_labels(mltest.Evaluation([0.5, 1.5], prediction=[0.1, 1.2]), error_rate_at_most=0.1)


def test_faults_and_clean_twin():
    assert clean_verdicts() == {"passed"}
    assert red("mislabelled") == {CLEAN_LABELS}
