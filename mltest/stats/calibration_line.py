"""Calibration slope and intercept: a logistic regression of the outcome on the stated log odds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mltest.stats.units import FloatArray, Units, column, prepare, summed, truths

if TYPE_CHECKING:
    from collections.abc import Sequence

_NEAREST = 1e-9
_STEPS = 50
_STEEPEST = 50.0
_SMALL = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationLine:
    """Intercept and slope with standard errors; `large` is the intercept alone, the slope held at 1."""

    intercept: float
    slope: float
    intercept_se: float
    slope_se: float
    large: float
    large_se: float


def calibration_line(
    p: npt.ArrayLike,
    y: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> CalibrationLine | None:
    """Intercept and slope of the outcome's log odds over the stated log odds; 0 and 1 if calibrated.

    Parameters
    ----------
    p
        Stated probability of a hit, kept off 0 and 1 by 1e-9.
    y
        Whether it was one.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`; either makes the standard errors robust.

    Returns
    -------
    CalibrationLine or None
        None where the outcomes are separated by the probabilities, or all equal.

    Notes
    -----
    Maximum likelihood by Newton's steps; a slope below 1 says that the probabilities are too extreme.

    References
    ----------
    Cox (1958), Biometrika 45, 562-565.

    Examples
    --------
    >>> line = calibration_line([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9], [0, 0, 1, 0, 0, 1, 0, 1, 1, 1])
    >>> round(line.intercept, 4), round(line.slope, 4)
    (0.2654, 1.1554)
    """
    stated = np.clip(column(p, "probabilities"), _NEAREST, 1 - _NEAREST)
    hit = truths(y, "labels", len(stated))
    units = prepare(len(stated), sample_weight, groups)
    odds = units.take(np.log(stated) - np.log1p(-stated))
    hits = units.take(hit).astype(np.float64)
    ones = np.ones(units.n)
    both = _fitted([ones, odds], np.zeros(units.n), hits, units)
    alone = _fitted([ones], odds, hits, units)
    if both is None or alone is None or abs(both[0][1]) > _STEEPEST:
        return None
    return CalibrationLine(
        intercept=float(both[0][0]),
        slope=float(both[0][1]),
        intercept_se=float(both[1][0]),
        slope_se=float(both[1][1]),
        large=float(alone[0][0]),
        large_se=float(alone[1][0]),
    )


def _fitted(
    columns: Sequence[FloatArray], offset: FloatArray, hits: FloatArray, units: Units
) -> tuple[FloatArray, FloatArray] | None:
    """Coefficients and standard errors, or None without convergence."""
    design = np.column_stack(columns)
    weight = np.ones(units.n) if units.weight is None else units.weight
    at = np.zeros(design.shape[1])
    for _ in range(_STEPS):
        share = _logistic(offset + design @ at)
        information = (design * (weight * share * (1 - share))[:, None]).T @ design
        gradient = design.T @ (weight * (hits - share))
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1 / _SMALL:
            return None
        step = np.linalg.solve(information, gradient)
        at = at + step
        if float(np.abs(at).max()) > 1e3:
            return None
        if float(np.abs(step).max()) < _SMALL:
            return at, _errors(design, weight * (hits - share), information, units)
    return None


def _errors(design: FloatArray, residual: FloatArray, information: FloatArray, units: Units) -> FloatArray:
    inverse = np.linalg.inv(information)
    if units.plain:
        return np.asarray(np.sqrt(np.diag(inverse)))
    scores = design * residual[:, None]
    if units.group is not None:
        scores = np.column_stack([summed(units.group, each, units.groups) for each in scores.T])
    middle = scores.T @ scores * (units.groups / max(units.groups - 1, 1))
    return np.asarray(np.sqrt(np.diag(inverse @ middle @ inverse)))


def _logistic(odds: FloatArray) -> FloatArray:
    small = np.exp(-np.abs(odds))
    return np.asarray(np.where(odds >= 0, 1 / (1 + small), small / (1 + small)))
