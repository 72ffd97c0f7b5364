"""Random parts of labelled rows: classes in proportion, clusters whole, larger parts around smaller ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["places"]

_MOST_CLASSES = 20


def places(y: NDArray[Any], cluster: NDArray[np.int64] | None, seed: int) -> NDArray[np.float64]:
    """A place from 0 to 1 for each row: those below a share are a random part of that share.

    The rows of a class are spread evenly, so that every part has the classes in proportion; the rows of a
    cluster have one place, so that no part cuts it. A larger share holds the rows of a smaller one.

    Examples
    --------
    >>> y = np.array([0] * 80 + [1] * 20)
    >>> part = places(y, None, 1) < 0.25
    >>> int(part[y == 0].sum()), int(part[y == 1].sum())
    (20, 5)
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    if cluster is not None:
        _, codes = np.unique(cluster, return_inverse=True)
        return np.asarray(_spread(int(codes.max()) + 1, rng)[codes])
    out = np.empty(len(y))
    for rows in _strata(y):
        out[rows] = _spread(len(rows), rng)
    return out


def _spread(count: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """One place in each of ``count`` equal intervals, in random order."""
    return np.asarray((rng.permutation(count) + rng.random()) / count)


def _strata(y: NDArray[Any]) -> list[NDArray[np.intp]]:
    """The rows of each class; all rows where the target has many values, or several to a row."""
    if y.ndim > 1:
        return [np.arange(len(y))]
    labels = list(dict.fromkeys(y.tolist()))
    if len(labels) > _MOST_CLASSES:
        return [np.arange(len(y))]
    return [np.flatnonzero(y == label) for label in labels]
