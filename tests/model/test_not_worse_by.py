"""``margin=`` by slice: each slice has the margin that names it, and what nobody names fails."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.message import failure_text
from mltest.model.not_worse import assert_not_worse, not_worse
from mltest.result import Result

RNG = np.random.default_rng(9)
ROWS = 3000
REGION = np.array(["north", "south", "west"])[np.arange(ROWS) % 3]
TABLE = pl.DataFrame({"region": REGION, "income": RNG.lognormal(size=ROWS), "old": np.arange(ROWS) % 2 == 0})
Y = RNG.random(ROWS) < 0.5
RIGHT = RNG.random(ROWS) < 0.9
BASELINE = mltest.Evaluation(Y, prediction=np.where(RIGHT, Y, ~Y), score=Y + RNG.normal(size=ROWS), table=TABLE)
# in the south one right answer in five is lost
LOST = (REGION == "south") & (RNG.random(ROWS) < 0.2)
CANDIDATE = mltest.Evaluation(
    Y, prediction=np.where(RIGHT & ~LOST, Y, ~Y), score=BASELINE.score - 3.0 * LOST * Y, table=TABLE
)


def compared(margin, by="region", **more):
    return not_worse(CANDIDATE, BASELINE, "accuracy", margin=margin, by=by, **more)


def test_each_slice_has_the_margin_that_names_it():
    assert compared(0.05).verdict == "failed"
    result = assert_not_worse(
        CANDIDATE, BASELINE, "accuracy", margin={"north": 0.01, "south": 0.3, "west": 0.01}, by="region"
    )
    assert result.requirement.limit is None
    assert result.requirement.metric == "accuracy 0.01 in region=north, 0.30 in region=south, 0.01 in region=west"
    south = next(found for found in result.measurements if found.slice == "region=south")
    assert south.detail.startswith("required no worse by more than 0.30")
    strict = compared({"north": 0.01, "south": 0.1, "west": 0.01})
    assert (strict.verdict, strict.measurements[0].slice) == ("failed", "region=south")
    assert "required no worse by more than 0.10 (n = 1 000)" in strict.sentence
    assert Result.from_plain(strict.to_plain()) == strict
    assert "region=south" in failure_text(strict)


def test_the_same_margin_for_all_is_a_plain_margin():
    plain = compared(0.05)
    for margin in ({"north": 0.05, "south": 0.05, "west": 0.05}, {"*": 0.05}, {"south": 0.05, "*": 0.05}):
        found = compared(margin)
        assert (found.verdict, found.verdicts) == (plain.verdict, plain.verdicts)
        assert [(one.slice, one.low, one.high) for one in found.measurements] == [
            (one.slice, one.low, one.high) for one in plain.measurements
        ]


@pytest.mark.parametrize("margin", [{"north": 0.01, "east": 0.02, "*": 0.5}, {"region=east": 0.02, "*": 0.5}])
def test_a_slice_that_is_named_and_has_no_rows_fails(margin):
    result = compared(margin)
    assert (result.verdict, result.reason, result.because) == ("failed", "slice-missing", "no rows in region=east")
    assert [(found.rule, found.where, found.count) for found in result.findings] == [("slices", "region=east", 0)]
    assert result.sentence.startswith("accuracy by region: no rows in region=east, required no worse by more than")


def test_a_declared_slice_that_has_no_rows_fails_under_one_margin_too():
    assert compared(0.5, by={"region": ["north", "south", "west"]}).verdict == "passed"
    assert compared(0.5, by={"region": ["north", "east"]}).reason == "slice-missing"


def test_a_slice_with_rows_that_nothing_names_fails():
    result = compared({"north": 0.05, "south": 0.5})
    assert (result.verdict, result.reason, result.because) == (
        "failed", "slice-unnamed", "no margin names region=west"
    )  # fmt: skip
    words = dict(zip([found.slice for found in result.measurements], result.verdicts, strict=True))
    assert (words["region=north"], words["region=west"]) == ("passed", "failed")
    assert '"*"' in result.advice


def test_where_no_named_slice_has_rows_all_fail():
    result = compared({"east": 0.05})
    assert (result.reason, result.verdicts[:3]) == ("slice-missing", ("failed",) * 3)
    assert result.findings_total == 4


def test_guards_may_each_have_margins_by_slice():
    margins = {"accuracy": {"south": 0.3, "*": 0.02}, "roc_auc": 0.4}
    result = not_worse(CANDIDATE, BASELINE, margins, by="region")
    assert result.verdict == "passed"
    assert result.requirement.metric == "accuracy 0.30 in region=south, 0.02 in every other, roc_auc 0.40"
    margins["roc_auc"] = {"south": 0.01, "*": 0.4}
    failed = not_worse(CANDIDATE, BASELINE, margins, by="region")
    assert (failed.verdict, failed.measurements[0].slice) == ("failed", "region=south")
    assert failed.measurements[0].name == "roc_auc difference"


def test_columns_cross_and_numbers_are_cut():
    crossed = compared({("south", True): 0.4, "region=south, old=False": 0.4, "*": 0.02}, by=["region", "old"])
    assert (crossed.verdict, crossed.label) == ("passed", "accuracy by region and old")
    parts = compared({"*": 0.15}, by={"income": 5})
    assert len({found.slice for found in parts.measurements if found.slice}) == 5


@pytest.mark.parametrize(("low", "high"), [(0.05, 0.1), (0.1, 0.35)])
def test_a_larger_margin_never_fails_what_a_smaller_one_passes(low, high):
    order = ("failed", "inconclusive", "passed")
    words = [compared({"south": margin, "*": 0.05}).verdict for margin in (low, high)]
    assert order.index(words[0]) <= order.index(words[1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"margin": {"north": 0.1}}, "margins by slice need by="),
        ({"margin": {}, "by": "region"}, "margins by slice need by="),
        ({"margin": {"north": 0.1, "region=north": 0.2}, "by": "region"}, "two of the keys name one slice"),
        ({"margin": {"north": 0.0}, "by": "region"}, "must be above 0"),
        ({"margin": {"north": "a"}, "by": "region"}, "must be a finite number"),
        ({"margin": 0.1, "by": "regoin"}, "nearest is 'region'"),
        ({"margin": 0.1, "by": 3}, "give the name of a column"),
    ],
)
def test_wrong_arguments(given, message):
    with pytest.raises(mltest.UsageError, match=message):
        not_worse(CANDIDATE, BASELINE, "accuracy", **given)
