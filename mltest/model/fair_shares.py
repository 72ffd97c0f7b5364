"""Part of `assert_fair`: the share of hits in a group against that in all other rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mltest.digits import count, number
from mltest.stats.delta import Influence, settle
from mltest.stats.estimate import Estimate, unsettled
from mltest.stats.koopman import ratio_of_proportions
from mltest.stats.mover import difference_of_proportions
from mltest.stats.units import MINIMUM_GROUPS, Units

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mltest.inputs.evaluation import Evaluation

__all__ = ["MEASURES", "Quantity", "compare", "quantity_of"]

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A share of rows: which rows it is of, which of these are hits, and what the rows are called."""

    name: str
    within: Rows
    hits: Rows
    noun: str


def _every(given: Evaluation) -> Rows:
    return np.ones(given.rows, dtype=bool)


MEASURES: dict[str, tuple[Callable[[Evaluation], Rows], Callable[[Evaluation], Rows], str]] = {
    "selection_rate": (_every, lambda given: given.predicted, "rows"),
    "tpr": (lambda given: given.truth, lambda given: given.predicted, "positives"),
    "fpr": (lambda given: ~given.truth, lambda given: given.predicted, "negatives"),
    "tnr": (lambda given: ~given.truth, lambda given: ~given.predicted, "negatives"),
    "fnr": (lambda given: given.truth, lambda given: ~given.predicted, "positives"),
    "ppv": (lambda given: given.predicted, lambda given: given.truth, "predicted positives"),
    "npv": (lambda given: ~given.predicted, lambda given: ~given.truth, "predicted negatives"),
    "error_rate": (_every, lambda given: np.asarray(given.prediction != given.y, dtype=bool), "rows"),
    "accuracy": (_every, lambda given: np.asarray(given.prediction == given.y, dtype=bool), "rows"),
}


def quantity_of(evaluation: Evaluation, name: str, units: Units) -> Quantity:
    """The share as masks over the rows that count."""
    within, hits, noun = MEASURES[name]
    inside = units.take(within(evaluation))
    return Quantity(name, inside, units.take(hits(evaluation)) & inside, noun)


def compare(quantity: Quantity, inside: Rows, units: Units, *, ratio: bool) -> Estimate:
    """The share inside over, or less, the share of all other rows; `n` counts the rows inside."""
    sides = quantity.within & inside, quantity.within & ~inside
    rows = int(np.count_nonzero(sides[0]))
    if units.plain:
        sizes, hits = ([int(np.count_nonzero(rows)) for rows in each] for each in (sides, _hits(quantity, sides)))
        shares = [hit / size for hit, size in zip(hits, sizes, strict=True)]
        made = _of_counts(hits, sizes, ratio=ratio)
    else:
        made, shares = _weighted(quantity, sides, units, ratio=ratio)
    found = int(np.count_nonzero(quantity.hits & inside))
    against = f"{number(shares[0])} against {number(shares[1])}"
    detail = f"{count(found)} of {count(rows)} {quantity.noun}; {against}"
    clusters = units.holding(sides[0]) if units.clustered else None
    reason = f"{made.detail}; {detail}" if made.low is None and made.detail else detail
    return replace(made, n=rows, n_groups=clusters, detail=reason)


def _hits(quantity: Quantity, sides: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    return sides[0] & quantity.hits, sides[1] & quantity.hits


def _of_counts(hits: Sequence[float], sizes: Sequence[float], *, ratio: bool) -> Estimate:
    made = ratio_of_proportions if ratio else difference_of_proportions
    return made(hits[0], sizes[0], hits[1], sizes[1])


def _weighted(
    quantity: Quantity, sides: tuple[Rows, Rows], units: Units, *, ratio: bool
) -> tuple[Estimate, list[float]]:
    """By influence values, which honour weights, and clusters with rows on both sides."""
    weight = np.ones(units.n) if units.weight is None else units.weight
    sums = [float(weight[rows].sum()) for rows in sides]
    shares = [float(weight[rows].sum()) / total for rows, total in zip(_hits(quantity, sides), sums, strict=True)]
    held = [units.holding(rows) for rows in sides]
    value = _value(shares, ratio=ratio)
    if units.clustered and min(held) < MINIMUM_GROUPS:
        reason = f"{min(held)} clusters on one side; a comparison needs at least {MINIMUM_GROUPS}"
        return unsettled(value, "too_few_groups", reason, method="influence", n=units.n), shares
    if any(_pure(quantity.hits[rows]) for rows in sides):
        # no spread to see on one side: the size of a plain sample that would tell as much
        sizes = [units.effective(rows) for rows in sides]
        # sums of weights need not give 1 exactly
        hits = [min(share, 1.0) * size for share, size in zip(shares, sizes, strict=True)]
        return _of_counts(hits, sizes, ratio=ratio), shares
    each = [
        rows * (quantity.hits - share) * (float(weight.sum()) / total)
        for rows, share, total in zip(sides, shares, sums, strict=True)
    ]
    first, second = shares
    phi = (each[0] - first / second * each[1]) / second if ratio else each[0] - each[1]
    influence = Influence(value=value, phi=phi, units=units)
    span = None if ratio else (-1.0, 1.0)
    scale = "log" if ratio else "identity"
    return settle(influence, scale, method="influence", df=float(min(held) - 1), value_range=span), shares


def _value(shares: list[float], *, ratio: bool) -> float | None:
    if ratio:
        return shares[0] / shares[1] if shares[1] else None
    return shares[0] - shares[1]


def _pure(hits: Rows) -> bool:
    return bool(hits.all()) or not bool(hits.any())
