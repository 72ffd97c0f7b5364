"""The parts of an area under the ROC curve: value, error, interval, and when there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.stats.delta import Influence, standard_error
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.proportion import clopper_pearson
from mltest.stats.ranking import rank, weighted_blocks
from mltest.stats.scale import SCALES, scaled_bounds
from mltest.stats.units import MINIMUM_GROUPS, BoolArray, FloatArray, Units, column, prepare, truths

MINIMUM_PER_CLASS = 10

# below so many expected errors among the rarer class the variance may be nothing but luck
_RARE = 2.0


@dataclass(frozen=True, slots=True)
class Area:
    """An area, its standard error and the pairs (rarer class) behind it."""

    value: float
    se: float
    pairs: float
    df: float


def auc_influence(
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
) -> Influence:
    """The influence values of the area under the ROC curve.

    Parameters
    ----------
    y_true, y_score, sample_weight, groups
        As in `delong`.

    Returns
    -------
    mltest.stats.delta.Influence

    Examples
    --------
    >>> auc_influence([1, 0, 1, 0], [4.0, 1.0, 2.0, 3.0]).value
    0.75
    """
    truth, score, units = scored(y_true, y_score, sample_weight, groups)
    missing = absent(truth, units)
    if missing is not None:
        return Influence(value=None, phi=np.zeros(units.n), units=units, flag="class_absent", detail=missing.detail)
    return area_influence(truth, score, units)


def scored(
    y_true: npt.ArrayLike,
    y_score: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None,
    groups: npt.ArrayLike | None,
) -> tuple[BoolArray, FloatArray, Units]:
    """Truth values, scores and units, checked and with rows of weight zero left out."""
    truth = truths(y_true, "y_true")
    score = column(y_score, "y_score", len(truth), infinite=True)
    units = prepare(len(truth), sample_weight, groups)
    return units.take(truth), units.take(score), units


def absent(truth: BoolArray, units: Units) -> Estimate | None:
    """The answer if a class is missing, else None."""
    positives = int(np.count_nonzero(truth))
    if 0 < positives < units.n:
        return None
    reason = "no rows" if not units.n else "no positives" if not positives else "no negatives"
    return unsettled(None, "class_absent", reason, method="delong_logit", n=units.n, n_groups=units.n_groups)


def too_few_of_a_class(truth: BoolArray, units: Units, minimum: int) -> tuple[str, str] | None:
    """The flag and the reason if a class has too few rows or clusters, else None."""
    for name, rows in (("positives", truth), ("negatives", ~truth)):
        count, held = int(np.count_nonzero(rows)), units.holding(rows)
        if count < max(minimum, 2):
            return f"too_few_{name}", f"{count} {name}; an interval needs at least {max(minimum, 2)}"
        if units.clustered and held < MINIMUM_GROUPS:
            return "too_few_groups", f"{held} groups with {name}; an interval needs at least {MINIMUM_GROUPS}"
    return None


def plain_area(truth: BoolArray, score: FloatArray) -> Area:
    """Area and DeLong's error of independent, equally weighted rows."""
    positive, negative = rank(truth, score).blocks()
    m, n = float(positive.sum()), float(negative.sum())
    below = _below(negative)
    value = weighted_sum(below, positive) / (m * n)
    spread = _variance(below, n, positive, value, m) / m
    del below
    # positives above are all of them less those below and half of the tied
    spread += _variance(_below(positive), m, negative, 1 - value, n) / n
    k = min(m, n)
    return Area(value, math.sqrt(spread), k, k - 1)


def unit_area(truth: BoolArray, score: FloatArray, units: Units) -> Area:
    """Area and error of weighted or clustered rows."""
    influence = area_influence(truth, score, units)
    pairs, df = pairs_of(truth, units)
    return Area(influence.value or 0.0, area_error(truth, influence) if units.groups > 1 else 0.0, pairs, df)


def area_influence(truth: BoolArray, score: FloatArray, units: Units) -> Influence:
    """The influence values of the area over checked rows that hold both classes."""
    blocks = weighted_blocks(truth, score, units.weight)
    m, n = float(blocks.positive.sum()), float(blocks.negative.sum())
    below = _below(blocks.negative)
    below /= n
    value = min(max(weighted_sum(below, blocks.positive) / m, 0.0), 1.0)
    phi = np.empty(len(truth))
    below -= value
    below *= (m + n) / m
    phi[truth] = below[blocks.block[truth]]
    del below
    above = m - _below(blocks.positive)
    above /= m
    above -= value
    above *= (m + n) / n
    phi[~truth] = above[blocks.block[~truth]]
    return Influence(value=value, phi=phi, units=units)


def area_error(truth: BoolArray, influence: Influence) -> float:
    """DeLong's error for plain rows, the delta method's otherwise."""
    units = influence.units
    if units.weight is not None or units.clustered:
        return standard_error(influence)
    m = int(np.count_nonzero(truth))
    n = units.n - m
    squares = influence.phi**2
    positive, negative = float(squares[truth].sum()), float(squares[~truth].sum())
    return math.sqrt(positive * m / max(m - 1, 1) + negative * n / max(n - 1, 1)) / units.n


def pairs_of(truth: BoolArray, units: Units) -> tuple[float, float]:
    """The disjoint pairs that can be formed, and the degrees of freedom."""
    pairs = min(units.effective(truth), units.effective(~truth))
    return pairs, float(max(min(units.holding(truth), units.holding(~truth)) - 1, 1))


def guarded(area: Area, units: Units, detail: str) -> Estimate:
    """The logit interval, widened to the binomial one of the pairs where errors are rare."""
    value, k = area.value, area.pairs
    known = 0.0 < value < 1.0 and area.se > 0.0
    rare = not known or k * min(value, 1 - value) < _RARE
    scaled = area.se * SCALES["logit"].slope(value) if known else None
    bounds = scaled_bounds(value, scaled, "logit", area.df) if scaled is not None else None
    return estimated(
        value,
        widened(bounds, value, k) if rare or bounds is None else bounds,
        method="delong_logit",
        n=units.n,
        n_groups=units.n_groups,
        scale=None if scaled is None else "logit",
        se=scaled,
        df=None if scaled is None else area.df,
        flags=("rare_error_guard",) if rare else (),
        detail=detail,
    )


def counted(truth: BoolArray) -> str:
    """How many positives and negatives there are."""
    positives = int(np.count_nonzero(truth))
    return f"{positives} positives, {len(truth) - positives} negatives"


def weighted_sum(values: FloatArray, weights: FloatArray) -> float:
    """The sum of their products, on one core: a product of matrices would start threads and wait for them."""
    return float(np.einsum("i,i->", values, weights))


def _below(counts: FloatArray) -> FloatArray:
    """What lies below each distinct score, those tied with it by half."""
    below = np.cumsum(counts)
    below -= counts / 2
    return np.asarray(below)


def _variance(placed: FloatArray, among: float, counts: FloatArray, mean: float, total: float) -> float:
    """The sample variance of placements, which are worked over in place."""
    placed /= among
    placed -= mean
    placed *= placed
    return weighted_sum(placed, counts) / (total - 1) if total > 1 else 0.0


def widened(bounds: Bounds | None, value: float, pairs: float) -> Bounds:
    """Bounds at least as wide as the binomial ones of so many trials."""

    def wider(alpha: float) -> tuple[float | None, float | None]:
        low, high = clopper_pearson(value * pairs, pairs, alpha)
        if bounds is None:
            return low, high
        inner = bounds(alpha)
        return min(low, inner[0] or 0.0), max(high, inner[1] or 0.0)

    return wider
