"""``require`` and ``check``: the two borders where a user's own numbers come in."""

from __future__ import annotations

import numpy as np
import pytest

import mltest
from mltest import catalogue


@pytest.fixture(autouse=True)
def forget_own_checks():
    before = dict(catalogue._DECLARED)
    yield
    catalogue._DECLARED.clear()
    catalogue._DECLARED.update(before)


@pytest.mark.parametrize("value", [3, 3.0, np.float64(3), np.int32(3), np.float32(3)])
def test_a_number_is_taken_as_it_is(value):
    result = mltest.require(value, at_most=5, name="x")
    assert (result.measurements[0].value, result.measurements[0].method) == (3, "given")
    assert type(result.measurements[0].value) in (int, float)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.nan, [1.0, float("nan")], np.array([1, np.inf])])
def test_nonfinite_satisfies_nothing(value):
    for demand in ({"at_least": -1e300}, {"at_most": 1e300}):
        with pytest.raises(mltest.CheckFailed) as caught:
            mltest.require(value, name="x", **demand)
        assert caught.value.result.verdict == "error"


@pytest.mark.parametrize("value", ["3", None, True, b"3", [["a"]], np.ones((2, 2)), ["a", "b"], object()])
def test_what_is_no_number(value):
    with pytest.raises(mltest.UsageError):
        mltest.require(value, at_most=5, name="x")


def test_rows_of_hits_get_the_exact_interval():
    found = mltest.checks.require([1] * 45 + [0] * 5, at_least=0.5).measurements[0]
    assert (found.low, found.high) == (pytest.approx(0.801166997), pytest.approx(0.959763410))
    assert found.method == "clopper_pearson"


def test_rows_of_numbers_get_halls_interval():
    values = (np.arange(1, 41) / 40) ** 3
    found = mltest.checks.require(values, at_least=0.0).measurements[0]
    assert (found.low, found.high) == (pytest.approx(0.190704275), pytest.approx(0.352426069))


def test_an_inconclusive_share_says_how_many_rows_would_settle_it():
    result = mltest.checks.require([1] * 93 + [0] * 7, at_least=0.90)
    assert (result.verdict, result.n_to_settle) == ("inconclusive", 288)
    assert "288" in result.because


def test_a_measurement_is_judged_by_its_own_bounds():
    found = mltest.Measurement(name="cost", value=4.0, low=3.5, high=4.6, method="ours", n=80)
    assert mltest.checks.require(found, at_most=5).verdict == "passed"
    assert mltest.checks.require(found, at_most=4.5).verdict == "inconclusive"
    assert mltest.checks.require(found, at_most=3, name="price").label == "price"


def test_own_check_judges_what_the_function_measures():
    @mltest.check("acme.cost")
    def cost(a, b):
        """Cost in EUR."""
        return np.float64(a + b)

    assert cost(1, 2, at_most=5).check == "acme.cost"
    with pytest.raises(mltest.CheckFailed, match=r"cost 7\.000, required at most 5"):
        cost(3, 4, at_most=5)
    assert cost.result(3, 4, at_most=5).verdict == "failed"
    assert catalogue.find("acme.cost").title == "Cost in EUR."


def test_own_check_may_return_a_result():
    @mltest.check("acme.share", title="share")
    def share(values):
        return mltest.checks.require(values, at_least=0.1)

    assert share([1] * 50).check == "acme.share"
    with pytest.raises(mltest.UsageError, match="takes no at_least"):
        share([1] * 50, at_least=0.5)


def test_own_check_needs_a_demand():
    @mltest.check("acme.x")
    def x():
        return 1

    with pytest.raises(mltest.UsageError, match=r"acme.x\(x\): give exactly one of"):
        x()


def test_own_check_that_returns_a_bool_is_refused():
    @mltest.check("acme.yes")
    def yes():
        return True

    with pytest.raises(mltest.UsageError, match="a measurement is a number"):
        yes(at_least=1)


@pytest.mark.parametrize("identifier", ["cost", "Acme.cost", "model.cost", "acme.", "own.x", "mltest.x", "acme.co st"])
def test_ids_that_are_not_allowed(identifier):
    with pytest.raises(mltest.UsageError, match="an id is dotted"):
        mltest.check(identifier)


def test_unhashable_callables_are_fine():
    class Unhashable:
        __hash__ = None

        def __call__(self, value):
            return value

    own = mltest.check("acme.unhashable", title="t")(Unhashable())
    assert own(1, at_most=2).verdict == "passed"


def test_a_whole_number_that_json_cannot_hold_becomes_a_float():
    result = mltest.require(10**20, at_most=10**21, name="bytes")
    assert type(result.measurements[0].value) is float
    assert type(result.requirement.limit) is float


def test_own_check_keeps_the_digests_of_what_it_was_given():
    one = mltest.Evaluation([0, 1, 1, 0], prediction=[0, 1, 0, 0])
    other = mltest.Evaluation([0, 1, 1, 0], prediction=[0, 1, 1, 0])

    @mltest.check("acme.difference")
    def difference(candidate, baseline, weight):
        """Difference."""
        return weight * (np.mean(candidate.prediction) - np.mean(baseline.prediction))

    inputs = difference(one, baseline=other, weight=1, at_most=1).inputs
    assert inputs["target"] == one.inputs["target"]
    assert {inputs["prediction"], inputs["prediction 2"]} == {one.inputs["prediction"], other.inputs["prediction"]}
