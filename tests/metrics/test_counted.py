"""A weighted callable on labels is bootstrapped by kinds of rows: as over rows, however many there are."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score, fbeta_score

import mltest
from mltest.metrics.registry import resolve

RNG = np.random.default_rng(9)
Y = RNG.integers(0, 3, 4000)
GOOD, BAD = (np.where(RNG.random(4000) < share, Y, RNG.integers(0, 3, 4000)) for share in (0.8, 0.7))


class Counted:
    """Cohen's kappa, with the longest input it was called with after the first."""

    def __init__(self):
        self.rows = []

    def __call__(self, y, prediction, sample_weight=None):
        self.rows.append(len(y))
        return cohen_kappa_score(y, prediction, sample_weight=sample_weight)


def unweighted(y, prediction):
    return cohen_kappa_score(y, prediction)


def evaluation(prediction=GOOD, **more):
    return mltest.Evaluation(Y, prediction=prediction, **more)


@pytest.mark.parametrize("weight", [None, 1.0 + np.arange(4000) % 2])
def test_few_kinds_are_asked_for_and_not_all_rows(weight):
    kappa = Counted()
    found = resolve(kappa).estimate(evaluation(weight=weight), 1)
    assert found.low < found.value < found.high
    assert found.value == pytest.approx(cohen_kappa_score(Y, GOOD, sample_weight=weight))
    assert (kappa.rows[0], max(kappa.rows[1:])) == (4000, 9 if weight is None else 18)
    assert (found.method, found.n) == ("bca", 4000)


def test_interval_is_that_of_the_rows():
    by_kind = resolve(Counted()).estimate(evaluation(), 1)
    index = np.random.default_rng(2).integers(0, 4000, (400, 4000))
    by_rows = np.quantile([unweighted(Y[rows], GOOD[rows]) for rows in index], [0.05, 0.95])
    assert (by_kind.low, by_kind.high) == pytest.approx(by_rows, abs=0.002)


def test_difference_of_two_models():
    kappa = Counted()
    found = resolve(kappa, higher_is_better=True).paired(evaluation(), evaluation(BAD), 1)
    assert found.value == pytest.approx(unweighted(Y, GOOD) - unweighted(Y, BAD))
    assert 0 < found.low < found.value < found.high
    assert max(kappa.rows[2:]) <= 27


@pytest.mark.parametrize(
    ("metric", "prediction", "more"),
    [
        # weights that are no counts
        (lambda y, p, sample_weight=None: float(len(y)) / 4000 * (y == p).mean(), GOOD, {}),
        # as many kinds as rows
        (
            lambda y, p, sample_weight=None: float(np.average(np.abs(y - p), weights=sample_weight)),
            Y + RNG.random(4000),
            {},
        ),
        # clusters are drawn whole
        (
            lambda y, p, sample_weight=None: fbeta_score(y, p, beta=2, average="macro"),
            GOOD,
            {"cluster": np.arange(4000) // 9},
        ),
    ],
)
def test_what_cannot_be_counted_is_drawn_by_rows(metric, prediction, more, monkeypatch):
    from mltest.metrics import callables

    drawn = []
    monkeypatch.setattr(callables, "bca", lambda *given, **options: drawn.append(given))
    resolve(metric).estimate(evaluation(prediction, **more), 1)
    assert len(drawn) == 1
