"""Rows, weights and clusters made ready: checked once, rows of weight zero left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mltest.errors import UsageError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]
_Scalar = TypeVar("_Scalar", bound=np.generic)

MINIMUM_GROUPS = 5


@dataclass(frozen=True, slots=True)
class Units:
    """The independent units of a sample."""

    n: int
    groups: int
    clustered: bool
    keep: BoolArray | None
    weight: FloatArray | None
    group: IntArray | None

    @property
    def plain(self) -> bool:
        """No unequal weights and no cluster of two or more rows."""
        return self.weight is None and self.group is None

    @property
    def n_groups(self) -> int | None:
        """The number of clusters, None if rows are the units."""
        return self.groups if self.clustered else None

    def take(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """The rows whose weight is not zero."""
        return values if self.keep is None else values[self.keep]

    def mean(self, values: npt.NDArray[Any]) -> float:
        """Weighted mean of kept rows."""
        if self.weight is None:
            return float(values.mean(dtype=np.float64))
        return float((self.weight * values).sum() / self.weight.sum())

    def contributions(self, deviations: FloatArray) -> FloatArray:
        """What each unit adds to the weighted mean of the deviations."""
        each = deviations / self.n if self.weight is None else self.weight * deviations / self.weight.sum()
        return each if self.group is None else summed(self.group, each, self.groups)

    def effective(self, rows: BoolArray | None = None) -> float:
        """(sum W)^2 / sum W^2 over the unit weights W, of all rows or of some."""
        weight = self.weight
        if weight is None and self.group is None:
            return float(self.n if rows is None else np.count_nonzero(rows))
        weight = np.ones(self.n) if weight is None else weight
        if rows is not None:
            weight = np.where(rows, weight, 0.0)
        if self.group is not None:
            weight = summed(self.group, weight, self.groups)
        return float(weight.sum() ** 2 / (weight**2).sum())

    def holding(self, rows: BoolArray) -> int:
        """How many units hold at least one of the rows."""
        if self.group is None:
            return int(np.count_nonzero(rows))
        return int(np.count_nonzero(np.bincount(self.group[rows], minlength=self.groups)))


def column(values: npt.ArrayLike, name: str, length: int | None = None, *, infinite: bool = False) -> FloatArray:
    """A one-dimensional float64 array without NaN (and without infinities, unless allowed).

    Parameters
    ----------
    values
        One number a row.
    name
        What to call the values in an error.
    length
        Rows there must be.
    infinite
        Whether infinities may stand.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    mltest.errors.UsageError
        If the values are not numbers, have another shape or length, or are not finite.

    Examples
    --------
    >>> column([1, 2], "loss")
    array([1., 2.])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{name} must be numbers, got {np.asarray(values).dtype}") from error
    _shaped(array, name, length)
    bad = np.isnan(array) if infinite else ~np.isfinite(array)
    if bad.any():
        _refuse(array, bad, name, "numbers" if infinite else "finite numbers")
    return array


def truths(values: npt.ArrayLike, name: str, length: int | None = None) -> BoolArray:
    """A one-dimensional bool array; zeros and ones are taken as False and True.

    Parameters
    ----------
    values
        One of False, True, 0, 1 a row.
    name
        What to call the values in an error.
    length
        Rows there must be.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    mltest.errors.UsageError
        If there is any other value, or another shape or length.

    Examples
    --------
    >>> truths([1, 0], "y_true")
    array([ True, False])
    """
    array = np.asarray(values)
    if array.dtype != np.bool_:
        numbers = column(array, name, length)
        bad = (numbers != 0) & (numbers != 1)
        if bad.any():
            _refuse(numbers, bad, name, "True or False (or 1 and 0)")
        array = numbers == 1
    _shaped(array, name, length)
    return array


def prepare(n: int, sample_weight: npt.ArrayLike | None = None, groups: npt.ArrayLike | None = None) -> Units:
    """The units of n rows. Equal weights and singleton groups change nothing, so they are dropped.

    Parameters
    ----------
    n
        Rows.
    sample_weight
        Finite, not negative, not all zero.
    groups
        Which cluster each row belongs to.

    Returns
    -------
    Units

    Raises
    ------
    mltest.errors.UsageError
        For weights or groups that do not fit.

    Examples
    --------
    >>> prepare(3, sample_weight=[1.0, 0.0, 2.0]).n
    2
    """
    weight, keep = _weights(sample_weight, n)
    kept = n if keep is None else int(np.count_nonzero(keep))
    if groups is None:
        return Units(n=kept, groups=kept, clustered=False, keep=keep, weight=weight, group=None)
    labels = np.asarray(groups)
    _shaped(labels, "groups", n)
    if labels.dtype.kind == "f":
        column(labels, "groups")
    codes, count = dense(labels if keep is None else labels[keep])
    group = None if count == kept else codes
    return Units(n=kept, groups=count, clustered=True, keep=keep, weight=weight, group=group)


