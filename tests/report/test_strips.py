from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mltest.report.strips import WIDTH, scale_of, strip, wide_strip
from mltest.result import Measurement, Requirement

NUMBERS = st.floats(min_value=-1e6, max_value=1e6)


def measured(value, low, high, **given):
    return Measurement(name="m", value=value, low=low, high=high, method="hall_t", n=9, **given)


def at_least(limit):
    return Requirement(metric="m", comparison="at_least", limit=limit)


@given(low=NUMBERS, value=NUMBERS, high=NUMBERS, limit=NUMBERS)
def test_everything_drawn_lies_within_the_drawing_and_in_order(low, value, high, limit):
    low, value, high = sorted((low, value, high))
    one = strip(measured(value, low, high), at_least(limit), "passed")
    left, right = map(float, one.bar)
    assert 0 <= left <= float(one.dot) <= right <= WIDTH
    assert 0 <= float(one.limits[0]) <= WIDTH


@given(low=NUMBERS, span=st.floats(min_value=1e-3, max_value=1e3), limit=NUMBERS)
def test_the_drawing_never_contradicts_the_numbers(low, span, limit):
    one = strip(measured(low + span / 2, low, low + span), at_least(limit), "passed")
    left, right = map(float, one.bar)
    line = float(one.limits[0])
    assert left >= line - 0.1 if low >= limit else left <= line + 0.1
    assert right <= line + 0.1 if low + span <= limit else right >= line - 0.1


def test_the_accepted_side_is_shaded_for_each_comparison():
    found = measured(0.5, 0.4, 0.6)
    cases = {"at_least": 0.3, "at_most": 0.7, "not_worse": -0.01}
    for comparison, limit in cases.items():
        one = strip(found, Requirement(metric="m", comparison=comparison, limit=limit), "passed")
        start, width = map(float, one.accepted)
        line = float(one.limits[0])
        assert (start == line) if comparison != "at_most" else (abs(start + width - line) < 0.2)
    both = strip(found, Requirement(metric="m", comparison="between", limit=(0.3, 0.7)), "passed")
    assert len(both.limits) == 2
    assert float(both.accepted[0]) == float(both.limits[0])


def test_a_limit_far_away_stands_at_the_edge_behind_a_break():
    one = strip(measured(3.4, 3.2, 3.6), Requirement(metric="m", comparison="at_most", limit=400.0), "passed")
    assert one.breaks
    left, right = map(float, one.bar)
    assert right - left > 50
    assert float(one.limits[0]) > right


def test_a_bound_that_is_missing_leaves_the_bar_open():
    one = strip(measured(0.5, 0.4, None), at_least(0.3), "passed")
    assert float(one.bar[1]) == WIDTH - 4
    none = strip(measured(0.5, None, None), at_least(0.3), "inconclusive")
    assert none.bar is None
    assert none.dot is not None


def test_slices_share_one_scale():
    rows = [measured(0.2, 0.1, 0.3), measured(0.8, 0.7, 0.9)]
    scale = scale_of(rows, at_least(0.5))
    drawn = [strip(row, at_least(0.5), "passed", scale) for row in rows]
    assert drawn[0].limits == drawn[1].limits
    assert float(drawn[0].bar[1]) < float(drawn[0].limits[0]) < float(drawn[1].bar[0])


def test_a_value_equal_to_its_limit_is_drawn_on_it():
    found = Measurement(name="mismatches", value=0, low=0, high=0, confidence=None, method="census", n=9)
    one = strip(found, Requirement(metric="m", comparison="at_most", limit=0), "passed")
    assert one.dot == one.limits[0]


def test_a_wide_strip_writes_its_numbers():
    labels = wide_strip(measured(0.702, 0.668, 0.734), at_least(0.75), "failed").labels
    assert [label.text for label in labels] == ["limit 0.75", "0.668", "0.734", "0.702"]
