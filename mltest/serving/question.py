"""What a route asks: the same rows, and the answer that the model gave when it was asked for all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mltest.inputs.tables import Table
from mltest.serving.answer import Answer, joined

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mltest.inputs.tolerance import Tolerance
    from mltest.serving.subject import Subject

__all__ = ["NotAsked", "Question", "Route"]


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A route that was not taken, and why; ``refused`` where the model itself declined, loudly and in time."""

    reason: str
    refused: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """The model, the features of the rows asked, the answer to compare with, where the rows are, and when two agree."""

    subject: Subject
    table: Table
    base: Answer
    rows: NDArray[np.intp]
    tolerance: Tolerance

    def take(self, rows: NDArray[np.intp]) -> Question:
        """The same question on fewer rows; their answers are still those given among all."""
        return Question(self.subject, self.table.take(rows), self.base.take(rows), self.rows[rows], self.tolerance)

    def ask(self, native: Any) -> Answer:
        """The model's answer to another form of the same rows."""
        return self.subject.ask(native, self.table.rows)

    def whole(self) -> Any:
        """The features as the caller's kind of table, which the model may change."""
        return self.table.select(self.table.labels)

    def in_parts(self, ends: Iterable[int]) -> Answer:
        """The answers to consecutive parts of the rows, each asked for alone."""
        answers, start = [], 0
        for end in ends:
            answers.append(self.subject.ask(part_of(self.table, start, end), end - start))
            start = end
        return joined(answers, self.subject.called)


Route = Callable[[Question], Answer | NotAsked]


def part_of(table: Table, start: int, end: int) -> Any:
    """Some consecutive rows as the caller's kind of table, which the model may change."""
    native = table.native[start:end] if table.is_array else table.frame[start:end].to_native()
    part = Table(native=native, name=table.name, labels=table.labels, rows=end - start, is_array=table.is_array)
    return part.select(part.labels)
