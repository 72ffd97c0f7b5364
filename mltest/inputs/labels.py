"""From what was answered to labels of the target, scores of the positive class and probabilities by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.inputs.answers import Answer, as_numbers, check_probabilities, refuse_rows
from mltest.inputs.tasks import labels_of, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.errors import MltestError

__all__ = ["are_probabilities", "as_labels", "by_class", "from_matrix", "from_score", "looks_like_score"]

_HALF = 0.5


def as_labels(
    values: NDArray[Any], target: NDArray[Any], known: Sequence[Any], who: str, error: type[MltestError]
) -> NDArray[Any]:
    """The answered labels in the target's type; a label that neither target nor model knows is refused."""
    unseen = [label for label in labels_of(values) if label not in known]
    if unseen:
        bad = np.isin(values, unseen) if values.dtype != object else _any_of(values, unseen)
        kinds = _kinds(unseen), _kinds(known)
        types = f"; they are {kinds[0]}, the target's are {kinds[1]}" if kinds[0] != kinds[1] else ""
        what = f"labels that the target does not have ({shown(unseen)}; the target has {shown(known)}{types})"
        refuse_rows(bad, what, who, error)
    if target.dtype != object:
        return values.astype(target.dtype)
    lookup = {label: label for label in known}
    return _objects([lookup[label] for label in values.tolist()])


def looks_like_score(values: NDArray[Any], labels: Sequence[Any]) -> bool:
    """Floats within 0 and 1 that are not all labels of the target."""
    if values.ndim != 1 or values.dtype.kind != "f" or not are_probabilities(values):
        return False
    numbers = [label for label in labels if isinstance(label, (int, float))]
    return not bool(np.isin(values, numbers).all())


def from_score(score: NDArray[Any], positive: Any, negative: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The positive class where its score is at least one half."""
    out = np.empty(len(score), dtype=dtype)
    above = score >= _HALF
    out[above], out[~above] = positive, negative
    return out


def from_matrix(matrix: NDArray[Any], classes: Sequence[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """The class with the largest value, the first of equals."""
    named = np.empty(len(classes), dtype=dtype)
    named[:] = list(classes)
    return np.asarray(named[np.argmax(matrix, axis=1)])


def are_probabilities(score: NDArray[Any]) -> bool:
    """Whether every value lies within 0 and 1."""
    return bool(((score >= 0) & (score <= 1)).all())


def by_class(
    answer: Answer, columns: Sequence[Any], classes: Sequence[Any], who: str, error: type[MltestError], *, proba: bool
) -> NDArray[Any]:
    """An (n, k) answer with its columns in the order of ``classes``; a class without a column gets zeros."""
    values = answer.values
    if values.ndim == 1:
        msg = f"{who} one column for {len(classes)} classes ({shown(classes)}); a column a class is needed"
        raise error(msg)
    order = _named(answer.columns, columns)
    if values.shape[1] != len(order):
        msg = f"{who} {values.shape[1]} columns for {len(order)} classes ({shown(columns)})"
        raise error(msg)
    numbers = (check_probabilities if proba else as_numbers)(values, who, error)
    out = np.full((len(values), len(classes)), 0.0 if proba else -np.inf, dtype=numbers.dtype)
    for at, label in enumerate(order):
        out[:, list(classes).index(label)] = numbers[:, at]
    return out


def _named(columns: tuple[str, ...] | None, labels: Sequence[Any]) -> Sequence[Any]:
    """The labels in the order of a table's columns, where these are called like the labels."""
    if columns is None:
        return labels
    by_name = {str(label): label for label in labels}
    return [by_name[name] for name in columns] if set(columns) == set(by_name) else labels


def _kinds(labels: Sequence[Any]) -> str:
    return " or ".join(sorted({type(label).__name__ for label in labels}))


def _any_of(values: NDArray[Any], some: Sequence[Any]) -> NDArray[np.bool_]:
    return np.fromiter((value in some for value in values.tolist()), dtype=bool, count=len(values))


def _objects(values: list[Any]) -> NDArray[Any]:
    out = np.empty(len(values), dtype=object)
    out[:] = values
    return out
