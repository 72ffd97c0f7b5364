"""With a column that the model was not trained on, as upstream tables grow one some day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.errors import ModelError
from mltest.serving.question import NotAsked, Question
from mltest.serving.subject import first_line

if TYPE_CHECKING:
    from mltest.serving.answer import Answer

__all__ = ["ask"]

_NAME = "mltest_unused"


def ask(question: Question) -> Answer | NotAsked:
    """A column of row numbers, last; a model that refuses it gives no wrong answer."""
    table = question.table
    if table.is_array:
        return NotAsked("the columns of an array have no names")
    name = _NAME
    while name in table:
        name += "_"
    wider = table.frame.with_row_index(name).select(*table.labels, name).to_native()
    try:
        return question.ask(wider)
    except ModelError as error:
        if error.__cause__ is None:
            raise
        reason = f"refuses: {type(error.__cause__).__name__}: {first_line(error.__cause__)}"
        return NotAsked(reason, refused=True)
