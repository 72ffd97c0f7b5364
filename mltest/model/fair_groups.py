"""Part of `assert_fair`: the groups of each column and pair of columns, each against the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from mltest.digits import count
from mltest.inputs.slices import Slices, slices_of
from mltest.model.fair_shares import Quantity, compare
from mltest.stats.estimate import Estimate, unsettled

if TYPE_CHECKING:
    from mltest.inputs.evaluation import Evaluation
    from mltest.stats.units import Units

__all__ = ["Compared", "Grouping", "compared", "grouped"]

OTHER_SMALL = "other_small"


@dataclass(frozen=True, slots=True)
class Compared:
    """One group against the rest. Where these are the only two groups, the one with more is a `mirror`."""

    quantity: str
    group: str
    estimate: Estimate
    lack: str | None = None
    mirror: bool = False
    crossed: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """The groups of a column or of two crossed, compared by one quantity; and how many rows are judged."""

    columns: str
    quantity: str
    members: tuple[Compared, ...]
    judged: int
    rows: int


def grouped(evaluation: Evaluation, columns: Sequence[str]) -> list[Slices]:
    """The groups of each column, then those of each pair of columns."""
    chosen = [(name,) for name in columns] + list(combinations(columns, 2))
    return [slices_of(evaluation.table, names) for names in chosen]


def compared(groups: Slices, quantity: Quantity, units: Units, *, ratio: bool, min_rows: int) -> Grouping:
    """Every group with enough rows against the rest; the small ones together, where these are enough."""
    codes = units.take(groups.codes)
    sizes = np.bincount(codes[quantity.within], minlength=len(groups.labels))
    total, small = int(sizes.sum()), np.flatnonzero(sizes < min_rows)
    large = [([int(at)], groups.labels[at]) for at in np.flatnonzero(sizes >= min_rows)]
    pooled = len(small) > 1 and int(sizes[small].sum()) >= min_rows
    if pooled:
        large.append((small.tolist(), f"{', '.join(groups.columns)}={OTHER_SMALL}"))
    rest_of = {name: total - int(sizes[which].sum()) for which, name in large}
    members = [
        Compared(quantity.name, name, compare(quantity, np.isin(codes, which), units, ratio=ratio))
        if rest_of[name] >= min_rows
        else _alone(quantity, name, total - rest_of[name], rest_of[name], min_rows)
        for which, name in large
    ]
    judged = sum(int(sizes[which].sum()) for (which, _), each in zip(large, members, strict=True) if not each.lack)
    if len(members) == 2 and not any(each.lack for each in members) and judged == total:
        members = _once(members)
    where = f", and part of {OTHER_SMALL}" if pooled else ""
    members += [_too_small(quantity, groups.labels[at], int(sizes[at]), min_rows, where) for at in small]
    found = tuple(replace(each, crossed=len(groups.columns) > 1) for each in members)
    return Grouping(", ".join(groups.columns), quantity.name, found, judged, total)


def _alone(quantity: Quantity, name: str, rows: int, rest: int, min_rows: int) -> Compared:
    lack = f"all other groups have {count(rest)} {quantity.noun} together, min_rows is {min_rows}"
    return Compared(quantity.name, name, unsettled(None, "empty", "not compared", method="none", n=rows), lack)


def _too_small(quantity: Quantity, name: str, rows: int, min_rows: int, where: str) -> Compared:
    lack = f"{rows} {quantity.noun}, min_rows is {min_rows}{where}"
    return Compared(quantity.name, name, unsettled(None, "empty", "not compared", method="none", n=rows), lack)


def _once(members: list[Compared]) -> list[Compared]:
    """Two groups make one comparison, said from the side of the one with less."""
    values = [float("inf") if each.estimate.value is None else each.estimate.value for each in members]
    less = 0 if values[0] <= values[1] else 1
    return [members[less], replace(members[1 - less], mirror=True)]
