from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.tree import DecisionTreeRegressor

from mltest.stats.multiplicity import holm
from mltest.stats.sliced_excess import excess, excess_pvalue
from mltest.stats.sliced_tree import Feature, weak_nodes


@given(st.integers(0, 2**32 - 1))
def test_the_same_leaves_as_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(400, 3))
    losses = (rng.random(400) < 0.1 + 0.5 * (x[:, 1] > 0.3) * (x[:, 2] < 0)).astype(float)
    tree = DecisionTreeRegressor(max_depth=2, min_samples_leaf=40).fit(x, losses)
    leaf = tree.apply(x)
    features = [Feature(column) for column in x.T]
    ours = {
        tuple(np.flatnonzero(np.logical_and.reduce([cut.holds(features[cut.feature]) for cut in node.cuts])))
        for node in weak_nodes(features, losses, least=40)
    }
    weak = {tuple(np.flatnonzero(leaf == at)) for at in np.unique(leaf) if losses[leaf == at].mean() > losses.mean()}
    assert weak <= ours


def test_labels_are_parted_by_their_losses_and_not_by_their_names():
    codes = np.tile(np.arange(4), 100)
    feature = Feature(codes, ("a", "b", "c", "d"))
    node = weak_nodes([feature], np.isin(codes, [0, 2]).astype(float), least=50, depth=1)[0]
    assert (node.cuts[0].codes, node.excess) == ((0, 2), 0.5)


def test_a_crossed_weakness_is_found_within_two_splits():
    rng = np.random.default_rng(0)
    region, age = rng.integers(0, 3, 3000), rng.uniform(20, 80, 3000)
    losses = ((region == 1) & (age > 60)).astype(float)
    worst = weak_nodes([Feature(region, ("n", "s", "e")), Feature(age)], losses, least=100)[0]
    numbers = next(cut for cut in worst.cuts if cut.feature == 1)
    assert {cut.feature for cut in worst.cuts} == {0, 1}
    assert abs(numbers.threshold - 60) < 0.2
    assert worst.excess == pytest.approx(1 - losses.mean(), abs=0.02)


def test_missing_numbers_go_with_the_upper_side():
    values = np.r_[np.arange(100.0), np.full(100, np.nan)]
    node = weak_nodes([Feature(values)], np.isnan(values).astype(float), least=50, depth=1)[0]
    assert not node.cuts[0].below
    assert node.cuts[0].holds(Feature(values)).tolist() == np.isnan(values).tolist()


def test_nothing_to_find():
    x = Feature(np.arange(200.0))
    assert weak_nodes([x], np.zeros(200), least=20) == []
    assert weak_nodes([x], np.full(200, 0.1), least=20) == []
    assert weak_nodes([x], np.r_[np.zeros(199), 1.0], least=101) == []
    assert weak_nodes([Feature(np.zeros(200))], np.arange(200.0), least=20) == []


def test_weights_count_as_repeated_rows():
    rng = np.random.default_rng(1)
    x, losses, weight = rng.normal(size=300), rng.random(300), rng.integers(1, 4, 300)
    losses[x > 0.5] += 1
    weighted = weak_nodes([Feature(x)], losses, weight.astype(float), least=1, depth=1)[0]
    repeated = weak_nodes([Feature(np.repeat(x, weight))], np.repeat(losses, weight), least=1, depth=1)[0]
    assert weighted.cuts == repeated.cuts
    assert weighted.excess == pytest.approx(repeated.excess, rel=1e-12)


def test_known_p_value_of_an_excess():
    """statistics.md section 8: not failed once it is the smallest of ten."""
    p = excess_pvalue(0.12, 0.03, 80, margin=0.05)
    assert p == pytest.approx(0.0110713009, rel=1e-8)
    assert min(holm([p, *[0.5] * 9])) == pytest.approx(0.110713009, rel=1e-8)


def test_excess_is_welchs_test():
    from scipy import stats

    rng = np.random.default_rng(2)
    inside, rest = rng.gamma(2, size=80), rng.gamma(1.5, size=300)
    found = excess(inside, rest)
    expected = stats.ttest_ind(inside, rest, equal_var=False, alternative="greater").pvalue
    assert found.pvalue == pytest.approx(expected, rel=1e-9)
    assert (found.inside, found.rest) == pytest.approx((inside.mean(), rest.mean()))
    assert excess([0.0] * 50, [1.0] * 50) is None
    assert excess([1.0, 2.0], rest) is None
