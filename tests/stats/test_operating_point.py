from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import precision_recall_curve, roc_curve

from mltest.errors import UsageError
from mltest.stats.operating_draws import drawn_values, point_of, skewness
from mltest.stats.operating_point import at_threshold, at_threshold_paired, rate_at_threshold
from mltest.stats.operating_rules import RULES, Cells
from mltest.stats.ranking import rank

LEVELS = {
    "precision_at_recall": 0.8,
    "recall_at_precision": 0.6,
    "recall_at_specificity": 0.9,
    "specificity_at_recall": 0.8,
}
RNG = np.random.default_rng(12)
Y = RNG.random(600) < 0.3
SCORE = RNG.normal(size=600) + 1.5 * Y
OTHER = SCORE + RNG.normal(size=600)


def cells_of_sample(y, score):
    positive, negative = rank(y, score).blocks()
    return Cells(positive[::-1], negative[::-1])


def by_curve(rule, level, y, score):
    """From scikit-learn's curves."""
    fpr, tpr, _ = roc_curve(y, score, drop_intermediate=False)
    precision, recall, _ = precision_recall_curve(y, score)
    # numbers that stand for the same count differ in the last bit
    slack = 1e-9
    if rule == "recall_at_specificity":
        return tpr[fpr <= 1 - level + slack].max()
    if rule == "specificity_at_recall":
        return 1 - fpr[tpr >= level - slack].min()
    if rule == "recall_at_precision":
        return recall[:-1][precision[:-1] >= level - slack].max(initial=0.0)
    highest = np.flatnonzero(recall[:-1] >= level - slack)[-1]
    return precision[highest]


@pytest.mark.parametrize("rule", LEVELS)
@pytest.mark.parametrize("decimals", [9, 1])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.1, 0.5, 0.75, 0.9, 0.99]))
def test_value_is_read_off_the_curve(rule, decimals, seed, level):
    rng = np.random.default_rng(seed)
    y = rng.random(80) < 0.4
    score = np.round(rng.normal(size=80) + y, decimals)
    found = rate_at_threshold(rule, level, y, score)
    assert found.value == pytest.approx(by_curve(rule, level, y, score), rel=1e-12)
    assert point_of(RULES[rule](level), cells_of_sample(y, score)).value == found.value


@pytest.mark.parametrize("rule", LEVELS)
@pytest.mark.parametrize("decimals", [9, 1])
def test_replicates_have_the_distribution_of_the_bootstrap_over_rows(rule, decimals):
    score = np.round(SCORE, decimals)
    chosen, rng = RULES[rule](LEVELS[rule]), np.random.default_rng(1)
    drawn = drawn_values(chosen, cells_of_sample(Y, score), 5, 3000)
    order = np.argsort(-score, kind="stable")
    y, ordered = Y[order], score[order]
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))

    def once():
        times = np.bincount(rng.integers(0, 600, 600), minlength=600)
        hits, every = np.cumsum(times * y)[last], np.cumsum(times)[last]
        return chosen.point(Cells(np.diff(hits, prepend=0), np.diff(every - hits, prepend=0))).value

    assert stats.ks_2samp(drawn, [once() for _ in range(3000)]).pvalue > 1e-3


@pytest.mark.parametrize("rule", LEVELS)
def test_interval_by_stretches_is_that_of_single_rows(rule):
    by_stretches = at_threshold(rule, LEVELS[rule], Y, SCORE, seed=1, replicates=8000)
    by_rows = at_threshold(rule, LEVELS[rule], Y, SCORE, groups=np.arange(600), seed=1, replicates=2000)
    assert by_stretches.value == by_rows.value
    width = by_rows.high - by_rows.low
    assert (by_stretches.low, by_stretches.high) == pytest.approx((by_rows.low, by_rows.high), abs=width / 8)


def test_false_verdicts_are_about_as_rare_as_promised():
    """Sensitivity at a specificity of 0.9 of two normals 1.5 apart; the bound is 0.05 with 4 of its own errors."""
    true = stats.norm.sf(stats.norm.ppf(0.9) - 1.5)
    rng, above, below, runs = np.random.default_rng(77), 0, 0, 120
    for seed in range(runs):
        y = np.arange(200) < 60
        found = at_threshold("recall_at_specificity", 0.9, y, rng.normal(size=200) + 1.5 * y, seed=seed, replicates=200)
        above, below = above + (found.low > true), below + (found.high < true)
    limit = runs * (0.05 + 4 * np.sqrt(0.05 * 0.95 / runs))
    assert above <= limit
    assert below <= limit


def test_acceleration_of_blocks_is_near_that_of_rows(monkeypatch):
    rule, cells = RULES["specificity_at_recall"](0.8), cells_of_sample(Y, SCORE)
    from mltest.stats import operating_draws

    by_row = skewness(rule, cells, 1)
    monkeypatch.setattr(operating_draws, "MOST_JACKKNIFE", 100)
    assert skewness(rule, cells, 1) == pytest.approx(by_row, abs=0.06)


