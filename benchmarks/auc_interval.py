"""ROC AUC with its interval on a million rows, beside the packages that give one.

python benchmarks/auc_interval.py [ROWS] [ROUNDS]

The peers are no dependencies of ours; to measure all of them, run it in an environment that has them:

    pip install numpy scipy narwhals scikit-learn "confidenceinterval==1.0.5" "MLstatkit==0.1.91" "setuptools<81"
    PYTHONPATH=. python benchmarks/auc_interval.py

A peer that is not there is named and left out. Of ``scipy.stats.bootstrap`` 20 replicates are made and their
time is multiplied by 50. MLstatkit compares two models, about twice the work of one interval. Both sides run in
turn in one process, so that a busy machine meets all alike; a ratio is the median over the rounds.
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from mltest.stats.auc import auc_influence, delong, delong_paired
from mltest.stats.bootstrap_cells import auc_of_counts, bca_of_order
from mltest.stats.operating_point import at_threshold

if TYPE_CHECKING:
    from mltest.stats.units import BoolArray, FloatArray

REPLICATES, SHOWN, CANDIDATES = 1000, 20, 20
# ours, peer, at least so many times as fast
TARGETS = [
    ("delong", "confidenceinterval", 15),
    ("delong", "MLstatkit", 40),
    ("bootstrap", "scipy bootstrap", 300),
]

Call = Callable[[], object]


def data(rows: int) -> tuple[BoolArray, FloatArray]:
    """Labels, 30 % of them positive, and scores."""
    rng = np.random.default_rng(0)
    y_true = rng.random(rows) < 0.3
    return y_true, 1 / (1 + np.exp(-(rng.normal(size=rows) + y_true)))


def ours(y_true: BoolArray, y_score: FloatArray) -> dict[str, Call]:
    """What mltest does."""
    return {
        "delong": lambda: delong(y_true, y_score),
        "bootstrap": lambda: bca_of_order(auc_of_counts, y_true, y_score, seed=1, replicates=REPLICATES),
    }


def confidenceinterval_peer(y_true: BoolArray, y_score: FloatArray) -> Call:
    """DeLong by confidenceinterval."""
    from confidenceinterval import roc_auc_score  # type: ignore[import-not-found, unused-ignore]

    labels = y_true.astype(int)
    return lambda: roc_auc_score(labels, y_score, confidence_level=0.90)


def mlstatkit_peer(y_true: BoolArray, y_score: FloatArray) -> Call:
    """DeLong of two models by MLstatkit; the second is the first, worse for the positives."""
    from MLstatkit import Delong_test  # type: ignore[import-not-found, unused-ignore]

    labels, worse = y_true.astype(int), y_score - 0.01 * y_true * y_score
    return lambda: Delong_test(labels, y_score, worse, return_ci=True, return_auc=True)


def scipy_peer(y_true: BoolArray, y_score: FloatArray) -> Call:
    """The bootstrap of SciPy around scikit-learn's area."""
    from scipy.stats import bootstrap
    from sklearn.metrics import roc_auc_score

    return lambda: bootstrap(
        (y_true, y_score),
        roc_auc_score,
        paired=True,
        vectorized=False,
        n_resamples=SHOWN,
        method="percentile",
        rng=0,
    )


PEERS = {
    "confidenceinterval": (confidenceinterval_peer, 1.0),
    "MLstatkit": (mlstatkit_peer, 1.0),
    "scipy bootstrap": (scipy_peer, REPLICATES / SHOWN),
}


def seconds(call: Call) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def peers(y_true: BoolArray, y_score: FloatArray) -> dict[str, tuple[Call, float]]:
    """The peers that are installed; the others are named."""
    found = {}
    for name, (make, scale) in PEERS.items():
        try:
            found[name] = make(y_true, y_score), scale
        except ImportError as error:
            print(f"SKIPPED  {name}: {error}; see the first lines of this file")
    return found


def ratios(y_true: BoolArray, y_score: FloatArray, rounds: int) -> None:
    """The table of ratios."""
    mine, theirs = ours(y_true, y_score), peers(y_true, y_score)
    for call in mine.values():
        call()
    took: list[dict[str, float]] = []
    for turn in range(rounds):
        times = {name: seconds(call) for name, call in mine.items()}
        for name, (call, scale) in theirs.items():
            # the slow one says in one round what it says in ten
            slow = scale > 1 and turn > 0
            times[name] = took[0][name] if slow else scale * seconds(call)
        took.append(times)
    print(f"{'ours':<11}{'seconds':>9}   {'peer':<20}{'seconds':>9}{'ratio':>9}{'target':>8}")
    for name, peer, target in TARGETS:
        if peer in theirs:
            ratio = statistics.median(each[peer] / each[name] for each in took)
            a, b = (statistics.median(each[side] for each in took) for side in (name, peer))
            print(f"{name:<11}{a:>9.3f}   {peer:<20}{b:>9.2f}{ratio:>8.0f}x{target:>7}x")


def paired(y_true: BoolArray, y_score: FloatArray) -> None:
    """Candidates against one baseline: its ranks are made once."""
    rng = np.random.default_rng(1)
    candidates = [y_score + 0.02 * rng.normal(size=len(y_score)) for _ in range(CANDIDATES)]

    def each() -> None:
        for score in candidates:
            delong_paired(y_true, score, y_score)

    def once() -> None:
        placed = auc_influence(y_true, y_score)
        for score in candidates:
            delong_paired(y_true, score, y_score, placed=placed)

    slow, fast = seconds(each), seconds(once)
    print(f"paired DeLong of {CANDIDATES} candidates: {fast:.2f} s with the baseline ranked once, {slow:.2f} s without")


def memory(y_true: BoolArray, y_score: FloatArray) -> None:
    """The peak of each method beside the size of what it was given."""
    other = 1 - y_score
    methods: dict[str, Call] = {
        **ours(y_true, y_score),
        "paired DeLong": lambda: delong_paired(y_true, y_score, other),
        "at_threshold": lambda: at_threshold("precision_at_recall", 0.8, y_true, y_score, seed=1, replicates=100),
    }
    for name, call in methods.items():
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        given = y_true.nbytes + y_score.nbytes * (2 if name == "paired DeLong" else 1)
        print(f"memory of {name}: {peak / 2**20:.0f} MiB at its peak, {peak / given:.1f}x the input arrays")


def main(rows: int = 1_000_000, rounds: int = 5) -> None:
    """Print the ratios, the gain of ranking a baseline once, and the memory."""
    y_true, y_score = data(rows)
    print(f"ROC AUC and its interval on {rows:,} rows; bootstraps of {REPLICATES} replicates")
    ratios(y_true, y_score, rounds)
    paired(y_true, y_score)
    memory(y_true, y_score)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
