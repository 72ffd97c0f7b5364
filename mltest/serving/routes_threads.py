"""Asked by several threads at once, as a web server asks one model."""

from __future__ import annotations

import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial, reduce
from threading import Barrier
from types import FrameType, MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.serving.answer import Answer
from mltest.serving.differing import compare

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mltest.serving.question import Question

__all__ = ["THREADS", "TIMES", "ask"]

THREADS = 4
TIMES = 2
_PATIENCE = 60.0
_PAUSES = 100  # in one call of the model, so that a loop over all rows ends
_PAUSE = 1e-6  # seconds; any pause hands the interpreter to another thread
_LIBRARIES = tuple(sysconfig.get_path(place) for place in ("stdlib", "platstdlib", "purelib", "platlib"))


def ask(question: Question) -> Answer:
    """Each of four threads asks for all rows, at the same time as the others, in an order of its own.

    A race shows only if the threads change over between two lines of the model, so each thread pauses at the
    lines of code that is the model's own or outside of installed libraries. A row differs if it does so in any of
    the answers, so each row gets the first answer that differs.
    """
    rows = np.arange(question.table.rows)
    orders = [np.roll(rows, at * max(1, len(rows) // THREADS)) for at in range(THREADS)]
    tables = [question.table.take(order) for order in orders]
    together = Barrier(THREADS, timeout=_PATIENCE)
    own = getattr(sys.modules.get(type(question.subject.model).__module__), "__file__", None)

    def worst(at: int) -> Answer:
        natives = [tables[at].select(tables[at].labels) for _ in range(TIMES)]
        together.wait()
        answers = [_interrupted(question, native, own) for native in natives]
        back = np.argsort(orders[at])
        return reduce(partial(_worse, question), [answer.take(back) for answer in answers])

    with ThreadPoolExecutor(THREADS) as pool:
        return reduce(partial(_worse, question), pool.map(worst, range(THREADS)))


def _interrupted(question: Question, native: Any, own: str | None) -> Answer:
    with _pausing(own):
        return question.ask(native)


@contextmanager
def _pausing(own: str | None) -> Iterator[None]:
    """Pause at each line of the model's code, in this thread only; what traced it before goes on afterwards."""
    left = _PAUSES

    def at_line(_frame: FrameType, _event: str, _arg: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            time.sleep(_PAUSE)
            return at_line
        return None

    def at_call(frame: FrameType, _event: str, _arg: Any) -> Any:
        file = frame.f_code.co_filename
        return at_line if left and (file == own or not file.startswith(("<frozen", *_LIBRARIES))) else None

    before = sys.gettrace()
    sys.settrace(at_call)
    try:
        yield
    finally:
        sys.settrace(before)


def _worse(question: Question, one: Answer, other: Answer) -> Answer:
    """The rows of ``one``, and those of ``other`` where only these differ."""
    found = compare(question.base, other, question.tolerance, question.rows)
    if found.missing or found.added or set(one.columns) != set(other.columns):
        return other if found.missing or found.added else one
    rows = found.apart & ~compare(question.base, one, question.tolerance, question.rows).apart
    columns = {name: np.where(rows, other.columns[name], column) for name, column in one.columns.items()}
    return Answer(MappingProxyType(columns), one.types, one.rows, one.is_table)
