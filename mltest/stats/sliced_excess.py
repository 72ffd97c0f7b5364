"""Whether the losses of a slice exceed those of the rest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.stats.mean import difference_of_means
from mltest.stats.special import student_tail

__all__ = ["Excess", "excess", "excess_pvalue"]


@dataclass(frozen=True, slots=True)
class Excess:
    """Mean loss of a slice, of the rest, and the p-value of "no more than the margin"."""

    inside: float
    rest: float
    pvalue: float


def excess_pvalue(difference: float, se: float, df: float, margin: float = 0.0) -> float:
    """One-sided p-value of "the difference is at most the margin".

    Parameters
    ----------
    difference
        Mean of the slice minus mean of the rest.
    se, df
        Its standard error and Welch's degrees of freedom.
    margin
        The excess that is tolerated.

    Returns
    -------
    float

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> round(excess_pvalue(0.12, 0.03, 80, margin=0.05), 10)
    0.0110713009
    """
    return student_tail((difference - margin) / se, df)


def excess(
    inside: npt.ArrayLike,
    rest: npt.ArrayLike,
    *,
    weight_inside: npt.ArrayLike | None = None,
    weight_rest: npt.ArrayLike | None = None,
    groups_inside: npt.ArrayLike | None = None,
    groups_rest: npt.ArrayLike | None = None,
    margin: float = 0.0,
) -> Excess | None:
    """The losses of a slice against those of the rest, by Welch's test.

    Parameters
    ----------
    inside, rest
        One loss a row.
    weight_inside, weight_rest, groups_inside, groups_rest
        As in `mltest.stats.mean.hall_t`.
    margin
        As in `excess_pvalue`.

    Returns
    -------
    Excess or None
        None where either side has too few rows, or losses that are all the same.

    References
    ----------
    Welch (1947), Biometrika 34, 28-35.

    Examples
    --------
    >>> excess([1, 0] * 30, [1, 0, 0, 0] * 30).pvalue < 0.01
    True
    """
    found = difference_of_means(
        inside, rest, weight_a=weight_inside, weight_b=weight_rest, groups_a=groups_inside, groups_b=groups_rest
    )
    if found.value is None or found.se is None or found.df is None or not found.se > 0:
        return None
    each = None if weight_inside is None else np.asarray(weight_inside, np.float64)
    mean = float(np.average(np.asarray(inside, np.float64), weights=each))
    return Excess(mean, mean - found.value, excess_pvalue(found.value, found.se, found.df, margin))
