"""Part of `assert_no_weak_slice`: the columns to search, the two halves, and the names of what is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.slices import slices_of
from mltest.quoted import quoted
from mltest.stats.sliced_tree import Cut, Feature, weak_nodes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.inputs.tables import Table
    from mltest.stats.sliced_tree import Node

__all__ = ["Found", "halves", "search"]

LEAST_ROWS, LEAST_SHARE = 50, 0.05
_MOST_LABELS = 50
_SHOWN = 6


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A slice that looks weak in the half that was searched, and its rows in the other half."""

    label: str
    rows: NDArray[np.intp]


def halves(evaluation: Evaluation, seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Half of the rows to search and half to confirm; a cluster is in one of them whole."""
    rng = np.random.Generator(np.random.PCG64(seed))
    units = np.arange(evaluation.rows) if evaluation.cluster is None else evaluation.cluster
    count = int(units.max()) + 1
    first = np.zeros(count, dtype=bool)
    first[rng.permutation(count)[: count // 2]] = True
    return np.flatnonzero(first[units]), np.flatnonzero(~first[units])


def search(
    evaluation: Evaluation,
    losses: NDArray[np.float64],
    sides: tuple[NDArray[np.intp], NDArray[np.intp]],
    names: Sequence[str] | None,
    call: str,
) -> list[Found]:
    """The slices whose loss is above average in the first half, the worst first."""
    table = evaluation.table
    if table is None:
        msg = (
            f"{call}: the evaluation has no table to search; give Evaluation(..., table=), or let "
            "mltest.evaluate ask the model"
        )
        raise UsageError(msg)
    columns = _features(evaluation, table, names, call)
    counted = sides[0][~np.isnan(losses[sides[0]])]
    if not len(counted):
        return []
    first = [Feature(feature.values[counted], feature.labels) for feature in columns.values()]
    weight = None if evaluation.weight is None else evaluation.weight[counted]
    if weight is not None and not weight.any():
        return []
    least = max(LEAST_ROWS, int(np.ceil(LEAST_SHARE * len(counted))))
    nodes = weak_nodes(first, losses[counted], weight, least=least)
    return [Found(_label(node, columns), _rows(node, list(columns.values()), sides[1])) for node in nodes]


def _features(evaluation: Evaluation, table: Table, names: Sequence[str] | None, call: str) -> dict[str, Feature]:
    if names is not None and (isinstance(names, str) or not all(isinstance(name, str) for name in names) or not names):
        msg = f"{call}(features={names!r}): give a list of names of columns of the table"
        raise UsageError(msg)
    asked = names if names is not None else evaluation.features or table.names
    found = {}
    for name in dict.fromkeys(asked):
        feature = _feature(table, name)
        if feature is None and names is not None:
            msg = (
                f"{call}(features=): {name!r} has more than {_MOST_LABELS} different values that are no numbers; "
                "a slice of them would have no name that anybody can read"
            )
            raise UsageError(msg)
        if feature is not None and (names is not None or not _is_target(table, name, evaluation)):
            found[name] = feature
    if not found:
        msg = f"{call}: no column of the table can be searched; name some with features="
        raise UsageError(msg)
    return found


def _feature(table: Table, name: str) -> Feature | None:
    """Numbers as they are, anything else by its labels; None where there are too many of these."""
    column = table.column(name)
    if column.dtype.kind in "iuf":
        return Feature(column.astype(np.float64))
    parts = slices_of(table, [name])
    if len(parts.labels) > _MOST_LABELS:
        return None
    return Feature(parts.codes.astype(np.intp), tuple(label.removeprefix(f"{name}=") for label in parts.labels))


def _is_target(table: Table, name: str, evaluation: Evaluation) -> bool:
    """Whether the column is the target itself, which says where the loss is and tells nobody anything."""
    return bool(np.array_equal(table.column(name), evaluation.y))


def _rows(node: Node, features: list[Feature], among: NDArray[np.intp]) -> NDArray[np.intp]:
    inside = np.ones(len(among), dtype=bool)
    for cut in node.cuts:
        feature = features[cut.feature]
        inside &= cut.holds(Feature(feature.values[among], feature.labels))
    return among[inside]


def _label(node: Node, columns: dict[str, Feature]) -> str:
    """The cuts in words, those of one column of numbers as one span."""
    names = list(columns)
    return ", ".join(
        _words(name, columns[name], [cut for cut in node.cuts if names[cut.feature] == name])
        for name in dict.fromkeys(names[cut.feature] for cut in node.cuts)
    )


def _words(name: str, feature: Feature, cuts: list[Cut]) -> str:
    if feature.labels is not None:
        # the later cut is the narrower one
        codes = cuts[-1].codes or ()
        rows = [int((feature.values == code).sum()) for code in codes]
        labels = [quoted(feature.labels[code], n) for code, n in zip(codes, rows, strict=True)]
        more = f" and {len(labels) - _SHOWN} more" if len(labels) > _SHOWN else ""
        return (
            f"{name}={feature.labels[codes[0]]}"
            if len(labels) == 1
            else f"{name} in {{{', '.join(labels[:_SHOWN])}}}{more}"
        )
    low = max((cut.threshold for cut in cuts if not cut.below), default=None)
    high = min((cut.threshold for cut in cuts if cut.below), default=None)
    if np.inf in (low, high):
        return f"{name}=<null>" if low == np.inf else f"{name}=any number"
    if high is None:
        return f"{name}={_number(low)} or more" + (" or missing" if bool(np.isnan(feature.values).any()) else "")
    return f"{name}=below {_number(high)}" if low is None else f"{name}=[{_number(low)}, {_number(high)})"


def _number(cut: float | None) -> str:
    """A cut to the last digit, since it says which rows are meant."""
    return str(int(cut)) if cut is not None and cut.is_integer() and abs(cut) < 1e15 else repr(cut)
