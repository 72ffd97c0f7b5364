"""F1 and Jaccard index of one class: exact, since given TP+FP+FN the TP are binomial."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mltest.stats.proportion import proportion
from mltest.stats.units import truths, within

if TYPE_CHECKING:
    import numpy.typing as npt

    from mltest.stats.estimate import Bounds, Estimate


def jaccard(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Jaccard index TP / (TP + FP + FN) with exact bounds.

    Parameters
    ----------
    y_true, y_pred
        Truth values.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``clopper_pearson`` (``korn_graubard``); n counts all rows, n_effective those that are not
        true negatives. Value None, flag ``empty``, if all are.

    Notes
    -----
    Given m = TP + FP + FN, TP is binomial(m, J).

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> jaccard([1, 1, 0, 0], [1, 0, 1, 0]).detail
    '1 of 3'
    """
    truth = truths(y_true, "y_true")
    predicted = truths(y_pred, "y_pred", len(truth))
    either, weight, clusters = within(truth | predicted, sample_weight, groups)
    estimate = proportion((truth & predicted)[either], weight, clusters)
    if estimate.value is None:
        return replace(estimate, n=len(truth), detail="no positives, neither true nor predicted")
    return replace(estimate, n=len(truth))


def f1(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """F1 of the positive class with exact bounds.

    Parameters
    ----------
    y_true, y_pred
        Truth values.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``clopper_pearson_f1`` (``korn_graubard_f1``).

    Notes
    -----
    F1 = 2J / (1 + J) increases with the Jaccard index J, so bounds of J become bounds of F1.

    References
    ----------
    Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> estimate = f1([1] * 8 + [0] * 4, [1] * 7 + [0] * 5)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.9333, 0.6922, 0.9968)
    """
    return _as_f1(jaccard(y_true, y_pred, sample_weight, groups))


def f1_of_counts(true_positives: int, false_positives: int, false_negatives: int) -> Estimate:
    """F1 with exact bounds from three counts.

    Parameters
    ----------
    true_positives, false_positives, false_negatives
        Rows of each kind.

    Returns
    -------
    Estimate
        As `f1`; n counts these rows.

    Examples
    --------
    >>> round(f1_of_counts(80, 10, 20).value, 6)
    0.842105
    """
    return _as_f1(proportion((true_positives, true_positives + false_positives + false_negatives)))


def _as_f1(estimate: Estimate) -> Estimate:
    """An estimate of J as one of 2J / (1 + J)."""
    bounds = estimate.bounds
    return replace(
        estimate,
        value=_f1(estimate.value),
        low=_f1(estimate.low),
        high=_f1(estimate.high),
        method=f"{estimate.method}_f1",
        bounds=None if bounds is None else _f1_bounds(bounds),
    )


def _f1(index: float | None) -> float | None:
    return None if index is None else 2 * index / (1 + index)


def _f1_bounds(bounds: Bounds) -> Bounds:
    def transformed(alpha: float) -> tuple[float | None, float | None]:
        low, high = bounds(alpha)
        return _f1(low), _f1(high)

    return transformed
