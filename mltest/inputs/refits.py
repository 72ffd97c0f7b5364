"""The same fit on nested parts of its training rows, with several seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.fits import checked_fit
from mltest.inputs.splits import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mltest.inputs.evaluation import Evaluation

__all__ = ["Refitted", "refits"]


class Refitted(NamedTuple):
    """The share of the training rows, and its model on these rows and on the test rows."""

    share: float
    seen: Evaluation
    unseen: Evaluation


def refits(
    fit: Any, train: Evaluation, test: Evaluation, *, shares: Sequence[float], seeds: Sequence[int], call: str
) -> Iterator[Refitted]:
    """Fit each part with each seed; the smaller parts of a seed lie within the larger ones."""
    if train.table is None or test.table is None or not train.features:
        raise UsageError(f"{call}(fit=): needs the rows to fit on; give evaluations made by mltest.evaluate")
    made = checked_fit(fit, call, positive=_positive(test))
    for seed in seeds:
        place = places(train.y, train.cluster, seed)
        for share in shares:
            part = train.take(np.flatnonzero(place < share))
            model = made.on(part, seed=seed)
            yield Refitted(share, made.judged(model, part), made.judged(model, test))


def _positive(side: Evaluation) -> Any:
    """The positive class, where one was told or is plain from the labels."""
    if side.task != "binary":
        return None
    try:
        return side.positive
    except UsageError:  # a metric that needs none, such as accuracy, can do without
        return None
