from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, ndcg_score

from mltest.errors import UsageError
from mltest.stats.mean import hall_t
from mltest.stats.ranking_metrics import (
    average_precisions,
    mean_over_queries,
    ndcgs,
    paired_queries,
    reciprocal_ranks,
)

RNG = np.random.default_rng(8)
QUERY = np.sort(RNG.permutation(np.repeat(np.arange(90), RNG.integers(2, 14, 90))))
ROWS = len(QUERY)
GRADE = RNG.integers(0, 4, ROWS) * (RNG.random(ROWS) < 0.5)
GRADE[QUERY == 11] = 0
# rounded, so that many rows of a query are tied
SCORE = np.round(RNG.normal(size=ROWS) + 0.5 * GRADE, 0)
EACH = [ndcgs, average_precisions, reciprocal_ranks]


def per_query(function):
    parts = [np.flatnonzero(query == QUERY) for query in range(90)]
    return np.array([function(GRADE[part], SCORE[part]) for part in parts if GRADE[part].any()])


@pytest.mark.parametrize("k", [None, 1, 3, 10, 1000])
def test_ndcg_of_each_query_is_scikit_learns(k):
    expected = per_query(lambda grade, score: ndcg_score([grade], [score], k=k))
    found = ndcgs(GRADE, SCORE, QUERY, k=k)
    assert found.values == pytest.approx(expected, rel=1e-12)
    assert found.left_out == 90 - len(expected) > 0


def test_average_precision_of_each_query_is_scikit_learns():
    expected = per_query(lambda grade, score: average_precision_score(grade > 0, score))
    assert average_precisions(GRADE, SCORE, QUERY).values == pytest.approx(expected, rel=1e-12)


def naive_reciprocal_rank(grade, score, k=10**9):
    """Tied rows that are not relevant come first."""
    order = sorted(range(len(grade)), key=lambda at: (-score[at], grade[at] > 0))
    rank = next(place for place, at in enumerate(order, start=1) if grade[at] > 0)
    return 1 / rank if rank <= k else 0.0


@pytest.mark.parametrize("k", [None, 1, 2])
def test_reciprocal_rank_of_each_query(k):
    expected = per_query(lambda grade, score: naive_reciprocal_rank(grade, score, k or 10**9))
    assert reciprocal_ranks(GRADE, SCORE, QUERY, k=k).values == pytest.approx(expected, rel=1e-12)


def test_the_mean_has_halls_interval_over_queries():
    found = ndcgs(GRADE, SCORE, QUERY)
    estimate, expected = mean_over_queries(found), hall_t(found.values, value_range=(0, 1))
    assert (estimate.value, estimate.low, estimate.high) == (expected.value, expected.low, expected.high)
    assert estimate.n == len(found.values)
    assert f"{ROWS} rows in 90 queries, {found.left_out} of them without a relevant row" in estimate.detail
    assert estimate.flags == ("queries_left_out",)


def test_weights_count_a_query_as_often():
    weight = (QUERY % 3).astype(float)
    found = mean_over_queries(ndcgs(GRADE, SCORE, QUERY, weight))
    twice = np.concatenate([np.flatnonzero(QUERY % 3 == 1), *[np.flatnonzero(QUERY % 3 == 2)] * 2])
    copies = np.concatenate([np.zeros(np.sum(QUERY % 3 == 1)), *(np.full(np.sum(QUERY % 3 == 2), c) for c in (1, 2))])
    repeated = ndcgs(GRADE[twice], SCORE[twice], QUERY[twice] + 1000 * copies)
    assert found.value == pytest.approx(repeated.values.mean(), rel=1e-12)
    assert found.n == sum(GRADE[query == QUERY].any() for query in range(90) if query % 3)


@pytest.mark.parametrize("values", EACH)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_order_of_rows_and_names_of_queries_change_nothing(values, seed):
    order = np.random.default_rng(seed).permutation(ROWS)
    plain, mixed = values(GRADE, SCORE, QUERY), values(GRADE[order], SCORE[order], 7 * QUERY[order] - 30)
    assert mixed.values == pytest.approx(plain.values, rel=1e-12)
    named = values(GRADE, SCORE, np.array([f"q{q:03}" for q in QUERY]))
    assert named.values.tolist() == plain.values.tolist()


