"""As CSV and back, with the types that the reader infers: "001" comes back as the number 1."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.serving.question import NotAsked, Question
from mltest.serving.rewritten import engine_of, renamed, textual, with_columns_of

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """Written and read by the table's own library; an array by NumPy's text functions."""
    table = question.table
    if table.is_array:
        if table.native.dtype.kind not in "biuf":
            return NotAsked("an array of text or objects has no types that CSV could lose")
        return question.ask(_array(table))
    labels = textual(table)
    if not labels:
        return NotAsked("no column is numbers, text or truth values")
    return question.ask(with_columns_of(table, _frame(table, labels), labels))


def _array(table: Table) -> Any:
    text = io.StringIO()
    np.savetxt(text, table.native.astype(np.float64), fmt="%.17g", delimiter=",")
    text.seek(0)
    return np.loadtxt(text, delimiter=",", ndmin=2)


def _frame(table: Table, labels: list[Any]) -> Any:
    engine = engine_of(table)
    if engine == "polars":
        import polars as pl

        text = table.native.select(labels).write_csv()
        return pl.read_csv(io.StringIO(text), infer_schema_length=None)
    if engine == "pyarrow":
        return _arrow(table.native.select(labels))
    text = renamed(table, labels).to_csv(index=False)
    # low_memory reads in parts and may give one column several types
    return table.frame.__native_namespace__().read_csv(io.StringIO(text), low_memory=False)


def _arrow(native: Any) -> Any:
    import pyarrow as pa
    from pyarrow import csv

    written = pa.BufferOutputStream()
    csv.write_csv(native, written)
    return csv.read_csv(pa.BufferReader(written.getvalue()))
