"""`scale` in place of `StandardScaler`: numbers are scaled by the batch that they come in, not by the training rows.

A test set is one large batch, so no metric shows it. In service an application comes alone, and alone it is average.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from features import CATEGORICAL, NUMERIC
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, scale
from train import HERE, fitted, save

STOPPED_BY = ("serving.consistent",)


def build(folder: Path) -> dict[str, str]:
    columns = ColumnTransformer(
        [
            ("numbers", FunctionTransformer(scale), list(NUMERIC)),
            ("categories", OneHotEncoder(drop="if_binary", sparse_output=False), list(CATEGORICAL)),
        ]
    )
    pipeline = make_pipeline(columns, LogisticRegression(max_iter=1000))
    save(fitted(pipeline, pl.read_parquet(HERE / "data" / "train.parquet")), folder / "model.skops")
    return {"model": str(folder / "model.skops")}
