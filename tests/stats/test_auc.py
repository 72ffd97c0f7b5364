from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score, roc_curve

from mltest.errors import UsageError
from mltest.stats.auc import auc_influence, delong, delong_paired, macro_ovr, roc_curve_points
from mltest.stats.delta import standard_error
from mltest.stats.ranking import rank
from mltest.stats.scale import SCALES

POSITIVES = [0.95, 0.9, 0.85, 0.8, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.3]
NEGATIVES = [0.7, 0.6, 0.55, 0.5, 0.45, 0.4, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05]
SCORE = np.array(POSITIVES + NEGATIVES)
TRUTH = np.arange(26) < 12
OTHER_POSITIVES = [0.93, 0.86, 0.95, 0.73, 0.87, 0.65, 0.74, 0.67, 0.61, 0.54, 0.48, 0.26]
OTHER_NEGATIVES = [0.76, 0.57, 0.58, 0.44, 0.45, 0.46, 0.37, 0.38, 0.24, 0.25, 0.26, 0.12, 0.13, -0.01]
OTHER = np.array(OTHER_POSITIVES + OTHER_NEGATIVES)

# few distinct scores make ties, both signs of zero among them
scores = st.one_of(st.sampled_from([-2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0]), st.floats(-1e9, 1e9))
samples = st.lists(st.tuples(st.booleans(), scores), min_size=2, max_size=60).filter(
    lambda rows: len({label for label, _ in rows}) == 2
)
big_samples = st.tuples(st.lists(scores, min_size=10, max_size=25), st.lists(scores, min_size=10, max_size=25)).map(
    lambda both: (np.arange(len(both[0]) + len(both[1])) < len(both[0]), np.array(both[0] + both[1]))
)


def triple(estimate):
    return estimate.value, estimate.low, estimate.high


def by_pairs(truth, score):
    """Area and DeLong's error by the definition, pair by pair."""
    p, q = score[truth], score[~truth]
    wins = (p[:, None] > q) + 0.5 * (p[:, None] == q)
    return wins.mean(), np.sqrt(wins.mean(1).var(ddof=1) / len(p) + wins.mean(0).var(ddof=1) / len(q))


def test_known_answer_with_the_guard():
    estimate = delong(TRUTH, SCORE)
    assert triple(estimate) == pytest.approx((0.895833333, 0.635234088, 0.991163702), rel=1e-6)
    assert estimate.se / SCALES["logit"].slope(estimate.value) == pytest.approx(0.0626895031, rel=1e-6)
    assert (estimate.flags, estimate.df, estimate.method) == (("rare_error_guard",), 11.0, "delong_logit")


def test_known_answers_of_perfect_and_constant_scores():
    truth = np.arange(45) < 15
    assert triple(delong(truth, truth)) == pytest.approx((1, 0.818963727, 1), rel=1e-6)
    assert triple(delong(truth, np.zeros(45))) == pytest.approx((0.5, 0.271441172, 0.728558828), rel=1e-6)
    assert triple(delong(truth, ~truth)) == pytest.approx((0, 0, 1 - 0.818963727), rel=1e-6)


def test_paired_known_answer():
    estimate = delong_paired(TRUTH, OTHER, SCORE)
    assert triple(estimate) == pytest.approx((-0.0119047619, -0.0468365404, 0.0230270166), rel=1e-6)
    assert (estimate.se, estimate.df) == (pytest.approx(0.0194510127, rel=1e-6), 11.0)
    assert delong(TRUTH, OTHER).value == pytest.approx(0.883928571, rel=1e-6)


@pytest.mark.parametrize("decimals", [1, 2, 16])
@pytest.mark.parametrize("shift", [0.0, -0.5, -5.0, 5.0, 1e6])
def test_area_and_error_by_definition(decimals, shift):
    """Scores of both signs, and beyond 2, where the highest bit of the exponent is set."""
    rng = np.random.default_rng(1)
    truth = rng.random(400) < 0.3
    score = np.round(rng.random(400) + 0.4 * truth, decimals) * 3 + shift
    value, se = by_pairs(truth, score)
    estimate = delong(truth, score)
    assert estimate.value == pytest.approx(value, rel=1e-12)
    assert estimate.se / SCALES["logit"].slope(value) == pytest.approx(se, rel=1e-9)
    assert estimate.value == pytest.approx(roc_auc_score(truth, score), rel=1e-12)


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint8, np.int8])
def test_scores_of_any_kind(kind):
    rng = np.random.default_rng(2)
    truth, score = rng.random(300) < 0.5, rng.integers(0, 90, 300).astype(kind)
    assert delong(truth, score).value == pytest.approx(roc_auc_score(truth, score), rel=1e-12)


def test_weights_match_scikit_learn():
    rng = np.random.default_rng(4)
    truth, score, weight = rng.random(300) < 0.4, np.round(rng.random(300), 1), rng.integers(0, 4, 300)
    estimate = delong(truth, score + 0.3 * truth, weight)
    assert estimate.value == pytest.approx(roc_auc_score(truth, score + 0.3 * truth, sample_weight=weight), rel=1e-12)
    assert estimate.n == np.count_nonzero(weight)
    scaled = delong(truth, score + 0.3 * truth, weight * 1e-7)
    assert triple(scaled) == pytest.approx(triple(estimate), rel=1e-9)


