"""The same table in every engine that the tests are run with; one name here runs all of them with another."""

from __future__ import annotations

import pandas as pd
import polars as pl

ENGINES = {
    "pandas": lambda frame: frame.to_pandas(),
    "pandas-numpy-nullable": lambda frame: pd.DataFrame(frame.to_dict(as_series=False)).convert_dtypes(),
    "polars": lambda frame: frame,
    "polars-lazy": lambda frame: frame.lazy(),
    "pyarrow": lambda frame: frame.to_arrow(),
}


def every_engine(columns: dict[str, object]) -> dict[str, object]:
    frame = pl.DataFrame(columns)
    return {name: make(frame) for name, make in ENGINES.items()}
