"""Metrics of several labels a row: per-row values, and ratios of sums over rows with their influence values."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.delta import Influence, settle, too_few
from mltest.stats.estimate import Estimate, estimated
from mltest.stats.proportion import clopper_pearson
from mltest.stats.units import FloatArray, Units, prepare

if TYPE_CHECKING:
    from mltest.stats.units import BoolArray

__all__ = ["RATIOS", "averaged", "averaged_influence", "hamming_losses", "row_ratios", "subset_hits"]

Average = Literal["micro", "macro", "weighted"]
Parts = Callable[["FloatArray", "FloatArray", "FloatArray"], "tuple[FloatArray, FloatArray]"]

# of hits, labels predicted and labels there: what stands above the line and what below
RATIOS: dict[str, Parts] = {
    "precision": lambda hits, predicted, _actual: (hits, predicted),
    "recall": lambda hits, _predicted, actual: (hits, actual),
    "f1": lambda hits, predicted, actual: (2 * hits, predicted + actual),
    "jaccard": lambda hits, predicted, actual: (hits, predicted + actual - hits),
}


def subset_hits(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> BoolArray:
    """Which rows have all their labels right.

    Parameters
    ----------
    y_true, y_pred
        n x k, True or 1 where a row has a label.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> subset_hits([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    array([ True, False])
    """
    truth, predicted = _matrices(y_true, y_pred)
    return np.asarray((truth == predicted).all(axis=1))


def hamming_losses(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> FloatArray:
    """The share of labels that are wrong in each row.

    Parameters
    ----------
    y_true, y_pred
        As in `subset_hits`.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> hamming_losses([[1, 0], [1, 1]], [[1, 0], [0, 1]])
    array([0. , 0.5])
    """
    truth, predicted = _matrices(y_true, y_pred)
    return np.asarray((truth != predicted).mean(axis=1))


def row_ratios(ratio: str, y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[FloatArray, int]:
    """A ratio over the labels of each row, and in how many rows it is 0 for having nothing below the line.

    Parameters
    ----------
    ratio
        A key of `RATIOS`.
    y_true, y_pred
        As in `subset_hits`.

    Returns
    -------
    values, undefined
        Rows where it is not defined count 0, as in scikit-learn.

    Examples
    --------
    >>> row_ratios("precision", [[1, 0], [1, 1]], [[1, 1], [0, 0]])
    (array([0.5, 0. ]), 1)
    """
    truth, predicted = _matrices(y_true, y_pred)
    sums = ((truth & predicted).sum(axis=1), predicted.sum(axis=1), truth.sum(axis=1))
    above, below = RATIOS[ratio](*(each.astype(np.float64) for each in sums))
    values = np.divide(above, below, out=np.zeros(len(above)), where=below > 0)
    return values, int(np.count_nonzero(below == 0))


def averaged(  # noqa: PLR0917 - columns, weights and clusters, as everywhere
    ratio: str,
    average: Average,
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Precision, recall, F1 or Jaccard index over all labels.

    Parameters
    ----------
    ratio
        A key of `RATIOS`.
    average
        ``micro`` puts all labels together, ``macro`` averages over labels, ``weighted`` by how many rows
        have each.
    y_true, y_pred
        As in `subset_hits`.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.

    Returns
    -------
    Estimate
        ``influence_logit``: the labels of a row are not independent, and rows are the units. All right:
        binomial bounds of the rows of the rarest label (micro: the rows with any), ``perfect``. Value None
        where a label has nothing below the line, such as a precision of a label that is never predicted.

    References
    ----------
    Hampel (1974), Journal of the American Statistical Association 69, 383-393.

    Examples
    --------
    >>> truth, predicted = [[1, 0], [1, 1], [0, 1]] * 10, [[1, 0], [1, 0], [0, 1]] * 10
    >>> estimate = averaged("recall", "micro", truth, predicted)
    >>> estimate.value, round(estimate.low, 3), round(estimate.high, 3)
    (0.75, 0.658, 0.824)
    """
    influence = averaged_influence(ratio, average, y_true, y_pred, sample_weight, groups)
    units, k = influence.units, influence.smallest
    if influence.value is None or not k or too_few(units, 1):
        return settle(influence, "logit", method="influence_logit")
    return estimated(
        1.0,
        lambda alpha: clopper_pearson(k, k, alpha),
        method="clopper_pearson",
        n=units.n,
        n_effective=k,
        n_groups=units.n_groups,
        flags=("perfect",),
        detail=f"all {units.n} rows right, {k:g} {'with a label' if average == 'micro' else 'of the rarest label'}",
    )


def averaged_influence(  # noqa: PLR0917 - the same
    ratio: str,
    average: Average,
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Influence:
    """The influence values of `averaged`, for paired comparisons.

    Parameters
    ----------
    ratio, average, y_true, y_pred, sample_weight, groups
        As in `averaged`.

    Returns
    -------
    mltest.stats.delta.Influence

    Examples
    --------
    >>> averaged_influence("recall", "micro", [[1, 0], [1, 1]], [[1, 0], [0, 0]]).phi.round(3)
    array([ 0.444, -0.444])
    """
    truth, predicted = _matrices(y_true, y_pred)
    units = prepare(len(truth), sample_weight, groups)
    if units.keep is not None:
        truth, predicted = truth[units.keep], predicted[units.keep]
    if not units.n:
        return Influence(value=None, phi=np.zeros(0), units=units, flag="empty", detail="no rows")
    found = (
        _micro(ratio, truth, predicted, units) if average == "micro" else _mean(ratio, average, truth, predicted, units)
    )
    if found.value is None or not np.array_equal(truth, predicted):
        return found
    rows: list[BoolArray] = [np.asarray(truth.any(axis=1))] if average == "micro" else list(truth.T)
    smallest = min(units.effective(each) for each in rows if each.any())
    return Influence(value=1.0, phi=np.zeros(units.n), units=units, smallest=smallest)


def _micro(ratio: str, truth: BoolArray, predicted: BoolArray, units: Units) -> Influence:
    sums = ((truth & predicted).sum(axis=1), predicted.sum(axis=1), truth.sum(axis=1))
    value, phi = _ratio(ratio, units, *(each.astype(np.float64) for each in sums))
    if value is None:
        return _undefined(units, f"{ratio} has nothing to count: no labels")
    return Influence(value=value, phi=phi, units=units)


def _mean(ratio: str, average: Average, truth: BoolArray, predicted: BoolArray, units: Units) -> Influence:
    """Label by label, so that no matrix of numbers is held."""
    support = np.array([units.mean(one) for one in truth.T])
    if average == "weighted" and support.sum() == 0:
        return _undefined(units, "no row has a label")
    share = support / support.sum() if average == "weighted" else np.full(len(support), 1 / len(support))
    value, phi = 0.0, np.zeros(units.n)
    per_label = np.zeros(len(support))
    for at in np.flatnonzero(share):
        one, other = truth[:, at], predicted[:, at]
        label, own = _ratio(ratio, units, *(each.astype(np.float64) for each in (one & other, other, one)))
        if label is None:
            said = {"precision": "is never predicted", "recall": "is in no row"}.get(
                ratio, "is neither there nor predicted"
            )
            return _undefined(units, f"label {at} {said}")
        per_label[at] = label
        value, phi = value + share[at] * label, phi + share[at] * own
    if average == "weighted":
        # the shares are estimated too
        phi += (truth @ per_label - value * truth.sum(axis=1)) / support.sum()
    return Influence(value=float(value), phi=phi, units=units)


def _ratio(
    ratio: str, units: Units, hits: FloatArray, predicted: FloatArray, actual: FloatArray
) -> tuple[float | None, FloatArray]:
    above, below = RATIOS[ratio](hits, predicted, actual)
    size = units.mean(below)
    if size <= 0:
        return None, above
    value = units.mean(above) / size
    return value, (above - value * below) / size


def _undefined(units: Units, reason: str) -> Influence:
    return Influence(value=None, phi=np.zeros(units.n), units=units, flag="empty", detail=reason)


def _matrices(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[BoolArray, BoolArray]:
    truth, predicted = np.asarray(y_true), np.asarray(y_pred)
    if truth.ndim != 2 or truth.shape != predicted.shape:
        raise UsageError(f"y_true has shape {truth.shape}, y_pred has {predicted.shape}; both must be rows by labels")
    for name, each in (("y_true", truth), ("y_pred", predicted)):
        if each.dtype != np.bool_ and not ((each == 0) | (each == 1)).all():
            raise UsageError(f"{name} must be True or False (or 1 and 0)")
    return truth.astype(bool), predicted.astype(bool)
