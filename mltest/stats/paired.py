"""Candidate against baseline on the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError
from mltest.stats.delta import Influence, difference, identical
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.mean import MINIMUM_UNITS, hall_t
from mltest.stats.scale import scaled_bounds
from mltest.stats.special import binomial_at_most, upper_quantile
from mltest.stats.units import column, prepare, truths

__all__ = [
    "mcnemar_midp",
    "nadeau_bengio",
    "paired_hits",
    "paired_influence",
    "paired_losses",
    "tango",
]

MINIMUM_PAIRS = 10
MINIMUM_FOLDS = 5

paired_influence: Callable[[Influence, Influence], Estimate] = difference


def tango(b: int, c: int, n: int) -> Estimate:
    """Difference of two shares on the same rows: (b - c) / n.

    Parameters
    ----------
    b
        Rows only the candidate gets right.
    c
        Rows only the baseline gets right.
    n
        All rows.

    Returns
    -------
    Estimate
        ``tango``; no interval with fewer than 10 rows.

    Raises
    ------
    mltest.errors.UsageError
        If the counts are negative or b + c exceeds n.

    Notes
    -----
    Score interval. Measured worst one-sided error at a nominal 5 %: 6.8 % (50 rows), 5.8 % (200 and
    more).

    References
    ----------
    Tango (1998), Statistics in Medicine 17, 891-908.

    Examples
    --------
    >>> estimate = tango(12, 2, 50)
    >>> round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
    (0.2, 0.0855, 0.3204)
    """
    if min(b, c) < 0 or b + c > n:
        raise UsageError(f"b and c must be zero or more and b + c at most n, got b={b}, c={c}, n={n}")
    if n < MINIMUM_PAIRS:
        value = (b - c) / n if n else None
        reason = f"{n} rows; an interval needs at least {MINIMUM_PAIRS}"
        return unsettled(value, "too_few_rows" if n else "empty", reason, method="tango", n=int(n))
    return estimated(
        float((b - c) / n),
        tango_bounds(float(b), float(c), float(n)),
        method="tango",
        n=int(n),
        n_effective=float(n),
        flags=() if b + c else ("identical",),
        detail=f"candidate alone right {b}, baseline alone right {c}, of {n}",
    )


def tango_bounds(b: float, c: float, n: float) -> Bounds:
    """The bounds of `tango` as a function of alpha.

    Parameters
    ----------
    b, c, n
        As in `tango`.

    Returns
    -------
    callable
        alpha -> (low, high).

    References
    ----------
    Tango (1998), Statistics in Medicine 17, 891-908.

    Examples
    --------
    >>> low, high = tango_bounds(1, 7, 21)(0.025)
    >>> round(low, 4), round(high, 4)
    (-0.5172, -0.026)
    """

    def bounds(alpha: float) -> tuple[float, float]:
        z = upper_quantile(alpha)
        # the upper bound is the lower one with the sides swapped, so the swap negates exactly
        return _tango_lower(b, c, n, z), -_tango_lower(c, b, n, z)

    return bounds


def mcnemar_midp(b: int, c: int) -> float:
    """Two-sided mid-p value of "both sides are right equally often"; recorded, never decisive.

    Parameters
    ----------
    b, c
        As in `tango`.

    Returns
    -------
    float

    References
    ----------
    Fagerland, Lydersen and Laake (2013), BMC Medical Research Methodology 13, 91.

    Examples
    --------
    >>> mcnemar_midp(1, 7)
    0.0390625
    """
    if min(b, c) < 0:
        raise UsageError(f"b and c must be zero or more, got b={b}, c={c}")
    if b == c:
        return 1.0
    # twice P(X <= fewer) less P(X = fewer), in the form that cancels nothing
    fewer, total = min(b, c), b + c
    below = binomial_at_most(fewer - 1, total, 0.5) if fewer else 0.0
    return min(1.0, binomial_at_most(fewer, total, 0.5) + below)


def paired_hits(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Estimate:
    """Share of hits of the candidate minus that of the baseline, on the same rows.

    Parameters
    ----------
    candidate, baseline
        Truth values: which rows each gets right.
    sample_weight, groups
        As in `mltest.stats.mean.hall_t`.

    Returns
    -------
    Estimate
        ``tango``; ``hall_t_paired`` with unequal weights or clusters.

    References
    ----------
    Tango (1998), Statistics in Medicine 17, 891-908.

    Examples
    --------
    >>> paired_hits([True] * 12 + [False] * 8, [True] * 10 + [False] * 10).value
    0.1
    """
    first = truths(candidate, "candidate")
    second = truths(baseline, "baseline", len(first))
    units = prepare(len(first), sample_weight, groups)
    if units.weight is None and not units.clustered:
        first, second = units.take(first), units.take(second)
        return tango(int(np.count_nonzero(first & ~second)), int(np.count_nonzero(second & ~first)), units.n)
    differences = first.astype(np.float64) - second
    return hall_t(differences, sample_weight, groups, value_range=(-1.0, 1.0), method="hall_t_paired")


def paired_losses(
    candidate: npt.ArrayLike,
    baseline: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    value_range: tuple[float, float] | None = None,
    minimum: int = MINIMUM_UNITS,
) -> Estimate:
    """Mean loss of the candidate minus that of the baseline, on the same rows.

    Parameters
    ----------
    candidate, baseline
        One loss a row.
    sample_weight, groups, minimum
        As in `mltest.stats.mean.hall_t`.
    value_range
        Least and greatest loss a row can have.

    Returns
    -------
    Estimate
        ``hall_t_paired``. The same on every row: 0, flag ``identical``, with bounds 0 unless the
        range is finite.

    References
    ----------
    Hall (1992), Journal of the Royal Statistical Society B 54, 221-228.

    Examples
    --------
    >>> x = np.arange(30.0) % 7
    >>> round(paired_losses(x, x + np.sin(x)).value, 4)
    -0.0143
    """
    first = column(candidate, "candidate")
    differences = first - column(baseline, "baseline", len(first))
    units = prepare(len(first), sample_weight, groups)
    widest = math.inf if value_range is None else float(value_range[1]) - float(value_range[0])
    same = not units.take(differences).any()
    if same and units.n and not math.isfinite(widest):
        return identical(units, "hall_t_paired")
    return hall_t(
        differences,
        sample_weight,
        groups,
        value_range=(-widest, widest) if math.isfinite(widest) else None,
        minimum=minimum,
        method="hall_t_paired",
    )


def nadeau_bengio(differences: npt.ArrayLike, n_train: int, n_test: int) -> Estimate:
    """Mean difference over folds of a cross-validation, candidate minus baseline.

    Parameters
    ----------
    differences
        One a fold (repeats included).
    n_train, n_test
        Rows of one fold.

    Returns
    -------
    Estimate
        ``nadeau_bengio``; no interval with fewer than 5 folds or equal differences.

    Notes
    -----
    The variance is raised by n_test / n_train, since folds share training rows. Approximate; a
    held-out test set gives a cleaner answer.

    References
    ----------
    Nadeau and Bengio (2003), Machine Learning 52, 239-281. Bouckaert and Frank (2004), PAKDD, 3-12.

    Examples
    --------
    >>> estimate = nadeau_bengio([0.02, 0.01, 0.03, -0.005, 0.015], 800, 200)
    >>> round(estimate.value, 4), round(estimate.se, 6)
    (0.014, 0.008682)
    """
    folds = column(differences, "differences")
    if min(n_train, n_test) < 1:
        raise UsageError(f"n_train and n_test must be at least 1, got {n_train} and {n_test}")
    count = len(folds)
    if not count:
        return unsettled(None, "empty", "no folds", method="nadeau_bengio", n=0)
    mean = float(folds.mean())
    if count < MINIMUM_FOLDS:
        reason = f"{count} folds; an interval needs at least {MINIMUM_FOLDS}"
        return unsettled(mean, "too_few_folds", reason, method="nadeau_bengio", n=count)
    if (folds == folds[0]).all():
        reason = f"all {count} folds differ by {mean:g}"
        return unsettled(mean, "zero_variance", reason, method="nadeau_bengio", n=count)
    se = float(folds.std(ddof=1)) * math.sqrt(1 / count + n_test / n_train)
    return estimated(
        mean,
        scaled_bounds(mean, se, "identity", count - 1),
        method="nadeau_bengio",
        n=count,
        scale="identity",
        se=se,
        df=float(count - 1),
        detail="approximate: folds share training rows; a held-out test set gives a cleaner answer",
    )


def _tango_lower(b: float, c: float, n: float, z: float) -> float:
    """The difference whose score statistic is z, by bisection below the estimate."""
    if b == c == 0:
        return -z * z / (n + z * z)
    low, high = -1.0, (b - c) / n
    if b - c == -n:
        return -1.0
    for _ in range(100):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _tango_score(b, c, n, middle) > z else (low, middle)
    return (low + high) / 2


def _tango_score(b: float, c: float, n: float, delta: float) -> float:
    linear, constant = -b - c + (2 * n - b + c) * delta, -c * delta * (1 - delta)
    root = math.sqrt(max(linear * linear - 8 * n * constant, 0.0))
    share = (root - linear) / (4 * n)
    variance = n * (2 * share + delta * (1 - delta))
    return (b - c - n * delta) / math.sqrt(variance) if variance > 0 else math.inf
