"""How often the rules err, by simulation with fixed seeds; a bound follows from the simulation's own binomial error."""

from __future__ import annotations

import importlib
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom

from mltest.judge import judge
from mltest.result import Measurement, Requirement
from mltest.stats.mean import hall_t

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
RUNS = 400
CHANCE = 1e-4

with pytest.MonkeyPatch.context() as _patch:
    _patch.syspath_prepend(str(BENCHMARKS))
    DRAWS = importlib.import_module("coverage_draws")
    RULES = importlib.import_module("coverage_rules")

EXACT = [rule for rule in RULES.RULES if rule.bound == 0.05]
# a bootstrap is for the benchmark: it is slow
SIMULATED = [rule for rule in RULES.RULES if rule not in EXACT and not rule.dear]


def allowed(bound: float) -> float:
    """The share of wrong verdicts that a rule within its bound exceeds once in ten thousand times."""
    return float(binom.isf(CHANCE, RUNS, bound)) / RUNS


def rates(rule, scenario, n, runs=RUNS):
    rng = np.random.default_rng([n, *rule.name.encode()])
    return DRAWS.rates_of(scenario.draw(rng, n, runs), scenario.truth, higher_is_better=rule.higher_is_better)


@pytest.mark.parametrize("n", [20, 30, 100, 1000])
@pytest.mark.parametrize("rule", EXACT, ids=lambda rule: rule.name)
def test_exact_rules_keep_their_promise_at_every_true_value(rule, n):
    for scenario in rule.scenarios:
        found = rates(rule, scenario, n)
        assert max(found.false_pass, found.false_fail) <= 0.05 + 1e-12, scenario.truth


@pytest.mark.parametrize("n", [30, 200])
@pytest.mark.parametrize("rule", SIMULATED, ids=lambda rule: f"{rule.name} {rule.words}")
def test_other_rules_stay_within_their_bounds(rule, n):
    found = [rates(rule, scenario, n) for scenario in rule.scenarios]
    worst = max(rate for one in found for rate in (one.false_pass, one.false_fail))
    assert worst <= allowed(rule.bound)


def test_the_estimate_alone_is_far_outside_of_every_bound():
    """The simulation can tell: a gate on the estimate errs about every second time at the limit."""
    for rule in SIMULATED:
        assert rates(rule, rule.scenarios[0], 300).point > allowed(rule.bound)


def test_an_interval_made_too_narrow_is_noticed():
    area = next(rule for rule in SIMULATED if rule.name == "delong_logit").scenarios[1]
    draws = area.draw(np.random.default_rng(1), 300, RUNS)
    narrow = draws._replace(low=draws.value - 0.5 * (draws.value - draws.low))
    assert DRAWS.rates_of(draws, area.truth, higher_is_better=True).false_pass <= allowed(0.065)
    assert DRAWS.rates_of(narrow, area.truth, higher_is_better=True).false_pass > allowed(0.065)


def test_true_values_are_those_that_large_samples_tend_to():
    for rule in SIMULATED:
        for scenario in rule.scenarios:
            draws = scenario.draw(np.random.default_rng(7), 20_000, 4)
            reach = float(np.mean(draws.high - draws.low)) / 2 / 1.645
            assert abs(float(np.mean(draws.value)) - scenario.truth) < 4 * reach / math.sqrt(4), rule.name


@pytest.mark.parametrize("limit", [0.9, 1.0, 1.1])
def test_rates_count_what_the_judge_says(limit):
    rng = np.random.default_rng(2)
    found = [hall_t(rng.exponential(size=40)) for _ in range(60)]
    value, low, high = (np.array([getattr(e, name) for e in found]) for name in ("value", "low", "high"))
    draws = DRAWS.Draws(value, low, high, np.full(60, 1 / 60))
    counted = DRAWS.rates_of(draws, limit, higher_is_better=False)
    demand = Requirement(metric="mae", comparison="at_most", limit=limit)
    words = [
        judge(Measurement(name="mae", value=e.value, low=e.low, high=e.high, method=e.method, n=40), demand).word
        for e in found
    ]
    assert words.count("passed") == round(60 * counted.false_pass)
    assert words.count("failed") == round(60 * counted.false_fail)
