"""Part of `assert_not_worse`: whether two evaluations are of the same rows (rule ``comparable``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.result import Finding

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation

__all__ = ["differences"]


def differences(candidate: Evaluation, baseline: Evaluation) -> tuple[Finding, ...]:
    """What keeps two evaluations from being compared row by row; empty where nothing does."""
    if candidate.rows != baseline.rows:
        what = f"the candidate has {candidate.rows}, the baseline {baseline.rows}"
        return (_finding("rows", what, abs(candidate.rows - baseline.rows)),)
    found = [
        _labels(candidate, baseline),
        _task(candidate, baseline),
        _column("weights", candidate.weight, baseline.weight),
        _column("clusters", candidate.cluster, baseline.cluster),
    ]
    known = [one for one in found if one is not None]
    return tuple(known) if known else _tables(candidate, baseline)


def _finding(where: str, what: str, count: int | None = None) -> Finding:
    return Finding(rule="comparable", where=where, what=what, count=count)


def _labels(candidate: Evaluation, baseline: Evaluation) -> Finding | None:
    other = np.asarray(candidate.y != baseline.y, dtype=bool)
    if other.shape != candidate.y.shape:  # types that NumPy cannot compare row by row
        other = np.ones(candidate.rows, dtype=bool)
    if not other.any():
        return None
    first = int(other.argmax())
    ours, theirs = (side.y[first : first + 1].tolist()[0] for side in (candidate, baseline))
    what = f"they differ, first in row {first}: {ours!r} and {theirs!r}"
    return _finding("labels", what, int(other.sum()))


def _task(candidate: Evaluation, baseline: Evaluation) -> Finding | None:
    if candidate.task != baseline.task:
        return _finding("task", f"the candidate's is {candidate.task}, the baseline's {baseline.task}")
    positives = [_positive(side) for side in (candidate, baseline)]
    if None not in positives and positives[0] != positives[1]:
        return _finding("positive class", f"the candidate's is {positives[0]!r}, the baseline's {positives[1]!r}")
    return None


def _positive(side: Evaluation) -> Any:
    """The positive class, where one was told or is plain from the labels."""
    from mltest.errors import UsageError

    if side.task != "binary":
        return None
    try:
        return side.positive
    except UsageError:  # a metric that needs none, such as accuracy, can do without
        return None


def _column(what: str, ours: Any, theirs: Any) -> Finding | None:
    if ours is None and theirs is None:
        return None
    if ours is None or theirs is None:
        return _finding(what, f"only the {'candidate' if theirs is None else 'baseline'} has them")
    other = np.asarray(ours != theirs, dtype=bool)
    return _finding(what, "they differ", int(other.sum())) if other.any() else None


def _tables(candidate: Evaluation, baseline: Evaluation) -> tuple[Finding, ...]:
    ours, theirs = candidate.inputs.get("data"), baseline.inputs.get("data")
    if ours is None or theirs is None or ours == theirs:
        return ()
    return (_finding("table", f"digests differ: {ours[:15]} and {theirs[:15]}"),)
