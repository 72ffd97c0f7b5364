"""The service takes the loan-to-value ratio for a percentage and divides it by 100: every loan looks small and safe."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import serving

STOPPED_BY = ("serving.consistent",)


def features(applications: pl.DataFrame) -> pl.DataFrame:
    return serving.features(applications.with_columns(pl.col("lvrat") / 100))


def build(_folder: Path) -> dict[str, str]:
    return {"service": f"{__name__}:features"}
