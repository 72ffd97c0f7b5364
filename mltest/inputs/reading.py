"""How answers are read against a target: task, classes, positive class, prediction, score, probabilities."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from mltest.errors import UsageError
from mltest.inputs import labels
from mltest.inputs.answers import Answer, as_numbers, check_numbers
from mltest.inputs.tasks import Task, labels_of, positive_of, shown, task_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.predictions import Answers

__all__ = ["Reading"]

_TWO = 2
Made = TypeVar("Made")
_ZERO_ONE: frozenset[Any] = frozenset({0, 1})


class Reading:
    """One target and one source of answers; every part is worked out once, on first use."""

    def __init__(
        self, target: NDArray[Any], answers: Answers, kind: str | None, positive: Any, names: tuple[str, str]
    ) -> None:
        self.target, self.answers, self._kind = target, answers, kind
        self._positive, self._model_name, self._data_name = positive, *names
        self._lock = RLock()
        self._made: dict[str, Any] = {}
        if positive is not None:
            _ = self.positive  # a label that does not exist is refused at once

    @property
    def task(self) -> Task:
        """Two classes, several classes or a number."""
        return self.once("task", self._task)

    @property
    def labels(self) -> tuple[Any, ...]:
        """The distinct values of the target, sorted."""
        return self.once("labels", lambda: labels_of(self.target))

    @property
    def classes(self) -> tuple[Any, ...]:
        """Those of the model in its order, then what only the target has; none for numbers."""
        return self.once("classes", self._classes)

    @property
    def positive(self) -> Any:
        """The positive one of two classes."""
        return self.once("positive", self._positive_label)

    @property
    def prediction(self) -> NDArray[Any]:
        """Labels in the target's type, or numbers."""
        return self.once("prediction", self._predict)

    @property
    def score(self) -> NDArray[Any]:
        """Scores of the positive class, or a column a class."""
        return self.once("score", self._score)

    @property
    def proba(self) -> NDArray[Any] | None:
        """Probabilities by class, or None."""
        return self.once("proba", self._probabilities)

    @property
    def score_answer(self) -> Answer | None:
        """The answer that scores are read from: a call of its own, or the one answer where it is no label."""
        if self.answers.splits:
            return self.answers.score()
        answer = self.answers.prediction()
        if answer is None or self.task == "regression":
            return None
        return answer if answer.values.ndim == _TWO or labels.looks_like_score(answer.values, self.labels) else None

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """What was made under this name, made now if it is the first time."""
        with self._lock:
            if name not in self._made:
                self._made[name] = make()
            made: Made = self._made[name]
            return made

    def _task(self) -> Task:
        known = self._coded_classes() if self._kind == "classifier" else self.labels
        return task_of(self.target, known, self._kind, positive=self._positive, answer=self._peek)

    def _peek(self) -> NDArray[Any] | None:
        """One look at the answer, where the target alone does not tell what it is."""
        answer = self.answers.prediction() or self.answers.score()
        return None if answer is None else answer.values

    def _coded_classes(self) -> tuple[Any, ...]:
        """Every known label, in the target's type."""
        own = {label: label for label in self.labels}
        known = [own.get(label, label) for label in self.answers.classes or self.labels]
        if own.keys().isdisjoint(known):
            msg = (
                f"{self._model_name} knows the classes {shown(known)}, the target of {self._data_name} has "
                f"{shown(self.labels)}; give the target as it was coded in training"
            )
            raise UsageError(msg)
        return (*known, *(label for label in self.labels if label not in known))

    def _classes(self) -> tuple[Any, ...]:
        if self.task == "regression":
            return ()
        known = self._coded_classes()
        if len(known) > 1:
            return known
        if _ZERO_ONE.issuperset(known):
            return tuple(np.array([0, 1]).astype(self.target.dtype).tolist())
        return known if self._positive in {None, known[0]} else tuple(sorted((known[0], self._positive)))

    def _positive_label(self) -> Any:
        given, known = self._positive, self._coded_classes()
        if len(known) == 1 and type(given) is type(known[0]) and given != known[0]:
            return given  # a target of one class cannot tell what the other is called
        return positive_of(known if not _ZERO_ONE.issuperset(known) else sorted({*known, 0, 1}), given)

    def _predict(self) -> NDArray[Any]:
        answer, who = self.answers.prediction(), self.answers.who("prediction")
        if answer is None and self.task == "regression":
            # a score of graded labels, such as a ranker gives, is a number a row
            answer, who = self.answers.score(), self.answers.who("score")
        if answer is None or self._is_score(answer):
            return self._decide()
        if answer.values.ndim != 1:
            msg = f"{who} shape {answer.values.shape}; one answer a row is needed, ({len(self.target)},)"
            raise self.answers.error(msg)
        if self.task == "regression":
            return check_numbers(answer.values, who, self.answers.error)
        return labels.as_labels(answer.values, self.target, self.classes, who, self.answers.error)

    def _is_score(self, answer: Answer) -> bool:
        return not self.answers.splits and self.score_answer is answer

    def _decide(self) -> NDArray[Any]:
        """Labels from scores: one half for the positive class, the largest of several."""
        if self.task == "multiclass":
            return labels.from_matrix(self.score, self.classes, self.target.dtype)
        score = self.score if self.proba is None else self.proba[:, self._column(self.positive)]
        if not labels.are_probabilities(score):
            msg = f"{self.answers.who('score')} values outside 0 to 1; no label follows from them, give prediction= too"
            raise self.answers.error(msg)
        return labels.from_score(score, self.positive, self._negative(), self.target.dtype)

    def _negative(self) -> Any:
        return next((label for label in self.classes if label != self.positive), None)

    def _column(self, label: Any) -> int:
        return list(self.classes).index(label)

    def _columns(self) -> tuple[Any, ...]:
        """Which labels the columns of an answer stand for."""
        return self.answers.classes or self.classes

    def _probabilities(self) -> NDArray[Any] | None:
        answer = self.score_answer
        if answer is None or self.task == "regression" or self.answers.score_kind() == "decision_function":
            return None
        who, error = self.answers.who("score"), self.answers.error
        if answer.values.ndim == _TWO:
            return labels.by_class(answer, self._columns(), self.classes, who, error, proba=True)
        if (
            self.task != "binary"
            or answer.values.dtype.kind not in "biuf"
            or not labels.are_probabilities(answer.values)
        ):
            return None
        share = answer.values.astype(np.float64)
        pair = {self.positive: share, self._negative(): 1 - share}
        return np.column_stack([pair[label] for label in self.classes])

    def _score(self) -> NDArray[Any]:
        answer = self.score_answer
        if self.task == "regression" or answer is None:
            raise UsageError(self._no_score())
        if self.proba is not None:
            return self.proba[:, self._column(self.positive)] if self.task == "binary" else self.proba
        who, error = self.answers.who("score"), self.answers.error
        if self.task == "multiclass" or answer.values.ndim == _TWO:
            matrix = labels.by_class(answer, self._columns(), self.classes, who, error, proba=False)
            return matrix if self.task == "multiclass" else matrix[:, self._column(self.positive)]
        numbers = as_numbers(answer.values, who, error)
        flipped = self.answers.score_kind() == "decision_function" and self._columns()[-1] != self.positive
        return -numbers if flipped else numbers

    def _no_score(self) -> str:
        if self.task == "regression":
            return f"{self._model_name} predicts a number; there is no score of a class, ask for a regression metric"
        return (
            f"{self._model_name} has neither predict_proba nor decision_function, so there is no score; "
            "ask for a metric of labels, or give scores: mltest.Evaluation(y, score=...)"
        )
