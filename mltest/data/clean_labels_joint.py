"""Part of `assert_clean_labels`: the labels that a model confidently contradicts, and what share of errors follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mltest.stats.estimate import ALPHA, Estimate, estimated, unsettled
from mltest.stats.proportion import clopper_pearson
from mltest.stats.special import upper_quantile
from mltest.stats.units import MINIMUM_GROUPS, Units, prepare

__all__ = ["Joint", "confident_joint"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MINIMUM_ROWS = 30
# a mean of equal probabilities may come out above each of them
_SLACK = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Rows by given class (row) and the class they confidently are (column), and the estimated share of errors."""

    counts: IntArray
    thresholds: FloatArray
    rates: FloatArray
    given: IntArray
    estimate: Estimate

    @property
    def flagged(self) -> int:
        """Rows that confidently are of another class than given."""
        return int(self.counts.sum() - np.trace(self.counts))


def confident_joint(
    codes: IntArray, proba: FloatArray, weight: FloatArray | None = None, cluster: IntArray | None = None
) -> Joint:
    """Count what each row confidently is; the shares within each given class make the estimate.

    Parameters
    ----------
    codes
        The given class of each row, as a column of ``proba``.
    proba
        Out-of-sample probabilities, a column a class.
    weight, cluster
        As everywhere.
    """
    units = prepare(len(codes), weight, cluster)
    given, stated = units.take(codes), proba if units.keep is None else proba[units.keep]
    size, each = proba.shape[1], np.ones(units.n) if units.weight is None else units.weight
    by_class = np.bincount(given, each, size)
    own = np.bincount(given, each * stated[np.arange(units.n), given], size)
    thresholds = np.divide(own, by_class, out=np.full(size, np.inf), where=by_class > 0)
    above = stated >= thresholds - _SLACK
    counted, is_like = above.any(axis=1), np.where(above, stated, -1.0).argmax(axis=1)
    cell = given[counted] * size + is_like[counted]
    counts = np.bincount(cell, minlength=size * size).reshape(size, size)
    sums = np.bincount(cell, each[counted], size * size).reshape(size, size)
    total = sums.sum(axis=1)
    rates = np.divide(total - np.diag(sums), total, out=np.zeros(size), where=total > 0)
    wrong = counted & (is_like != given)
    share = float(by_class @ rates / by_class.sum())
    # of a sum over classes of (share of the class) times (errors among its confident rows)
    scale = np.divide(by_class, total, out=np.zeros(size), where=total > 0)[given]
    phi = rates[given] - share + scale * counted * (wrong - rates[given])
    estimate = _estimate(share, phi, counted, units)
    return Joint(counts, thresholds, np.maximum(rates, 0.0), np.bincount(given, minlength=size), estimate)


def _estimate(share: float, phi: FloatArray, counted: NDArray[np.bool_], units: Units) -> Estimate:
    if units.clustered and units.groups < MINIMUM_GROUPS:
        reason = f"{units.groups} clusters; an interval needs at least {MINIMUM_GROUPS}"
        return unsettled(share, "too_few_groups", reason, method="korn_graubard", n=units.n, n_groups=units.groups)
    if units.n < MINIMUM_ROWS:
        reason = f"{units.n} rows; an interval needs at least {MINIMUM_ROWS}"
        return unsettled(share, "too_few_rows", reason, method="korn_graubard", n=units.n)
    share = min(max(share, 0.0), 1.0)
    variance = float((units.contributions(phi) ** 2).sum())
    rows = min(share * (1 - share) / variance, float(units.n)) if variance > 0 else units.effective(counted)
    if units.group is not None:
        rows *= (upper_quantile(ALPHA, units.n - 1) / upper_quantile(ALPHA, units.groups - 1)) ** 2
    return estimated(
        share,
        lambda alpha: clopper_pearson(share * rows, rows, alpha),
        method="korn_graubard",
        n=units.n,
        n_effective=rows,
        n_groups=units.n_groups,
    )