def rows_of(values: npt.ArrayLike | None, rows: BoolArray, name: str) -> npt.NDArray[Any] | None:
    """The values at some rows; None stays None.

    Parameters
    ----------
    values
        One a row, or None.
    rows
        Which rows.
    name
        What to call the values in an error.

    Returns
    -------
    numpy.ndarray or None

    Raises
    ------
    mltest.errors.UsageError
        If the lengths differ.

    Examples
    --------
    >>> rows_of([5, 6], np.array([False, True]), "groups")
    array([6])
    """
    if values is None:
        return None
    array = np.asarray(values)
    _shaped(array, name, len(rows))
    return array[rows]


def within(
    rows: BoolArray, sample_weight: npt.ArrayLike | None, groups: npt.ArrayLike | None
) -> tuple[BoolArray, npt.NDArray[Any] | None, npt.NDArray[Any] | None]:
    """Some rows, less those of weight zero, with their weights and clusters.

    Parameters
    ----------
    rows
        Which rows.
    sample_weight, groups
        Of all rows; checked over all of them.

    Returns
    -------
    rows, sample_weight, groups

    Raises
    ------
    mltest.errors.UsageError
        For weights or groups that do not fit.

    Examples
    --------
    >>> within(np.array([False, True, True]), [1.0, 2.0, 0.0], None)[:2]
    (array([False,  True, False]), array([2.]))
    """
    keep = prepare(len(rows), sample_weight, groups).keep
    inside = rows if keep is None else rows & keep
    return inside, rows_of(sample_weight, inside, "sample_weight"), rows_of(groups, inside, "groups")


def summed(codes: IntArray, values: FloatArray, count: int) -> FloatArray:
    """The sum of the values of each code 0 to count - 1.

    Parameters
    ----------
    codes, values
        One of each a row.
    count
        Codes there are.

    Returns
    -------
    numpy.ndarray

    Examples
    --------
    >>> summed(np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0]), 2)
    array([4., 2.])
    """
    return np.asarray(np.bincount(codes, values, count), dtype=np.float64)


def dense(labels: npt.NDArray[Any]) -> tuple[IntArray, int]:
    """Codes 0, 1, ... of the labels and how many there are.

    Parameters
    ----------
    labels
        One-dimensional.

    Returns
    -------
    codes, count

    Examples
    --------
    >>> dense(np.array(["b", "a", "b"]))[1]
    2
    """
    if labels.dtype.kind in "OUST":
        # hashing beats sorting strings several times over
        items = labels.tolist()
        place = {label: code for code, label in enumerate(dict.fromkeys(items))}
        return np.fromiter(map(place.__getitem__, items), np.int64, len(items)), len(place)
    if labels.dtype.kind in "iub" and labels.size:
        low, high = int(labels.min()), int(labels.max())
        if high - low <= 4 * labels.size:
            shifted = labels.astype(np.int64) - low
            used = np.bincount(shifted, minlength=high - low + 1) > 0
            return (np.cumsum(used) - 1)[shifted], int(used.sum())
    _, codes = np.unique(labels, return_inverse=True)
    return codes.astype(np.int64), int(codes.max()) + 1 if codes.size else 0


def _weights(sample_weight: npt.ArrayLike | None, n: int) -> tuple[FloatArray | None, BoolArray | None]:
    if sample_weight is None:
        return None, None
    weight = column(sample_weight, "sample_weight", n)
    negative = weight < 0
    if negative.any():
        _refuse(weight, negative, "sample_weight", "zero or more")
    positive = weight > 0
    keep = None if positive.all() else positive
    weight = weight[positive] if keep is not None else weight
    if n and not weight.size:
        raise UsageError(f"all {n} values of sample_weight are zero; at least one must be positive")
    # the scale is arbitrary: dividing by the largest keeps squares and cubes in range
    return (None, keep) if (weight == weight[:1]).all() else (weight / weight.max(), keep)


def _shaped(array: npt.NDArray[Any], name: str, length: int | None) -> None:
    if array.ndim != 1:
        raise UsageError(f"{name} must have one dimension, got shape {array.shape}")
    if length is not None and len(array) != length:
        raise UsageError(f"{name} has {len(array)} rows, the other columns have {length}")


def _refuse(array: npt.NDArray[Any], bad: BoolArray, name: str, allowed: str) -> None:
    first = int(np.argmax(bad))
    count = int(np.count_nonzero(bad))
    where = f"first {array[first]} at index {first}"
    raise UsageError(f"{name} must be {allowed}; {count} of {len(array)} are not, {where}")