@pytest.mark.parametrize("values", EACH)
def test_only_the_order_of_scores_counts(values):
    assert values(GRADE, np.exp(SCORE), QUERY).values.tolist() == values(GRADE, SCORE, QUERY).values.tolist()


@pytest.mark.parametrize("values", EACH)
def test_the_best_order_is_one_and_the_difference_turns(values):
    best, ours = values(GRADE, GRADE, QUERY), values(GRADE, SCORE, QUERY)
    assert best.values == pytest.approx(1.0)
    there, back = paired_queries(best, ours), paired_queries(ours, best)
    assert (there.value, there.low) == pytest.approx((-back.value, -back.high))
    assert there.low > 0
    assert paired_queries(ours, ours).value == 0


def test_one_score_for_all_ranks_nothing():
    ndcg = ndcgs(GRADE, np.zeros(ROWS), QUERY).values.mean()
    shuffled = [ndcgs(GRADE, RNG.random(ROWS), QUERY).values.mean() for _ in range(60)]
    assert ndcg == pytest.approx(np.mean(shuffled), abs=0.01)
    assert reciprocal_ranks([0, 0, 1], [5, 5, 5], [1, 1, 1]).values.tolist() == [1 / 3]


def test_edges():
    assert ndcgs([0, 2], [1, 0], [1, 2]).values.tolist() == [1.0]
    empty = mean_over_queries(average_precisions([0, 0], [1, 2], [1, 1]))
    assert (empty.value, empty.n) == (None, 0)
    assert mean_over_queries(ndcgs([1] * 10, [1] * 10, range(10))).flags == ("too_few_rows",)
    with pytest.raises(UsageError, match="relevance must be zero or more, got -1 at index 1"):
        ndcgs([0, -1], [1, 2], [1, 1])
    with pytest.raises(UsageError, match="weights differ within 1 of 2 queries"):
        ndcgs([1, 1, 1], [1, 2, 3], [1, 1, 2], [1.0, 2.0, 1.0])
    with pytest.raises(UsageError, match="queries has shape"):
        ndcgs([1, 1, 1], [1, 2, 3], [1, 1])
    with pytest.raises(UsageError, match="score must be numbers; 1 of 2"):
        ndcgs([1, 1], [1, np.nan], [1, 1])


def naive_average_precision(relevant, score, k):
    """By the definition, where no scores are tied."""
    order = np.argsort(-score)
    found = relevant[order]
    gained = sum(found[:place].mean() for place in range(1, min(k, len(found)) + 1) if found[place - 1])
    return gained / min(relevant.sum(), k)


@pytest.mark.parametrize("k", [1, 3, 10, 1000])
def test_average_precision_of_the_first_places(k):
    untied = SCORE + RNG.random(ROWS) * 1e-3
    parts = [np.flatnonzero(query == QUERY) for query in range(90)]
    expected = [naive_average_precision(GRADE[part] > 0, untied[part], k) for part in parts if GRADE[part].any()]
    assert average_precisions(GRADE, untied, QUERY, k=k).values == pytest.approx(expected, rel=1e-12)


def test_known_average_precision_of_the_first_places():
    assert average_precisions([1, 0, 1, 1], [4, 3, 2, 1], [7] * 4, k=2).values.tolist() == [0.5]
    assert average_precisions([0, 1, 1, 0], [4, 3, 2, 1], [7] * 4, k=3).values == pytest.approx([(1 / 2 + 2 / 3) / 2])
    # the first two places are half of a tied block: one of its two relevant rows, at precision a half
    assert average_precisions([1, 1, 0, 0], [1] * 4, [7] * 4, k=2).values.tolist() == [0.25]


@pytest.mark.parametrize("k", [1, 2, 5])
def test_first_places_of_the_best_order_are_one_and_all_places_change_nothing(k):
    assert average_precisions(GRADE, GRADE + RNG.random(ROWS) * 0.1, QUERY, k=k).values == pytest.approx(1.0)
    everything = average_precisions(GRADE, SCORE, QUERY, k=1000).values
    assert everything.tolist() == average_precisions(GRADE, SCORE, QUERY).values.tolist()
    some = average_precisions(GRADE, SCORE, QUERY, k=k).values
    assert (some >= 0).all()
    assert (some <= 1 + 1e-12).all()
