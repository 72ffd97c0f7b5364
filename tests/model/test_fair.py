from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

import mltest
from mltest.model.fair import assert_fair, fair
from tests.faults.group_faults import FAIR, clean_verdicts, red


def answers(groups, *, column="group", seed=0, **extra):
    """Rows by group: (rows, selected) or (positives, true positives, negatives, false positives)."""
    y, predicted, named = [], [], []
    for name, counts in groups.items():
        positives, hits, negatives, alarms = counts if len(counts) == 4 else (0, 0, *counts)
        y += [1] * positives + [0] * negatives
        predicted += [1] * hits + [0] * (positives - hits) + [1] * alarms + [0] * (negatives - alarms)
        named += [name] * (positives + negatives)
    order = np.random.default_rng(seed).permutation(len(y))
    table = pl.DataFrame({column: pl.Series(named)[order.tolist()], **extra})
    return mltest.Evaluation(np.array(y)[order], prediction=np.array(predicted)[order], table=table, positive=1)


def by_slice(result):
    return {
        (found.name.split()[0], found.slice): (found, word)
        for found, word in zip(result.measurements, result.verdicts, strict=True)
    }


def test_known_ratio_and_difference():
    holdout = answers({"a": (70, 56), "b": (80, 48)})
    ratio = by_slice(fair(holdout, "selection_rate", by="group", ratio_at_least=0.8))["selection_rate", "group=a"][0]
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((4 / 3, 1.1173941, 1.60835675), rel=1e-6)
    assert (ratio.method, ratio.n, ratio.detail) == ("koopman", 70, "56 of 70 rows; 0.800 against 0.600")
    found = by_slice(fair(holdout, "selection_rate", by="group", difference_at_most=0.1))
    difference = found["selection_rate", "group=a"][0]
    assert (difference.low, difference.high) == pytest.approx((0.0765641915, 0.313644584), rel=1e-6)
    assert difference.method == "mover_wilson"


def test_rates_by_hand():
    """Two groups of 100: a has 60 positives of which 45 are found and 10 false alarms, b 30, 15 and 7."""
    holdout = answers({"a": (60, 45, 40, 10), "b": (30, 15, 70, 7)})
    expected = {
        "selection_rate": (0.55, 0.22),
        "tpr": (0.75, 0.5),
        "fpr": (0.25, 0.1),
        "tnr": (0.75, 0.9),
        "fnr": (0.25, 0.5),
        "ppv": (45 / 55, 15 / 22),
        "npv": (30 / 45, 63 / 78),
        "error_rate": (0.25, 0.22),
        "accuracy": (0.75, 0.78),
    }
    for measure, (a, b) in expected.items():
        result = fair(holdout, measure, by="group", difference_at_most=0.5, min_rows=20)
        values = {found.slice: found.value for found in result.measurements}
        assert values == pytest.approx({"group=a": a - b, "group=b": b - a})
        ratios = fair(holdout, measure, by="group", ratio_at_least=0.1, min_rows=20)
        assert {found.slice: found.value for found in ratios.measurements} == pytest.approx(
            {"group=a": a / b, "group=b": b / a}
        )


def test_four_fifths_passes_only_by_the_bound():
    equal = answers({"a": (1000, 500), "b": (1000, 480)})
    assert assert_fair(equal, "selection_rate", by="group", ratio_at_least=0.8).reason == "all-meet"
    few = answers({"a": (60, 30), "b": (60, 29)})
    result = fair(few, "selection_rate", by="group", ratio_at_least=0.8)
    assert (result.verdict, result.reason) == ("inconclusive", "bound-straddles")
    assert 120 < result.n_to_settle < 200  # rows of the group, the rest growing alike
    unequal = answers({"a": (1000, 500), "b": (1000, 300)})
    with pytest.raises(mltest.CheckFailed, match=r"selection_rate ratio 0.600 in group=b, required between 0.80"):
        assert_fair(unequal, "selection_rate", by="group", ratio_at_least=0.8)


def test_too_many_are_as_unfair_as_too_few():
    """A small group that is always selected: its ratio is above 5/4."""
    holdout = answers({"a": (2000, 1000), "b": (2000, 1000), "c": (300, 280)})
    result = fair(holdout, "selection_rate", by="group", ratio_at_least=0.8)
    assert result.verdict == "failed"
    assert by_slice(result)["selection_rate", "group=c"][1] == "failed"
    assert by_slice(result)["selection_rate", "group=a"][1] == "passed"


