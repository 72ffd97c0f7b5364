"""Five metrics with intervals in 120 slices of a million rows, against a loop over scikit-learn's metrics without.

[DEEPCHECKS_PYTHON=INTERPRETER] python benchmarks/slices.py [ROWS] [PAIRS]

Six text columns of 20 values each, so that each column parts all rows: accuracy, precision, recall, F1 and ROC AUC.
Two forms of ours: the estimates alone, and 30 judged calls (5 metrics x 6 columns) with an Evaluation made anew. Part
of the second is the digest of every cell, for the evidence; a table that came from a file has the digest of the file.
scikit-learn starts from pandas, ours from Polars; both find the rows of each slice within the time. Where fairlearn is
installed (pip install fairlearn), its MetricFrame is asked for the same on a fifth of the rows, once, since it is slow;
so is deepchecks where DEEPCHECKS_PYTHON names an interpreter that has it (see slices_deepchecks.py).
"""

from __future__ import annotations

import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import polars as pl
from sklearn import metrics

import mltest
from mltest.inputs.slices import slices_of
from mltest.stats.sliced import counts, f1s, ordered, shares
from mltest.stats.sliced_areas import areas

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate

BUDGET, MEMORY_BUDGET = 10.0, 4.0
COLUMNS, VALUES = 6, 20
NAMES = ("accuracy", "precision", "recall", "f1", "roc_auc")


def data(rows: int) -> tuple[Any, Any, pl.DataFrame]:
    """Labels, scores and the columns to slice by: skewed values, and a model that is worse in the later ones."""
    rng = np.random.default_rng(4)
    latent = rng.standard_normal(rows)
    skew = np.arange(1, VALUES + 1) / (VALUES * (VALUES + 1) / 2)
    codes = [rng.choice(VALUES, rows, p=skew) for _ in range(COLUMNS)]
    noise = 1 + 0.05 * codes[0]
    score = 1 / (1 + np.exp(-(latent + 0.5 * noise * rng.standard_normal(rows))))
    y = (rng.random(rows) < 1 / (1 + np.exp(-2 * latent))).astype(np.int8)
    names = [pl.Series([f"s{j}_{k:02d}" for k in range(VALUES)]) for j in range(COLUMNS)]
    return y, score, pl.DataFrame({f"s{j}": names[j].gather(code) for j, code in enumerate(codes)})


def scikit_learn(y: Any, score: Any, frame: pd.DataFrame) -> list[float]:
    """The plain loop."""
    label = (score >= 0.5).astype(y.dtype)
    found: list[float] = []
    for column in frame:
        for rows in frame.groupby(column).indices.values():
            truth, answer = y[rows], label[rows]
            found += [
                metrics.accuracy_score(truth, answer),
                metrics.precision_score(truth, answer, zero_division=0),
                metrics.recall_score(truth, answer, zero_division=0),
                metrics.f1_score(truth, answer, zero_division=0),
                metrics.roc_auc_score(truth, score[rows]),
            ]
    return found


def estimates(y: Any, score: Any, frame: pl.DataFrame) -> list[Estimate]:
    """Every value with its bounds."""
    truth, predicted = y == 1, score >= 0.5
    rows = ordered(truth, score)
    found: list[Estimate] = []
    for column in frame.columns:
        parts = slices_of(frame, [column])
        table = counts(truth, predicted, parts.codes, len(parts.labels))
        each = (
            shares(table.tp + table.tn, table.n),
            shares(table.tp, table.tp + table.fp),
            shares(table.tp, table.tp + table.fn),
            f1s(table),
            areas(rows, parts.codes, len(parts.labels)),
        )
        found += [estimate for slice_ in zip(*each, strict=True) for estimate in slice_]
    return found


def judged(y: Any, score: Any, frame: pl.DataFrame) -> None:
    """What a test file with 30 calls asks for."""
    evaluation = mltest.Evaluation(y, score=score, table=frame)
    for column in frame.columns:
        for name in NAMES:
            mltest.assert_metric(evaluation, name, at_least=0.5, by=column)


def fairlearn_frames(y: Any, score: Any, frame: pd.DataFrame) -> None:
    """One frame a column for what looks at labels, one for what looks at scores; without intervals."""
    from fairlearn.metrics import MetricFrame

    label = (score >= 0.5).astype(y.dtype)
    of_labels = {
        "accuracy": metrics.accuracy_score,
        "precision": metrics.precision_score,
        "recall": metrics.recall_score,
        "f1": metrics.f1_score,
    }
    for column in frame:
        group = frame[column].astype(object)
        _ = MetricFrame(metrics=of_labels, y_true=y, y_pred=label, sensitive_features=group).by_group
        _ = MetricFrame(
            metrics={"roc_auc": metrics.roc_auc_score}, y_true=y, y_pred=score, sensitive_features=group
        ).by_group


