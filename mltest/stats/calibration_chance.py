"""How far from calibrated chance alone would make a calibrated model look: consistency resampling."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mltest.stats.calibration import Cells, Decomposition, cells_of, corp, isotonic, pooled
from mltest.stats.estimate import ALPHA
from mltest.stats.special import student_tail, upper_quantile
from mltest.stats.units import FloatArray, IntArray, Units, column, prepare, truths

RESAMPLES = 999
# of sets drawn from the recalibrated probabilities only the mean and the spread are used
RECALIBRATED = 200
MINIMUM_ROWS = 100
ECE_BINS = 15
CURVE_BINS = 20

# more distinct probabilities than this are put together in as many narrow cells
MOST_CELLS = 4096
_CHUNK = 1 << 21


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Stated probability against observed share in bins, and the span of 95 % of the shares if calibrated."""

    stated: FloatArray
    observed: FloatArray
    low: FloatArray
    high: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A calibration error and what chance alone would do.

    Attributes
    ----------
    error
        Root mean square distance of stated and true probability, less what chance alone adds.
    low, high
        One-sided 95 % bounds of it.
    squared, se, df
        The squared error, which chance can make negative, its standard error, and Student degrees of freedom.
    squared_above, se_above
        What the upper bound starts from: the squared error less the smaller of what chance adds to a calibrated
        and to a recalibrated model, and the larger of the two standard errors.
    p_value
        Of "the probabilities are calibrated".
    detectable
        The error that chance alone exceeds in 5 % of cases: smaller ones cannot be seen.
    parts
        The Brier score taken apart.
    ece, ece_by_chance
        Expected calibration error in 15 bins, and its 95 % point if calibrated.
    reliability
        The curve and its band.
    n, seed, resamples, flags
        As in `mltest.stats.estimate.Estimate`.
    """

    error: float
    low: float
    high: float
    squared: float
    se: float
    df: float
    squared_above: float
    se_above: float
    p_value: float
    detectable: float
    parts: Decomposition
    ece: float
    ece_by_chance: float
    reliability: Reliability
    n: int
    seed: int
    resamples: int = RESAMPLES
    flags: tuple[str, ...] = ()

    def bounds(self, alpha: float) -> tuple[float, float]:
        """The one-sided bounds at an error of ``alpha``."""
        q = upper_quantile(alpha, self.df)
        return _root(self.squared - q * self.se), _root(self.squared_above + q * self.se_above)

    def pvalue_at_most(self, limit: float) -> float:
        """P-value of "the error is at most the limit"."""
        distance = self.squared - limit**2
        if self.se == 0:
            return 1.0 if distance <= 0 else 0.0
        return max(self.p_value, student_tail(distance / self.se, self.df))


def lack_of(p: npt.ArrayLike, y: npt.ArrayLike, sample_weight: npt.ArrayLike | None = None) -> str | None:
    """Why calibration cannot be judged on these rows, or None.

    Examples
    --------
    >>> lack_of([0.2, 0.4], [0, 1])
    '2 rows; calibration needs at least 100'
    """
    stated, hit = column(p, "probabilities"), truths(y, "labels")
    units = prepare(len(stated), sample_weight)
    stated, hit = units.take(stated), units.take(hit)
    if units.n < MINIMUM_ROWS:
        return f"{units.n} rows; calibration needs at least {MINIMUM_ROWS}"
    if hit.all() or not hit.any():
        return "all rows are of one class"
    if (stated == stated[0]).all():
        return f"the stated probability is {stated[0]:g} everywhere"
    return None


def calibration(
    p: npt.ArrayLike,
    y: npt.ArrayLike,
    sample_weight: npt.ArrayLike | None = None,
    groups: npt.ArrayLike | None = None,
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Calibration:
    """The calibration error of stated probabilities, beside what chance alone would do.

    Parameters
    ----------
    p
        Stated probability of a hit.
    y
        Whether it was one.
    sample_weight, groups
        As in `mltest.stats.proportion.proportion`. Resampled outcomes are independent also within
        clusters (flag ``independent_resampling``); the lower bound honours them.
    seed
        Of the resampling.
    resamples
        How many sets of outcomes are drawn from the stated probabilities.

    Returns
    -------
    Calibration

    Notes
    -----
    Miscalibration is the part of the Brier score that an isotonic recalibration would remove. Outcomes
    drawn from the stated probabilities themselves tell how much of it chance makes. The lower bound takes
    the row-wise differences of both losses as influence values. With more than 4096 distinct probabilities
    the test works on as many narrow cells at their mean.

    For the upper bound 200 sets of outcomes are drawn from the recalibrated probabilities: they tell how much chance
    adds, and how much it varies, for a model that is as far off as this one seems to be.

    References
    ----------
    Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118,
    e2016191118. Broecker and Smith (2007), Weather and Forecasting 22, 651-661.

    Examples
    --------
    >>> p = np.linspace(0.05, 0.95, 400)
    >>> y = np.random.default_rng(1).random(400) < p
    >>> found = calibration(p, y, seed=1)
    >>> found.p_value > 0.05, found.error < found.detectable
    (True, True)
    """
    stated = column(p, "probabilities")
    hit = truths(y, "labels", len(stated))
    units = prepare(len(stated), sample_weight, groups)
    stated, hit = units.take(stated), units.take(hit)
    cells = cells_of(stated, hit, units.weight, MOST_CELLS)
    ours = _miscalibration(cells, cells.hits[None, :])[0]
    bins, curve = cells.bins(ECE_BINS), cells.bins(CURVE_BINS)
    rng = np.random.Generator(np.random.PCG64(seed))
    chance = [
        (_miscalibration(cells, hits), _ece(cells, hits, bins), _shares(cells, hits, curve))
        for hits in _resampled(cells, cells.stated, units, rng, resamples)
    ]
    errors, eces, shares = (np.concatenate([part[at] for part in chance]) for at in range(3))
    beyond = ours - float(errors.mean())
    se, df = _standard_error(cells, hit, units)
    added, spread = _if_recalibrated(cells, units, rng)
    above, se_above = ours - min(float(errors.mean()), added), max(se, spread)
    return Calibration(
        error=_root(beyond),
        low=_root(beyond - upper_quantile(ALPHA, df) * se),
        high=_root(above + upper_quantile(ALPHA, df) * se_above),
        squared=beyond,
        se=se,
        df=df,
        squared_above=above,
        se_above=se_above,
        p_value=(int(np.count_nonzero(errors >= ours)) + 1) / (resamples + 1),
        detectable=_root(float(np.quantile(errors, 1 - ALPHA) - errors.mean())),
        parts=corp(stated, hit, units.weight),
        ece=float(_ece(cells, cells.hits[None, :], bins)[0]),
        ece_by_chance=float(np.quantile(eces, 1 - ALPHA)),
        reliability=_reliability(cells, curve, shares),
        n=units.n,
        seed=seed,
        resamples=resamples,
        flags=("independent_resampling",) if units.group is not None else (),
    )


def _if_recalibrated(cells: Cells, units: Units, rng: np.random.Generator) -> tuple[float, float]:
    """What chance adds to the miscalibration if the isotonic fit is the truth, and its standard deviation."""
    truth = np.clip(isotonic(cells.hits, cells.weight), 0.0, 1.0)
    drawn = np.concatenate(
        [_miscalibration(cells, hits) for hits in _resampled(cells, truth, units, rng, RECALIBRATED)]
    )
    off = float(cells.weight @ (cells.stated - truth) ** 2 / cells.total)
    return float(drawn.mean()) - off, float(drawn.std(ddof=1))


def _resampled(
    cells: Cells, truth: FloatArray, units: Units, rng: np.random.Generator, resamples: int
) -> Iterator[FloatArray]:
    """The hits of each cell in sets of outcomes drawn from these probabilities, a chunk of sets at a time."""
    by_cell = units.weight is None
    step = max(1, _CHUNK // (len(cells.stated) if by_cell else units.n))
    counts = cells.weight.astype(np.int64)
    order = np.argsort(cells.place, kind="stable")
    starts = np.flatnonzero(np.diff(cells.place[order], prepend=-1))
    for first in range(0, resamples, step):
        sets = min(step, resamples - first)
        if units.weight is not None:
            drawn = rng.random((sets, units.n)) < truth[cells.place[order]]
            yield np.add.reduceat(drawn * units.weight[order], starts, axis=1)
        elif len(counts) == units.n:
            yield (rng.random((sets, units.n)) < truth).astype(np.float64)
        else:
            yield rng.binomial(counts, truth, (sets, len(counts))).astype(np.float64)


def _miscalibration(cells: Cells, hits: FloatArray) -> FloatArray:
    """What an isotonic fit takes off the Brier score, for each set of outcomes."""
    sets, size = hits.shape
    row = np.repeat(np.arange(sets), size)
    weight = np.broadcast_to(cells.weight, hits.shape).ravel()
    sums, weights, rows, _ = pooled(hits.ravel(), weight, row, np.ones(sets * size))
    fitted = np.bincount(rows, sums * sums / weights, sets)
    return np.asarray((cells.weight @ cells.stated**2 - 2 * hits @ cells.stated + fitted) / cells.total)


def _ece(cells: Cells, hits: FloatArray, starts: IntArray) -> FloatArray:
    distance = np.add.reduceat(hits - cells.weight * cells.stated, starts, axis=1)
    return np.asarray(np.abs(distance).sum(axis=1) / cells.total)


def _shares(cells: Cells, hits: FloatArray, starts: IntArray) -> FloatArray:
    return np.asarray(np.add.reduceat(hits, starts, axis=1) / np.add.reduceat(cells.weight, starts))


def _standard_error(cells: Cells, hit: npt.NDArray[np.bool_], units: Units) -> tuple[float, float]:
    """Of the estimated miscalibration: how much more each row loses than after the isotonic fit."""
    fitted = isotonic(cells.hits, cells.weight)[cells.place]
    gain = (cells.stated[cells.place] - hit) ** 2 - (fitted - hit) ** 2
    each = units.contributions(gain - units.mean(gain))
    df = float(max(units.groups - 1, 1))
    return math.sqrt(float((each**2).sum()) * units.groups / df), df


def _reliability(cells: Cells, starts: IntArray, shares: FloatArray) -> Reliability:
    weight = np.add.reduceat(cells.weight, starts)
    low, high = np.quantile(shares, (ALPHA / 2, 1 - ALPHA / 2), axis=0)
    return Reliability(
        stated=np.asarray(np.add.reduceat(cells.weight * cells.stated, starts) / weight),
        observed=np.asarray(np.add.reduceat(cells.hits, starts) / weight),
        low=low,
        high=high,
    )


def _root(value: float) -> float:
    return math.sqrt(max(0.0, value))
