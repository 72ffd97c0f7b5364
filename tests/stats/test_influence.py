from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from mltest.errors import UsageError
from mltest.stats import influence
from mltest.stats.confusion import MEASURES, confusion_influence
from mltest.stats.scale import SCALES

CONFUSION = np.array([[50, 5, 2], [4, 30, 6], [1, 3, 19]])

SCIKIT = {
    "mcc": metrics.matthews_corrcoef,
    "macro_f1": lambda y, p, **more: metrics.f1_score(y, p, average="macro", **more),
    "weighted_f1": lambda y, p, **more: metrics.f1_score(y, p, average="weighted", **more),
    "macro_precision": lambda y, p, **more: metrics.precision_score(y, p, average="macro", **more),
    "weighted_precision": lambda y, p, **more: metrics.precision_score(y, p, average="weighted", **more),
    "macro_jaccard": lambda y, p, **more: metrics.jaccard_score(y, p, average="macro", **more),
    "weighted_jaccard": lambda y, p, **more: metrics.jaccard_score(y, p, average="weighted", **more),
    "macro_recall": metrics.balanced_accuracy_score,
}

labels = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


def expanded(table):
    """Labels and predictions with this confusion table."""
    table = np.asarray(table)
    rows, columns = np.indices(table.shape)
    return np.repeat(rows.ravel(), table.ravel()), np.repeat(columns.ravel(), table.ravel())


def triple(estimate):
    return estimate.value, estimate.low, estimate.high


@pytest.mark.parametrize(
    ("counts", "se", "expected"),
    [
        ((90, 10, 20, 80), 0.0495001028, (0.703526471, 0.612577400, 0.776089464)),
        ((6, 1, 2, 3), 0.257142857, (0.478091444, -0.0277701122, 0.789005608)),
    ],
)
def test_mcc_known_answers(counts, se, expected):
    tp, fp, fn, tn = counts
    estimate = influence.mcc(*expanded([[tn, fp], [fn, tp]]))
    assert triple(estimate) == pytest.approx(expected, rel=1e-6)
    assert estimate.se / SCALES["fisher"].slope(estimate.value) == pytest.approx(se, rel=1e-6)
    assert (estimate.df, estimate.method) == (None, "mcc_fisher")


def test_macro_f1_known_answer():
    estimate = influence.macro_f1(*expanded(CONFUSION))
    assert triple(estimate) == pytest.approx((0.807362637, 0.735836116, 0.863124735), rel=1e-6)
    assert estimate.se / SCALES["logit"].slope(estimate.value) == pytest.approx(0.0383272011, rel=1e-6)
    assert estimate.df == 119.0


def test_balanced_accuracy_known_answer_and_its_weighted_form():
    y, p = expanded([[90, 10], [10, 30]])
    estimate = influence.balanced_accuracy(y, p)
    assert triple(estimate) == pytest.approx((0.825, 0.755157375, 0.876075433), rel=1e-6)
    grouped = influence.macro_recall(y, p, groups=np.arange(140))
    assert grouped.method == "influence_logit"
    assert triple(grouped) == pytest.approx(triple(estimate), abs=0.01)


@pytest.mark.parametrize("name", SCIKIT)
def test_values_and_weights_match_scikit_learn(name):
    y, p = expanded(CONFUSION)
    weight = np.random.default_rng(0).integers(0, 4, len(y))
    for options in ({}, {"sample_weight": weight}):
        estimate = getattr(influence, name)(y, p, **options)
        assert estimate.value == pytest.approx(SCIKIT[name](y, p, **options), rel=1e-12)
        assert estimate.low < estimate.value < estimate.high
    scaled = getattr(influence, name)(y, p, weight * 0.37)
    assert triple(scaled) == pytest.approx(triple(getattr(influence, name)(y, p, weight)), rel=1e-9)


@pytest.mark.parametrize("name", SCIKIT)
def test_influence_is_the_derivative_in_the_weights(name):
    y, p = expanded(CONFUSION)
    weight = np.random.default_rng(1).random(len(y)) + 0.5
    found = confusion_influence(name, y, p, weight)
    for row in range(0, len(y), 7):
        more = weight.copy()
        more[row] += 1e-6 * weight.sum()
        slope = (SCIKIT[name](y, p, sample_weight=more) - found.value) / 1e-6
        assert found.phi[row] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize("name", sorted(MEASURES))
def test_the_error_is_that_of_a_bootstrap(name):
    y, p = expanded([[60, 20], [15, 45]])
    found = confusion_influence(name, y, p)
    rng = np.random.default_rng(2)
    draws = rng.integers(0, len(y), (1500, len(y)))
    values = [confusion_influence(name, y[rows], p[rows]).value for rows in draws]
    assert np.sqrt((found.phi**2).sum()) / len(y) == pytest.approx(np.std(values), rel=0.08)


def test_fbeta():
    y, p = expanded([[60, 20], [15, 45]])
    for beta in (0.5, 1.0, 2.0):
        estimate = influence.fbeta(y, p, beta)
        assert estimate.value == pytest.approx(metrics.fbeta_score(y, p, beta=beta), rel=1e-12)
        assert estimate.low < estimate.value < estimate.high
    for beta in (0, -1, np.nan, np.inf):
        with pytest.raises(UsageError, match="beta must be positive and finite"):
            influence.fbeta(y, p, beta)


