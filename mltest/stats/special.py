"""Quantiles and tail probabilities, typed; the only place that imports SciPy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.special as scipy_special

FloatArray = npt.NDArray[np.float64]


def normal_quantile(probability: float) -> float:
    """The z with P(Z <= z) = probability."""
    return float(scipy_special.ndtri(probability))


def normal_cdf(z: float) -> float:
    """P(Z <= z)."""
    return float(scipy_special.ndtr(z))


def upper_quantile(alpha: float, df: float | None = None) -> float:
    """The value a Student t variable (normal if df is None) exceeds with probability alpha."""
    return -float(scipy_special.ndtri(alpha) if df is None else scipy_special.stdtrit(df, alpha))


def beta_quantiles(a: FloatArray, b: FloatArray, probability: float) -> FloatArray:
    """The x with I_x(a, b) = probability."""
    return np.asarray(scipy_special.betaincinv(a, b, probability))


def beta_upper_quantiles(a: FloatArray, b: FloatArray, alpha: float) -> FloatArray:
    """The x with I_x(a, b) = 1 - alpha, without forming 1 - alpha."""
    return np.asarray(scipy_special.betainccinv(a, b, alpha))


def binomial_at_most(x: float, n: float, p: float) -> float:
    """P(X <= x) for X binomial(n, p); x and n need not be whole."""
    return 1.0 if x >= n else float(scipy_special.betaincc(x + 1, n - x, p))


def binomial_at_least(x: float, n: float, p: float) -> float:
    """P(X >= x) for X binomial(n, p); x and n need not be whole."""
    return 1.0 if x <= 0 else float(scipy_special.betainc(x, n - x + 1, p))


def noncentral_t_quantile(probability: float, df: float, shift: float) -> float:
    """The x a noncentral t variable stays below with this probability."""
    return float(scipy_special.nctdtrit(df, shift, probability))


def chi_square_upper_quantile(alpha: float, df: float) -> float:
    """The value a chi-square variable exceeds with probability alpha."""
    return float(scipy_special.chdtri(df, alpha))


def student_tail(t: float, df: float) -> float:
    """P(T > t) for Student's t, without forming one minus it."""
    return float(scipy_special.stdtr(df, -t))
