from __future__ import annotations

import copy
import dataclasses
import enum
import json
import pickle
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mltest
from mltest.result import Curve, Finding, Measurement, Requirement, Result, Verdict


class Word(enum.StrEnum):
    BLOCK = "block"


RESULT = Result(
    check="model.metric",
    label="roc_auc",
    sentence="roc_auc 0.842",
    verdict="passed",
    reason="bound-meets",
    because="meets",
    measurements=(Measurement(name="roc_auc", value=0.842, low=0.8, high=0.9, n=100),),
    verdicts=("passed",),
    requirement=Requirement(metric="roc_auc", comparison="between", limit=(0.5, 0.9)),
    findings=tuple(Finding(rule="r", where=str(n), what="w", count=n) for n in range(25)),
    inputs={"model": "sha256:00"},
    curves=(Curve(kind="roc", label="c", x=(0.0, 1.0), y=(0.0, 1.0)),),
)


def test_round_trips():
    assert Result.from_plain(RESULT.to_plain()) == RESULT
    assert Result.from_plain(json.loads(json.dumps(RESULT.to_plain()))) == RESULT
    assert pickle.loads(pickle.dumps(RESULT)) == RESULT == copy.deepcopy(RESULT)
    assert hash(RESULT) == hash(copy.deepcopy(RESULT))


def test_findings_are_bounded_and_counted():
    assert (len(RESULT.findings), RESULT.findings_total) == (20, 25)


@pytest.mark.parametrize(
    "value",
    [np.float64(1), np.int64(1), np.bool_(True), np.str_("x"), Word.BLOCK, float("nan"), float("inf"), object()],
)
def test_only_plain_values_by_exact_type(value):
    with pytest.raises(TypeError, match="Measurement"):
        Measurement(name="x", value=value)
    with pytest.raises(TypeError, match=r"Finding\.what"):
        Finding(rule="r", where="w", what=value)


def test_nothing_can_be_changed():
    with pytest.raises(FrozenInstanceError):
        RESULT.verdict = "failed"
    with pytest.raises(TypeError):
        RESULT.inputs["model"] = "other"


def test_no_truth_value():
    with pytest.raises(TypeError, match="assert_"):
        bool(RESULT)
    with pytest.raises(TypeError):
        assert RESULT


def test_unknown_verdict_is_refused():
    with pytest.raises(TypeError, match="'ok'; allowed are passed"):
        Result(check="c", label="l", sentence="s", verdict="ok", reason="r", because="b")


def test_a_failure_can_be_pickled_with_its_result():
    with pytest.raises(mltest.CheckFailed) as caught:
        mltest.require(3, at_most=2, name="x")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again), again.result) == (mltest.CheckFailed, str(caught.value), caught.value.result)


def test_notebook_form_is_escaped_text():
    hostile = Result(check="c", label="l", sentence="<script>", verdict="failed", reason="r", because="b")
    assert "<script>" not in hostile._repr_html_()


@given(st.text(), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_and_number_survives(text, value):
    one = Measurement(name=text, value=value)
    assert Measurement(**json.loads(json.dumps({"name": one.name, "value": one.value}))) == one


def test_public_nouns_show_the_short_name():
    assert {noun.__module__ for noun in (Measurement, Requirement, Verdict, Finding, Result, Curve)} == {"mltest"}


def test_p_values_are_part_of_the_plain_form_only_where_there_are_any():
    bare, told = Measurement(name="m", value=0.5), Measurement(name="m", value=0.5, p=0.01, p_adjusted=0.03)
    result = dataclasses.replace(RESULT, measurements=(bare, told), verdicts=("passed", "failed"))
    plain = result.to_plain()["measurements"]
    assert "p" not in plain[0]
    assert (plain[1]["p"], plain[1]["p_adjusted"]) == (0.01, 0.03)
    assert Result.from_plain(json.loads(json.dumps(result.to_plain()))) == result


def test_bounds_live_in_this_process_only():
    found = Measurement(name="m", value=0.5, bounds=lambda alpha: (0.5 - alpha, 0.5 + alpha))
    assert found == Measurement(name="m", value=0.5) == pickle.loads(pickle.dumps(found))
    assert found.bounds(0.01) == (0.49, 0.51)
    assert pickle.loads(pickle.dumps(found)).bounds is None
    assert "bounds" not in dataclasses.replace(RESULT, measurements=(found,)).to_plain()["measurements"][0]
