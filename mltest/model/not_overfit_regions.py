"""Part of `assert_not_overfit`: the regions of the table where the gap is largest (rule ``regions``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.assertion import seed_here
from mltest.digits import count, number
from mltest.inputs.columns import missing_in
from mltest.judge import SIGNIFICANCE, chances_text
from mltest.result import Finding
from mltest.stats import power
from mltest.stats.independent import gap
from mltest.stats.multiplicity import holm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from mltest.inputs.evaluation import Evaluation
    from mltest.metrics.metric import Metric
    from mltest.stats.estimate import Estimate

__all__ = ["region_findings"]

MOST_COLUMNS = 20
MOST_VALUES = 12
LEAST_ROWS = 30
_CUTS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """One value or range of a column, on both sides."""

    name: str
    train: Evaluation
    test: Evaluation


def region_findings(
    train: Evaluation, test: Evaluation, metric: Metric, overall: Estimate, *, margin: float, check: str
) -> tuple[Finding, ...]:
    """The regions whose gap exceeds the overall one by the margin after Holm's correction, the largest first.

    The overall gap is taken as known. It moves less than that of a region, and with it, so that the error is on
    the side of silence.
    """
    if overall.value is None or metric.value is not None:  # an interval of the bootstrap is too dear for every region
        return ()
    tested: list[tuple[float, float, str, str]] = []
    for region in _kept_regions(train, test):
        seen = metric.estimate(region.train, seed_here(check, region.name, "train"))
        unseen = metric.estimate(region.test, seed_here(check, region.name, "test"))
        found = gap(seen, unseen) if metric.higher_is_better else gap(unseen, seen)
        if found.value is None or found.bounds is None:
            continue
        sides = ", ".join(
            f"{side} {number(estimate.value)} of {count(rows)}"
            for side, estimate, rows in (("train", seen, region.train.rows), ("test", unseen, region.test.rows))
        )
        pvalue = power.pvalue_at_most(found, overall.value + margin)
        tested.append((pvalue, found.value, region.name, sides))
    return _confirmed(tested, overall.value)


def _confirmed(tested: list[tuple[float, float, str, str]], overall: float) -> tuple[Finding, ...]:
    corrected = holm([pvalue for pvalue, *_ in tested]) if tested else ()
    kept = [(one, adjusted) for one, adjusted in zip(tested, corrected, strict=True) if adjusted <= SIGNIFICANCE]
    all_of = f"overall {number(overall)}"
    return tuple(
        Finding(
            rule="regions",
            where=name,
            what=f"gap {number(value)} ({sides}), {all_of}; {chances_text(p, adjusted)} of {len(tested)} regions",
        )
        for (p, value, name, sides), adjusted in sorted(kept, key=lambda each: -each[0][1])
    )


def _kept_regions(train: Evaluation, test: Evaluation) -> list[_Region]:
    """The regions of these two evaluations, made for the first metric that asks and kept for the next."""
    kept: tuple[Evaluation | None, list[_Region]] = train.kept.get("regions", (None, []))
    if kept[0] is not test:
        kept = train.kept["regions"] = (test, list(_regions(train, test)))
    return kept[1]


def _regions(train: Evaluation, test: Evaluation) -> Iterator[_Region]:
    """Values of columns with few of them, quarters of the training rows of the others."""
    if train.table is None or test.table is None:
        return
    names = [name for name in (train.features or train.table.names) if name in train.table and name in test.table]
    for name in names[:MOST_COLUMNS]:
        columns = np.asarray(train.table.column(name)), np.asarray(test.table.column(name))
        for label, first, second in _cut(str(name), *columns):
            if min(len(first), len(second)) >= LEAST_ROWS and len(first) < train.rows:
                yield _Region(label, train.take(first), test.take(second))


def _cut(
    name: str, seen: NDArray[Any], unseen: NDArray[Any]
) -> Iterator[tuple[str, NDArray[np.intp], NDArray[np.intp]]]:
    missing = missing_in(seen), missing_in(unseen)
    yield f"{name}=<null>", np.flatnonzero(missing[0]), np.flatnonzero(missing[1])
    values = _values(seen[~missing[0]])
    if values is not None:
        for value in values:
            yield f"{name}={value}", np.flatnonzero(seen == value), np.flatnonzero(unseen == value)
    elif seen.dtype.kind in "iuf":
        edges = np.unique(np.quantile(seen[~missing[0]], _CUTS))
        places = [
            np.where(gone, -1, np.searchsorted(edges, side)) for side, gone in zip((seen, unseen), missing, strict=True)
        ]
        for at in range(len(edges) + 1):
            yield _range(name, edges, at), np.flatnonzero(places[0] == at), np.flatnonzero(places[1] == at)


def _values(present: NDArray[Any]) -> list[Any] | None:
    """The distinct values, or None where there are too many or they cannot be told apart."""
    try:
        values = list(dict.fromkeys(present.tolist()))
    except TypeError:
        return None
    return values if len(values) <= MOST_VALUES else None


def _range(name: str, edges: NDArray[Any], at: int) -> str:
    """``age <= 30``, ``30 < age <= 41``, ``age > 41``."""
    below = f"{edges[at - 1]:.6g}" if at else None
    above = f"{edges[at]:.6g}" if at < len(edges) else None
    if below is None:
        return f"{name} <= {above}"
    return f"{name} > {below}" if above is None else f"{below} < {name} <= {above}"
