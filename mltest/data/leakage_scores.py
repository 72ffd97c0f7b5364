"""How well one feature alone tells the target: cross-fitted means of cells, scored by AUROC or R2."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.data.leakage_cells import FOLDS, LEAST_IN_CLASS, Codes, Floats, Target
from mltest.stats.delta import from_influence
from mltest.stats.estimate import Bounds, Estimate, estimated, unsettled
from mltest.stats.proportion import clopper_pearson
from mltest.stats.scale import scaled_bounds

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["score"]

SMOOTHING = 10
_RARE_ERRORS = 2
_LEAST_ROWS = 50


def score(cells: Codes, n_cells: int, target: Target) -> Estimate:
    """The cross-fitted AUROC (macro one-vs-rest) or R2 of one feature, with its interval."""
    if target.ranks is not None:
        return _r2(cells, n_cells, target.fold, target.ranks)
    return _auroc(cells, n_cells, target)


def _smoothed(sums: Floats, rows: Floats) -> Floats:
    """Target mean of each cell outside each fold, drawn towards the mean of all by ten rows' worth."""
    sums_out, rows_out = sums.sum(axis=0) - sums, rows.sum(axis=0) - rows
    mean = sums_out.sum(axis=1, keepdims=True) / rows_out.sum(axis=1, keepdims=True)
    return np.asarray((sums_out + SMOOTHING * mean) / (rows_out + SMOOTHING))


def _table(place: Codes, n_cells: int, weights: Floats | None = None) -> Floats:
    """Rows, or the sum of a weight, of each fold and cell."""
    counted = np.bincount(place, weights=weights, minlength=FOLDS * n_cells)
    return counted.reshape(FOLDS, n_cells).astype(np.float64)


def _r2(cells: Codes, n_cells: int, fold: Codes, ranks: Floats) -> Estimate:
    n = len(ranks)
    if n < _LEAST_ROWS:
        return unsettled(None, "too_few_rows", f"{n} rows; {_LEAST_ROWS} are needed", method="crossfit_r2", n=n)
    place = fold * n_cells + cells
    expected = _smoothed(_table(place, n_cells, ranks), _table(place, n_cells)).ravel()[place]
    loss, spread = (ranks - expected) ** 2, (ranks - ranks.mean()) ** 2
    ratio = float(loss.mean() / spread.mean())
    phi = -ratio * (loss / loss.mean() - spread / spread.mean())
    return from_influence(1 - ratio, phi, "log_complement", method="crossfit_r2")


def _auroc(cells: Codes, n_cells: int, target: Target) -> Estimate:
    method, n, sizes = "crossfit_delong_logit", len(cells), target.sizes
    kept = [at for at, size in enumerate(sizes) if LEAST_IN_CLASS <= size <= n - LEAST_IN_CLASS]
    if not kept or (len(sizes) == 2 and len(kept) < 2):
        rare = int(np.argmin(sizes))
        detail = f"class {target.names[rare]} has {sizes[rare]} rows; {LEAST_IN_CLASS} are needed"
        if len(sizes) == 1:
            detail = "the target has one class only"
        return unsettled(None, "too_few_rows", detail, method=method, n=n)
    kept = kept[1:] if len(sizes) == 2 else kept
    place = cells + n_cells * target.fold
    rows = _table(place, n_cells)
    classes = np.stack([_table(place[target.codes == at], n_cells) for at in kept])
    folds = [_fold_auroc(rows[at], classes[:, at], _scores(rows, classes)[:, at]) for at in range(FOLDS)]
    value = float(np.mean([area for area, _ in folds]))
    se = math.sqrt(sum(variance for _, variance in folds)) / FOLDS
    k = min(min(int(sizes[at]), n - int(sizes[at])) for at in kept)
    left_out = len(sizes) - len(kept) if len(sizes) > 2 else 0
    return estimated(
        value,
        _guarded(value, se, k),
        method=method,
        n=n,
        detail=f"{left_out} classes of fewer than {LEAST_IN_CLASS} rows left out" if left_out else None,
    )


def _scores(rows: Floats, classes: Floats) -> Floats:
    return np.stack([_smoothed(counted, rows) for counted in classes])


def _fold_auroc(rows: Floats, classes: Floats, scores: Floats) -> tuple[float, float]:
    """Macro AUROC of one fold and its variance, from counts of cells: no row is sorted.

    The influence of a row depends on its cell and on its own class alone, so that sums over cells do.
    """
    each = [_one_against_rest(rows, *pair) for pair in zip(classes, scores, strict=True)]
    areas, own, other = zip(*each, strict=True)
    n, n_classes = rows.sum(), len(classes)
    base = np.sum(other, axis=0) / n_classes
    total = np.zeros(())
    for counted, mine, rest in zip(classes, own, other, strict=True):
        total = total + (counted * (base + (mine - rest) / n_classes) ** 2).sum()
    total = total + ((rows - classes.sum(axis=0)) * base**2).sum()
    return float(np.mean(areas)), float(total / n / max(n - 1, 1))


def _one_against_rest(rows: Floats, positives: Floats, scores: Floats) -> tuple[float, Floats, Floats]:
    """AUROC, and for each cell the influence of a positive and of a negative row in it."""
    negatives = rows - positives
    m, n, total = positives.sum(), negatives.sum(), rows.sum()
    values, tied = np.unique(scores, return_inverse=True)
    above = _share_beyond(np.bincount(tied, positives, len(values))[::-1])[::-1][tied] / m
    below = _share_beyond(np.bincount(tied, negatives, len(values)))[tied] / n
    area = float((positives * below).sum() / m)
    return area, total / m * (below - area), total / n * (above - area)


def _share_beyond(counts: NDArray[Any]) -> Floats:
    """For each group the counts before it, and half of its own."""
    return np.asarray(np.cumsum(counts) - counts / 2)


def _guarded(value: float, se: float, k: int) -> Bounds:
    """Logit bounds; where errors are too rare for them, the binomial ones of the k pairs that share no row."""
    plain = scaled_bounds(value, se / (value * (1 - value)), "logit") if se > 0 and 0 < value < 1 else None
    rare = k * min(value, 1 - value) < _RARE_ERRORS

    def bounds(alpha: float) -> tuple[float | None, float | None]:
        if plain is not None and not rare:
            return plain(alpha)
        low, high = (float(bound) for bound in clopper_pearson(value * k, k, alpha))
        if plain is None:
            return low, high
        lower, upper = plain(alpha)
        return min(low, lower or 0.0), max(high, 1.0 if upper is None else upper)

    return bounds