def test_two_groups_make_one_comparison():
    """P-value above 0.025: it would not survive a correction for the same comparison said twice."""
    holdout = answers({"a": (200, 100), "b": (200, 65)})
    result = fair(holdout, "selection_rate", by="group", ratio_at_least=0.8)
    assert 0.79 < result.measurements[0].high < 0.8
    assert (result.verdict, set(result.verdicts)) == ("failed", {"failed"})
    assert [found.slice for found in result.measurements] == ["group=b", "group=a"]
    assert result.measurements[1].flags == ("mirror",)


def test_holm_over_groups():
    groups = dict.fromkeys("abcdefgh", (400, 200)) | {"z": (200, 66)}
    holdout = answers(groups)
    result = fair(holdout, "selection_rate", by="group", ratio_at_least=0.8)
    found, word = by_slice(result)["selection_rate", "group=z"]
    assert found.high < 0.8
    assert word == result.verdict == "inconclusive"
    assert result.reason == "not-confirmed-after-holm"


def test_equalised_odds_is_both_rates():
    fault_in_fpr = answers({"a": (400, 300, 400, 100), "b": (400, 300, 400, 200)})
    assert fair(fault_in_fpr, "tpr", by="group", difference_at_most=0.1).verdict == "passed"
    result = fair(fault_in_fpr, "equalised_odds", by="group", difference_at_most=0.1)
    assert result.verdict == "failed"
    assert result.sentence.startswith("fpr difference -0.250 in group=a, required between -0.10 and 0.10")
    assert {found.name for found in result.measurements} == {"tpr difference", "fpr difference"}
    assert (result.findings[0].rule, result.findings[0].where) == ("groups", "group=a")
    assert (
        result.findings[0].what
        == "failed: fpr difference -0.250 (100 of 400 negatives; 0.250 against 0.500; p < 0.0001, Holm < 0.0001)"
    )
    assert result.because.startswith("group=a: ")
    assert fair(fault_in_fpr, "equalized_odds", by="group", difference_at_most=0.1).verdict == "failed"


def test_intersections_find_what_each_column_hides():
    rng = np.random.default_rng(5)
    sex, age = rng.choice(["f", "m"], 6000), rng.choice(["old", "young"], 6000)
    rate = np.where((sex == "f") == (age == "old"), 0.35, 0.65)
    table = pl.DataFrame({"sex": sex, "age": age})
    holdout = mltest.Evaluation(rng.integers(0, 2, 6000), prediction=(rng.random(6000) < rate).astype(int), table=table)
    for column in ("sex", "age"):
        assert fair(holdout, "selection_rate", by=column, ratio_at_least=0.8).verdict == "passed"
    result = fair(holdout, "selection_rate", by=["sex", "age"], ratio_at_least=0.8)
    assert (result.verdict, len(result.measurements)) == ("failed", 8)
    failed = {found.slice for (found, word) in by_slice(result).values() if word == "failed"}
    assert failed == {f"sex={a}, age={b}" for a in "fm" for b in ("old", "young")}
    assert {finding.rule for finding in result.findings} == {"intersections"}
    assert result.findings_total == 4


def test_missing_group_is_a_group():
    rows = {"a": (500, 250), "b": (500, 250), None: (200, 20)}
    result = fair(answers(rows), "selection_rate", by="group", ratio_at_least=0.8)
    assert by_slice(result)["selection_rate", "group=<null>"][1] == "failed"


def test_small_groups_are_pooled():
    rows = {"a": (500, 250), "b": (500, 250), "c": (25, 0), "d": (25, 1)}
    result = fair(answers(rows), "selection_rate", by="group", ratio_at_least=0.8)
    found = by_slice(result)
    assert found["selection_rate", "group=other_small"][1] == result.verdict == "failed"
    assert found["selection_rate", "group=c"][0].flags[0] == "too_small"
    assert "25 rows, min_rows is 30, and part of other_small" in found["selection_rate", "group=c"][0].detail


def test_few_unjudged_rows_are_listed_and_many_are_inconclusive():
    few = answers({"a": (1000, 500), "b": (1000, 500), "c": (20, 0)})
    result = fair(few, "selection_rate", by="group", ratio_at_least=0.8)
    assert result.verdict == "passed"
    assert by_slice(result)["selection_rate", "group=c"][1] == "inconclusive"
    many = answers({"a": (60, 30), "b": (20, 10)})
    result = fair(many, "selection_rate", by="group", ratio_at_least=0.1)
    assert (result.verdict, result.reason) == ("inconclusive", "too-small-groups")
    assert "80 of 80 rows lie in groups too small to judge" in result.because


