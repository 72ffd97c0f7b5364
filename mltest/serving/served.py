"""Trained against served: which calls answer the same question, and the two answers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import ModelError, UsageError
from mltest.quoted import quoted_text
from mltest.serving.answer import ONLY, Answer
from mltest.serving.differing import Difference, compare
from mltest.serving.subject import FREE, Subject, answers_by, features_for

if TYPE_CHECKING:
    from mltest.inputs.tables import Table
    from mltest.inputs.tolerance import Tolerance

__all__ = ["Compared", "compared"]

_BINARY = 2


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """Whose answers were compared, by which call, and what tells them apart; or the error of the served one."""

    trained: Subject
    served: Subject
    base: Answer | None
    answer: Answer | None
    difference: Difference | None
    error: str | None = None


def compared(trained: Subject, served: Subject, table: Table, tolerance: Tolerance) -> Compared:
    """Ask both on the same rows; a served path gets the trained one's columns, unless it names its own."""
    features = features_for(trained.model, table)
    given = features_for(served.model, table) if hasattr(served.model, "feature_names_in_") else features
    trained, served = _by_one_call(trained, served)
    base = None if served.method in FREE and trained.method not in FREE else trained.whole(features)
    try:
        served, answer = (served, served.whole(given)) if base is None else _answer(served, given, base, trained)
    except ModelError as error:
        return Compared(trained, served, base, None, None, quoted_text(error))
    if base is None:
        trained, base = _fitting(trained, features, answer)
    answer = _aligned(base, answer)
    return Compared(trained, served, base, answer, compare(base, answer, tolerance, np.arange(table.rows)))


def _by_one_call(trained: Subject, served: Subject) -> tuple[Subject, Subject]:
    """Both with the most telling call that both have; as they are where one of them is a function."""
    shared = [call for call in answers_by(trained.model) if call in answers_by(served.model)]
    if shared:
        return trained.by(shared[0]), served.by(shared[0])
    if not {trained.method, served.method} & FREE:
        msg = (
            f"assert_consistent: {trained.name} answers by {trained.method}, {served.name} by {served.method}; "
            "give two models, two transforms, or a function for one of them"
        )
        raise UsageError(msg)
    return trained, served


def _answer(served: Subject, given: Table, base: Answer, trained: Subject) -> tuple[Subject, Answer]:
    if trained.method in FREE and served.method not in FREE:
        return _fitting(served, given, base)
    return served, served.whole(given)


def _fitting(subject: Subject, table: Table, like: Answer) -> tuple[Subject, Answer]:
    """The first call of a model whose answer has the form of a function's answer.

    As many columns; for one column of scores the positive class of two, for one of labels ``predict``.
    """
    alone, score = len(like.columns) == 1, _is_score(like)
    for method in answers_by(subject.model):
        asked = subject.by(method)
        answer = asked.whole(table)
        if alone and score and method == "predict_proba" and len(answer.columns) == _BINARY:
            return asked, _last_column(answer)
        if len(answer.columns) == len(like.columns) and (not alone or score or method in {"predict", "transform"}):
            return asked, answer
    return asked, answer


def _is_score(answer: Answer) -> bool:
    """Floats that are not all 0 or 1."""
    first = next(iter(answer.columns.values()))
    return first.dtype.kind == "f" and not bool(np.isin(first, (0.0, 1.0)).all())


def _last_column(answer: Answer) -> Answer:
    name = list(answer.columns)[-1]
    column, kind = {ONLY: answer.columns[name]}, {ONLY: answer.types[name]}
    return Answer(MappingProxyType(column), MappingProxyType(kind), answer.rows)


def _aligned(base: Answer, answer: Answer) -> Answer:
    """Two tables are compared by name; where one side has no names, by position."""
    both_named = base.is_table and answer.is_table
    if both_named or set(base.columns) == set(answer.columns) or len(base.columns) != len(answer.columns):
        return answer
    names = dict(zip(answer.columns, base.columns, strict=True))
    columns = {names[name]: values for name, values in answer.columns.items()}
    types = {names[name]: kind for name, kind in answer.types.items()}
    return Answer(MappingProxyType(columns), MappingProxyType(types), answer.rows, answer.is_table)
