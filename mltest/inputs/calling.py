"""Asking a model: what it is called, which calls it has, and one guarded call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from mltest.errors import ModelError, UsageError
from mltest.inputs.answers import Answer, read_answer
from mltest.inputs.origins import origin
from mltest.quoted import quoted

__all__ = ["Predictor", "ask", "call", "checked_model", "name_of", "one_answer_method", "score_method"]


_LONGEST = 300


@runtime_checkable
class Predictor(Protocol):
    """An object with ``predict``, from a table to one answer a row."""

    def predict(self, table: Any, /) -> Any:
        """Answer each row of the table."""


def name_of(model: Any) -> str:
    """The artifact's name, the function's name, or the class; a pipeline also names its last step."""
    known = origin(model)
    if known is not None:
        return known[0]
    function = getattr(model, "__qualname__", None) or getattr(getattr(model, "func", None), "__qualname__", None)
    if function:
        return str(function).removeprefix("<locals>.").rpartition("<locals>.")[2]
    steps = getattr(model, "steps", None)
    last = f"[{type(steps[-1][1]).__name__}]" if isinstance(steps, list) and steps else ""
    return type(model).__name__ + last


def checked_model(model: Any, where: str) -> Any:
    """The model itself, or a ``UsageError`` that says what was given in its place."""
    if isinstance(model, str):
        msg = f"{where}: model is the text {model!r}; load it first: mltest.load_model({model!r})"
        raise UsageError(msg)
    if isinstance(model, type):
        msg = f"{where}: model is the class {model.__name__}; give a fitted object of it"
        raise UsageError(msg)
    if hasattr(model, "predict") or hasattr(model, "__mltest_predict__") or callable(model):
        return model
    msg = f"{where}: model is a {type(model).__name__}, without predict and not callable; give a model or a function"
    raise UsageError(msg)


def score_method(model: Any) -> str | None:
    """``predict_proba`` where the model has it, else ``decision_function``, else None."""
    return next((method for method in ("predict_proba", "decision_function") if hasattr(model, method)), None)


def one_answer_method(model: Any) -> str:
    """How a model without scores is asked: ``predict`` where it has one, else by calling it."""
    if hasattr(model, "__mltest_predict__"):
        return "__mltest_predict__"
    return "predict" if hasattr(model, "predict") else "__call__"


def call(model: Any, method: str, table: Any, rows: int, *, data: str = "data") -> Any:
    """Ask once and return a checked array of shape (rows,) or (rows, k).

    ``method`` is ``predict``, ``predict_proba``, ``decision_function`` or ``__call__``; ``table`` is what the
    model gets, as it is. Raises ``ModelError`` where the model raises, or answers with None, another number of
    rows, another shape, or missing values.
    """
    return ask(model, method, table, rows, data=data).values


def ask(model: Any, method: str, table: Any, rows: int, *, data: str = "data") -> Answer:
    """As ``call``, keeping the column names of an answer that is a table."""
    shape = getattr(table, "shape", None)
    columns = shape[1] if isinstance(shape, tuple) and len(shape) > 1 else None
    who = described(model, method, rows, columns, data)
    asked: Callable[[Any], Any] = model if method == "__call__" else getattr(model, method)
    try:
        given = asked(table)
    except (Exception, SystemExit) as error:
        msg = f"{who} raised {type(error).__name__}: {_short(error)}"
        raise ModelError(msg) from error
    return read_answer(given, rows, f"{who} returned")


def described(model: Any, method: str, rows: int, columns: int | None, data: str) -> str:
    """``LogisticRegression.predict on 120 rows and 5 columns of test``."""
    width = "" if columns is None else f" and {columns} column{'s' * (columns != 1)}"
    called = name_of(model) + ("" if method == "__call__" else f".{method}")
    return f"{called} on {rows} row{'s' * (rows != 1)}{width} of {data}"


def _short(error: BaseException) -> str:
    """What the error says, on one line: scikit-learn names the columns on its later lines."""
    text = " ".join(str(error).split()) or "(no message)"
    return quoted(text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ...")
