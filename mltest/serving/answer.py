"""What a model gave back, as columns that can be compared; NaN and gaps are kept, since they are compared too."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import ModelError, UsageError
from mltest.inputs.columns import array_of
from mltest.inputs.tables import read
from mltest.quoted import quoted_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Answer", "joined", "read_answer"]

_MATRIX = 2
ONLY = ""  # the name of the one column of an answer without names


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One array a column, with the type of each; a plain answer (n,) has one column without a name."""

    columns: Mapping[str, NDArray[Any]]
    types: Mapping[str, str]
    rows: int
    is_table: bool = False

    def take(self, index: NDArray[np.intp]) -> Answer:
        """The rows of an index, in its order."""
        taken = {name: column[index] for name, column in self.columns.items()}
        return Answer(MappingProxyType(taken), self.types, len(index), self.is_table)


def read_answer(given: Any, rows: int, who: str, labels: Sequence[Any] | None = None) -> Answer:
    """Columns of their own, out of reach of a model that keeps what it returned.

    Raises ``ModelError`` for None, for what is no array or table, and for another number of rows. ``labels``
    name the columns where there are as many.
    """
    if given is None:
        raise ModelError(f"{who} returned None; it must return one answer a row")
    answer = _of_table(given, who) if _is_table(given) else _of_array(given, who, labels)
    if answer.rows != rows:
        raise ModelError(f"{who} returned {_rows(answer.rows, 'answer')} for {_rows(rows, 'row')}")
    return answer


def joined(answers: Iterable[Answer], who: str) -> Answer:
    """The answers to parts of a table, one under the other."""
    parts = list(answers)
    names = list(parts[0].columns)
    for part in parts[1:]:
        if set(part.columns) != set(names):
            raise ModelError(f"{who} answered {len(names)} columns for one part and {len(part.columns)} for another")
    columns = {name: _stacked([part.columns[name] for part in parts]) for name in names}
    rows = sum(part.rows for part in parts)
    return Answer(MappingProxyType(columns), parts[0].types, rows, parts[0].is_table)


def _stacked(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    kinds = {array.dtype.kind for array in arrays}
    if len(kinds) > 1 and not kinds <= set("biuf"):  # NumPy would write numbers as text beside text
        arrays = [array.astype(object) for array in arrays]
    return np.concatenate(arrays)


def _is_table(given: Any) -> bool:
    return any(hasattr(given, mark) for mark in ("columns", "column_names", "collect_schema"))


def _of_table(given: Any, who: str) -> Answer:
    try:
        table = read(given, f"the answer of {who}")
    except UsageError as error:
        raise ModelError(quoted_text(error)) from error
    columns = {name: np.array(table.column(name)) for name in table.names}
    types = {name: str(table.series(name).dtype) for name in table.names}
    return Answer(MappingProxyType(columns), MappingProxyType(types), table.rows, is_table=True)


def _of_array(given: Any, who: str, labels: Sequence[Any] | None) -> Answer:
    values = _values(given, who)
    if values.ndim == 0 or 0 in values.shape[1:]:
        raise ModelError(f"{who} returned shape {values.shape}; it must return one answer a row")
    if values.ndim > _MATRIX:
        values = values.reshape(len(values), -1)
    if values.ndim == _MATRIX and values.shape[1] == 1:
        values = values[:, 0]
    parts = [values] if values.ndim == 1 else list(values.T)
    named = labels if labels is not None and len(labels) == len(parts) else range(len(parts))
    names = [str(name) for name in named]
    columns = dict(zip(names if values.ndim > 1 else [ONLY], [np.array(part) for part in parts], strict=True))
    kind = "str" if values.dtype.kind == "U" else str(values.dtype)
    return Answer(MappingProxyType(columns), MappingProxyType(dict.fromkeys(columns, kind)), len(values))


def _values(given: Any, who: str) -> NDArray[Any]:
    dense = given.toarray() if hasattr(given, "toarray") else given  # a sparse matrix of scipy
    if isinstance(given, list) and given and all(getattr(each, "ndim", 0) == _MATRIX for each in given):
        dense = np.hstack(given)  # several targets: scikit-learn gives one matrix of probabilities for each
    try:
        values = np.asarray(dense) if np.ndim(dense) != 1 else array_of(dense, f"the answer of {who}")
    except (TypeError, ValueError) as error:
        msg = f"{who} returned a {type(given).__name__} that is no array: {quoted_text(error)}"
        raise ModelError(msg) from error
    return values.astype(object) if values.dtype.kind in "SV" else values


def _rows(number: int, unit: str) -> str:
    return f"{number} {unit}{'s' * (number != 1)}"
