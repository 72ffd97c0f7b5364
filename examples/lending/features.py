"""Features of a mortgage application, as the training pipeline makes them: columns in, columns out."""

from __future__ import annotations

import polars as pl

# The 28/36 rule of American underwriting, its 43 % ceiling for qualified mortgages, and a half.
DEBT_LIMITS = (0.28, 0.36, 0.43, 0.50)
# Above 80 % of the value lenders want mortgage insurance; the rest are steps of its price list.
LOAN_LIMITS = (0.60, 0.80, 0.90, 0.95)
GRADES = ("A", "B", "C", "D", "E")

RAW = (
    "applicant_id",
    "pirat",
    "hirat",
    "lvrat",
    "chist",
    "mhist",
    "phist",
    "unemp",
    "selfemp",
    "condomin",
    "afam",
    "single",
    "hschool",
)
NUMERIC = ("other_debt", "unemp", "chist", "mhist")
CATEGORICAL = ("debt_grade", "loan_grade", "phist", "selfemp", "condomin")
FEATURES = (*NUMERIC, *CATEGORICAL)


def graded(column: str, limits: tuple[float, ...]) -> pl.Expr:
    """Grade A up to the first limit, B up to the second, and so on; a value on a limit is still good."""
    grade = pl.lit(GRADES[0])
    for limit, worse in zip(limits, GRADES[1:], strict=True):
        grade = pl.when(pl.col(column) > limit).then(pl.lit(worse)).otherwise(grade)
    return grade


def features(applications: pl.DataFrame) -> pl.DataFrame:
    """The applications with what the models need beside the raw columns."""
    return applications.with_columns(
        other_debt=(pl.col("pirat") - pl.col("hirat")).clip(lower_bound=0.0),
        debt_grade=graded("pirat", DEBT_LIMITS),
        loan_grade=graded("lvrat", LOAN_LIMITS),
    )