def test_weights_count_rows_as_often():
    weight = 1.0 + np.arange(600) % 3
    often = np.repeat(np.arange(600), weight.astype(int))
    for rule, level in LEVELS.items():
        weighted = rate_at_threshold(rule, level, Y, SCORE, weight)
        assert weighted.value == pytest.approx(rate_at_threshold(rule, level, Y[often], SCORE[often]).value, rel=1e-9)


def test_rows_of_weight_zero_do_not_exist():
    kept = np.arange(600) % 3 > 0
    weighted = at_threshold("precision_at_recall", 0.8, Y, SCORE, kept.astype(float), seed=1)
    assert weighted == at_threshold("precision_at_recall", 0.8, Y[kept], SCORE[kept], seed=1)


@pytest.mark.parametrize("rule", LEVELS)
def test_order_of_rows_and_scale_of_scores_change_nothing(rule):
    order = RNG.permutation(600)
    plain = at_threshold(rule, LEVELS[rule], Y, SCORE, seed=1, replicates=200)
    mixed = at_threshold(rule, LEVELS[rule], Y[order], np.exp(SCORE[order]), seed=1, replicates=200)
    assert (mixed.value, mixed.low, mixed.high) == (plain.value, plain.low, plain.high)


def test_same_seed_same_bytes_and_the_chunks_change_nothing(monkeypatch):
    from mltest.stats import operating_draws

    first = at_threshold("precision_at_recall", 0.8, Y, SCORE, seed=1)
    monkeypatch.setattr(operating_draws, "_CHUNK", 500)
    assert at_threshold("precision_at_recall", 0.8, Y, SCORE, seed=1) == first
    assert at_threshold("precision_at_recall", 0.8, Y, SCORE, seed=2).low != first.low


def test_difference_of_two_scores():
    there, back = (
        at_threshold_paired("recall_at_specificity", 0.9, Y, *pair, seed=1) for pair in ((SCORE, OTHER), (OTHER, SCORE))
    )
    assert there.value > 0
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    alone = [rate_at_threshold("recall_at_specificity", 0.9, Y, score).value for score in (SCORE, OTHER)]
    assert there.value == pytest.approx(alone[0] - alone[1])
    same = at_threshold_paired("recall_at_specificity", 0.9, Y, SCORE, SCORE, seed=1)
    assert (same.value, same.low, same.high, same.flags) == (0.0, 0.0, 0.0, ("identical",))


def test_perfect_scores_fall_back_on_the_binomial():
    y = np.arange(200) < 40
    found = at_threshold("recall_at_specificity", 0.9, y, y + np.arange(200) / 1000, seed=1)
    assert (found.value, found.high, found.flags) == (1.0, 1.0, ("rare_error_guard",))
    assert found.low == pytest.approx(0.05 ** (1 / 40))
    assert found.bounds(0.05) == (found.low, found.high)


def test_detail_says_where_the_threshold_lies():
    score = np.linspace(0, 0.99, 100)
    found = at_threshold("specificity_at_recall", 0.5, np.arange(100) >= 60, score, seed=1)
    assert found.detail.startswith("at threshold 0.8: 20 of 100 rows called positive, 20 of 40 positives among them; ")


def test_a_precision_that_no_threshold_reaches_has_no_recall():
    y = np.r_[np.zeros(60), np.ones(20)]
    found = at_threshold("recall_at_precision", 0.9, y, -y, seed=1)
    assert found.value == 0.0
    assert "no threshold reaches the level" in found.detail


@pytest.mark.parametrize("n", [2_000_000])
def test_extreme_imbalance_has_no_value_too_sure(n):
    y = np.zeros(n, bool)
    y[:12] = True
    score = np.random.default_rng(1).random(n) + 0.9 * y
    tracemalloc.start()
    found = at_threshold("recall_at_specificity", 0.9, y, score, seed=1, replicates=200)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.high - found.low > 0.2
    assert peak < 4 * (y.nbytes + score.nbytes)


def test_edges():
    def few(y, score=None, **more):
        return at_threshold("precision_at_recall", 0.8, y, range(len(y)) if score is None else score, seed=1, **more)

    assert few([1] * 60).value is None
    assert few([0] * 60).flags == ("class_absent",)
    assert few([1] * 9 + [0] * 60).flags == ("too_few_positives",)
    assert few([0, 1] * 20).flags == ("too_few_rows",)
    assert few([0, 1] * 60, groups=np.arange(120) // 4).flags == ("too_few_groups",)
    tied = few([0, 1] * 60, np.zeros(120))
    assert tied.value == 0.5
    assert tied.low < 0.5 < tied.high
    with pytest.raises(UsageError, match="the level of precision_at_recall must be between 0 and 1, got 1"):
        at_threshold("precision_at_recall", 1, Y, SCORE, seed=1)
    with pytest.raises(UsageError, match="rule must be one of"):
        at_threshold("recall", 0.5, Y, SCORE, seed=1)
    with pytest.raises(UsageError, match="y_score must be numbers"):
        few([0, 1] * 30, [np.nan] * 60)
