"""When two numbers agree: named tolerances, and the distance of two floats in units in the last place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mltest.errors import UsageError, nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TOLERANCES", "Tolerance", "agree", "looser", "tolerance_of", "ulp_distance", "ulp_distances"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Two numbers agree where ``|a - b| <= atol + rtol * max(|a|, |b|)``.

    Parameters
    ----------
    name : str
        What it is called in a demand.
    rtol, atol : float
        Relative and absolute part; both 0 for ``bitwise``, which compares bit patterns.

    Examples
    --------
    >>> tolerance_of("float32").rtol
    1e-05
    """

    name: str
    rtol: float
    atol: float


TOLERANCES = {
    known.name: known
    for known in (
        Tolerance(name="bitwise", rtol=0.0, atol=0.0),
        Tolerance(name="float64", rtol=1e-9, atol=1e-12),
        Tolerance(name="float32", rtol=1e-5, atol=1e-6),
        Tolerance(name="float16", rtol=1e-3, atol=1e-4),
        Tolerance(name="bfloat16", rtol=1.6e-2, atol=1e-3),
    )
}


def tolerance_of(name: object) -> Tolerance:
    """The tolerance of that name.

    Raises
    ------
    UsageError
        Where there is none; the message lists them and names the nearest.

    Examples
    --------
    >>> tolerance_of("float46")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    mltest.UsageError: tolerance='float46': allowed are bitwise, ..., bfloat16; nearest is 'float64'
    """
    if isinstance(name, str) and name in TOLERANCES:
        return TOLERANCES[name]
    close = nearest(name, TOLERANCES) if isinstance(name, str) else ""
    msg = f"tolerance={name!r}: allowed are {', '.join(TOLERANCES)}{close}"
    raise UsageError(msg)


def looser(a: Tolerance, b: Tolerance) -> Tolerance:
    """The one that lets more pass.

    Examples
    --------
    >>> looser(tolerance_of("bitwise"), tolerance_of("float32")).name
    'float32'
    """
    return a if a.rtol >= b.rtol else b


def agree(a: NDArray[Any], b: NDArray[Any], tolerance: Tolerance) -> NDArray[np.bool_]:
    """Where two arrays of numbers agree; NaN agrees with NaN, an infinity with the same infinity.

    Examples
    --------
    >>> a, b = np.array([1.0, np.nan, np.inf]), np.array([1.0 + 1e-10, np.nan, -np.inf])
    >>> agree(a, b, tolerance_of("float64")).tolist()
    [True, True, False]
    """
    if tolerance.name == "bitwise":
        return _same_bits(a, b)
    if a.dtype.kind in "biu" and b.dtype.kind in "biu":
        return np.asarray(a == b)  # whole numbers are exact, also beyond 2**53
    x, y = a.astype(np.float64), b.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.abs(x - y) <= tolerance.atol + tolerance.rtol * np.maximum(np.abs(x), np.abs(y))
    finite = np.isfinite(x) & np.isfinite(y)
    return np.asarray(np.where(finite, near, (x == y) | (np.isnan(x) & np.isnan(y))))


def _same_bits(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.bool_]:
    if a.dtype != b.dtype:
        return np.zeros(a.shape, dtype=bool)
    if a.dtype.kind != "f" or a.dtype.itemsize not in _WIDTHS:
        return np.asarray(a == b)
    width = _WIDTHS[a.dtype.itemsize]
    return np.asarray(np.ascontiguousarray(a).view(width) == np.ascontiguousarray(b).view(width))


_WIDTHS: dict[int, type[np.unsignedinteger[Any]]] = {2: np.uint16, 4: np.uint32, 8: np.uint64}


def ulp_distance(a: Any, b: Any) -> int | None:
    """How many floats lie from ``a`` to ``b``; ``None`` where one of them is NaN.

    Examples
    --------
    >>> ulp_distance(0.1 + 0.2, 0.3), ulp_distance(-5e-324, 5e-324), ulp_distance(1.0, float("nan"))
    (1, 2, None)
    >>> ulp_distance(np.float32(1), np.float32(2))
    8388608
    """
    x, y = np.asarray(a), np.asarray(b)
    if np.isnan(x) or np.isnan(y):
        return None
    return int(ulp_distances(np.atleast_1d(x), np.atleast_1d(y))[0])


def ulp_distances(a: NDArray[Any], b: NDArray[Any]) -> NDArray[np.uint64]:
    """The distance of each pair, counted in the narrower type of the two; pairs with NaN count nothing.

    Notes
    -----
    A float read as a signed integer i of its width has the key i where i >= 0, else -(i & 0x7FF...F); the
    distance is |key_a - key_b|, kept as the sum of two magnitudes where the signs differ, so that it cannot
    overflow.

    Examples
    --------
    >>> ulp_distances(np.array([1.0, 0.0]), np.array([2.0, -0.0])).tolist()
    [4503599627370496, 0]
    """
    kind = _narrower(a.dtype, b.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = a.astype(kind), b.astype(kind)
    width = _WIDTHS[kind.itemsize]
    low_bits = width(np.iinfo(width).max >> 1)
    p, q = (np.ascontiguousarray(side).view(width) for side in (x, y))
    size_p, size_q = (np.asarray(side & low_bits).astype(np.uint64) for side in (p, q))
    apart = np.where(size_p > size_q, size_p - size_q, size_q - size_p)
    same_sign = (p > low_bits) == (q > low_bits)
    distance = np.where(same_sign, apart, size_p + size_q)
    return np.where(np.isnan(x) | np.isnan(y), np.uint64(0), distance)


def _narrower(a: np.dtype[Any], b: np.dtype[Any]) -> np.dtype[Any]:
    floats = [side for side in (a, b) if side.kind == "f" and side.itemsize in _WIDTHS]
    return min(floats, key=lambda side: side.itemsize) if floats else np.dtype(np.float64)
