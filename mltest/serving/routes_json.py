"""As JSON records and back, as a request carries rows: gaps become null, all numbers are doubles or whole numbers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.inputs.columns import missing_in
from mltest.serving.question import NotAsked, Question
from mltest.serving.rewritten import engine_of, textual, with_columns_of

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """All rows in one document, one object a row; an array becomes a list of lists."""
    table = question.table
    labels = textual(table)
    if not labels:
        return NotAsked("no column is numbers, text or truth values")
    if table.is_array and len(labels) < len(table.labels):
        return NotAsked(
            f"column {next(each for each in table.labels if each not in labels)} of the array has no form in JSON"
        )
    infinite = [table.names[table.labels.index(label)] for label in labels if _has_infinity(table, label)]
    if infinite:
        return NotAsked(f"JSON has no infinity, and column {infinite[0]!r} holds one")
    return question.ask(_read(table, labels, json.loads(_written(table, labels))))


def _has_infinity(table: Table, label: Any) -> bool:
    column = table.column(label)
    return column.dtype.kind == "f" and bool(np.isinf(column).any())


def _written(table: Table, labels: list[Any]) -> str:
    columns = [_cells(table, label) for label in labels]
    if table.is_array:
        return json.dumps(list(zip(*columns, strict=True)), allow_nan=False)
    names = [str(label) for label in labels]
    return json.dumps([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)], allow_nan=False)


def _cells(table: Table, label: Any) -> list[Any]:
    column = table.column(label)
    missing = missing_in(column)
    cells = [cell.item() if isinstance(cell, np.generic) else cell for cell in column.tolist()]
    return [None if gap else cell for cell, gap in zip(cells, missing, strict=True)]


def _read(table: Table, labels: list[Any], records: list[Any]) -> Any:
    if table.is_array:
        gaps_are_nan = table.native.dtype.kind in "biuf"
        return np.array(
            records, dtype=np.float64 if gaps_are_nan and _has_gap(records) else None if gaps_are_nan else object
        )
    return with_columns_of(table, _frame(table, records), labels)


def _has_gap(records: list[list[Any]]) -> bool:
    return any(cell is None for row in records for cell in row)


def _frame(table: Table, records: list[dict[str, Any]]) -> Any:
    engine = engine_of(table)
    if engine == "polars":
        import polars as pl

        return pl.DataFrame(records, infer_schema_length=None)
    if engine == "pyarrow":
        import pyarrow as pa

        return pa.Table.from_pylist(records)
    return type(table.native)(records)