def test_one_group_has_nothing_to_compare_with():
    result = fair(answers({"a": (100, 50)}), "selection_rate", by="group", ratio_at_least=0.8)
    assert (result.verdict, result.reason) == ("inconclusive", "one-group")
    assert "nothing to compare with" in result.because


def test_denominator_of_the_rate_decides_who_is_small():
    holdout = answers({"a": (400, 300, 400, 100), "b": (10, 1, 400, 100)})
    assert fair(holdout, "fpr", by="group", ratio_at_least=0.7).verdict == "passed"
    result = fair(holdout, "tpr", by="group", ratio_at_least=0.7)
    assert result.verdict == "inconclusive"  # the rest of a has 10 positives as well


def test_zero_rates():
    none = answers({"a": (300, 0), "b": (300, 0)})
    result = fair(none, "selection_rate", by="group", ratio_at_least=0.8)
    assert (result.verdict, result.measurements[0].value) == ("inconclusive", None)
    assert fair(none, "selection_rate", by="group", difference_at_most=0.1).verdict == "passed"
    one = answers({"a": (300, 0), "b": (300, 90), "c": (300, 90)})
    assert fair(one, "selection_rate", by="group", ratio_at_least=0.8).verdict == "failed"
    only = answers({"a": (300, 30), "b": (300, 0), "c": (300, 0)})
    result = fair(only, "selection_rate", by="group", ratio_at_least=0.8)
    found, word = by_slice(result)["selection_rate", "group=a"]
    assert (found.value, found.high, word) == (None, None, "failed")
    assert found.low > 1.25
    assert result.sentence.startswith("selection_rate ratio")


def weighted(weight=None, cluster=None, repeat=1):
    rng = np.random.default_rng(3)
    group = rng.choice(["a", "b", "c"], 900)
    predicted = (rng.random(900) < np.where(group == "a", 0.4, 0.5)).astype(int)
    at = np.repeat(np.arange(900), repeat)
    return mltest.Evaluation(
        rng.integers(0, 2, 900)[at],
        prediction=predicted[at],
        table=pl.DataFrame({"group": group[at]}),
        weight=weight,
        cluster=cluster,
    )


@pytest.mark.parametrize("demand", [{"ratio_at_least": 0.6}, {"difference_at_most": 0.25}])
def test_weights_and_clusters(demand):
    plain = by_slice(fair(weighted(), "selection_rate", by="group", **demand))
    constant = by_slice(fair(weighted(weight=np.full(900, 3.0)), "selection_rate", by="group", **demand))
    # copies of a row in one cluster tell no more than the row
    copies = by_slice(
        fair(
            weighted(cluster=np.repeat(np.arange(900), 3), repeat=3),
            "selection_rate",
            by="group",
            **demand,
        )
    )
    for key, (found, word) in plain.items():
        assert constant[key][0] == found
        copied = copies[key][0]
        assert (copied.method, copied.unit, copied.value) == ("influence", "clusters", pytest.approx(found.value))
        assert (copied.low, copied.high) == pytest.approx((found.low, found.high), abs=0.012)
        assert copies[key][1] == word


def test_weights_move_the_rates_and_widen_the_interval():
    weight = np.random.default_rng(4).exponential(size=900)
    found = fair(weighted(weight=weight), "selection_rate", by="group", difference_at_most=0.25).measurements[0]
    plain = fair(weighted(), "selection_rate", by="group", difference_at_most=0.25).measurements[0]
    assert found.high - found.low > 1.2 * (plain.high - plain.low)
    given = weighted(weight=weight)
    inside = given.table.column("group") == found.slice.removeprefix("group=")
    rates = [np.average(given.predicted[rows], weights=weight[rows]) for rows in (inside, ~inside)]
    assert found.value == pytest.approx(rates[0] - rates[1])


def test_rows_of_weight_zero_do_not_count():
    half = np.tile([1.0, 0.0], 450)
    ours = fair(weighted(weight=half), "selection_rate", by="group", ratio_at_least=0.5)
    theirs = fair(weighted().take(np.arange(0, 900, 2)), "selection_rate", by="group", ratio_at_least=0.5)
    assert [found.low for found in ours.measurements] == pytest.approx([found.low for found in theirs.measurements])


def test_few_clusters_are_inconclusive():
    holdout = weighted(cluster=np.arange(900) % 3)
    result = fair(holdout, "selection_rate", by="group", ratio_at_least=0.5)
    assert result.verdict == "inconclusive"
    assert "a comparison needs at least 5" in result.because


