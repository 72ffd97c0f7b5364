"""Part of `assert_learns`: labels in an order that has nothing to do with the features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["permuted"]

_MOVING = 0.8
_MINIMUM_CLUSTERS = 5


def permuted(y: NDArray[Any], cluster: NDArray[np.int64] | None, rng: np.random.Generator) -> NDArray[Any]:
    """The labels in random order; with clusters, whole clusters change their labels.

    Where every cluster has one label, the labels of the clusters are permuted; else whole blocks of labels
    change places among the clusters of equal size.
    """
    if cluster is None:
        return y[rng.permutation(len(y))]
    _, first, codes = np.unique(cluster, return_index=True, return_inverse=True)
    if len(first) < _MINIMUM_CLUSTERS:
        raise UsageError(
            f"cluster= makes {len(first)} clusters; training rows and test rows need at least {_MINIMUM_CLUSTERS} each"
        )
    labels = y[first]
    if bool(np.all(labels[codes] == y)):
        return np.asarray(labels[rng.permutation(len(labels))][codes])
    return _blocks(y, codes, rng)


def _blocks(y: NDArray[Any], codes: NDArray[np.intp], rng: np.random.Generator) -> NDArray[Any]:
    """Each cluster gets the labels of a cluster of its size, in their order."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    starts = np.cumsum(sizes) - sizes
    out, moved = y.copy(), 0
    for size in np.unique(sizes):
        members = np.flatnonzero(sizes == size)
        moved += int(size) * len(members) if len(members) > 1 else 0
        rows = order[starts[members][:, None] + np.arange(size)]
        out[rows] = y[rows[rng.permutation(len(members))]]
    if moved < _MOVING * len(y):
        raise UsageError(
            f"cluster=: labels vary within clusters, and only {moved} of {len(y)} rows lie in clusters that share "
            "their size with another, so that they cannot be permuted; give clusters of equal size or of one label each"
        )
    return out
