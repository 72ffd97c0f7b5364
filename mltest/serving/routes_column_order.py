"""With the columns in reverse: a service that builds its table from a mapping keeps no order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mltest.errors import ModelError
from mltest.serving.question import NotAsked, Question
from mltest.serving.subject import first_line

if TYPE_CHECKING:
    from mltest.serving.answer import Answer

__all__ = ["ask"]

# What a model says that noticed: "Feature names must be in the same order as they were in fit". An error out of
# its inside ("could not convert string to float") is no such thing: that model worked by position.
_NOTICED = re.compile(
    r"(feature|column).?names?|same order|at position|\d+ (features|columns)|unexpected column", re.IGNORECASE
)


def ask(question: Question) -> Answer | NotAsked:
    """Reversed columns; a model that refuses them by name gives no wrong answer."""
    table = question.table
    if table.is_array:
        return NotAsked("the columns of an array have no names")
    if len(table.labels) == 1:
        return NotAsked("one column has one order")
    try:
        return question.ask(table.select(table.labels[::-1]))
    except ModelError as error:
        if error.__cause__ is not None and _NOTICED.search(str(error.__cause__)):
            reason = f"refuses: {type(error.__cause__).__name__}: {first_line(error.__cause__)}"
            return NotAsked(reason, refused=True)
        raise