def test_influence_error_is_delongs_but_for_the_divisors():
    rng = np.random.default_rng(5)
    truth, score = rng.random(2000) < 0.5, rng.normal(size=2000)
    influence = auc_influence(truth, score + truth)
    assert standard_error(influence) == pytest.approx(by_pairs(truth, score + truth)[1], rel=1e-3)


def test_clusters_of_copies_count_once():
    """Each row three times, as one cluster: about the interval of the rows once."""
    rng = np.random.default_rng(6)
    truth, score = rng.random(200) < 0.5, rng.normal(size=200)
    once = delong(truth, score + truth)
    copied = delong(np.repeat(truth, 3), np.repeat(score + truth, 3), groups=np.repeat(np.arange(200), 3))
    assert triple(copied) == pytest.approx(triple(once), rel=5e-3)
    assert copied.n_groups == 200


def test_one_class_only():
    for labels, reason in ((np.ones(30), "no negatives"), (np.zeros(30), "no positives"), ([], "no rows")):
        for estimate in (delong(labels, np.arange(len(labels))), delong_paired(labels, labels, labels)):
            assert triple(estimate) == (None, None, None)
            assert (estimate.flags, estimate.detail, estimate.bounds) == (("class_absent",), reason, None)
    assert roc_curve_points(np.ones(3), np.arange(3)) == ((), ())
    assert auc_influence(np.ones(3), np.arange(3)).value is None


def test_too_few_of_a_class():
    truth = np.arange(40) < 9
    estimate = delong(truth, np.arange(40))
    assert (estimate.value, estimate.low, estimate.flags) == (0.0, None, ("too_few_positives",))
    assert estimate.detail == "9 positives; an interval needs at least 10"
    assert delong(~truth, np.arange(40)).flags == ("too_few_negatives",)
    assert delong_paired(truth, np.arange(40), -np.arange(40)).low is None
    assert delong([1, 0], [1, 0]).value == 1.0
    assert delong([1, 0], [1, 0], minimum=0).low is None
    grouped = delong(np.arange(60) % 2 == 0, np.arange(60), groups=np.arange(60) % 4)
    assert (grouped.low, grouped.flags) == (None, ("too_few_groups",))


def test_ten_positives_in_a_million():
    rng = np.random.default_rng(8)
    truth = np.zeros(1_000_000, bool)
    truth[::100_000] = True
    score = rng.normal(size=1_000_000) + 2 * truth
    estimate = delong(truth, score)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(roc_auc_score(truth, score), rel=1e-12)
    assert estimate.high - estimate.low > 0.1


def test_two_million_rows():
    rng = np.random.default_rng(9)
    truth = rng.random(2_000_000) < 0.5
    estimate = delong(truth, rng.normal(size=2_000_000) + truth)
    assert estimate.value == pytest.approx(0.7602, abs=0.002)
    assert estimate.high - estimate.low < 0.002


def test_infinite_scores_have_a_rank_and_nan_has_none():
    score = SCORE.copy()
    score[0], score[-1] = np.inf, -np.inf
    assert triple(delong(TRUTH, score)) == triple(delong(TRUTH, SCORE))
    score[[3, 5]] = np.nan
    with pytest.raises(UsageError, match="y_score must be numbers; 2 of 26 are not, first nan at index 3"):
        delong(TRUTH, score)
    with pytest.raises(UsageError, match="y_score has 25 rows"):
        delong(TRUTH, score[1:])


def test_same_ranking_is_identical_and_two_perfect_rankings_are_not():
    same = delong_paired(TRUTH, np.exp(SCORE), SCORE)
    assert (triple(same), same.flags) == ((0.0, 0.0, 0.0), ("identical",))
    truth, score = np.arange(60) < 20, np.arange(60) % 7
    perfect = delong_paired(truth, score + 10 * truth, -score + 10 * truth)
    hidden = 1 - 0.05 ** (1 / 20)
    assert triple(perfect) == pytest.approx((0, -hidden, hidden), abs=1e-12)
    assert perfect.flags == ()


def test_paired_weights_and_groups():
    rng = np.random.default_rng(10)
    truth, weight, groups = rng.random(300) < 0.4, rng.random(300), np.arange(300) // 5
    a, b = rng.normal(size=(2, 300)) + truth
    forth, back = delong_paired(truth, a, b, weight, groups), delong_paired(truth, b, a, weight, groups)
    assert triple(forth) == pytest.approx((-back.value, -back.high, -back.low), rel=1e-9)
    areas = [roc_auc_score(truth, score, sample_weight=weight) for score in (a, b)]
    assert forth.value == pytest.approx(areas[0] - areas[1], abs=1e-12)


