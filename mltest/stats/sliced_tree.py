"""A small regression tree of row losses: where a model is weak, if anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mltest.stats.units import BoolArray, FloatArray, IntArray

__all__ = ["Cut", "Feature", "Node", "weak_nodes"]

MOST_NODES = 10


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """A column to split by.

    Attributes
    ----------
    values
        Numbers, NaN where missing; or the code of each row's label.
    labels
        The labels by code; None for numbers.
    """

    values: npt.NDArray[Any]
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """One side of a split.

    Attributes
    ----------
    feature
        Its place among the features.
    codes
        The labels of this side; None for numbers.
    threshold, below
        Numbers below the threshold, or the others with what is missing.
    """

    feature: int
    codes: tuple[int, ...] | None = None
    threshold: float = 0.0
    below: bool = True

    def holds(self, feature: Feature) -> BoolArray:
        """The rows on this side."""
        if self.codes is not None:
            return np.isin(feature.values, self.codes)
        inside: BoolArray = feature.values < self.threshold
        return inside if self.below else ~inside


@dataclass(frozen=True, slots=True)
class Node:
    """Rows that meet all cuts, and by how much their mean loss exceeds that of all rows."""

    cuts: tuple[Cut, ...]
    excess: float


def weak_nodes(
    features: Sequence[Feature],
    losses: FloatArray,
    weight: FloatArray | None = None,
    *,
    least: int,
    depth: int = 2,
    most: int = MOST_NODES,
) -> list[Node]:
    """The nodes of a regression tree whose mean loss is above the average, the worst first.

    Parameters
    ----------
    features
        The columns that may be split, one value a row.
    losses
        One finite number a row.
    weight
        Weights of the rows.
    least
        Rows that every node must have.
    depth
        Splits on the way to a leaf.
    most
        Nodes to return.

    Returns
    -------
    list of Node
        Leaves and inner nodes, without the root.

    Notes
    -----
    Each split is the one that leaves the smallest sum of squares. Labels are put in order of their mean
    loss first, among which the best two groups are neighbours. Ties go to the earlier column, so that the
    tree depends on the data alone.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), Classification and Regression Trees. Fisher (1958),
    Journal of the American Statistical Association 53, 789-798.

    Examples
    --------
    >>> feature = Feature(np.arange(100) / 10.0)
    >>> node = weak_nodes([feature], np.repeat([0.0, 1.0], 50), least=10, depth=1)[0]
    >>> node.cuts[0].threshold, node.cuts[0].below, node.excess
    (5.0, False, 0.5)
    """
    each = np.ones(len(losses)) if weight is None else weight
    overall = float((losses * each).sum() / each.sum())

    def below(rows: IntArray, cuts: tuple[Cut, ...], left: int) -> Iterator[Node]:
        split = _best(features, losses, each, rows, least) if left else None
        for cut in split or ():
            inside = rows[cut.holds(Feature(features[cut.feature].values[rows]))]
            mean = float((losses[inside] * each[inside]).sum() / each[inside].sum())
            yield Node((*cuts, cut), mean - overall)
            yield from below(inside, (*cuts, cut), left - 1)

    found = [node for node in below(np.arange(len(losses)), (), depth) if node.excess > 0]
    return sorted(found, key=lambda node: -node.excess)[:most]


def _best(
    features: Sequence[Feature], losses: FloatArray, weight: FloatArray, rows: IntArray, least: int
) -> tuple[Cut, Cut] | None:
    """Both sides of the best split of these rows, or None."""
    best, chosen = 0.0, None
    for at, feature in enumerate(features):
        values, codes = _in_order(feature, losses[rows], weight[rows], feature.values[rows])
        gain, low, high = _gain(values, losses[rows], weight[rows], least)
        if gain > best * (1 + 1e-12) and gain > 1e-12 * float((losses[rows] ** 2 * weight[rows]).sum()):
            best, chosen = gain, _sides(at, codes, low, high)
    return chosen


def _in_order(
    feature: Feature, losses: FloatArray, weight: FloatArray, values: npt.NDArray[Any]
) -> tuple[FloatArray, IntArray | None]:
    """Numbers with what is missing last; labels as their place in order of mean loss, and that order."""
    if feature.labels is None:
        return np.where(np.isnan(values), np.inf, values).astype(np.float64), None
    count = len(feature.labels)
    total = np.bincount(values, losses * weight, count)
    mass = np.bincount(values, weight, count)
    mean = np.where(mass > 0, total / np.where(mass > 0, mass, 1), np.inf)
    order = np.argsort(mean, kind="stable")[: int((mass > 0).sum())]
    place = np.zeros(count)
    place[order] = np.arange(len(order))
    return place[values], order.astype(np.int64)


def _gain(values: FloatArray, losses: FloatArray, weight: FloatArray, least: int) -> tuple[float, float, float]:
    """What the best cut takes off the sum of squares, and the neighbours it lies between."""
    if len(values) < 2 * least:
        return 0.0, 0.0, 0.0
    order = np.argsort(values, kind="stable")
    inside, mass = values[order], np.cumsum(weight[order])
    total = np.cumsum((losses * weight)[order])
    mean = total[-1] / mass[-1]
    places = np.flatnonzero(inside[1:] > inside[:-1])
    places = places[(places + 1 >= least) & (len(values) - 1 - places >= least)]
    if not len(places):
        return 0.0, 0.0, 0.0
    left, right = mass[places], mass[-1] - mass[places]
    apart = total[places] - mean * left
    gains = apart**2 * (1 / left + 1 / right)
    at = int(np.argmax(gains))
    return float(gains[at]), float(inside[places[at]]), float(inside[places[at] + 1])


def _sides(at: int, order: IntArray | None, low: float, high: float) -> tuple[Cut, Cut]:
    if order is not None:
        first = tuple(sorted(order[: int(low) + 1].tolist()))
        return Cut(at, codes=first), Cut(at, codes=tuple(sorted(order[int(low) + 1 :].tolist())))
    threshold = _between(low, high)
    return Cut(at, threshold=threshold, below=True), Cut(at, threshold=threshold, below=False)


def _between(low: float, high: float) -> float:
    """The number with the fewest digits above ``low`` and not above ``high``; of neighbouring whole ones the upper."""
    if high - low == 1 and high == int(high):
        return high
    middle = low / 2 + high / 2
    for digits in range(1, 17):
        short = float(f"{middle:.{digits}g}")
        if low < short <= high:
            return short
    return high
