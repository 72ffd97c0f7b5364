"""P-values adjusted for how many there are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.units import FloatArray, IntArray, column


def holm(p: npt.ArrayLike) -> tuple[float, ...]:
    """P-values adjusted so that the chance of any false alarm keeps its level.

    Parameters
    ----------
    p
        P-values in [0, 1].

    Returns
    -------
    tuple of float
        In the order given.

    Raises
    ------
    mltest.errors.UsageError
        For NaN or a number outside [0, 1].

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    (0.03, 0.06, 0.06)
    """
    values, order = _ordered(p)
    count = len(values)
    adjusted = np.maximum.accumulate((count - np.arange(count)) * values)
    return _restored(adjusted, order)


def benjamini_hochberg(p: npt.ArrayLike) -> tuple[float, ...]:
    """P-values adjusted so that the expected share of false alarms among the alarms keeps its level.

    Parameters
    ----------
    p
        P-values in [0, 1].

    Returns
    -------
    tuple of float
        In the order given.

    Raises
    ------
    mltest.errors.UsageError
        For NaN or a number outside [0, 1].

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    (0.03, 0.04, 0.04)
    """
    values, order = _ordered(p)
    scaled = len(values) * values / np.arange(1, len(values) + 1)
    return _restored(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _ordered(p: npt.ArrayLike) -> tuple[FloatArray, IntArray]:
    values = column(p, "p-values")
    if ((values < 0) | (values > 1)).any():
        raise UsageError(f"p-values must be from 0 to 1, got {values[(values < 0) | (values > 1)][0]:g}")
    order = np.argsort(values, kind="stable")
    return values[order], order


def _restored(adjusted: FloatArray, order: IntArray) -> tuple[float, ...]:
    out = np.empty(len(order))
    out[order] = np.minimum(adjusted, 1.0)
    return tuple(out.tolist())
