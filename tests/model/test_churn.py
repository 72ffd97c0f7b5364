from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mltest
from mltest.model.churn import assert_churn, churn
from mltest.stats.paired import mcnemar_midp
from mltest.stats.proportion import clopper_pearson


def sides(broken, fixed, both_wrong, rows, **options):
    """Three classes; ``both_wrong`` rows go from one wrong class to another."""
    y = np.array(["a", "b", "c"])[np.arange(rows) % 3]
    other = np.array(["b", "c", "a"])[np.arange(rows) % 3]
    third = np.array(["c", "a", "b"])[np.arange(rows) % 3]
    old, new = y.copy(), y.copy()
    new[:broken] = other[:broken]
    old[broken : broken + fixed] = other[broken : broken + fixed]
    last = slice(broken + fixed, broken + fixed + both_wrong)
    old[last], new[last] = other[last], third[last]
    return mltest.Evaluation(y, prediction=new, **options), mltest.Evaluation(y, prediction=old, **options)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 10))
def test_share_bounds_and_counts(broken, fixed, both_wrong):
    result = churn(*sides(broken, fixed, both_wrong, 300), at_most=0.9)
    changed, shown_broken, shown_fixed = result.measurements
    total = broken + fixed + both_wrong
    assert changed.value == pytest.approx(total / 300)
    assert (changed.low, changed.high) == pytest.approx(clopper_pearson(total, 300))
    assert (shown_broken.value, shown_fixed.value) == pytest.approx((broken / 300, fixed / 300))
    assert {finding.where: finding.count for finding in result.findings} == {
        name: rows for name, rows in (("broken", broken), ("fixed", fixed)) if rows
    }
    assert result.verdicts == ("passed", "not_applicable", "not_applicable")


def test_known_midp_is_recorded():
    detail = churn(*sides(7, 1, 0, 21), at_most=0.9).measurements[0].detail
    assert mcnemar_midp(1, 7) == 0.0390625
    assert "7 broken, 1 fixed; McNemar mid-p 0.039" in detail
    assert "2 wrong otherwise" in churn(*sides(7, 1, 2, 21), at_most=0.9).measurements[0].detail


def test_verdicts_by_the_bound():
    assert churn(*sides(1, 2, 0, 1000), at_most=0.01).verdict == "passed"
    assert churn(*sides(80, 60, 0, 1000), at_most=0.10).verdict == "failed"
    result = churn(*sides(4, 4, 0, 1000), at_most=0.01)
    assert result.verdict == "inconclusive"
    assert result.detectable == pytest.approx(0.004)
    assert result.n_to_settle > 1000
    assert churn(*sides(4, 4, 0, 1000), at_most=0.01, decision="point").verdict == "passed"
    assert churn(*sides(0, 0, 0, 30), at_most=0, decision="point").verdict == "passed"


def test_failure_message():
    with pytest.raises(mltest.CheckFailed) as caught:
        assert_churn(*sides(30, 10, 0, 200), at_most=0.05)
    lines = str(caught.value).splitlines()
    assert lines[0] == "40 of 200 decisions of candidate differ from baseline, required at most 0.05"
    assert "  worst      broken: right before, wrong now: 30 (15 %)" in lines


def test_weights_and_clusters_change_the_method_and_leave_the_midp_out():
    options = {"weight": 1.0 + np.arange(300) % 3, "cluster": np.arange(300) // 2}
    found = churn(*sides(20, 10, 0, 300, **options), at_most=0.3).measurements[0]
    assert (found.method, found.unit) == ("korn_graubard", "clusters")
    assert "mid-p" not in found.detail


def test_other_rows_cannot_be_compared():
    ours, _ = sides(1, 1, 0, 30)
    _, theirs = sides(1, 1, 0, 33)
    result = churn(ours, theirs, at_most=0.5)
    assert (result.verdict, result.reason) == ("failed", "not-comparable")
    assert result.sentence == "decisions of candidate and baseline cannot be compared, their rows differ"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"at_most": 0}, "no number of rows shows"),
        ({"at_most": 1}, "must be a share"),
        ({"at_most": -0.1}, "must be a share"),
        ({"at_most": "few"}, "finite number"),
        ({"at_most": 0.1, "decision": "maybe"}, "allowed are"),
    ],
)
def test_wrong_demands(options, said):
    with pytest.raises(mltest.UsageError, match=said):
        churn(*sides(1, 1, 0, 30), **options)


def test_numbers_are_no_decisions():
    y = np.linspace(0, 1, 30)
    side = mltest.Evaluation(y, prediction=y + 0.1)
    with pytest.raises(mltest.UsageError, match="is no decision"):
        churn(side, side, at_most=0.1)
