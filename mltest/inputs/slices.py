"""The rows of a table by the values of one column, or of several crossed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError
from mltest.inputs.slices_coding import coded_column
from mltest.inputs.tables import read
from mltest.inputs.texts import smallest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Slices", "slices", "slices_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Slices:
    """Every row of a table in one slice.

    Attributes
    ----------
    columns : tuple of str
        The columns that were cut or crossed.
    labels : tuple of str
        ``region=north``, or ``region=north, income=[20.5, 31.0)`` where crossed; each has rows.
    codes : array of shape (n,)
        For each row the place of its slice in ``labels``, in the smallest unsigned type.
    sizes : array of int
        How many rows each slice has.
    demanded : tuple of str
        The slices that a reference has and this table should have too.
    """

    columns: tuple[str, ...]
    labels: tuple[str, ...]
    codes: NDArray[Any]
    sizes: NDArray[np.intp]
    demanded: tuple[str, ...] = ()

    def rows(self) -> list[NDArray[np.intp]]:
        """The rows of each slice, in the order of the table."""
        order = np.argsort(self.codes, kind="stable")
        return np.split(order, np.cumsum(self.sizes)[:-1])


def slices(table: Any, by: str | Sequence[str]) -> list[tuple[str, NDArray[np.intp]]]:
    """The label and the rows of each slice: ``region=north``, or ``region=north, tenure=3`` where crossed.

    Slices come in the order of their values, rows in the order of the table; missing values are a slice of
    their own, the last. Combinations that no row has are left out. A column of measurements (more than 20
    different numbers, some with fractions) is cut at its quartiles: ``income=[20.5, 31.0)``.
    """
    made = slices_of(table, [by] if isinstance(by, str) else list(by))
    return list(zip(made.labels, made.rows(), strict=True))


def slices_of(
    table: Any, names: Sequence[str], *, parts: Mapping[str, int] | None = None, reference: Any = None
) -> Slices:
    """The slice of every row.

    Parameters
    ----------
    table : table
        As in ``read``.
    names : sequence of str
        The columns; several are crossed.
    parts : mapping of str to int, optional
        Into how many parts of equal counts a column of numbers is cut; four by default, and then only one of
        measurements.
    reference : table, optional
        The rows whose quantiles are the cuts; those of ``table`` by default.

    Raises
    ------
    UsageError
        Without a table or a column, for columns named twice, or parts of what are no numbers.
    """
    if not names or len(set(names)) < len(names):
        msg = f"by={names!r}: give a column name, or several different ones"
        raise UsageError(msg)
    if table is None:
        msg = f"by={', '.join(names)!r}: there is no table to take the column from; give table= to mltest.Evaluation"
        raise UsageError(msg)
    rows, behind = read(table), None if reference is None else read(reference, "reference")
    codes, sizes = np.zeros(rows.rows, dtype=np.uint8), np.array([rows.rows])
    labels, known = [""], list[tuple[str, ...]]()
    for name in names:
        (own, values), there = coded_column(rows, name, (parts or {}).get(name), behind)
        known += [] if there is None else [there]
        codes, labels, sizes = _crossed(codes, labels, own, [f"{name}={value}" for value in values])
    if behind is not None and not known:
        msg = f"by={', '.join(names)!r}: reference= says where numbers are cut, and there are none to cut"
        raise UsageError(msg)
    # a part that the reference has must have rows here too; crossed with other columns it need not
    due = tuple(f"{names[0]}={value}" for value in known[0]) if len(names) == 1 and known else ()
    return Slices(columns=tuple(names), labels=tuple(labels), codes=codes, sizes=sizes, demanded=due)


def _crossed(
    codes: NDArray[Any], labels: list[str], own: NDArray[Any], values: list[str]
) -> tuple[NDArray[Any], list[str], NDArray[np.intp]]:
    """Codes, labels and numbers of rows of the combinations that occur."""
    most = len(labels) * len(values)
    if len(labels) == 1:
        pairs = own
    else:
        pairs = codes.astype(np.min_scalar_type(most)) * np.min_scalar_type(most).type(len(values)) + own
    if most > max(len(codes), 1_000):
        found, crossed, sizes = np.unique(pairs, return_inverse=True, return_counts=True)
    else:
        sizes = np.bincount(pairs, minlength=most)
        found = np.flatnonzero(sizes)
        crossed = pairs if len(found) == most else (np.cumsum(sizes > 0) - 1)[pairs]
        sizes = sizes[found]
    named = (divmod(int(pair), len(values)) for pair in found)
    made = [", ".join(filter(None, (labels[a], values[b]))) for a, b in named]
    return smallest(crossed, len(made)), made, sizes
