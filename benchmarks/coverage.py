"""How often each rule errs: rates of false passes and false fails at the limit, as a table in Markdown.

python benchmarks/coverage.py [--quick] [--runs 4000] [--rule NAME] [--bdp PYTHON]

The true value of every scenario is known, and the limit is set to it: there a rule passes a model that is
just too bad, or fails one that is just good enough, most often. A rate is the worst of the rule's scenarios.
Binomial rules are enumerated, so that their rates are exact; the others are simulated with fixed seeds.
``--bdp`` names a Python that has bdp-model-gate installed, to put its verdicts beside ours.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import subprocess
import time
from collections.abc import Iterable

import numpy as np
from coverage_draws import Rates, enumerated_accuracy, rates_of, share_error
from coverage_rules import RULES, Rule
from scipy.stats import binom

import mltest

ROWS = (30, 100, 1000, 10_000)
QUICK, FULL = 400, 4000
LIMIT = 0.9
DISTANCES = (-2.0, -1.0, 0.0, 1.0, 2.0)
# A simulated rate above its bound by more than this many of its own standard errors is more than chance.
SIGMAS = 3.5


def worst(rule: Rule, n: int, runs: int) -> Rates | None:
    """The worst rates of a rule's scenarios at n rows; None where it never decides."""
    found = []
    for at, scenario in enumerate(rule.scenarios):
        rng = np.random.default_rng([20261121, at, n, *rule.name.encode()])
        budget = max(round(runs * rule.share_of_runs(n)), 1)
        draws = scenario.draw(rng, n, budget)
        rates = rates_of(draws, scenario.truth, higher_is_better=rule.higher_is_better)
        if rates.decides:
            found.append(rates)
    if not found:
        return None
    return Rates(*(max(column) for column in zip(*found, strict=True)))


def cell(rates: Rates | None, rule: Rule, usual: float) -> str:
    """``4.1 / 3.8``, marked where a rate lies above its bound by more than chance."""
    if rates is None:
        return "too few"
    above = max(rates.false_pass, rates.false_fail) > rule.bound + SIGMAS * rates.error + 1e-9
    own = f" ±{200 * rates.error:.1f}" if rates.error > usual else ""
    return f"{100 * rates.false_pass:.1f} / {100 * rates.false_fail:.1f}{own}{' **above**' if above else ''}"


def table_of_rules(rules: Iterable[Rule], rows: tuple[int, ...], runs: int) -> None:
    """One line a rule, printed as it comes; ± where fewer samples were drawn than usual."""
    usual = share_error(runs)
    print(f"| rule | scenarios | bound % | {' | '.join(f'n = {n:,}' for n in rows)} |")
    print(f"| --- | --- | --- |{' --- |' * len(rows)}")
    for rule in rules:
        cells = [cell(worst(rule, n, runs), rule, usual) if rule.share_of_runs(n) else "not simulated" for n in rows]
        print(f"| {rule.name} | {rule.words} | {100 * rule.bound:g} | {' | '.join(cells)} |", flush=True)


def gates(n: int, bdp: str | None) -> list[str]:
    """Accuracy against a limit of 0.9: ours, the estimate alone and, where given, bdp-model-gate."""
    ours = enumerated_accuracy(n)
    counts = np.arange(n + 1)
    words = {
        "mltest": np.select([ours.low >= LIMIT, ours.high < LIMIT], ["passed", "failed"], "inconclusive"),
        "the estimate alone": np.where(counts / n >= LIMIT, "passed", "failed"),
    }
    if bdp:
        words["bdp-model-gate"] = _bdp_words(bdp, n)
    spread = math.sqrt(LIMIT * (1 - LIMIT) / n)
    lines = []
    for name, word in words.items():
        cells = []
        for distance in DISTANCES:
            true = min(LIMIT + distance * spread, 1.0)
            chance = binom.pmf(counts, n, true)
            shares = [100 * chance[word == one].sum() for one in ("passed", "inconclusive", "failed")]
            cells.append(" / ".join(f"{share:.0f}" if share >= 9.95 else f"{share:.1f}" for share in shares))
        lines.append(f"| {n:,} | {name} | {' | '.join(cells)} |")
    return lines


def table_of_gates(rows: tuple[int, ...], bdp: str | None) -> list[str]:
    """One line a gate and number of rows; the true value moves past the limit from left to right."""
    names = [f"{distance:+g} se" if distance else "at the limit" for distance in DISTANCES]
    lines = [
        f"| n | gate | {' | '.join(names)} |",
        f"| --- | --- |{' --- |' * len(DISTANCES)}",
    ]
    return lines + [line for n in rows for line in gates(n, bdp)]


_ASK_BDP = """
import json, sys, numpy as np
from bdp_model_gate import StructuredGateContext
from bdp_model_gate.config import PerformanceConfig, UncertaintyConfig
from bdp_model_gate.structured.performance import PerformanceThresholdCheck
n, limit, least, most = json.load(sys.stdin)
check = PerformanceThresholdCheck(PerformanceConfig(metric="accuracy", min_score=limit), UncertaintyConfig())
words = {}
for hits in range(least, most + 1):
    y = np.arange(n) % 2
    context = StructuredGateContext(model=None, X=None, y_true=y, y_pred=np.where(np.arange(n) < hits, y, 1 - y))
    words[hits] = check._score_result(context, "binary").flag
json.dump(words, sys.stdout)
"""
_BDP_WORDS = {"OK": "passed", "UNCERTAIN": "inconclusive", "PERFORMANCE_RISK": "failed"}


def _bdp_words(python: str, n: int) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Its verdict for each number of hits; it sorts rows first, so that nothing else matters."""
    reach = 7 * math.sqrt(n * LIMIT * (1 - LIMIT))
    least, most = max(0, math.floor(n * LIMIT - reach)), min(n, math.ceil(n * LIMIT + reach))
    asked = json.dumps([n, LIMIT, least, most])
    done = subprocess.run([python, "-c", _ASK_BDP], input=asked, capture_output=True, text=True, check=True)
    flags = json.loads(done.stdout)
    between = [_BDP_WORDS[flags[str(hits)]] for hits in range(least, most + 1)]
    return np.array(["failed"] * least + between + ["passed"] * (n - most))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} runs instead of {FULL}, up to 1000 rows")
    parser.add_argument("--runs", type=int, help="simulated samples a scenario")
    parser.add_argument("--rule", help="only rules whose name contains this")
    parser.add_argument("--bdp", help="a Python with bdp-model-gate")
    given = parser.parse_args()
    runs = given.runs or (QUICK if given.quick else FULL)
    rows = ROWS[:3] if given.quick else ROWS
    started = time.perf_counter()
    error = 200 * share_error(runs)
    print("False passes / false fails in %, at the limit. Shares and F1 are enumerated, exact; the others are")
    print(f"simulated, {runs} samples a scenario: two standard errors of a rate of 5 % are {error:.1f}.\n")
    table_of_rules([rule for rule in RULES if not given.rule or given.rule in rule.name], rows, runs)
    if not given.rule:
        print(f"\nAccuracy, demanded at least {LIMIT}: passed / inconclusive / failed in %, exact.\n")
        print("\n".join(table_of_gates(rows, given.bdp)))
    took = time.perf_counter() - started
    print(f"\nmltest {mltest.__version__}, Python {platform.python_version()}, NumPy {np.__version__}, {took:.0f} s")


if __name__ == "__main__":
    main()
