"""Several metrics at once, folds of a cross-validation, and scores that point the other way."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

import mltest
from mltest import checks
from mltest.message import failure_text
from mltest.result import Result

RNG = np.random.default_rng(6)
Y = RNG.integers(0, 2, 900)
SCORE = np.clip(0.4 * Y + 0.6 * RNG.random(900), 0.01, 0.99)
WORSE = np.clip(SCORE + RNG.normal(0, 0.4, 900), 0.01, 0.99)
TABLE = pl.DataFrame({"region": np.where(np.arange(900) % 3 == 0, "north", "south")})
GOOD, BAD = (mltest.Evaluation(Y, score=score, table=TABLE) for score in (SCORE, WORSE))


def test_all_guards_hold():
    result = checks.not_worse(GOOD, BAD, {"roc_auc": 0.01, "accuracy": 0.02, "log_loss": 0.1})
    assert (result.verdict, result.reason) == ("passed", "all-meet")
    assert result.label == "roc_auc, accuracy, log_loss"
    judged = [found.name for found, word in zip(result.measurements, result.verdicts, strict=True) if word == "passed"]
    assert set(judged) == {"roc_auc difference", "accuracy difference", "log_loss difference"}
    assert len(result.measurements) == 9
    assert result.requirement.metric == "roc_auc 0.01, accuracy 0.02, log_loss 0.10"
    assert Result.from_plain(json.loads(json.dumps(result.to_plain()))) == result


def test_each_metric_has_its_own_margin():
    """The difference is the same; only the margin of the metric that fell decides."""
    narrow = checks.not_worse(BAD, GOOD, {"roc_auc": 0.01, "accuracy": 0.5})
    wide = checks.not_worse(BAD, GOOD, {"roc_auc": 0.5, "accuracy": 0.5})
    assert (narrow.verdict, wide.verdict) == ("failed", "passed")
    words = dict(zip([found.name for found in narrow.measurements], narrow.verdicts, strict=True))
    assert (words["roc_auc difference"], words["accuracy difference"]) == ("failed", "passed")
    assert narrow.sentence.startswith("roc_auc of candidate is 0.")
    assert narrow.sentence.endswith("below baseline, required no worse by more than 0.01")


def test_the_worst_is_told_by_margins_not_by_units():
    result = checks.not_worse(BAD, GOOD, {"log_loss": 0.9, "accuracy": 0.001})
    assert abs(result.measurements[1].value) > abs(result.measurements[0].value)
    assert result.measurements[0].name == "accuracy difference"


def test_message_names_every_margin():
    text = failure_text(checks.not_worse(BAD, GOOD, {"roc_auc": 0.01, "accuracy": 0.02}))
    assert "no worse than the baseline beyond these margins: roc_auc 0.01, accuracy 0.02" in text
    assert "roc_auc difference -0." in text
    assert max(map(len, text.splitlines())) <= 92


def test_guards_in_every_slice():
    result = checks.not_worse(BAD, GOOD, {"roc_auc": 0.01, "accuracy": 0.6}, by="region")
    assert result.label == "roc_auc, accuracy by region"
    judged = [(found.name, found.slice) for found in result.measurements if found.slice]
    assert sorted(judged) == sorted(
        (f"{metric} difference", f"region={region}")
        for metric in ("roc_auc", "accuracy")
        for region in ("north", "south")
    )
    assert result.verdict == "failed"


def test_a_guard_that_fails_alone_is_inconclusive_after_holm():
    """One of several alarms: p of about 0.04 fails alone and not among four."""
    rows = 300
    y = np.ones(rows, dtype=int)
    old, new = y.copy(), y.copy()
    new[:21] = 0
    old[21:30] = 0
    candidate, baseline = (mltest.Evaluation(y, prediction=side, positive=1) for side in (new, old))
    margin = 0.0085
    assert checks.not_worse(candidate, baseline, "accuracy", margin=margin).verdict == "failed"
    others = dict.fromkeys(("f1", "precision", "jaccard"), 0.5)
    result = checks.not_worse(candidate, baseline, {"accuracy": margin, **others})
    assert (result.verdict, result.reason) == ("inconclusive", "not-confirmed-after-holm")


def test_callables_are_guarded_too():
    def misses(y, prediction):
        return float(np.mean(y * (1 - prediction)))

    small = slice(0, 200)
    candidate, baseline = (mltest.Evaluation(Y[small], score=score[small]) for score in (SCORE, WORSE))
    result = checks.not_worse(candidate, baseline, {"accuracy": 0.05, misses: 0.1}, higher_is_better=False)
    assert (result.label, result.verdict) == ("accuracy, misses", "passed")


@pytest.mark.parametrize(
    ("metric", "margin", "said"),
    [
        ({"accuracy": 0.1}, 0.1, "margin= is left out"),
        ({}, None, "margin= is left out"),
        ({"accuracy": 0}, None, "must be above 0"),
        ({"accuracy": None}, None, "say how much worse is tolerable"),
        ({"acuracy": 0.1}, None, "nearest is 'accuracy'"),
        ({"rmse": 0.1}, None, "does not fit a binary target"),
        ("accuracy", None, "say how much worse is tolerable"),
    ],
)
def test_wrong_guards(metric, margin, said):
    with pytest.raises(mltest.UsageError, match=said):
        checks.not_worse(GOOD, BAD, metric, margin=margin)


def folds(side, parts=6):
    return [side.take(index) for index in np.array_split(np.arange(900), parts)]


def test_folds_are_compared_with_the_corrected_t():
    result = checks.not_worse(folds(GOOD), folds(BAD), "roc_auc", margin=0.01, train_rows=750)
    found, ours, theirs = result.measurements
    assert (found.method, found.n, found.unit, result.verdict) == ("nadeau_bengio", 6, "folds", "passed")
    assert found.value == pytest.approx(ours.value - theirs.value)
    apart = [
        checks.not_worse(a, b, "roc_auc", margin=1.0).measurements[0].value
        for a, b in zip(folds(GOOD), folds(BAD), strict=True)
    ]
    error = np.std(apart, ddof=1) * np.sqrt(1 / 6 + 150 / 750)
    assert found.low == pytest.approx(np.mean(apart) - 2.0150483726691575 * error)
    assert result.curves == ()


def test_folds_need_five_and_no_slices():
    few = checks.not_worse(folds(GOOD, 4), folds(BAD, 4), "roc_auc", margin=0.01, train_rows=675)
    assert (few.verdict, few.measurements[0].low) == ("inconclusive", None)
    assert "at least 5" in few.because
    with pytest.raises(mltest.UsageError, match="folds are compared as a whole"):
        checks.not_worse(folds(GOOD), folds(BAD), "roc_auc", margin=0.01, train_rows=750, by="region")


def test_folds_of_other_rows_are_told_by_fold():
    ours, theirs = folds(GOOD), folds(BAD)
    theirs[2], theirs[3] = theirs[3], theirs[2]
    result = checks.not_worse(ours, theirs, "roc_auc", margin=0.01, train_rows=750)
    assert (result.verdict, result.reason) == ("failed", "not-comparable")
    assert {finding.where for finding in result.findings} == {"fold 2: labels", "fold 3: labels"}


def test_a_metric_that_a_fold_does_not_have():
    y = np.r_[np.zeros(50, dtype=int), Y[:250]]
    side = mltest.Evaluation(y, score=SCORE[:300])
    parts = [side.take(index) for index in np.array_split(np.arange(300), 6)]
    result = checks.not_worse(parts, parts, "roc_auc", margin=0.01, train_rows=250)
    assert (result.verdict, result.reason) == ("inconclusive", "not-estimable")
    assert "not defined in fold 0" in result.because


def test_scores_of_the_other_class_cannot_be_compared():
    decisions = (SCORE >= 0.5).astype(int)
    right = mltest.Evaluation(Y, prediction=decisions, score=SCORE)
    turned = mltest.Evaluation(Y, prediction=decisions, score=1 - SCORE)
    result = checks.not_worse(turned, right, "roc_auc", margin=0.01)
    assert (result.verdict, result.reason) == ("failed", "not-comparable")
    assert result.sentence == "roc_auc of candidate and baseline cannot be compared, their scores differ"
    assert result.findings[0].where == "score direction"
    assert "scores of the candidate are lower" in result.findings[0].what
    # what does not look at scores is compared all the same, and so are two that point the same way
    assert checks.not_worse(turned, right, "accuracy", margin=0.01).verdict == "passed"
    assert checks.not_worse(turned, turned, "roc_auc", margin=0.01).reason != "not-comparable"


def test_direction_is_not_guessed_where_nothing_tells_it():
    ranks = mltest.Evaluation(Y, score=1000 * SCORE)
    against = mltest.Evaluation(Y, prediction=np.ones(900, dtype=int), score=-SCORE)
    assert checks.not_worse(ranks, against, "roc_auc", margin=0.01).reason != "not-comparable"


def test_guards_that_miss_show_both_p_values():
    result = checks.not_worse(BAD, GOOD, {"roc_auc": 0.01, "accuracy": 0.5})
    told = {found.name: (found.p, found.p_adjusted) for found in result.measurements}
    p, adjusted = told["roc_auc difference"]
    assert adjusted == 2 * p <= 0.05
    assert told["accuracy difference"] == (None, None)
