"""Answers that are made once: by asking a model, or as they were given."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from mltest.errors import MltestError, ModelError, UsageError
from mltest.inputs.answers import Answer, read_answer
from mltest.inputs.calling import ask, described, one_answer_method, score_method
from mltest.inputs.tasks import classes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.tables import Table

__all__ = ["Answers", "GivenAnswers", "ModelAnswers"]


class Answers(Protocol):
    """Where predictions and scores come from; each is asked for at most once."""

    error: type[MltestError]
    splits: bool  # labels and scores come apart; else one answer may be either
    classes: tuple[Any, ...] | None

    def who(self, what: str) -> str:
        """The start of a message about the "prediction" or the "score", up to its verb."""

    def prediction(self) -> Answer | None:
        """Labels or numbers; the only answer of a source that does not split."""

    def score(self) -> Answer | None:
        """Probabilities or decision values, or None where there are none."""

    def score_kind(self) -> str | None:
        """Say ``predict_proba``, ``decision_function`` or ``score``; None where there are no scores."""


class GivenAnswers:
    """Predictions made elsewhere; copied, since the caller may change them later."""

    error: type[MltestError] = UsageError
    splits = True
    classes: tuple[Any, ...] | None = None

    def __init__(self, prediction: Any, score: Any, rows: int) -> None:
        if prediction is None and score is None:
            msg = "Evaluation(y): give prediction=, score= or both; or mltest.evaluate(model, data, target)"
            raise UsageError(msg)
        self._prediction = None if prediction is None else _given(prediction, rows, "prediction=")
        self._score = None if score is None else _given(score, rows, "score=")
        given = {"prediction": self._prediction, "score": self._score}
        self.arrays = {what: answer.values for what, answer in given.items() if answer is not None}

    def who(self, what: str) -> str:
        """The start of a message, up to its verb."""
        return f"Evaluation: {what}= has"

    def prediction(self) -> Answer | None:
        """Labels, numbers, or the one answer."""
        return self._prediction

    def score(self) -> Answer | None:
        """Scores, or None."""
        return self._score

    def score_kind(self) -> str | None:
        """The call that scores come from, or None."""
        return None if self._score is None else "score"


class ModelAnswers:
    """Asks the model on first use; another thread that asks meanwhile waits for the same answer."""

    error: type[MltestError] = ModelError

    def __init__(self, model: Any, table: Table, features: tuple[str, ...], *, several: bool = False) -> None:
        self.model, self.table, self.features = model, table, features
        # of several labels a row a model keeps the classes of each
        self.classes = None if several else classes_of(model)
        self._scores_by = score_method(model)
        self.splits = self._scores_by is not None or self.classes is not None
        self._lock = RLock()
        self._made: dict[str, Answer | ModelError] = {}

    def who(self, what: str) -> str:
        """The start of a message, up to its verb."""
        method = self._scores_by if what == "score" and self._scores_by else one_answer_method(self.model)
        return described(self.model, method, self.table.rows, len(self.features), self.table.name) + " returned"

    def prediction(self) -> Answer | None:
        """Labels, numbers, or the one answer."""
        if self.splits and not hasattr(self.model, "predict"):
            return None
        return self._ask(one_answer_method(self.model))

    def score(self) -> Answer | None:
        """Scores, or None."""
        return self._ask(self._scores_by) if self._scores_by else None

    def score_kind(self) -> str | None:
        """The call that scores come from, or None."""
        return self._scores_by

    def _ask(self, method: str) -> Answer:
        with self._lock:
            if method not in self._made:
                self._made[method] = self._asked(method)
            made = self._made[method]
        if isinstance(made, ModelError):
            # each asker gets an error of its own: a raised one gathers the tracebacks of all of them
            raise ModelError(*made.args) from made.__cause__
        return made

    def _asked(self, method: str) -> Answer | ModelError:
        """One call; what it raises is kept as well, for a model that fails is not asked again."""
        given = self.table.select(self.features)
        try:
            answer = ask(self.model, method, given, self.table.rows, data=self.table.name)
        except ModelError as error:
            return error
        # the model may keep what it returned and change it at the next call
        return Answer(np.array(answer.values), answer.columns)


def _given(values: Any, rows: int, what: str) -> Answer:
    answer = read_answer(values, rows, f"Evaluation: {what} has", UsageError)
    copied: NDArray[Any] = np.array(answer.values)
    return Answer(copied, answer.columns)
