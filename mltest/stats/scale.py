"""Scales on which an estimate is closer to normal, and the interval formed there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.stats.special import upper_quantile

if TYPE_CHECKING:
    from mltest.stats.estimate import Bounds

# exp() of more than this overflows
_LARGEST_EXPONENT = 709.0


@dataclass(frozen=True, slots=True)
class Scale:
    """An increasing transformation, its inverse and its derivative."""

    forward: Callable[[float], float]
    inverse: Callable[[float], float]
    slope: Callable[[float], float]


def _exp(u: float) -> float:
    return math.exp(min(u, _LARGEST_EXPONENT))


def _logistic(u: float) -> float:
    return 1 / (1 + math.exp(-u)) if u >= 0 else 1 - 1 / (1 + math.exp(max(u, -_LARGEST_EXPONENT)))


SCALES: dict[str, Scale] = {
    "identity": Scale(lambda v: v, lambda u: u, lambda _: 1.0),
    "log": Scale(math.log, _exp, lambda v: 1 / v),
    "logit": Scale(lambda v: math.log(v) - math.log1p(-v), _logistic, lambda v: 1 / (v * (1 - v))),
    "fisher": Scale(math.atanh, math.tanh, lambda v: 1 / ((1 - v) * (1 + v))),
    # of 1 - ratio: the log of the ratio, turned so that it increases
    "log_complement": Scale(
        lambda v: -math.log1p(-v), lambda u: -math.expm1(min(-u, _LARGEST_EXPONENT)), lambda v: 1 / (1 - v)
    ),
    "square": Scale(lambda v: v * v, lambda u: math.sqrt(max(u, 0.0)), lambda v: 2 * v),
}


def scaled_bounds(value: float, se: float, scale: str, df: float | None = None) -> Bounds:
    """Bounds symmetric on a scale and transformed back.

    Parameters
    ----------
    value
        The estimate, inside the domain of the scale.
    se
        Standard error on the scale.
    scale
        A key of `SCALES`.
    df
        Student degrees of freedom; None for the normal.

    Returns
    -------
    callable
        alpha -> (low, high).

    Examples
    --------
    >>> low, high = scaled_bounds(0.9, 0.5, "logit")(0.05)
    >>> round(low, 4), round(high, 4)
    (0.7982, 0.9535)
    """
    transform = SCALES[scale]
    centre = transform.forward(value)

    def bounds(alpha: float) -> tuple[float, float]:
        reach = upper_quantile(alpha, df) * se
        return transform.inverse(centre - reach), transform.inverse(centre + reach)

    return bounds


def inside(value: float, scale: str) -> bool:
    """Whether a value can be put on the scale.

    Parameters
    ----------
    value
        A finite number.
    scale
        A key of `SCALES`.

    Returns
    -------
    bool

    Examples
    --------
    >>> inside(1.0, "logit"), inside(1.0, "identity")
    (False, True)
    """
    low, high = {"logit": (0.0, 1.0), "fisher": (-1.0, 1.0), "log": (0.0, math.inf)}.get(scale, (-math.inf, math.inf))
    if scale == "log_complement":
        high = 1.0
    return low < value < high
