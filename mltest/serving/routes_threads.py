"""Asked by several threads at once, as a web server asks one model."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, reduce
from threading import Barrier
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from mltest.serving.answer import Answer
from mltest.serving.differing import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltest.serving.question import NotAsked, Question

__all__ = ["THREADS", "TIMES", "ask"]

THREADS = 4
TIMES = 5
_PATIENCE = 60.0
_OFTEN = 1e-6  # seconds between two switches of threads; Python's own 5 ms would let most calls end undisturbed


def ask(question: Question) -> Answer | NotAsked:
    """Each of four threads asks for all rows, five times at the same time as the others, in an order of its own.

    A row differs if it does so in any of the answers, so each row gets the first answer that differs.
    """
    rows = np.arange(question.table.rows)
    orders = [np.roll(rows, at * max(1, len(rows) // THREADS)) for at in range(THREADS)]
    tables = [question.table.take(order) for order in orders]
    together = Barrier(THREADS, timeout=_PATIENCE)

    def worst(at: int) -> Answer:
        back = np.argsort(orders[at])
        natives = [tables[at].select(tables[at].labels) for _ in range(TIMES)]
        together.wait()
        answers = [question.ask(native) for native in natives]
        return reduce(partial(_worse, question), [answer.take(back) for answer in answers])

    with _switching_often(), ThreadPoolExecutor(THREADS) as pool:
        return reduce(partial(_worse, question), pool.map(worst, range(THREADS)))


@contextmanager
def _switching_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(_OFTEN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _worse(question: Question, one: Answer, other: Answer) -> Answer:
    """The rows of ``one``, and those of ``other`` where only these differ."""
    found = compare(question.base, other, question.tolerance, question.rows)
    if found.missing or found.added or set(one.columns) != set(other.columns):
        return other if found.missing or found.added else one
    rows = found.apart & ~compare(question.base, one, question.tolerance, question.rows).apart
    columns = {name: np.where(rows, other.columns[name], column) for name, column in one.columns.items()}
    return Answer(MappingProxyType(columns), one.types, one.rows, one.is_table)
