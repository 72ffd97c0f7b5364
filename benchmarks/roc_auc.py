"""ROC AUC with its interval on a million rows, against one ``sklearn.metrics.roc_auc_score`` on the same arrays.

python benchmarks/roc_auc.py [ROWS] [PAIRS]

Two forms of ours: the estimate alone, and the whole of a judged call with an Evaluation made from the arrays.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import roc_auc_score

import mltest
from mltest.stats.auc import delong

BUDGET = 3.0


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main(rows: int = 1_000_000, pairs: int = 7) -> None:
    """Print the ratios; the three run in turn, so that a busy machine meets all alike."""
    rng = np.random.default_rng(0)
    y_true = rng.random(rows) < 0.3
    y_score = rng.normal(size=rows) + y_true

    def judged() -> object:
        evaluation = mltest.Evaluation(y_true, score=y_score)
        return mltest.assert_metric(evaluation, "roc_auc", at_least=0.7)

    calls: dict[str, Callable[[], object]] = {
        "sklearn roc_auc_score": lambda: roc_auc_score(y_true, y_score),
        "stats.auc.delong": lambda: delong(y_true, y_score),
        "assert_metric": judged,
    }
    for call in calls.values():
        call()
    took = [{name: seconds(call) for name, call in calls.items()} for _ in range(pairs)]
    reference = "sklearn roc_auc_score"
    print(f"roc_auc on {rows:,} rows: {reference} {1000 * statistics.median(t[reference] for t in took):.0f} ms")
    for name in calls:
        if name != reference:
            ratio = statistics.median(pair[name] / pair[reference] for pair in took)
            milliseconds = 1000 * statistics.median(pair[name] for pair in took)
            print(f"         {name} with interval: {milliseconds:.0f} ms, {ratio:.2f}x (budget {BUDGET:g}x)")
    print("         python benchmarks/roc_auc.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
