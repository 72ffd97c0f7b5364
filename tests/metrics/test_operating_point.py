"""``precision_at_recall@0.8`` and its kin, and the area under the curve of one baseline among many candidates."""

from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest.errors import UsageError
from mltest.metrics import probability
from mltest.metrics.registry import resolve
from mltest.model.metric import metric
from mltest.stats.auc import delong_paired
from mltest.stats.operating_point import rate_at_threshold

RNG = np.random.default_rng(3)
Y = RNG.random(500) < 0.3
SCORE = RNG.normal(size=500) + 1.5 * Y
EVALUATION = mltest.Evaluation(Y, score=SCORE)


@pytest.mark.parametrize(
    ("name", "rule", "level"),
    [
        ("precision_at_recall@0.75", "precision_at_recall", 0.75),
        ("recall_at_precision@.6", "recall_at_precision", 0.6),
        ("recall_at_specificity@0.9", "recall_at_specificity", 0.9),
        ("sensitivity_at_specificity@0.9", "recall_at_specificity", 0.9),
        ("specificity_at_sensitivity@0.5", "specificity_at_recall", 0.5),
    ],
)
def test_the_level_stands_after_the_at(name, rule, level):
    found = metric(EVALUATION, name, at_least=0.01)
    assert found.measurements[0].name == name
    assert found.measurements[0].value == rate_at_threshold(rule, level, Y, SCORE).value
    assert (found.measurements[0].method, found.verdict) == ("bca", "passed")
    assert resolve(name).beside(EVALUATION).value == found.measurements[0].value


@pytest.mark.parametrize("wrong", ["precision_at_recall", "precision_at_recall@", "recall_at_precision@80"])
def test_a_level_lies_between_0_and_1(wrong):
    with pytest.raises(UsageError, match=r"after an @ stands the (recall|precision) to reach, between 0 and 1, such"):
        resolve(wrong)


def test_unknown_name_says_the_nearest():
    with pytest.raises(UsageError, match=r"nearest is 'precision_at_recall@0\.8'"):
        resolve("precison_at_recall@0.8")


def test_gain_is_over_scores_by_chance():
    gains = {
        name: resolve(name).estimate(EVALUATION, 0).value - resolve(name).gain(EVALUATION, EVALUATION, 0).value
        for name in ("precision_at_recall@0.8", "recall_at_specificity@0.9", "specificity_at_recall@0.6")
    }
    assert list(gains.values()) == pytest.approx([Y.mean(), 0.1, 0.4])


def test_a_baseline_is_ranked_once(monkeypatch):
    ranked = []
    influence = probability.auc.auc_influence
    monkeypatch.setattr(probability.auc, "auc_influence", lambda *given: ranked.append(1) or influence(*given))
    area, candidates = resolve("roc_auc"), [SCORE + RNG.normal(size=500) for _ in range(4)]
    for score in candidates:
        found = area.paired(mltest.Evaluation(Y, score=score), EVALUATION, 0)
        assert found == delong_paired(Y, score, SCORE)
    assert len(ranked) == 1


def test_what_is_kept_of_a_baseline_serves_no_other_rows():
    area, weight = resolve("roc_auc"), 1.0 + np.arange(500) % 3
    baseline = mltest.Evaluation(Y, score=SCORE)
    other = SCORE + RNG.normal(size=500)
    area.paired(mltest.Evaluation(Y, score=other), baseline, 0)
    weighted = area.paired(mltest.Evaluation(Y, score=other, weight=weight), baseline, 0)
    assert weighted == delong_paired(Y, other, SCORE, weight)
    part = np.arange(0, 500, 2)
    sliced = area.paired(mltest.Evaluation(Y[part], score=other[part]), baseline.take(part), 0)
    assert sliced == delong_paired(Y[part], other[part], SCORE[part])
