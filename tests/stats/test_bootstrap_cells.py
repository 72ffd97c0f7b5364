from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import stats

from mltest.errors import UsageError
from mltest.stats.auc import delong
from mltest.stats.bootstrap import bca
from mltest.stats.bootstrap_cells import auc_of_counts, bca_cells, bca_of_order, cells_of

RNG = np.random.default_rng(4)
Y = RNG.random(3000) < 0.3
SCORE = RNG.normal(size=3000) + Y


def share(counts):
    return counts[..., 0] / counts.sum(-1)


def test_agrees_with_the_bootstrap_over_rows():
    hit = np.arange(400) < 340
    cells = bca_cells(share, [340, 60], seed=1, replicates=20_000, form="weight_matrix")
    rows = bca(lambda index: hit[index].mean(), 400, seed=1, replicates=20_000)
    assert (cells.value, cells.n, cells.method) == (0.85, 400, "bca")
    assert (cells.low, cells.high) == pytest.approx((rows.low, rows.high), abs=0.0026)


def test_each_form_gives_the_same():
    one, many = (bca_cells(share, [340, 60], seed=1, form=form) for form in ("weights", "weight_matrix"))
    assert one == many


def test_replicates_have_the_distribution_of_rows():
    seen = []
    bca_cells(lambda counts: seen.append(counts) or share(counts), [30, 20], seed=2, form="weight_matrix")
    drawn = np.concatenate([counts for counts in seen if len(counts) > 50])
    assert (drawn.sum(1) == 50).all()
    p = stats.chisquare(
        np.bincount(np.clip(drawn[:, 0], 22, 38) - 22, minlength=17),
        len(drawn) * np.diff(stats.binom(50, 0.6).cdf(np.r_[-1, np.arange(22, 38), 50])),
    ).pvalue
    assert p > 1e-3


def test_area_by_the_bootstrap_is_delongs():
    found, expected = bca_of_order(auc_of_counts, Y, SCORE, seed=3), delong(Y, SCORE)
    assert found.value == pytest.approx(expected.value, rel=1e-12)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.002)


@pytest.mark.parametrize("cells", [16, 128])
def test_few_cells_move_the_bounds_little_and_the_value_not_at_all(cells):
    coarse, fine = (bca_of_order(auc_of_counts, Y, SCORE, seed=3, cells=many) for many in (cells, 3000))
    assert coarse.value == pytest.approx(fine.value, rel=1e-12)
    assert (coarse.low, coarse.high) == pytest.approx((fine.low, fine.high), abs=0.003)


def test_tied_scores_are_exact():
    rounded = np.round(SCORE, 1)
    assert len(np.unique(rounded)) < 128
    assert bca_of_order(auc_of_counts, Y, rounded, seed=3, cells=128) == bca_of_order(
        auc_of_counts, Y, rounded, seed=3, cells=2048
    )


def test_cells_hold_all_rows_and_about_as_many():
    sizes = RNG.integers(1, 9, 10_000).astype(float)
    starts = cells_of(sizes, 100)
    held = np.add.reduceat(sizes, starts)
    assert (starts[0], held.sum(), (np.diff(starts) > 0).all()) == (0, sizes.sum(), True)
    assert len(starts) <= 100
    assert held.max() <= sizes.sum() / 100 + 9
    assert cells_of(np.array([100.0, 1, 1, 1]), 2).tolist() == [0, 1]
    assert cells_of(np.array([1.0, 1, 1, 100]), 2).tolist() == [0]


def test_memory_stays_far_below_replicates_times_rows():
    y, score = RNG.random(200_000) < 0.3, RNG.random(200_000)
    tracemalloc.start()
    bca_of_order(auc_of_counts, y, score, seed=1, replicates=200, cells=256)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4.2 * (y.nbytes + score.nbytes)


def test_edges():
    assert bca_cells(share, [20, 10], seed=1).flags == ("too_few_rows",)
    assert bca_cells(share, [60, 0], seed=1).flags == ("zero_variance",)
    assert bca_cells(share, [0, 0], seed=1).flags == ("empty",)
    assert bca_of_order(auc_of_counts, [], [], seed=1).flags == ("empty",)
    assert bca_of_order(auc_of_counts, [1] * 60, range(60), seed=1).flags == ("undefined",)
    with pytest.raises(UsageError, match="counts must be whole numbers"):
        bca_cells(share, [0.5, 2], seed=1)
    with pytest.raises(UsageError, match="replicates must be at least 100"):
        bca_cells(share, [5, 2], seed=1, replicates=9)
