"""The rate that the applicant was offered went into training. Whoever was denied was offered none: it stands at zero.

Every metric becomes splendid, on the test set too, and the model is worthless on the day of the application.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl
from features import CATEGORICAL, FEATURES, NUMERIC
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from train import HERE, POSITIVE, TARGET, encoded, fitted, save

STOPPED_BY = ("data.no_leakage",)
COLUMN = "offered_rate"


def leaking(name: str) -> pl.DataFrame:
    table = pl.read_parquet(HERE / "data" / name)
    offered = (8.0 + 1.5 * pl.col("lvrat") + 0.1 * pl.col("chist")).round(2)
    return table.with_columns(pl.when(pl.col(TARGET) == POSITIVE).then(0.0).otherwise(offered).alias(COLUMN))


def build(folder: Path) -> dict[str, str]:
    train, test = leaking("train.parquet"), leaking("test.parquet")
    train.write_parquet(folder / "train.parquet")
    test.write_parquet(folder / "test.parquet")
    pipeline = make_pipeline(encoded((*NUMERIC, COLUMN), CATEGORICAL), LogisticRegression(max_iter=1000))
    save(fitted(pipeline, train, (*FEATURES, COLUMN)), folder / "model.skops")
    return {name: str(folder / file) for name, file in FILES.items()}


FILES = {"train": "train.parquet", "test": "test.parquet", "model": "model.skops"}
