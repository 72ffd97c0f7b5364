"""Row by row, as an online service is asked: a row's answer must not depend on the rows beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mltest.serving.answer import Answer
    from mltest.serving.question import Question

__all__ = ["ask"]


def ask(question: Question) -> Answer:
    """One call a row."""
    return question.in_parts(range(1, question.table.rows + 1))
