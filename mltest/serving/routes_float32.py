"""With float64 columns in single precision, as a feature store or a GPU service holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.serving.question import NotAsked, Question

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """Every float64 column cast to float32; other columns as they are."""
    table = question.table
    wide = [label for label in table.labels if _is_wide(table, label)]
    if not wide:
        return NotAsked("no column is float64")
    with np.errstate(over="ignore"):  # what does not fit becomes infinite there too
        narrow = _narrowed(table, wide)
    return question.ask(narrow)


def _is_wide(table: Table, label: Any) -> bool:
    kind = table.native.dtype if table.is_array else table.series(label).dtype
    return str(kind) in {"float64", "Float64"}


def _narrowed(table: Table, wide: list[Any]) -> Any:
    if table.is_array:
        return table.native.astype(np.float32)
    implementation = table.frame.implementation
    if implementation.is_polars():
        import polars as pl

        return table.native.with_columns(pl.col(wide).cast(pl.Float32))
    if implementation.is_pyarrow():
        return _narrowed_arrow(table, wide)
    return table.native.astype({label: _pandas_type(table.native[label]) for label in wide})


def _pandas_type(column: Any) -> str:
    """Nullable floats stay nullable, Arrow-backed ones stay in Arrow."""
    return str(column.dtype).replace("float64", "float32").replace("Float64", "Float32").replace("double", "float")


def _narrowed_arrow(table: Table, wide: list[Any]) -> Any:
    import pyarrow as pa

    fields = [field.with_type(pa.float32()) if field.name in wide else field for field in table.native.schema]
    return table.native.cast(pa.schema(fields), safe=False)
