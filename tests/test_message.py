"""The text that a reader gets: golden, within 25 lines of 92 columns, and honest."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mltest.digits import count, limit, number, share
from mltest.message import failure_text
from mltest.result import Finding, Measurement, Requirement, Result

RESULT = Result(
    check="model.metric",
    label="recall by region",
    sentence="recall 0.272 in region=north, required at least 0.30 (n = 412)",
    verdict="inconclusive",
    reason="bound-straddles",
    because="these positives show at least 0.236; about 750 positives would settle it",
    measurements=(
        Measurement(name="recall", value=112 / 412, low=0.2361, high=0.3101, method="clopper_pearson", n=412,
                    unit="positives", slice="region=north", detail="112 of 412 positives"),
        Measurement(name="recall", value=0.377, low=0.34, high=0.41, method="clopper_pearson", n=500,
                    slice="region=south"),
    ),
    verdicts=("inconclusive", "passed"),
    requirement=Requirement(metric="recall", comparison="at_least", limit=0.3, source="tests/test_lending.py:31"),
    inputs={"model": "sha256:" + "a41f9c2e" * 8},
)  # fmt: skip

GOLDEN = """\
recall 0.272 in region=north, required at least 0.30 (n = 412)

  measured   0.272 in region=north (one-sided 95 % bounds 0.236 and 0.310; Clopper-Pearson;
             112 of 412 positives; n = 412)
  required   at least 0.30 (tests/test_lending.py:31)
  verdict    inconclusive: these positives show at least 0.236; about 750 positives would
             settle it
  worst      region=north 0.272 (0.236 to 0.310), n = 412: inconclusive
             region=south 0.377 (0.340 to 0.410), n = 500: passed
  inputs     model sha256:a41f9c2e

  evidence   model.metric  tests/test_lending.py::test_recall
  rerun      pytest "tests/test_lending.py::test_recall" --mltest-seed 17
  explain    mltest explain model.metric"""


def test_golden():
    assert failure_text(RESULT, node="tests/test_lending.py::test_recall", seed=17) == GOLDEN


@given(st.integers(0, 30), st.text(max_size=300), st.integers(0, 400))
def test_never_longer_than_a_screen(findings, text, slices):
    from dataclasses import replace

    result = replace(
        RESULT,
        because=text,
        advice=text,
        findings=tuple(Finding(rule="r", where=text, what=text, count=n) for n in range(findings)),
        measurements=RESULT.measurements * (1 + slices),
        verdicts=RESULT.verdicts * (1 + slices),
    )
    lines = failure_text(result, node="tests/test_lending.py::test_recall", seed=17).splitlines()
    assert len(lines) <= 25


@pytest.mark.parametrize(
    ("value", "beside", "text"),
    [
        (0.8416, (), "0.842"), (0.2999999, (0.3,), "0.2999999"), (0.29996, (0.3,), "0.29996"), (1, (), "1"),
        (4120, (), "4 120"), (12345.678, (), "12 346"), (1.5e-7, (), "1.5e-07"), (0.0, (), "0.000"), (None, (), "none"),
        (-0.0123, (), "-0.012"), (99.5, (), "99.50"), (1e20, (), "1e+20"),
    ],
)  # fmt: skip
def test_numbers(value, beside, text):
    assert number(value, *beside) == text


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_value_never_reads_like_its_demand(value, demand):
    if abs(value - demand) > 1e-8:
        assert (
            number(value, demand).replace(" ", "") != f"{demand:.3f}"
            or abs(value) < 1e-3
            or float(number(value, demand).replace(" ", "")) != demand
        )


def test_limits_and_counts_and_shares():
    assert [limit(v) for v in (0.3, 1, 1.0, 25000, 0.001, 1e-12, -0.5)] == [
        "0.30", "1", "1.00", "25 000", "0.001", "1e-12", "-0.50",
    ]  # fmt: skip
    assert count(1234567) == "1 234 567"
    assert [share(*pair) for pair in ((1, 3), (1, 10**6), (999999, 10**6), (0, 3), (3, 3), (0, 0))] == [
        "33.3 %", "< 0.1 %", "> 99.9 %", "0 %", "100 %", "0 %",
    ]  # fmt: skip


def test_slices_that_miss_show_both_p_values():
    missed = dataclasses.replace(RESULT.measurements[0], p=0.00001, p_adjusted=0.0123)
    text = failure_text(dataclasses.replace(RESULT, measurements=(missed, RESULT.measurements[1])))
    assert "region=north 0.272 (0.236 to 0.310): inconclusive (p < 0.0001, Holm 0.012)" in text
    assert "positives; p < 0.0001, Holm 0.012; n = 412)" in " ".join(text.split())


def test_an_exact_p_value_has_no_bounds_of_its_own():
    exact = Measurement(name="p", value=0.2, low=0.2, high=0.2, method="permutation", n=99)
    text = failure_text(dataclasses.replace(RESULT, measurements=(exact,), verdicts=("inconclusive",)))
    assert "bounds" not in text
    assert "measured   0.200 (" in text
