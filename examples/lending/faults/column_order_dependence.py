"""The table becomes a bare array in the first step, and the rest of the pipeline counts columns.

All is well as long as whoever calls keeps the order of training. In another order nothing fails: numbers stand where
numbers are due and text where text is, and a category that was never seen there is ignored.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from train import HERE, fitted, save

STOPPED_BY = ("serving.consistent",)
COLUMNS = (
    "other_debt",
    "unemp",
    "debt_grade",
    "loan_grade",
    "phist",
    "selfemp",
    "condomin",
    "chist",
    "mhist",
)


def build(folder: Path) -> dict[str, str]:
    columns = ColumnTransformer(
        [
            ("numbers", StandardScaler(), [0, 1, 7, 8]),
            ("categories", OneHotEncoder(handle_unknown="ignore", sparse_output=False), [2, 3, 4, 5, 6]),
        ]
    )
    pipeline = make_pipeline(FunctionTransformer(np.asarray), columns, LogisticRegression(max_iter=1000))
    save(fitted(pipeline, pl.read_parquet(HERE / "data" / "train.parquet"), COLUMNS), folder / "model.skops")
    return {"model": str(folder / "model.skops")}
