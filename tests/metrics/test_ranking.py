"""NDCG, MAP and MRR of an evaluation whose clusters are queries."""

from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest.errors import UsageError
from mltest.metrics.dummy import dummy_for
from mltest.metrics.registry import names, resolve
from mltest.model.metric import metric
from mltest.stats.ranking_metrics import ndcgs

RNG = np.random.default_rng(3)
ROWS = 900
QUERY = RNG.integers(0, 90, ROWS)
GRADE = RNG.integers(0, 4, ROWS) * (RNG.random(ROWS) < 0.5)
SCORE = RNG.normal(size=ROWS) + 0.6 * GRADE
OTHER = RNG.normal(size=ROWS) + 0.2 * GRADE
OF_QUERIES = [name for name in names() if resolve(name).unit == "queries"]


def graded(score=SCORE, **more):
    return mltest.Evaluation(GRADE, prediction=score, **{"cluster": QUERY} | more)


def test_names():
    assert OF_QUERIES == ["map", "map@10", "mrr", "mrr@10", "ndcg", "ndcg@10"]


@pytest.mark.parametrize("name", OF_QUERIES)
def test_queries_are_the_units(name):
    result = metric(graded(), name, at_least=0.5)
    found = result.measurements[0]
    assert (result.verdict, found.unit, found.method) == ("passed", "queries", "hall_t")
    assert 80 < found.n <= 90
    assert found.low < found.value < found.high


def test_any_number_of_places_stands_after_the_at():
    for k in (1, 3, 25):
        assert resolve(f"ndcg@{k}").estimate(graded(), 0).value == pytest.approx(
            ndcgs(GRADE, SCORE, QUERY, k=k).values.mean()
        )
    assert resolve("mrr@1").estimate(graded(), 0).value < resolve("mrr").estimate(graded(), 0).value


@pytest.mark.parametrize("wrong", ["ndcg@0", "ndcg@ten", "mrr@-1", "ndcg@2.5", "ndcg@", "map@x"])
def test_what_is_no_number_of_places(wrong):
    with pytest.raises(UsageError, match=r"after an @ stands how many first places count, such as (ndcg|map|mrr)@10"):
        resolve(wrong)


def test_metrics_without_a_parameter_say_which_have_one():
    with pytest.raises(
        UsageError, match=r"assert_metric\(metric='roc_auc@10'\): roc_auc takes nothing after an @; .* ndcg"
    ):
        resolve("roc_auc@10", call="assert_metric")


def test_scores_of_two_classes_and_of_grades_order_alike():
    relevant = GRADE > 0
    by_score = mltest.Evaluation(relevant, score=SCORE, cluster=QUERY)
    by_grade = mltest.Evaluation(GRADE, score=SCORE, cluster=QUERY)
    assert by_grade.task == "regression"
    for name in ("map", "mrr"):
        values = [resolve(name).estimate(each, 0).value for each in (by_score, by_grade, graded())]
        assert values[0] == values[1] == values[2]


def test_whole_numbered_predictions_are_scores_too():
    whole = mltest.Evaluation(GRADE, prediction=np.clip(np.round(SCORE), 0, 3).astype(int), cluster=QUERY)
    assert whole.task == "multiclass"
    assert 0.5 < resolve("ndcg").estimate(whole, 0).value < 1


@pytest.mark.parametrize("name", OF_QUERIES)
def test_difference_of_two_models(name):
    there, back = (resolve(name).paired(a, b, 0) for a, b in ((graded(), graded(OTHER)), (graded(OTHER), graded())))
    alone = [resolve(name).estimate(graded(score), 0).value for score in (SCORE, OTHER)]
    assert there.value == pytest.approx(alone[0] - alone[1])
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.method == "hall_t_paired"


def test_gain_is_over_one_score_for_all_rows():
    ndcg = resolve("ndcg")
    gain = ndcg.gain(graded(), dummy_for(graded(), graded(), ndcg.dummy), 0)
    assert 0 < gain.low < gain.value < ndcg.estimate(graded(), 0).value


def test_without_queries_it_says_how_to_give_them():
    with pytest.raises(UsageError, match="give the evaluation cluster= the column of query ids"):
        metric(graded(cluster=None), "ndcg", at_least=0.5)


def test_relevance_is_a_number():
    evaluation = mltest.Evaluation(["a", "b", "c"] * 10, prediction=["a"] * 30, cluster=np.arange(30) // 3)
    with pytest.raises(UsageError, match="the relevance that ndcg reads from the target must be numbers"):
        metric(evaluation, "ndcg", at_least=0.5)
