"""Whether two evaluations can be compared row by row: rule ``comparable`` of the checks that compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.quoted import quoted
from mltest.result import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Protocol

    from mltest.metrics.sample import Sample

    class Compared(Sample, Protocol):
        """Labelled predictions that know what they were read from; an ``Evaluation`` is one."""

        @property
        def model(self) -> Any:
            """The model, or None for predictions that were given."""

        @property
        def inputs(self) -> Mapping[str, str]:
            """Digests of what was read."""


__all__ = ["differences"]


def differences(candidate: Compared, baseline: Compared, *, scores: bool = False) -> tuple[Finding, ...]:
    """What keeps two evaluations from being compared row by row; empty where nothing does.

    With ``scores`` also whether those of one side rise with the other class: a probability of the wrong class
    is told from one of the right class by the decisions that were given with it.
    """
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
    if known:
        return tuple(known)
    turned = _turned(candidate, baseline) if scores else None
    return (*_tables(candidate, baseline), *([turned] if turned else []))


def _finding(where: str, what: str, count: int | None = None) -> Finding:
    return Finding(rule="comparable", where=where, what=what, count=count)


def _labels(candidate: Compared, baseline: Compared) -> Finding | None:
    other = np.asarray(candidate.y != baseline.y, dtype=bool)
    if other.shape != candidate.y.shape:  # types that NumPy cannot compare row by row
        other = np.ones(candidate.rows, dtype=bool)
    if not other.any():
        return None
    first = int(other.argmax())
    ours, theirs = (side.y[first : first + 1].tolist()[0] for side in (candidate, baseline))
    what = f"they differ, first in row {first}: {quoted(repr(ours))} and {quoted(repr(theirs))}"
    return _finding("labels", what, int(other.sum()))


def _task(candidate: Compared, baseline: Compared) -> Finding | None:
    if candidate.task != baseline.task:
        return _finding("task", f"the candidate's is {candidate.task}, the baseline's {baseline.task}")
    positives = [_positive(side) for side in (candidate, baseline)]
    if None not in positives and positives[0] != positives[1]:
        return _finding(
            "positive class",
            f"the candidate's is {quoted(repr(positives[0]))}, the baseline's {quoted(repr(positives[1]))}",
        )
    return None


def _positive(side: Compared) -> Any:
    """The positive class, where one was told or is plain from the labels."""
    from mltest.errors import UsageError

    if side.task != "binary":
        return None
    try:
        return side.positive
    except UsageError:  # a metric that needs none, such as accuracy, can do without
        return None


def _turned(candidate: Compared, baseline: Compared) -> Finding | None:
    ways = _direction(candidate), _direction(baseline)
    if ways[0] * ways[1] >= 0:
        return None
    falls, rises = ("candidate", "baseline") if ways[0] < 0 else ("baseline", "candidate")
    what = f"where the positive class is predicted, scores of the {falls} are lower, those of the {rises} higher"
    return _finding("score direction", what)


def _direction(side: Compared) -> int:
    """1 where scores are higher for the predicted positives, -1 where lower, 0 where that cannot be told."""
    from mltest.errors import UsageError

    if side.task != "binary":
        return 0
    try:
        predicted, score = side.predicted, side.score
    except UsageError:  # no decisions beside the scores, or no scores: nothing contradicts them
        return 0
    if predicted.all() or not predicted.any() or score.dtype.kind not in "biuf":
        return 0
    middle = [np.quantile(score[which], 0.5, method="lower") for which in (predicted, ~predicted)]
    return int(middle[0] > middle[1]) - int(middle[0] < middle[1])


def _column(what: str, ours: Any, theirs: Any) -> Finding | None:
    if ours is None and theirs is None:
        return None
    if ours is None or theirs is None:
        return _finding(what, f"only the {'candidate' if theirs is None else 'baseline'} has them")
    other = np.asarray(ours != theirs, dtype=bool)
    return _finding(what, "they differ", int(other.sum())) if other.any() else None


def _tables(candidate: Compared, baseline: Compared) -> tuple[Finding, ...]:
    ours, theirs = candidate.inputs.get("data"), baseline.inputs.get("data")
    if ours is None or theirs is None or ours == theirs:
        return ()
    return (_finding("table", f"digests differ: {ours[:15]} and {theirs[:15]}"),)