def test_weighted_rates_without_spread():
    rng = np.random.default_rng(1)
    table = pl.DataFrame({"group": ["a", "b"] * 300})
    predicted = np.where(np.arange(600) % 2, rng.random(600) < 0.5, 0).astype(int)
    holdout = mltest.Evaluation(
        rng.integers(0, 2, 600), prediction=predicted, table=table, weight=rng.random(600) + 0.1
    )
    found = fair(holdout, "selection_rate", by="group", difference_at_most=0.1).measurements[0]
    assert (found.method, found.slice) == ("mover_wilson", "group=a")
    assert -0.6 < found.low < found.value < found.high < -0.4


def test_point_decision_is_shown():
    holdout = answers({"a": (60, 30), "b": (60, 29)})
    result = fair(holdout, "selection_rate", by="group", ratio_at_least=0.8, decision="point")
    assert (result.verdict, result.flags) == ("passed", ("no_error_control",))


def test_several_classes_have_error_rates_only():
    y = np.tile(["x", "y", "z"], 200)
    table = pl.DataFrame({"group": np.repeat(["a", "b"], 300)})
    holdout = mltest.Evaluation(y, prediction=np.roll(y, 100), table=table)
    assert fair(holdout, "error_rate", by="group", difference_at_most=0.1).verdict == "passed"
    with pytest.raises(mltest.UsageError, match="needs two classes"):
        fair(holdout, "tpr", by="group", difference_at_most=0.1)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({}, "exactly one of ratio_at_least= and difference_at_most=; got neither"),
        ({"ratio_at_least": 0.8, "difference_at_most": 0.1}, "got both"),
        ({"ratio_at_least": 1.25}, "must be above 0 and at most 1"),
        ({"ratio_at_least": math.nan}, "finite number"),
        ({"difference_at_most": -0.1}, "must be from 0 to below 1"),
        ({"measure": "selection", "ratio_at_least": 0.8}, "nearest is 'selection_rate'"),
        ({"by": "grp", "ratio_at_least": 0.8}, "nearest is 'group'"),
        ({"by": [], "ratio_at_least": 0.8}, "give the name of a column"),
        ({"by": ["group", "group"], "ratio_at_least": 0.8}, "different names"),
        ({"ratio_at_least": 0.8, "min_rows": 0}, "min_rows"),
        ({"ratio_at_least": 0.8, "decision": "maybe"}, "decision"),
    ],
)
def test_wrong_calls(told, message):
    holdout = answers({"a": (60, 30), "b": (60, 29)})
    with pytest.raises(mltest.UsageError, match=message):
        fair(holdout, **{"measure": "selection_rate", "by": "group"} | told)


def test_what_has_no_groups_or_classes_is_refused():
    with pytest.raises(mltest.UsageError, match="no table with the groups"):
        fair(mltest.Evaluation([0, 1], prediction=[0, 1]), "selection_rate", by="group", ratio_at_least=0.8)
    numbers = mltest.Evaluation([0.5, 1.5], prediction=[0.1, 1.2], table=pl.DataFrame({"group": ["a", "b"]}))
    with pytest.raises(mltest.UsageError, match="the target of data is a number"):
        fair(numbers, "selection_rate", by="group", ratio_at_least=0.8)
    with pytest.raises(mltest.UsageError, match="must be an Evaluation"):
        fair(pl.DataFrame({"group": ["a"]}), "selection_rate", by="group", ratio_at_least=0.8)


@pytest.mark.parametrize("demand", [{"ratio_at_least": 0.8}, {"difference_at_most": 0.1}])
def test_false_alarms_and_false_passes_at_the_limit(demand):
    """300 gates over three groups, one of which lies exactly on the limit: either error at most 5 % and 4 of its own
    standard errors, plus what the approximate intervals err (section 16: 6.4 %)."""
    rng, runs, size = np.random.default_rng(8), 300, 400
    group = np.repeat(["a", "b", "c"], size)
    table = pl.DataFrame({"group": group})
    words = []
    for _ in range(runs):
        predicted = (rng.random(3 * size) < np.where(group == "a", 0.4, 0.5)).astype(int)
        holdout = mltest.Evaluation(rng.permutation(predicted), prediction=predicted, table=table, positive=1)
        words.append(fair(holdout, "selection_rate", by="group", **demand).verdict)
    most = 0.064 + 4 * math.sqrt(0.05 * 0.95 / runs)
    assert words.count("failed") / runs <= most
    assert words.count("passed") / runs <= most


def test_faults_and_clean_twin():
    assert clean_verdicts() == {"passed"}
    assert red("stricter_with_one_group") == {FAIR}