def test_undefined_metrics_say_why():
    ones, zeros = np.ones(30, int), np.zeros(30, int)
    half = np.arange(30) % 2
    assert influence.mcc(half, ones).detail == "all labels or all predictions are one class"
    assert influence.mcc(ones, ones).value is None
    assert influence.macro_precision(half, ones).detail == "class 0 is never predicted"
    assert influence.fbeta(zeros, zeros, 2).value is None
    assert influence.macro_f1([], []).detail == "no rows"
    assert influence.mcc([], []).value is None
    assert influence.macro_recall([], []).value is None
    absent = influence.macro_recall(["a", "b"] * 10, ["a", "b"] * 10, classes=["a", "b", "c"])
    assert (absent.value, absent.flags, absent.detail) == (
        None,
        ("class_absent",),
        "class 'c' is not among the labels",
    )


def test_intervals_that_cannot_be_had():
    y, p = expanded([[60, 20], [15, 45]])
    few = influence.mcc(y[::20], p[::20])
    assert (few.low, few.flags, few.detail) == (None, ("too_few_rows",), "7 rows; an interval needs at least 10")
    groups = influence.macro_f1(y, p, groups=np.arange(140) % 4)
    assert (groups.low, groups.flags) == (None, ("too_few_groups",))
    perfect = influence.mcc(y, y)
    assert (perfect.value, perfect.low, perfect.flags) == (1.0, None, ("zero_variance",))
    assert influence.mcc(y, 1 - y).low is None
    assert influence.fbeta(y, 1 - y, 2).low is None


def test_all_right_is_bounded_by_the_rarest_class():
    y = np.repeat(["a", "b", "c"], [50, 30, 12])
    for metric in (influence.macro_f1, influence.weighted_f1, influence.macro_precision):
        estimate = metric(y, y)
        assert triple(estimate) == pytest.approx((1, 0.05 ** (1 / 12), 1), rel=1e-9)
        assert (estimate.flags, estimate.detail) == (("perfect",), "all 92 rows right, 12 of the rarest class")
    assert influence.fbeta(np.arange(40) < 15, np.arange(40) < 15, 2).low == pytest.approx(0.05 ** (1 / 15))


def test_a_class_of_weight_zero_is_as_if_absent():
    y, p = expanded([[60, 20], [15, 45]])
    more = influence.macro_precision([*y, 7], [*p, 0], [*np.ones(140), 0])
    assert triple(more) == triple(influence.macro_precision(y, p))


def test_labels_of_any_kind_give_the_same():
    y, p = expanded(CONFUSION)
    expected = triple(influence.macro_f1(y, p))
    names = np.array(["no", "maybe", "certainly"])
    mixed = np.array(["no", 1, None], dtype=object)
    big = np.array([-(10**12), 0, 10**15])
    for kind in (names, names.astype(object), mixed, big, np.array([0.5, 1.5, 2.5])):
        assert triple(influence.macro_f1(kind[y], kind[p])) == pytest.approx(expected, rel=1e-12)
    assert influence.macro_precision(names[y], np.where(p == 1, "no", names[p])).detail == (
        "class 'maybe' is never predicted"
    )
    with pytest.raises(UsageError, match="is this a regression"):
        influence.macro_f1(np.arange(3000.0), np.arange(3000.0))
    with pytest.raises(UsageError, match="y_pred must be finite numbers; 1 of 2 are not, first nan at index 1"):
        influence.mcc([1.0, 0.0], [1.0, np.nan])
    with pytest.raises(UsageError, match="both must be one column"):
        influence.mcc([1, 0], [1])


def test_paired():
    y, p = expanded([[60, 20], [15, 45]])
    q = np.where(np.arange(140) % 11 == 0, 1 - p, p)
    for name in MEASURES:
        forth, back = (influence.paired_confusion(name, y, a, b) for a, b in ((p, q), (q, p)))
        assert triple(forth) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
        same = influence.paired_confusion(name, y, p, p)
        assert (triple(same), same.flags) == ((0, 0, 0), ("identical",))
    undefined = influence.paired_confusion("mcc", y, p, np.ones(140, int))
    assert undefined.value is None


@given(labels)
def test_values_on_any_table(pairs):
    y, p = map(np.array, zip(*pairs, strict=True))
    found = influence.macro_f1(y, p)
    assert found.value == pytest.approx(metrics.f1_score(y, p, average="macro"), abs=1e-12)
    if found.low is not None:
        assert 0 <= found.low <= found.value <= found.high <= 1
    correlation = influence.mcc(y, p)
    expected = metrics.matthews_corrcoef(y, p) if min(len(set(y)), len(set(p))) > 1 else None
    assert correlation.value == (None if expected is None else pytest.approx(expected, abs=1e-12))
    recall = influence.macro_recall(y, p)
    assert recall.value == pytest.approx(np.mean([(p[y == k] == k).mean() for k in set(y)]), abs=1e-12)


@given(labels, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(pairs, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    y, p = map(np.array, zip(*pairs, strict=True))
    v, q = map(np.array, zip(*shuffled, strict=True))
    for metric in (influence.mcc, influence.macro_f1, influence.weighted_f1):
        first, second = triple(metric(y, p)), triple(metric(v, q))
        assert (first[1] is None) == (second[1] is None)
        if first[1] is not None:
            assert first == pytest.approx(second, rel=1e-12, abs=1e-12)
