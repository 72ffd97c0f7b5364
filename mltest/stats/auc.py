"""Area under the ROC curve: DeLong's variance, one sort, with a guard for rare errors."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.area import (
    MINIMUM_PER_CLASS,
    Area,
    absent,
    area_error,
    area_influence,
    auc_influence,
    counted,
    guarded,
    pairs_of,
    plain_area,
    scored,
    too_few_of_a_class,
    unit_area,
)
from mltest.stats.delta import Influence, identical, standard_error
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.ranking import rank
from mltest.stats.special import upper_quantile
from mltest.stats.units import FloatArray, column, prepare

__all__ = ["auc_influence", "delong", "delong_paired", "macro_ovr", "roc_curve_points"]


def delong(
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_PER_CLASS,
) -> Estimate:
    """Area under the ROC curve; ties count one half.

    Parameters
    ----------
    y_true
        Truth values.
    y_score
        Scores, higher for the positive class; infinities may stand.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.
    minimum
        Fewer positives or negatives give no interval; nor do fewer than 5 clusters with either.

    Returns
    -------
    Estimate
        ``delong_logit``, scale ``logit``; flag ``rare_error_guard`` if the guard widened it. Value
        None, flag ``class_absent``, without positives or without negatives.

    Raises
    ------
    mltest.errors.UsageError
        For labels that are no truth values, or NaN among the scores.

    Notes
    -----
    O(n log n). With fewer than 2 expected errors among the k rows of the rarer class the bounds are
    widened to the binomial ones of k trials, since k disjoint pairs are k independent trials. Worst
    measured one-sided error at a nominal 5 %, for areas from .75 to .99: 6.5 %.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845. Sun and Xu (2014), IEEE Signal
    Processing Letters 21, 1389-1393. Clopper and Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> y = np.arange(40) % 2 == 0
    >>> estimate = delong(y, np.arange(40) % 7 + 2.0 * y)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.7525, 0.6022, 0.8593)
    """
    truth, score, units = scored(y_true, y_score, sample_weight, groups)
    missing = absent(truth, units)
    if missing is not None:
        return missing
    area = plain_area(truth, score) if units.weight is None and not units.clustered else unit_area(truth, score, units)
    short = too_few_of_a_class(truth, units, minimum)
    if short is not None:
        return unsettled(area.value, *short, method="delong_logit", n=units.n, n_groups=units.n_groups)
    return guarded(area, units, counted(truth))


def macro_ovr(
    y_true: npt.ArrayLike,
    y_proba: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_PER_CLASS,
) -> Estimate:
    """Mean over classes of the area of each class against the rest.

    Parameters
    ----------
    y_true
        Class codes 0 to K - 1.
    y_proba
        n x K scores.
    sample_weight, groups, minimum
        As in `delong`.

    Returns
    -------
    Estimate
        ``delong_logit``; n and K in the detail.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> y = np.arange(60) % 3
    >>> round(macro_ovr(y, np.eye(3)[y] + np.arange(60)[:, None] % 7 / 4).value, 3)
    0.91
    """
    proba = np.asarray(y_proba, dtype=np.float64)
    codes = column(y_true, "y_true")
    if proba.ndim != 2 or len(proba) != len(codes) or proba.shape[1] < 2:
        raise UsageError(f"y_proba must have {len(codes)} rows and a column a class, got shape {proba.shape}")
    units = prepare(len(codes), sample_weight, groups)
    codes, proba = units.take(codes), proba if units.keep is None else proba[units.keep]
    classes = proba.shape[1]
    value, phi, pairs, short = 0.0, np.zeros(units.n), math.inf, None
    for k in range(classes):
        truth = codes == k
        missing = absent(truth, units)
        if missing is not None:
            return unsettled(None, "class_absent", f"class {k}: {missing.detail}", method="delong_logit", n=units.n)
        influence = area_influence(truth, column(proba[:, k], f"y_proba[:, {k}]", infinite=True), units)
        value, phi = value + (influence.value or 0.0) / classes, phi + influence.phi / classes
        pairs = min(pairs, units.effective(truth), units.effective(~truth))
        short = short or too_few_of_a_class(truth, units, minimum)
    if short is not None:
        return unsettled(value, *short, method="delong_logit", n=units.n, n_groups=units.n_groups)
    se = standard_error(Influence(value=value, phi=phi, units=units))
    return guarded(Area(value, se, pairs, max(pairs, 2.0) - 1), units, f"{classes} classes, each against the rest")


def delong_paired(
    y_true: npt.ArrayLike,
    score_candidate: npt.ArrayLike,
    score_baseline: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_PER_CLASS,
    placed: Influence | None = None,
) -> Estimate:
    """AUC of the candidate minus AUC of the baseline on the same rows.

    Parameters
    ----------
    y_true
        Truth values.
    score_candidate, score_baseline
        Scores, each on a scale of its own.
    sample_weight, groups, minimum
        As in `delong`.
    placed
        The baseline's `auc_influence` on these very rows, where it is known from an earlier
        comparison: its scores are then not ranked again.

    Returns
    -------
    Estimate
        ``delong_paired``, scale ``identity``. The same ranking gives 0 with bounds 0, flag
        ``identical``.

    References
    ----------
    DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845.

    Examples
    --------
    >>> y, x = np.arange(40) % 2 == 0, np.arange(40) % 7
    >>> estimate = delong_paired(y, x + 3.0 * y, x + 2.0 * y)
    >>> estimate.value > 0, estimate.df
    (True, 19.0)
    """
    truth, candidate, units = scored(y_true, score_candidate, sample_weight, groups)
    baseline = units.take(column(score_baseline, "score_baseline", len(np.asarray(y_true)), infinite=True))
    missing = absent(truth, units)
    if missing is not None:
        return unsettled(None, "class_absent", str(missing.detail), method="delong_paired", n=units.n)
    a = area_influence(truth, candidate, units)
    b = area_influence(truth, baseline, units) if placed is None else placed
    value = (a.value or 0.0) - (b.value or 0.0)
    if value == 0.0 and _same_order(candidate, baseline):
        return identical(units, "delong_paired")
    short = too_few_of_a_class(truth, units, minimum)
    if short is not None:
        return unsettled(value, *short, method="delong_paired", n=units.n, n_groups=units.n_groups)
    pairs, df = pairs_of(truth, units)
    se = area_error(truth, Influence(value=value, phi=a.phi - b.phi, units=units))
    bounds = _difference_bounds(value, se, df) if se > 0 else _hidden_bounds(value, pairs)
    return estimated(
        value,
        bounds,
        method="delong_paired",
        n=units.n,
        n_groups=units.n_groups,
        scale="identity" if se > 0 else None,
        se=se if se > 0 else None,
        df=df if se > 0 else None,
        detail=counted(truth),
    )


def roc_curve_points(
    y_true: npt.ArrayLike, y_score: npt.ArrayLike, points: int = 50
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """At most so many points of the ROC curve, spread evenly along it.

    Parameters
    ----------
    y_true, y_score
        Truth values and scores.
    points
        At least 2.

    Returns
    -------
    fpr, tpr
        From (0, 0) to (1, 1); empty without positives or without negatives.

    Examples
    --------
    >>> roc_curve_points([1, 0], [0.9, 0.1])
    ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0))
    """
    truth, score, units = scored(y_true, y_score, None, None)
    if absent(truth, units) is not None:
        return (), ()
    positive, negative = rank(truth, score).blocks()
    tpr = np.concatenate(([0.0], np.cumsum(positive[::-1]) / positive.sum()))
    fpr = np.concatenate(([0.0], np.cumsum(negative[::-1]) / negative.sum()))
    # the sum of both grows from 0 to 2 along the curve
    chosen = np.unique(np.searchsorted(fpr + tpr, np.linspace(0, 2, max(points, 2)) - 1e-12))
    return tuple(fpr[chosen].tolist()), tuple(tpr[chosen].tolist())


def _difference_bounds(value: float, se: float, df: float) -> Bounds:
    def bounds(alpha: float) -> tuple[float, float]:
        reach = upper_quantile(alpha, df) * se
        return max(value - reach, -1.0), min(value + reach, 1.0)

    return bounds


def _hidden_bounds(value: float, pairs: float) -> Bounds:
    """Both sides without any spread: what as many pairs as there are can miss."""

    def bounds(alpha: float) -> tuple[float, float]:
        hidden = -math.expm1(math.log(alpha) / pairs)
        return max(value - hidden, -1.0), min(value + hidden, 1.0)

    return bounds


def _same_order(a: FloatArray, b: FloatArray) -> bool:
    order = np.argsort(b, kind="stable")
    first, second = a[order], b[order]
    rising = first[1:] > first[:-1]
    return bool(((first[1:] >= first[:-1]) & (rising == (second[1:] > second[:-1]))).all())
