"""Metrics of the confusion table: MCC, F-beta, macro and weighted averages."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltest.errors import UsageError
from mltest.stats.confusion import MEASURES, average_of, confusion_influence, tabulate
from mltest.stats.delta import difference, from_influence, settle
from mltest.stats.gradients import fbeta_ratio
from mltest.stats.macro_recall import balanced_accuracy, macro_recall, settled

if TYPE_CHECKING:
    import numpy.typing as npt

    from mltest.stats.estimate import Estimate

__all__ = [
    "balanced_accuracy",
    "confusion_influence",
    "fbeta",
    "from_influence",
    "macro_f1",
    "macro_jaccard",
    "macro_precision",
    "macro_recall",
    "mcc",
    "paired_confusion",
    "weighted_f1",
    "weighted_jaccard",
    "weighted_precision",
]


def mcc(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Matthews correlation coefficient of any number of classes.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``mcc_fisher``. Value None if all labels or all predictions are one class; no interval at 1
        or -1, with fewer than 10 rows or fewer than 5 clusters.

    References
    ----------
    Matthews (1975), Biochimica et Biophysica Acta 405, 442-451. Gorodkin (2004), Computational
    Biology and Chemistry 28, 367-374.

    Examples
    --------
    >>> estimate = mcc([1] * 8 + [0] * 4, [1] * 6 + [0] * 2 + [1] + [0] * 3)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.4781, -0.0278, 0.789)
    """
    influence = confusion_influence("mcc", y_true, y_pred, sample_weight, groups)
    return settle(influence, "fisher", method="mcc_fisher", multinomial=True)


def macro_f1(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """F1 averaged over the classes seen in labels or predictions.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``influence_logit``; all right: exact bounds from the rarest class, ``perfect``.

    References
    ----------
    Hampel (1974), Journal of the American Statistical Association 69, 383-393.

    Examples
    --------
    >>> round(macro_f1([0, 0, 1, 1, 2, 2] * 5, [0, 1, 1, 1, 2, 2] * 5).value, 4)
    0.8222
    """
    return _estimate("macro_f1", y_true, y_pred, sample_weight, groups)


def weighted_f1(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """F1 averaged over classes by their share of the labels.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        As `macro_f1`.

    Examples
    --------
    >>> round(weighted_f1([0, 0, 0, 1, 1, 2] * 5, [0, 1, 0, 1, 1, 2] * 5).value, 4)
    0.8333
    """
    return _estimate("weighted_f1", y_true, y_pred, sample_weight, groups)


def macro_precision(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Precision averaged over classes.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        As `macro_f1`; value None if a class is never predicted.

    Examples
    --------
    >>> macro_precision([0, 1, 0], [0, 0, 0]).detail
    'class 1 is never predicted'
    """
    return _estimate("macro_precision", y_true, y_pred, sample_weight, groups)


def weighted_precision(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Precision averaged over classes by their share of the labels.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        As `macro_precision`.

    Examples
    --------
    >>> round(weighted_precision([0, 0, 0, 1] * 5, [0, 0, 1, 1] * 5).value, 4)
    0.875
    """
    return _estimate("weighted_precision", y_true, y_pred, sample_weight, groups)


def macro_jaccard(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Jaccard index averaged over classes.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        As `macro_f1`.

    Examples
    --------
    >>> round(macro_jaccard([0, 0, 1, 1] * 5, [0, 1, 1, 1] * 5).value, 4)
    0.5833
    """
    return _estimate("macro_jaccard", y_true, y_pred, sample_weight, groups)


def weighted_jaccard(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Jaccard index averaged over classes by their share of the labels.

    Parameters
    ----------
    y_true, y_pred
        Labels.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        As `macro_f1`.

    Examples
    --------
    >>> round(weighted_jaccard([0, 0, 0, 1] * 5, [0, 0, 1, 1] * 5).value, 4)
    0.625
    """
    return _estimate("weighted_jaccard", y_true, y_pred, sample_weight, groups)


def fbeta(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    beta: float,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """F-beta of the positive class; for beta 1 use the exact `mltest.stats.fmeasure.f1`.

    Parameters
    ----------
    y_true, y_pred
        Truth values.
    beta
        Above 1 recall counts for more, below 1 precision does.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``influence_logit``.

    Raises
    ------
    mltest.errors.UsageError
        If beta is not positive and finite.

    References
    ----------
    van Rijsbergen (1979), Information Retrieval. Hampel (1974), Journal of the American Statistical
    Association 69, 383-393.

    Examples
    --------
    >>> round(fbeta([1] * 8 + [0] * 4, [1] * 6 + [0] * 5 + [1], beta=2).value, 4)
    0.7692
    """
    if not (math.isfinite(beta) and beta > 0):
        raise UsageError(f"beta must be positive and finite, got {beta}")
    return settled(
        average_of(fbeta_ratio(beta), "binary"), tabulate(y_true, y_pred, sample_weight, groups, binary=True)
    )


def paired_confusion(  # noqa: PLR0917 - three columns of labels, weights and clusters, as everywhere
    measure: str,
    y_true: npt.ArrayLike,
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Candidate minus baseline of a metric of the confusion table, on the same rows.

    Parameters
    ----------
    measure
        A key of `MEASURES`.
    y_true, candidate, baseline
        Labels and the two predictions.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`.

    Returns
    -------
    Estimate
        ``influence_paired``.

    References
    ----------
    Hampel (1974), Journal of the American Statistical Association 69, 383-393.

    Examples
    --------
    >>> paired_confusion("mcc", [0, 1] * 10, [0, 1] * 9 + [1, 0], [0, 1] * 9 + [1, 0]).flags
    ('identical',)
    """
    sides = [confusion_influence(measure, y_true, each, sample_weight, groups) for each in (candidate, baseline)]
    low, high = MEASURES[measure].value_range
    return difference(sides[0], sides[1], value_range=(low - high, high - low))


def _estimate(
    measure: str,
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None,
    groups: npt.ArrayLike | None,
) -> Estimate:
    return settled(MEASURES[measure], tabulate(y_true, y_pred, sample_weight, groups, binary=False))