def test_macro_one_versus_rest():
    rng = np.random.default_rng(11)
    y = rng.integers(0, 3, 400)
    proba = rng.dirichlet([1, 1, 1], 400) + 0.3 * np.eye(3)[y]
    proba /= proba.sum(1, keepdims=True)
    estimate = macro_ovr(y, proba)
    assert estimate.value == pytest.approx(roc_auc_score(y, proba, multi_class="ovr"), rel=1e-12)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.detail == "3 classes, each against the rest"
    absent = macro_ovr(np.where(y == 2, 1, y), proba)
    assert (absent.value, absent.flags, absent.detail) == (None, ("class_absent",), "class 2: no positives")
    assert macro_ovr(y[:12], proba[:12]).low is None
    with pytest.raises(UsageError, match="a column a class"):
        macro_ovr(y, proba[:, 0])


def test_macro_of_two_mirrored_classes_is_the_binary_area():
    proba = np.column_stack([1 - SCORE, SCORE])
    macro, binary = macro_ovr(TRUTH.astype(int), proba), delong(TRUTH, SCORE)
    assert macro.value == pytest.approx(binary.value, rel=1e-12)
    assert (macro.low, macro.high) == pytest.approx((binary.low, binary.high), rel=0.03)


def test_curve_is_that_of_scikit_learn_thinned():
    rng = np.random.default_rng(12)
    truth = rng.random(5000) < 0.3
    score = rng.normal(size=5000) + truth
    fpr, tpr = roc_curve_points(truth, score)
    assert len(fpr) <= 50
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)
    full = set(zip(*(np.round(axis, 12) for axis in roc_curve(truth, score, drop_intermediate=False)[:2]), strict=True))
    assert set(zip(np.round(fpr, 12), np.round(tpr, 12), strict=True)) <= full
    assert np.trapezoid(tpr, fpr) == pytest.approx(roc_auc_score(truth, score), abs=0.003)


@given(samples)
def test_value_is_that_of_scikit_learn(rows):
    truth, score = np.array([label for label, _ in rows]), np.array([value for _, value in rows])
    assert delong(truth, score).value == pytest.approx(roc_auc_score(truth, score), abs=1e-12)
    assert auc_influence(truth, score).value == pytest.approx(roc_auc_score(truth, score), abs=1e-12)


@given(samples)
def test_ranking_sorts_stably_by_value(rows):
    truth, score = np.array([label for label, _ in rows]), np.array([value for _, value in rows])
    ranking = rank(truth, score)
    order = np.lexsort((truth, score))
    assert ranking.positive.tolist() == truth[order].tolist()
    assert ranking.new.tolist() == (np.diff(score[order]) > 0).tolist()


@given(big_samples)
def test_value_lies_within_its_bounds(sample):
    truth, score = sample
    for options in ({}, {"sample_weight": np.arange(len(truth)) % 3 + 1}, {"groups": np.arange(len(truth)) % 8}):
        estimate = delong(truth, score, **options)
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert all(type(number) is float for number in triple(estimate))


@given(big_samples)
def test_only_ranks_matter(sample):
    truth, score = sample
    ranks = np.unique(score, return_inverse=True)[1]
    first = triple(delong(truth, score))
    assert triple(delong(truth, ranks * 2.0 - 17)) == first
    assert triple(delong(truth, ranks.astype(float) ** 3)) == first


@given(big_samples)
def test_negated_scores_and_labels_mirror(sample):
    truth, score = sample
    estimate, mirrored = delong(truth, score), delong(truth, -score)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - estimate.high, 1 - estimate.low), abs=1e-9)
    turned = delong(~truth, -score)
    assert triple(turned) == pytest.approx(triple(estimate), abs=1e-12)


@given(big_samples, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(sample, random):
    truth, score = sample
    order = list(range(len(truth)))
    random.shuffle(order)
    assert triple(delong(truth[order], score[order])) == triple(delong(truth, score))
    paired = [delong_paired(truth[rows], score[rows] ** 3 % 7, score[rows]) for rows in (order, slice(None))]
    assert triple(paired[0]) == pytest.approx(triple(paired[1]), abs=1e-12)


@given(big_samples)
def test_swapping_sides_negates_the_difference(sample):
    truth, score = sample
    other = np.round(score, -2) % 11
    forth, back = delong_paired(truth, other, score), delong_paired(truth, score, other)
    assert triple(forth) == pytest.approx((-back.value, -back.high, -back.low), abs=1e-12)
    assert forth.low <= forth.value <= forth.high


@pytest.mark.parametrize(("positives", "negatives", "area"), [(50, 200, 0.8), (20, 300, 0.95), (100, 100, 0.9)])
def test_coverage(positives, negatives, area):
    """False-pass and false-fail rates at the limit, 2000 normal samples: at most 9 %."""
    from scipy.stats import norm

    rng = np.random.default_rng(13)
    truth = np.arange(positives + negatives) < positives
    shift = norm.ppf(area) * np.sqrt(2)
    found = [delong(truth, rng.normal(size=len(truth)) + shift * truth) for _ in range(2000)]
    assert np.mean([estimate.low > area for estimate in found]) <= 0.09
    assert np.mean([estimate.high < area for estimate in found]) <= 0.09
