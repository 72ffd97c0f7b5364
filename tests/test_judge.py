"""The decision rule of statistics section 1, and the only place where it is made."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.errors import UsageError
from mltest.judge import judge, judge_all, pvalues_text, requirement_of, requirement_text, with_pvalues
from mltest.result import Measurement, Requirement


def found(low, high, **more):
    value = None if low is None else (low + high) / 2
    return Measurement(name="m", value=value, low=low, high=high, method="clopper_pearson", n=100, **more)


def word(low, high, **demand):
    return judge(found(low, high), requirement_of("m", call="test", **demand)).word


@pytest.mark.parametrize(
    ("low", "high", "demand", "expected"),
    [
        (0.80, 0.90, {"at_least": 0.80}, "passed"),
        (0.79, 0.90, {"at_least": 0.80}, "inconclusive"),
        (0.70, 0.80, {"at_least": 0.80}, "inconclusive"),
        (0.70, 0.79, {"at_least": 0.80}, "failed"),
        (0.10, 0.20, {"at_most": 0.20}, "passed"),
        (0.10, 0.21, {"at_most": 0.20}, "inconclusive"),
        (0.21, 0.30, {"at_most": 0.20}, "failed"),
        (0.20, 0.30, {"between": (0.20, 0.30)}, "passed"),
        (0.19, 0.30, {"between": (0.20, 0.30)}, "inconclusive"),
        (0.31, 0.40, {"between": (0.20, 0.30)}, "failed"),
        (0.10, 0.19, {"between": (0.20, 0.30)}, "failed"),
    ],
)
def test_decision_rule(low, high, demand, expected):
    assert word(low, high, **demand) == expected


@pytest.mark.parametrize(
    ("low", "high", "limit", "expected"),
    [
        (-0.005, 0.02, -0.01, "passed"), (-0.02, 0.02, -0.01, "inconclusive"), (-0.05, -0.02, -0.01, "failed"),
        (-0.02, 0.005, 0.01, "passed"), (-0.02, 0.02, 0.01, "inconclusive"), (0.02, 0.05, 0.01, "failed"),
    ],
)  # fmt: skip
def test_not_worse_takes_its_side_from_the_sign_of_the_limit(low, high, limit, expected):
    requirement = Requirement(metric="m", comparison="not_worse", limit=limit, margin=0.01)
    assert judge(found(low, high), requirement).word == expected


ends = st.floats(-10, 10)


@given(ends, ends, ends)
def test_measure_and_negation_judge_alike(one, other, limit):
    low, high = sorted((one, other))
    assert word(low, high, at_least=limit) == word(-high, -low, at_most=-limit)


@given(ends, ends, ends, ends)
def test_a_stricter_threshold_never_helps(one, other, limit, stricter):
    low, high = sorted((one, other))
    limit, stricter = sorted((limit, stricter))
    rank = {"failed": 0, "inconclusive": 1, "passed": 2}
    assert rank[word(low, high, at_least=stricter)] <= rank[word(low, high, at_least=limit)]


def test_no_value_decides_nothing():
    assert (
        judge(found(None, None, detail="no positives"), requirement_of("m", at_least=0, call="t")).word
        == "inconclusive"
    )


def test_nan_satisfies_nothing():
    nan = Measurement(name="m", value=None, method="given", flags=("nonfinite",), detail="m is nan")
    for demand in ({"at_least": 0}, {"at_most": 0}, {"between": (-1, 1)}):
        assert judge(nan, requirement_of("m", call="t", **demand)).word == "error"


def test_point_decision_is_shown():
    requirement = requirement_of("m", at_least=0.8, decision="point", call="t")
    verdict = judge(found(0.75, 0.90), requirement)
    assert (verdict.word, "without error control" in verdict.text) == ("passed", True)


def test_conjunction_passes_only_if_each_member_does():
    good, unsure = found(0.85, 0.95), found(0.75, 0.95)
    requirement = requirement_of("m", at_least=0.8, call="t")
    assert judge_all([good, good], requirement)[0].word == "passed"
    assert judge_all([good, unsure], requirement)[0].word == "inconclusive"


def test_conjunction_fails_only_after_holm():
    bad, good = found(0.6, 0.79), found(0.85, 0.95)
    requirement = requirement_of("m", at_least=0.8, call="t")
    verdict, words = judge_all([bad, good, good], requirement, pvalues=[0.01, 0.9, 0.9])
    assert (verdict.word, words) == ("failed", ("failed", "passed", "passed"))
    verdict, words = judge_all([bad, good, good], requirement, pvalues=[0.03, 0.9, 0.9])
    assert (verdict.word, words) == ("inconclusive", ("inconclusive", "passed", "passed"))


def test_too_small_slices_decide_nothing_until_they_are_many():
    requirement = requirement_of("m", at_least=0.8, call="t")
    small = Measurement(name="m", value=0.5, low=0.1, high=0.7, n=10, method="clopper_pearson", flags=("too_small",))
    assert judge_all([found(0.85, 0.95), small], requirement)[0].word == "passed"
    assert judge_all([found(0.85, 0.95), small, small, small], requirement)[0].word == "inconclusive"


@pytest.mark.parametrize(
    "demand", [{}, {"at_least": 1, "at_most": 2}, {"at_least": float("nan")}, {"at_least": "x"}, {"at_least": True},
               {"between": (2, 1)}, {"between": 3}, {"at_most": float("inf")}, {"at_least": 1, "decision": "both"}],
)  # fmt: skip
def test_demands_that_cannot_be_meant(demand):
    with pytest.raises(UsageError):
        requirement_of("m", call="t", **demand)


def test_numpy_limits_become_python_numbers():
    requirement = requirement_of("m", at_least=np.float32(0.5), call="t")
    assert type(requirement.limit) is float


def test_requirement_in_words():
    assert requirement_text(requirement_of("m", between=(0.1, 0.25), call="t")) == "between 0.10 and 0.25"


def test_both_p_values_are_shown_of_those_that_miss_by_themselves():
    bad, good, small = found(0.6, 0.79), found(0.85, 0.95), found(0.1, 0.3, flags=("too_small",))
    requirement = requirement_of("m", at_least=0.8, call="t")
    told = with_pvalues([bad, good, bad, small], requirement, [0.012, 0.9, 0.03, 1.0])
    assert [(each.p, each.p_adjusted) for each in told] == [
        (0.012, 3 * 0.012), (None, None), (0.03, 0.06), (None, None),
    ]  # fmt: skip
    assert pvalues_text(told[0]) == "p 0.012, Holm 0.036"
    assert pvalues_text(good) == ""
    point = requirement_of("m", at_least=0.8, decision="point", call="t")
    assert with_pvalues([bad], point, [0.01]) == (bad,)


@given(st.lists(st.floats(1e-12, 0.05), min_size=1, max_size=8))
def test_the_shown_p_value_after_correction_is_the_one_that_decides(pvalues):
    requirement = requirement_of("m", at_least=0.8, call="t")
    members = [found(0.6, 0.79)] * len(pvalues)
    words = judge_all(members, requirement, pvalues=pvalues)[1]
    told = with_pvalues(members, requirement, pvalues)
    assert [each.p_adjusted <= 0.05 for each in told] == [word == "failed" for word in words]


def test_what_is_not_confirmed_says_why():
    requirement = requirement_of("m", at_least=0.8, call="t")
    verdict, _ = judge_all([found(0.6, 0.79), *[found(0.85, 0.95)] * 2], requirement, pvalues=[0.03, 0.9, 0.9])
    assert verdict.reason == "not-confirmed-after-holm"
    assert verdict.text.endswith("misses it, not confirmed among 3 (p 0.030, Holm 0.090)")


@pytest.mark.parametrize(
    ("flags", "text"),
    [(("too_few_rows",), "too few rows for an interval: why"), (("zero_variance",), "no interval: why")],
)
def test_the_lack_of_an_interval_is_told_by_its_reason(flags, text):
    bare = Measurement(name="m", value=0.5, method="hall_t", n=100, detail="why", flags=flags)
    assert judge(bare, requirement_of("m", at_least=0.8, call="t")).text == text
