"""``recall_at_threshold@0.35`` and its kin: the rates of rows called positive from a threshold that ships."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mltest
from mltest.errors import UsageError
from mltest.metrics.registry import resolve
from mltest.model.metric import metric
from mltest.model.not_underfit import not_underfit
from mltest.model.not_worse import not_worse
from mltest.stats.proportion import clopper_pearson

RNG = np.random.default_rng(4)
Y = RNG.random(600) < 0.4
SCORE = RNG.normal(size=600) + 1.5 * Y
OTHER = SCORE + 0.3 * RNG.normal(size=600)
REGION = np.array(["north", "south"])[RNG.integers(0, 2, 600)]
TABLE = pd.DataFrame({"region": REGION})
EVALUATION = mltest.Evaluation(Y, score=SCORE, table=TABLE)
RATES = ["precision", "recall", "specificity", "f1"]
MORE = [{}, {"weight": 1.0 + np.arange(600) % 3}, {"cluster": np.arange(600) // 4}]


def labelled(score, threshold, **more):
    return mltest.Evaluation(Y, prediction=score >= threshold, positive=True, **more)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("more", MORE)
@pytest.mark.parametrize("threshold", [0.35, -0.2])
def test_it_is_the_rate_of_the_labels_that_the_threshold_makes(rate, more, threshold):
    name = f"{rate}_at_threshold@{threshold}"
    ours = [mltest.Evaluation(Y, score=score, positive=True, **more) for score in (SCORE, OTHER)]
    theirs = [labelled(score, threshold, **more) for score in (SCORE, OTHER)]
    found, expected = resolve(name).estimate(ours[0], 0), resolve(rate).estimate(theirs[0], 0)
    assert (found.value, found.low, found.high) == (expected.value, expected.low, expected.high)
    compared, known = resolve(name).paired(*ours, 0), resolve(rate).paired(*theirs, 0)
    assert (compared.value, compared.low, compared.high) == (known.value, known.low, known.high)


def test_known_exact_interval():
    hits, called = int((Y & (SCORE >= 1)).sum()), int((SCORE >= 1).sum())
    result = metric(EVALUATION, "precision_at_threshold@1", at_least=0.6)
    found = result.measurements[0]
    assert (found.name, found.method, found.value) == (
        "precision_at_threshold@1", "clopper_pearson", hits / called
    )  # fmt: skip
    assert (found.low, found.high) == pytest.approx(clopper_pearson(hits, called))
    assert found.detail == f"{hits} of {called} predicted positives"


def test_slices_and_comparisons_and_gains_judge_it():
    assert metric(EVALUATION, "recall_at_threshold@0", at_least=0.8, by="region").verdict == "passed"
    assert metric(EVALUATION, "recall_at_threshold@2", at_least=0.8, by="region").verdict == "failed"
    lower = mltest.Evaluation(Y, score=SCORE - 1)
    assert not_worse(EVALUATION, EVALUATION, "recall_at_threshold@1", margin=0.01).flags == ()
    assert not_worse(lower, EVALUATION, "recall_at_threshold@1", margin=0.05).verdict == "failed"
    known = not_underfit(EVALUATION, EVALUATION, "f1_at_threshold@0.7", gain_at_least=0.02)
    assert known.verdict == "passed"


@pytest.mark.parametrize("rate", ["recall", "specificity"])
def test_a_higher_threshold_finds_less_and_alarms_less(rate):
    values = [resolve(f"{rate}_at_threshold@{at}").estimate(EVALUATION, 0).value for at in (-1, 0, 0.5, 1, 2)]
    assert values == sorted(values, reverse=rate == "recall")


@pytest.mark.parametrize("wrong", ["recall_at_threshold", "recall_at_threshold@", "f1_at_threshold@high"])
def test_a_threshold_is_a_number(wrong):
    with pytest.raises(UsageError, match=r"after an @ stands the score from which rows are called positive, such as"):
        resolve(wrong)


def test_unknown_name_says_the_nearest():
    with pytest.raises(UsageError, match=r"nearest is 'recall_at_threshold@0\.5'"):
        resolve("recal_at_threshold@0.5")


def test_labels_alone_have_no_threshold():
    with pytest.raises(UsageError, match="score"):
        metric(labelled(SCORE, 0.5), "recall_at_threshold@0.5", at_least=0.5)