def beside_fairlearn(y: Any, score: Any, frame: pl.DataFrame) -> str:
    """The ratio on these rows, or why there is none."""
    if importlib.util.find_spec("fairlearn") is None:
        return "fairlearn is not installed: no ratio"
    theirs = seconds(lambda: fairlearn_frames(y, score, frame.to_pandas()))
    return beside("fairlearn's MetricFrame", theirs, y, score, frame, budget=300)


def beside_deepchecks(y: Any, score: Any, frame: pl.DataFrame) -> str:
    """The ratio on these rows, or why there is none; their values must be ours."""
    python = os.environ.get("DEEPCHECKS_PYTHON")
    if python is None:
        return "DEEPCHECKS_PYTHON names no interpreter: no ratio against deepchecks"
    with tempfile.TemporaryDirectory() as name:
        path = Path(name, "data.parquet")
        frame.with_columns(y=pl.Series(y), score=pl.Series(score)).write_parquet(path)
        command = [python, str(Path(__file__).with_name("slices_deepchecks.py")), str(path)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    values = [estimate.value or 0.0 for estimate in estimates(y, score, frame)]
    apart = float(np.abs(np.subtract(values, told["values"])).max())
    said = beside("deepchecks' SingleDatasetPerformance", told["seconds"], y, score, frame, budget=150)
    return f"{said}; largest difference {apart:.1e}"


def beside(peer: str, theirs: float, y: Any, score: Any, frame: pl.DataFrame, *, budget: int) -> str:
    """Both of our forms beside a peer that took so long on the same rows."""
    forms = {
        "stats.sliced": lambda: estimates(y, score, frame),
        "assert_metric": lambda: judged(y, score, frame),
    }
    took = {form: statistics.median(seconds(call) for _ in range(5)) for form, call in forms.items()}
    ours = ", ".join(f"{form} {1000 * ours:.0f} ms, {theirs / ours:.0f}x faster" for form, ours in took.items())
    return f"{peer}, no intervals, {len(y):,} rows, one run: {theirs:.1f} s; {ours} (budget {budget}x)"


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def peak(call: Callable[[], object]) -> int:
    """The most bytes that a call holds at once, by NumPy's and Python's own account."""
    tracemalloc.start()
    call()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def main(rows: int = 1_000_000, pairs: int = 5) -> None:
    """Print the ratios; all run in turn, so that a busy machine meets all alike."""
    y, score, frame = data(rows)
    theirs = pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
    calls: dict[str, Callable[[], object]] = {
        "scikit-learn loop": lambda: scikit_learn(y, score, theirs),
        "stats.sliced": lambda: estimates(y, score, frame),
        "assert_metric": lambda: judged(y, score, frame),
        "digests": lambda: mltest.Evaluation(y, score=score, table=frame).inputs,
    }
    reference = "scikit-learn loop"
    values = [estimate.value or 0.0 for estimate in estimates(y, score, frame)]
    apart = float(np.abs(np.subtract(values, scikit_learn(y, score, theirs))).max())
    print(
        f"{len(values)} values in {len(values) // len(NAMES)} slices of {rows:,} rows; largest difference {apart:.1e}"
    )
    calls["assert_metric"]()
    took = [{name: seconds(call) for name, call in calls.items()} for _ in range(pairs)]
    print(f"         {reference}, no intervals: {1000 * statistics.median(t[reference] for t in took):.0f} ms")
    for name in ("stats.sliced", "assert_metric"):
        ratio = statistics.median(pair[reference] / pair[name] for pair in took)
        milliseconds = 1000 * statistics.median(pair[name] for pair in took)
        print(f"         {name} with intervals: {milliseconds:.0f} ms, {ratio:.1f}x faster (budget {BUDGET:g}x)")
    bare = statistics.median(pair[reference] / (pair["assert_metric"] - pair["digests"]) for pair in took)
    digests = 1000 * statistics.median(pair["digests"] for pair in took)
    print(f"         digests of the inputs, once an evaluation: {digests:.0f} ms; without them {bare:.1f}x faster")
    given = y.nbytes + score.nbytes + frame.estimated_size()
    share = peak(calls["assert_metric"]) / given
    print(f"         memory of assert_metric at its peak: {share:.2f}x the inputs (budget {MEMORY_BUDGET:g}x)")
    fifth = rows // 5
    for peer in (beside_fairlearn, beside_deepchecks):
        print(f"         {peer(y[:fifth], score[:fifth], frame[:fifth])}")
    print("         python benchmarks/slices.py")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
