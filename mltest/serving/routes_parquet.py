"""As Parquet and back, as a feature store or a batch job hands rows on."""

from __future__ import annotations

import importlib.util
import io
from typing import TYPE_CHECKING, Any

from mltest.serving.question import NotAsked, Question
from mltest.serving.rewritten import engine_of, renamed
from mltest.serving.subject import first_line

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """Written and read by the table's own library, in memory."""
    table = question.table
    engine = engine_of(table)
    if engine == "numpy":
        return NotAsked("an array is not kept as Parquet")
    if engine == "pandas" and importlib.util.find_spec("pyarrow") is None:
        return NotAsked("pandas needs pyarrow to write Parquet; pip install pyarrow")
    try:
        again = _again(table, engine)
    except Exception as error:  # noqa: BLE001 - every library has its own error for a type that it cannot write
        return NotAsked(f"Parquet cannot hold the table: {type(error).__name__}: {first_line(error)}")
    return question.ask(again)


def _again(table: Table, engine: str) -> Any:
    file = io.BytesIO()
    if engine == "polars":
        import polars as pl

        table.native.write_parquet(file)
        return pl.read_parquet(io.BytesIO(file.getvalue()))
    if engine == "pyarrow":
        from pyarrow import parquet

        parquet.write_table(table.native, file)
        return parquet.read_table(io.BytesIO(file.getvalue()))
    renamed(table, list(table.labels)).to_parquet(file, index=False)
    again = table.frame.__native_namespace__().read_parquet(io.BytesIO(file.getvalue()))
    return again.set_axis(list(table.labels), axis=1)
