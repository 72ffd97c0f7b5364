"""The routes by name: which are asked, on how many rows, and what came of each."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import ModelError, UsageError, nearest
from mltest.inputs.tolerance import looser, tolerance_of
from mltest.quoted import quoted_text
from mltest.serving.differing import Difference, compare
from mltest.serving.question import NotAsked, Question

if TYPE_CHECKING:
    from mltest.serving.answer import Answer

__all__ = ["ROUTES", "Asked", "Outcome", "chosen", "taken"]

ROUTES = (
    "reload", "subprocess", "single_row", "chunks", "shuffled", "column_order",
    "extra_column", "json", "csv", "parquet", "float32", "threads",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One route of a call: its name, on how many rows (None: all), and whether the call named it."""

    name: str
    rows: int | None = None
    by_name: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What came of a route: a difference, an error instead of an answer, or the reason why it was not taken."""

    asked: Asked
    rows: int
    of: int
    difference: Difference | None = None
    answer: Answer | None = None
    error: str | None = None
    not_asked: NotAsked | None = None

    @property
    def mismatches(self) -> int:
        """Rows that differ; all of them where there was no answer."""
        return self.difference.mismatches if self.difference else self.rows


def chosen(routes: Any, rows: int) -> tuple[Asked, ...]:
    """The routes of a call in their fixed order; ``UsageError`` for names that are none.

    Examples
    --------
    >>> [route.name for route in chosen(["json", "reload"], 100)]
    ['reload', 'json']
    >>> next(route for route in chosen({"single_row": 50}, 100) if route.name == "single_row").rows
    50
    """
    if routes is None:
        return tuple(Asked(name) for name in ROUTES)
    if isinstance(routes, str) or not isinstance(routes, Iterable):
        msg = f"routes={routes!r}: give a list of names, or a mapping from names to numbers of rows"
        raise UsageError(msg)
    names = list(routes)
    for name in names:
        _check_name(name)
    given = dict(routes) if isinstance(routes, Mapping) else dict.fromkeys(names, True)
    others = [] if not isinstance(routes, Mapping) else [name for name in ROUTES if name not in given]
    asked = {name: Asked(name) for name in others}
    asked |= {name: _of_value(name, value, rows) for name, value in given.items() if value is not False}
    if not asked:
        msg = f"routes={routes!r} leaves no route to ask; there are {', '.join(ROUTES)}"
        raise UsageError(msg)
    return tuple(asked[name] for name in ROUTES if name in asked)


def _check_name(name: object) -> None:
    if name not in ROUTES:
        msg = f"routes: no route {name!r}{nearest(str(name), ROUTES)}; there are {', '.join(ROUTES)}"
        raise UsageError(msg)


def _of_value(name: str, value: Any, rows: int) -> Asked:
    if value is True or value is None:
        return Asked(name, by_name=True)
    if isinstance(value, (int, np.integer)) and value >= 1:
        return Asked(name, rows=int(value) if value < rows else None, by_name=True)
    msg = f"routes: {name!r}: {value!r} must be a number of rows, True for all or False for none"
    raise UsageError(msg)


def taken(question: Question, asked: Iterable[Asked]) -> list[Outcome]:
    """Ask by each route; those that wait for another process are started first and collected last."""
    with ExitStack() as leaving:
        started = list(_started(question, asked, leaving))
        ready = {each.name: _outcome(each, part, call, question) for each, part, call, waits in started if not waits}
        ready |= {each.name: _outcome(each, part, call, question) for each, part, call, waits in started if waits}
    return [ready[each.name] for each, *_ in started]


def _started(
    question: Question, asked: Iterable[Asked], leaving: ExitStack
) -> Iterator[tuple[Asked, Question, Any, bool]]:
    for each in asked:
        part = _part(question, each)
        route = importlib.import_module(f"mltest.serving.routes_{each.name}")
        waits = hasattr(route, "start")
        yield each, part, route.start(part, leaving) if waits else partial(route.ask, part), waits


def _part(question: Question, asked: Asked) -> Question:
    if asked.name == "float32":
        question = replace(question, tolerance=looser(question.tolerance, tolerance_of("float32")))
    if asked.rows is None:
        return question
    return question.take(np.linspace(0, question.table.rows - 1, asked.rows).round().astype(np.intp))


def _outcome(asked: Asked, part: Question, call: Any, whole: Question) -> Outcome:
    made = partial(Outcome, asked, part.table.rows, whole.table.rows)
    try:
        answer = call()
    except ModelError as error:
        return made(error=quoted_text(error))
    if isinstance(answer, NotAsked):
        return made(not_asked=answer)
    return made(difference=compare(part.base, answer, part.tolerance, part.rows), answer=answer)
