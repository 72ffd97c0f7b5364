"""The peer's part of slices.py: deepchecks' SingleDatasetPerformance of every slice, with the predictions given.

PYTHON310 benchmarks/slices_deepchecks.py DATA.parquet

In an interpreter of its own, since deepchecks 0.19 needs Python 3.10, pandas < 2.2, NumPy < 2, scikit-learn < 1.4
(pip install deepchecks==0.19.1 "scikit-learn<1.4" "pandas<2.2" "numpy<2" pyarrow "setuptools<81" anywidget); without
mltest. Prints the seconds that the checks took after one round on the first 2000 rows, and the values, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
import pandas as pd
from deepchecks.tabular import Dataset  # type: ignore[import-not-found, unused-ignore]
from deepchecks.tabular.checks import SingleDatasetPerformance  # type: ignore[import-not-found, unused-ignore]

SCORERS = {"accuracy": "accuracy", "precision": "precision", "recall": "recall", "f1": "f1", "roc_auc": "roc_auc"}


def performance(y: Any, score: Any, frame: pd.DataFrame) -> list[float]:
    """The five metrics of each slice of each column, without intervals."""
    label, proba = (score >= 0.5).astype(y.dtype), np.stack([1 - score, score], 1)
    found: list[float] = []
    for column in frame:
        for rows in frame.groupby(column).indices.values():
            part = Dataset(frame.iloc[rows].reset_index(drop=True), label=y[rows], cat_features=[])
            check = SingleDatasetPerformance(scorers=SCORERS, n_samples=len(y))
            told = check.run(
                part, y_pred=label[rows], y_proba=proba[rows], model_classes=[0, 1], with_display=False
            ).value
            if "Class" in told and not told["Class"].isna().all():
                told = told[told["Class"].isin([1, "1", None, np.nan])]
            values = told.set_index("Metric")["Value"]
            found += [float(values[name]) for name in SCORERS]
    return found


def main(path: str) -> None:
    """Time one round."""
    frame = pd.read_parquet(path)
    y, score = frame.pop("y").to_numpy(), frame.pop("score").to_numpy()
    performance(y[:2000], score[:2000], frame[:2000])
    started = time.perf_counter()
    values = performance(y, score, frame)
    print(json.dumps({"seconds": time.perf_counter() - started, "values": values}))


if __name__ == "__main__":
    main(sys.argv[1])
