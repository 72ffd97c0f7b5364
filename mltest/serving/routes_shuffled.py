"""In another order, the answers put back: an answer must not depend on the row before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mltest.serving.question import NotAsked, Question

if TYPE_CHECKING:
    from mltest.serving.answer import Answer

__all__ = ["ask"]


def ask(question: Question) -> Answer | NotAsked:
    """One permutation, the same in every run."""
    rows = question.table.rows
    if rows == 1:
        return NotAsked("one row has one order")
    order = np.random.default_rng(rows).permutation(rows)
    if np.array_equal(order, np.arange(rows)):
        order = order[::-1]
    shuffled = question.table.take(order)
    answer = question.ask(shuffled.select(shuffled.labels))
    return answer.take(np.argsort(order))
