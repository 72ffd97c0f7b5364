"""What a model gave back, made a checked NumPy array; or an error that names the model, the call and the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from mltest.errors import MltestError, ModelError
from mltest.inputs.columns import array_of, missing_in, values_of
from mltest.quoted import quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Answer", "as_numbers", "check_numbers", "check_probabilities", "read_answer", "refuse_rows"]

_SUM_TOLERANCE = 1e-6
_MATRIX = 2


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One value a row (n,) or one column a class (n, k); ``columns`` names them where it was a table."""

    values: NDArray[Any]
    columns: tuple[str, ...] | None = None


def read_answer(given: Any, rows: int, who: str, error: type[MltestError] = ModelError) -> Answer:
    """Read labels, numbers or a table; refuse None, other shapes or numbers of rows, and missing values.

    ``who`` is the start of a message, up to its verb: ``LinearRegression.predict on 3 rows of test returned``.
    """
    if given is None:
        msg = f"{who} None; it must return one answer a row"
        raise error(msg)
    answer = _columns(given) or Answer(_array(given, who, error))
    values = answer.values
    if values.ndim == _MATRIX and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim not in {1, _MATRIX} or 0 in values.shape[1:]:
        msg = f"{who} shape {values.shape}; it must return ({rows},) or ({rows}, classes)"
        raise error(msg)
    if len(values) != rows:
        msg = f"{who} {len(values)} answer{'s' * (len(values) != 1)} for {rows} rows"
        raise error(msg)
    missing = missing_in(values)
    refuse_rows(np.asarray(missing.reshape(rows, -1).any(axis=1)), "NaN or None", who, error)
    return Answer(values, answer.columns)


def refuse_rows(bad: NDArray[np.bool_], what: str, who: str, error: type[MltestError] = ModelError) -> None:
    """Raise with the count of bad rows and the first of them."""
    count = int(np.count_nonzero(bad))
    if count:
        msg = f"{who} {what} in {count} of {len(bad)} rows, first in row {int(np.argmax(bad))}"
        raise error(msg)


def check_numbers(values: NDArray[Any], who: str, error: type[MltestError] = ModelError) -> NDArray[Any]:
    """Finite numbers, as a model of a numeric target must give."""
    numbers = as_numbers(values, who, error)
    if numbers.dtype.kind == "f":
        refuse_rows(~np.isfinite(numbers), "infinity", who, error)
    return numbers


def check_probabilities(values: NDArray[Any], who: str, error: type[MltestError] = ModelError) -> NDArray[Any]:
    """Rows of probabilities within 0 and 1 that sum to one, to the precision of their type."""
    numbers = as_numbers(values, who, error)
    tolerance = max(_SUM_TOLERANCE, 8 * numbers.shape[1] * float(np.finfo(numbers.dtype).eps))
    outside = ((numbers < -tolerance) | (numbers > 1 + tolerance)).any(axis=1)
    refuse_rows(outside, "a probability outside 0 to 1", who, error)
    sums = numbers.sum(axis=1)
    apart = np.abs(sums - 1) > tolerance
    if apart.any():
        refuse_rows(apart, f"probabilities that sum to {sums[int(np.argmax(apart))]:.6g} and not to 1", who, error)
    return numbers


def as_numbers(values: NDArray[Any], who: str, error: type[MltestError] = ModelError) -> NDArray[Any]:
    """Floats, from truth values, whole numbers or objects that are numbers."""
    if values.dtype.kind == "f":
        return values
    if values.dtype.kind in "biu":
        return values.astype(np.float64)
    try:
        return values.astype(np.float64)
    except (TypeError, ValueError) as cause:
        msg = f"{who} {values.dtype} values such as {quoted(repr(values.ravel()[0]))}; numbers are needed here"
        raise error(msg) from cause


def _columns(given: Any) -> Answer | None:
    try:
        frame = nw.from_native(given)
    except TypeError:
        return None
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    arrays = [values_of(eager.get_column(name)) for name in eager.columns]
    values = np.column_stack(arrays) if arrays else np.empty((len(eager), 0))
    return Answer(values, tuple(str(name) for name in eager.columns))


def _array(given: Any, who: str, error: type[MltestError]) -> NDArray[Any]:
    try:
        array = np.asarray(given) if np.ndim(given) != 1 else array_of(given, "the answer")
    except (TypeError, ValueError) as cause:
        msg = f"{who} a {type(given).__name__} that is no array: {cause}"
        raise error(msg) from cause
    return array
