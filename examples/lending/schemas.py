"""What an application may contain. A column that is not named here is allowed, a missing one is not."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
from features import GRADES

YES_NO = pa.Check.isin(["yes", "no"])

applications = pa.DataFrameSchema(
    {
        "applicant_id": pa.Column(pl.String, pa.Check.str_matches(r"^A\d{5}$"), unique=True),
        "deny": pa.Column(pl.String, YES_NO),
        # Ratios, not percent. Three times the income is the largest payment on file.
        "pirat": pa.Column(pl.Float64, pa.Check.in_range(0.0, 5.0)),
        "hirat": pa.Column(pl.Float64, pa.Check.in_range(0.0, 5.0)),
        "lvrat": pa.Column(pl.Float64, pa.Check.in_range(0.0, 2.0, include_min=False)),
        "chist": pa.Column(pl.Int64, pa.Check.in_range(1, 6)),
        "mhist": pa.Column(pl.Int64, pa.Check.in_range(1, 4)),
        "phist": pa.Column(pl.String, YES_NO),
        "unemp": pa.Column(pl.Float64, pa.Check.in_range(0.0, 25.0)),
        "selfemp": pa.Column(pl.String, YES_NO),
        "condomin": pa.Column(pl.String, YES_NO),
        "afam": pa.Column(pl.String, YES_NO),
        "single": pa.Column(pl.String, YES_NO),
        "hschool": pa.Column(pl.String, YES_NO),
        "other_debt": pa.Column(pl.Float64, pa.Check.in_range(0.0, 5.0)),
        "debt_grade": pa.Column(pl.String, pa.Check.isin(GRADES)),
        "loan_grade": pa.Column(pl.String, pa.Check.isin(GRADES)),
    },
    name="applications",
)
