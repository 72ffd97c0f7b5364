"""Skill over a dummy, R2 among them: one minus a ratio of mean losses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.delta import Influence, settle
from mltest.stats.mean import MINIMUM_UNITS
from mltest.stats.units import FloatArray, Units, column, prepare

if TYPE_CHECKING:
    from mltest.stats.estimate import Estimate


def skill(
    losses: npt.ArrayLike,
    dummy_losses: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_UNITS,
) -> Estimate:
    """1 - mean(losses) / mean(dummy_losses) on the same rows.

    Parameters
    ----------
    losses, dummy_losses
        Losses of the model and of the dummy, zero or more.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.
    minimum
        Fewer rows (clusters, if given) give no interval.

    Returns
    -------
    Estimate
        ``skill_log_ratio``, scale ``log_complement``. Value None if the dummy makes no error; no
        interval if the model makes none.

    Raises
    ------
    mltest.errors.UsageError
        For losses that are negative or not finite.

    References
    ----------
    Hedges, Gurevitch and Curtis (1999), Ecology 80, 1150-1156 (the log ratio of means).

    Examples
    --------
    >>> estimate = skill([0.2, 0.1, 0.4, 0.3] * 5, [0.7, 0.6, 0.7, 0.7] * 5)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.6296, 0.566, 0.6839)
    """
    return _skill(_losses(losses, "losses"), _losses(dummy_losses, "dummy_losses"), sample_weight, groups, minimum)


def r2(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_UNITS,
) -> Estimate:
    """Coefficient of determination: skill of squared errors over the mean of the labels.

    Parameters
    ----------
    y_true, y_pred
        Numbers.
    sample_weight, groups, minimum
        As in `skill`.

    Returns
    -------
    Estimate
        ``skill_log_ratio``; value None if the labels are constant.

    References
    ----------
    Hedges, Gurevitch and Curtis (1999), Ecology 80, 1150-1156 (the log ratio of means).

    Examples
    --------
    >>> x = np.arange(30.0)
    >>> round(r2(x, x + np.sin(x)).value, 4)
    0.9935
    """
    truth, squares = _squared_errors(y_true, y_pred)
    return _skill(squares, _about_mean(truth, sample_weight) ** 2, sample_weight, groups, minimum)


def explained_variance(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    minimum: int = MINIMUM_UNITS,
) -> Estimate:
    """1 - variance of the errors / variance of the labels: R2 once the errors' mean is taken off.

    Parameters
    ----------
    y_true, y_pred
        Numbers.
    sample_weight, groups, minimum
        As in `skill`.

    Returns
    -------
    Estimate
        As `r2`.

    Examples
    --------
    >>> x = np.arange(30.0)
    >>> explained_variance(x, x + 3.0).value
    1.0
    """
    truth = column(y_true, "y_true")
    errors = truth - column(y_pred, "y_pred", len(truth))
    squares = _about_mean(errors, sample_weight) ** 2
    return _skill(squares, _about_mean(truth, sample_weight) ** 2, sample_weight, groups, minimum)


def r2_influence(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Influence:
    """The influence values of R2 itself, for paired comparisons.

    Parameters
    ----------
    y_true, y_pred, sample_weight, groups
        As in `r2`.

    Returns
    -------
    mltest.stats.delta.Influence

    Examples
    --------
    >>> r2_influence([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).value
    1.0
    """
    truth, squares = _squared_errors(y_true, y_pred)
    units = prepare(len(truth), sample_weight, groups)
    a, b = units.take(squares), units.take(_about_mean(truth, sample_weight) ** 2)
    undefined = _undefined(b, units)
    if undefined is not None:
        return undefined
    ratio = units.mean(a) / units.mean(b)
    return Influence(value=1 - ratio, phi=(ratio * b - a) / units.mean(b), units=units)


def rmse_influence(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Influence:
    """The influence values of the root mean squared error, for paired comparisons.

    Parameters
    ----------
    y_true, y_pred, sample_weight, groups
        As in `r2`.

    Returns
    -------
    mltest.stats.delta.Influence

    Examples
    --------
    >>> rmse_influence([0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0]).value
    1.0
    """
    truth, squares = _squared_errors(y_true, y_pred)
    units = prepare(len(truth), sample_weight, groups)
    if not units.n:
        return Influence(value=None, phi=np.zeros(0), units=units, flag="empty", detail="no rows")
    kept = units.take(squares)
    mean = units.mean(kept)
    root = math.sqrt(mean)
    return Influence(value=root, phi=(kept - mean) / (2 * root) if root else np.zeros(units.n), units=units)


def _skill(
    a: FloatArray,
    b: FloatArray,
    sample_weight: npt.ArrayLike | None,
    groups: npt.ArrayLike | None,
    minimum: int,
) -> Estimate:
    if len(a) != len(b):
        raise UsageError(f"losses has {len(a)} rows, dummy_losses has {len(b)}; they must be the same rows")
    units = prepare(len(a), sample_weight, groups)
    a, b = units.take(a), units.take(b)
    influence = _undefined(b, units)
    if influence is None:
        mean, dummy = units.mean(a), units.mean(b)
        phi = b / dummy - (a / mean if mean > 0 else 1.0)
        # on the scale -log(ratio) phi is the influence; settle() multiplies by the slope 1 / ratio
        influence = Influence(value=1 - mean / dummy, phi=phi * (mean / dummy), units=units)
    return settle(influence, "log_complement", method="skill_log_ratio", minimum=minimum, minimum_groups=minimum)


def _undefined(dummy: FloatArray, units: Units) -> Influence | None:
    if units.n and dummy.any():
        return None
    reason = "the dummy makes no error (a constant target)" if units.n else "no rows"
    flag = "zero_variance" if units.n else "empty"
    return Influence(value=None, phi=np.zeros(units.n), units=units, flag=flag, detail=reason)


def _losses(values: npt.ArrayLike, name: str) -> FloatArray:
    losses = column(values, name)
    if (losses < 0).any():
        first = int(np.argmax(losses < 0))
        raise UsageError(f"{name} must be zero or more, got {losses[first]:g} at index {first}")
    return losses


def _squared_errors(y_true: npt.ArrayLike, y_pred: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    truth = column(y_true, "y_true")
    return truth, (truth - column(y_pred, "y_pred", len(truth))) ** 2


def _about_mean(values: FloatArray, sample_weight: npt.ArrayLike | None) -> FloatArray:
    units = prepare(len(values), sample_weight)
    kept = units.take(values)
    if not units.n or (kept == kept[0]).all():
        return np.zeros(len(values))
    return values - units.mean(kept)
