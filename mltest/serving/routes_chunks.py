"""In batches of uneven sizes, as a queue or a batch job fills them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mltest.serving.question import NotAsked, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """Batches of 1, 2, 3, 5, 8, ... rows: every size is another, and few calls reach the end of a long table."""
    if question.table.rows == 1:
        return NotAsked("one row cannot be parted")
    return question.in_parts(_ends(question.table.rows))


def _ends(rows: int) -> Iterator[int]:
    size, following, end = 1, 2, 0
    while end < rows:
        end = min(end + size, rows)
        yield end
        size, following = following, size + following
