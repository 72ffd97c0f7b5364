"""Several labels a row: a target of one column a label, each 0 or 1, and predictions of the same shape."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from mltest.errors import MltestError, UsageError
from mltest.inputs.answers import Answer, as_numbers, read_answer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.predictions import Answers
    from mltest.inputs.tables import Table

__all__ = ["LabelReading", "are_names", "label_names", "read_indicators"]

_MATRIX = 2
_HALF = 0.5
Made = TypeVar("Made")


def are_names(given: Any, table: Table | None) -> bool:
    """Whether several columns of the table are meant."""
    several = isinstance(given, (list, tuple)) and len(given) >= _MATRIX
    return several and table is not None and all(isinstance(name, str) and name in table.names for name in given)


def read_indicators(given: Any, table: Table | None) -> NDArray[Any] | None:
    """A copy of the (n, k) target with 0 and 1, or None where the target has one column."""
    if table is not None and are_names(given, table):
        given = np.column_stack([table.column(name) for name in given])
    elif not _is_matrix(given):
        return None
    rows = len(given) if table is None else table.rows
    if not rows:
        msg = "the target is empty; nothing can be tested on it"
        raise UsageError(msg)
    return _indicators(read_answer(given, rows, "the target has", UsageError), "the target has", UsageError)


def label_names(given: Any, target: NDArray[Any]) -> tuple[Any, ...]:
    """What the labels are called: as the columns, or by number from 0."""
    if isinstance(given, (list, tuple)) and len(given) == target.shape[1] and all(isinstance(at, str) for at in given):
        return tuple(given)
    columns = getattr(given, "columns", None)
    if columns is not None and len(columns) == target.shape[1]:
        return tuple(str(getattr(name, "name", name)) for name in columns)
    return tuple(range(target.shape[1]))


class LabelReading:
    """As `mltest.inputs.reading.Reading`, for several labels a row; only labels are read, no scores."""

    task: Literal["multilabel"] = "multilabel"
    proba = None
    score_answer: Answer | None = None

    def __init__(self, target: NDArray[Any], answers: Answers, classes: tuple[Any, ...], model_name: str) -> None:
        self.target, self.answers, self.classes, self._model_name = target, answers, classes, model_name
        self._lock = RLock()
        self._made: dict[str, Any] = {}

    @property
    def positive(self) -> Any:
        """There is none: every label is there or not."""
        msg = f"a target of {len(self.classes)} labels a row has no positive class; ask for f1_micro, f1_macro, ..."
        raise UsageError(msg)

    @property
    def score(self) -> NDArray[Any]:
        """There is none that a metric reads."""
        msg = "metrics of several labels a row read predicted labels, no scores; evaluate one label at a time for those"
        raise UsageError(msg)

    @property
    def prediction(self) -> NDArray[Any]:
        """Predicted labels, 0 and 1 by row and label; scores within 0 and 1 decide by one half."""
        return self.once("prediction", self._predict)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What was made under this name, made now if it is the first time."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: Made = self._made[name]
            return made

    def _predict(self) -> NDArray[Any]:
        what = "prediction"
        answer = self.answers.prediction()
        if answer is None:
            answer, what = self.answers.score(), "score"
        who, error = self.answers.who(what), self.answers.error
        if answer is None or answer.values.shape != self.target.shape:
            shape = "nothing" if answer is None else f"shape {answer.values.shape}"
            msg = f"{who} {shape}; the target has {len(self.target)} rows of {len(self.classes)} labels"
            raise error(msg)
        if what == "score":
            return (_shares(answer, who, error) >= _HALF).astype(np.int8)
        return _indicators(answer, who, error)


def _is_matrix(given: Any) -> bool:
    shape = getattr(given, "shape", None)
    if isinstance(given, (list, tuple)) and given and all(isinstance(row, (list, tuple, np.ndarray)) for row in given):
        lengths = {len(row) for row in given}
        shape = (len(given), lengths.pop()) if len(lengths) == 1 else None
    return isinstance(shape, tuple) and len(shape) == _MATRIX and shape[1] >= _MATRIX


def _shares(answer: Answer, who: str, error: type[MltestError]) -> NDArray[Any]:
    numbers = as_numbers(answer.values, who, error)
    if ((numbers < 0) | (numbers > 1)).any():
        msg = f"{who} values outside 0 to 1; no label follows from them, give prediction= too"
        raise error(msg)
    return numbers


def _indicators(answer: Answer, who: str, error: type[MltestError]) -> NDArray[Any]:
    values = answer.values
    bad = ~np.isin(values, [0, 1])
    if bad.any():
        row, label = np.argwhere(bad)[0].tolist()
        msg = (
            f"{who} {values[row, label]} in row {row}, column {label}; several columns hold one label each, "
            "there (1) or not (0); for any other target give one value a row"
        )
        raise error(msg)
    return values.astype(np.int8)
