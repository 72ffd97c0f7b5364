"""The model that is asked, and the call that it is asked by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.errors import ModelError, UsageError
from mltest.inputs.calling import checked_model, name_of
from mltest.inputs.tables import Table
from mltest.quoted import quoted
from mltest.serving.answer import Answer, read_answer

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FREE", "Subject", "answers_by", "features_for", "first_line", "subject_of"]

FREE = frozenset({"__call__", "__mltest_predict__"})  # the answer is what it is: scores or labels, one column or more
METHODS = ("predict_proba", "decision_function", "predict", "transform")


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """A model, its name and the call that is compared."""

    model: Any
    name: str
    method: str

    @property
    def called(self) -> str:
        """``LogisticRegression.predict_proba``, or the name of a function."""
        return self.name if self.method == "__call__" else f"{self.name}.{self.method}"

    def ask(self, native: Any, rows: int) -> Answer:
        """The answer to a table that the model may change; ``ModelError`` where there is none."""
        call: Callable[[Any], Any] = self.model if self.method == "__call__" else getattr(self.model, self.method)
        who = f"{self.called} on {rows} row{'s' * (rows != 1)}"
        try:
            given = call(native)
        except (Exception, SystemExit) as error:
            msg = f"{who} raised {type(error).__name__}: {first_line(error)}"
            raise ModelError(msg) from error
        return self.read(given, rows, who)

    def read(self, given: Any, rows: int, who: str) -> Answer:
        """What the call returned, its columns named by the model's classes where there are as many."""
        labels = getattr(self.model, "classes_", None) if self.method != "transform" else None
        return read_answer(given, rows, who, labels)

    def whole(self, table: Table) -> Answer:
        """The answer to all rows at once."""
        return self.ask(table.select(table.labels), table.rows)

    def by(self, method: str) -> Subject:
        """The same model by another call."""
        return Subject(self.model, self.name, method)

    def with_model(self, model: Any) -> Subject:
        """Another model under the same name, asked by the same call."""
        return Subject(model, self.name, self.method)


def answers_by(model: Any) -> tuple[str, ...]:
    """The calls that a model can be compared by, the most telling one first."""
    if hasattr(model, "__mltest_predict__"):
        return ("__mltest_predict__",)
    return tuple(method for method in METHODS if hasattr(model, method)) or ("__call__",)


def subject_of(model: Any, where: str) -> Subject:
    """The model with the first of its calls; ``UsageError`` for what cannot be asked."""
    if not hasattr(model, "transform"):
        checked_model(model, where)
    elif isinstance(model, type):
        msg = f"{where}: got the class {model.__name__}; give a fitted object of it"
        raise UsageError(msg)
    return Subject(model, name_of(model), answers_by(model)[0])


def features_for(model: Any, table: Table) -> Table:
    """The columns that the model says it was fitted on, in that order; all columns where it says nothing."""
    known = getattr(model, "feature_names_in_", None)
    if known is None or table.is_array:
        return table
    labels = tuple(table.label(name) for name in known)
    return Table(native=table.select(labels), name=table.name, labels=labels, rows=table.rows, is_array=False)


def first_line(error: BaseException) -> str:
    """What an error says, in one line of bounded length."""
    text = next(iter(str(error).strip().splitlines()), "(no message)")
    return quoted(text if len(text) <= 200 else text[:197] + "...")
