"""Macro recall, and the interval of every average over classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mltest.stats.confusion import MEASURES, Measure, Table, influence_of, tabulate
from mltest.stats.delta import Influence, settle, too_few
from mltest.stats.estimate import Estimate, estimated, unsettled
from mltest.stats.mover import average_of_proportions
from mltest.stats.proportion import clopper_pearson

_MACRO = ("macro_f1", "macro_precision", "macro_recall", "macro_jaccard")
_LEAST_OF_A_CLASS = 5


def macro_recall(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    classes: Sequence[Any] | None = None,
) -> Estimate:
    """Recall averaged over the classes of the labels: balanced accuracy.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.
    classes
        Classes the labels must hold; one that is absent gives value None, flag ``class_absent``.

    Returns
    -------
    Estimate
        ``mover_wilson``; ``influence_logit`` with unequal weights or clusters.

    References
    ----------
    Zou and Donner (2008), Statistics in Medicine 27, 1693-1702.

    Examples
    --------
    >>> estimate = macro_recall(["a"] * 10 + ["b"] * 4, ["a"] * 9 + ["b"] * 4 + ["a"])
    >>> round(estimate.value, 4), estimate.method
    (0.825, 'mover_wilson')
    """
    table = tabulate(y_true, y_pred, sample_weight, groups, binary=False)
    actual = table.counts.sum(1)
    present = {label for label, count in zip(table.classes, actual, strict=True) if count}
    absent = [label for label in classes or () if label not in present]
    if absent:
        reason = f"class {absent[0]!r} is not among the labels"
        return unsettled(None, "class_absent", reason, method="mover_wilson", n=table.units.n)
    if table.units.weight is None and not table.units.clustered:
        seen = actual > 0
        return average_of_proportions(np.diag(table.counts)[seen], actual[seen])
    return settled(MEASURES["macro_recall"], table)


balanced_accuracy = macro_recall


def settled(measure: Measure, table: Table) -> Estimate:
    """The interval of a metric of a confusion table."""
    influence = influence_of(measure, table)
    rare = _too_rare(measure, table)
    if rare is not None and influence.value is not None:
        return unsettled(
            influence.value, "too_few_of_a_class", rare, method=f"influence_{measure.scale}", n=influence.units.n
        )
    if influence.value is not None and influence.smallest and not too_few(table.units, 1):
        return _perfect(influence)
    return settle(influence, measure.scale, method=f"influence_{measure.scale}")


def _too_rare(measure: Measure, table: Table) -> str | None:
    """Why an average over classes has no interval: a class of a handful of rows moves it more than influence sees."""
    if not any(measure is MEASURES[name] for name in _MACRO):
        return None
    actual = table.counts.sum(1)
    labelled = [(count, str(label)) for label, count in zip(table.classes, actual, strict=True) if count]
    count, label = min(labelled, default=(_LEAST_OF_A_CLASS, ""))
    return (
        f"class {label!r} has {count:g} rows, at least {_LEAST_OF_A_CLASS} are needed"
        if count < _LEAST_OF_A_CLASS
        else None
    )


def _perfect(influence: Influence) -> Estimate:
    """All right: no class can have a Jaccard index below what its own rows exclude, and no average less."""
    k = influence.smallest
    return estimated(
        1.0,
        lambda alpha: clopper_pearson(k, k, alpha),
        method="clopper_pearson",
        n=influence.units.n,
        n_effective=k,
        n_groups=influence.units.n_groups,
        flags=("perfect",),
        detail=f"all {influence.units.n} rows right, {k:g} of the rarest class",
    )
