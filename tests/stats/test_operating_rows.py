"""Replicates with weights and clusters: a threshold found by stretches is the one that all rows give."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mltest.stats.bootstrap import bca
from mltest.stats.operating_point import at_threshold, at_threshold_paired, rate_at_threshold
from mltest.stats.operating_rows import ordered
from mltest.stats.operating_rules import RULES, Cells
from mltest.stats.units import prepare

LEVELS = {
    "precision_at_recall": 0.8,
    "recall_at_precision": 0.6,
    "recall_at_specificity": 0.9,
    "specificity_at_recall": 0.8,
}


def by_all_rows(rule, level, truth, score, each):
    """Every distinct score in turn, as the definition has it."""
    levels = np.unique(score)[::-1]
    hits = [each[(score == at) & truth].sum() for at in levels]
    alarms = [each[(score == at) & ~truth].sum() for at in levels]
    return RULES[rule](level).point(Cells(np.array(hits), np.array(alarms))).value


@pytest.mark.parametrize("rule", LEVELS)
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), ties=st.sampled_from([2, 9, 1000]), weighted=st.booleans())
def test_every_replicate_has_the_rate_of_all_its_rows(rule, seed, ties, weighted):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 150))
    truth = rng.random(n) < rng.choice([0.1, 0.5])
    truth[:2] = True, False
    score = rng.integers(0, ties, n) + truth * ties // 3.0
    # in quarters, so that sums in any order are the same
    weight = rng.integers(1, 9, n) / 4 if weighted else None
    group = rng.integers(0, max(2, n // 3), n)
    units = prepare(n, weight, group)
    rows, times = ordered(truth, score, units), rng.integers(0, 4, units.groups).astype(float)
    each = times[units.group if units.group is not None else np.arange(n)] * (1.0 if units.weight is None else weight)
    found = rows.rate(RULES[rule](LEVELS[rule]), times)
    assert found == pytest.approx(by_all_rows(rule, LEVELS[rule], truth, score, each), rel=1e-12, nan_ok=True)


RNG = np.random.default_rng(12)
Y = RNG.random(600) < 0.3
SCORE = RNG.normal(size=600) + 1.5 * Y
OTHER = SCORE + RNG.normal(size=600)
WEIGHT, GROUP = 0.5 + RNG.random(600), np.arange(600) // 3
MORE = [{"sample_weight": WEIGHT}, {"groups": GROUP}, {"sample_weight": WEIGHT, "groups": GROUP}]


def drawn(rule, more, score):
    """The generic bootstrap with the definition in every replicate."""
    weight = more.get("sample_weight", np.ones(600))

    def metric(times):
        return rate_at_threshold(rule, LEVELS[rule], Y, score, weight * times).value

    return metric


@pytest.mark.parametrize("more", MORE)
def test_interval_is_that_of_the_generic_bootstrap(more):
    rule = "recall_at_specificity"
    found = at_threshold(rule, LEVELS[rule], Y, SCORE, **more, seed=1)
    generic = bca(drawn(rule, more, SCORE), 600, more.get("groups"), seed=2, replicates=600, form="weights")
    assert found.value == pytest.approx(generic.value)
    width = generic.high - generic.low
    assert (found.low, found.high) == pytest.approx((generic.low, generic.high), abs=width / 5)
    assert found.method == "bca"
    assert "2000 replicates" in found.detail


@pytest.mark.parametrize("more", [{}, *MORE])
def test_the_difference_is_that_of_the_generic_bootstrap(more):
    rule = "precision_at_recall"
    found = at_threshold_paired(rule, LEVELS[rule], Y, SCORE, OTHER, **more, seed=1)
    ours, theirs = drawn(rule, more, SCORE), drawn(rule, more, OTHER)
    generic = bca(
        lambda times: ours(times) - theirs(times), 600, more.get("groups"), seed=2, replicates=400, form="weights"
    )
    assert found.value == pytest.approx(generic.value)
    width = generic.high - generic.low
    assert (found.low, found.high) == pytest.approx((generic.low, generic.high), abs=width / 5)
    back = at_threshold_paired(rule, LEVELS[rule], Y, OTHER, SCORE, **more, seed=1)
    assert back.value == -found.value


def test_one_class_in_most_stretches_and_rows_of_weight_zero():
    truth = np.arange(400) >= 340
    separate = at_threshold("recall_at_precision", 0.9, truth, np.arange(400.0), groups=np.arange(400) // 2, seed=1)
    assert separate.value == 1.0
    weight = np.where(np.arange(400) % 5 == 0, 0.0, 1.5)
    score = np.arange(400) % 83 + 30.0 * truth
    kept = weight > 0
    found = at_threshold("recall_at_precision", 0.5, truth, score, weight, np.arange(400) // 2, seed=1)
    same = at_threshold("recall_at_precision", 0.5, truth[kept], score[kept], None, (np.arange(400) // 2)[kept], seed=1)
    assert (found.value, found.low, found.high) == pytest.approx((same.value, same.low, same.high))


@pytest.mark.parametrize("given", [("weight",), ("groups",), ("weight", "groups")])
def test_memory_stays_within_four_times_the_inputs(given):
    n = 200_000
    y, score, groups = np.arange(n) % 5 == 0, RNG.normal(size=n), np.arange(n) // 8
    weight = 0.5 + RNG.random(n)
    more = {"weight": weight, "groups": groups}
    asked = [more[name] if name in given else None for name in more]
    tracemalloc.start()
    at_threshold("recall_at_specificity", 0.9, y, score, *asked, seed=1, replicates=100)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * sum(each.nbytes for each in (y, score, *(more[name] for name in given)))
