"""How a number is printed, everywhere: on the terminal, in a message, on the page."""

from __future__ import annotations

import math

__all__ = ["count", "limit", "number", "share"]

_SPACE = " "
_MOST_DECIMALS = 9
_LONGEST = 12  # nobody writes a limit with more digits; it came out of a division


def count(n: int) -> str:
    """A whole number in groups of three.

    Examples
    --------
    >>> count(4120)
    '4 120'
    """
    return f"{n:,}".replace(",", _SPACE)


def number(value: float | None, *beside: float | None) -> str:
    """A number with as many decimals as tell it from those beside it, at least three.

    Examples
    --------
    >>> number(0.8416)
    '0.842'
    >>> number(0.89996, 0.9)
    '0.89996'
    >>> number(12345.678)
    '12 346'
    """
    if value is None:
        return "none"
    if isinstance(value, int):
        return count(value)
    if value and not 1e-3 <= abs(value) < 1e15:
        return f"{value:.3g}"
    decimals = _decimals(value)
    for other in beside:
        if other is not None and other != value:
            while decimals < _MOST_DECIMALS and round(value, decimals) == round(other, decimals):
                decimals += 1
    return f"{value:,.{decimals}f}".replace(",", _SPACE)


def limit(value: float | None) -> str:
    """A demanded limit as its writer would have written it, with two decimals where it has fewer.

    Examples
    --------
    >>> limit(0.3), limit(0.87), limit(0.001), limit(20000)
    ('0.30', '0.87', '0.001', '20 000')
    """
    if value is None:
        return "none"
    if isinstance(value, int) or (abs(value) >= 10 and value == int(value)):
        return count(int(value))
    written = repr(value)
    if "e" in written or len(written) > _LONGEST:
        return f"{value:.6g}"
    whole, _, decimals = written.partition(".")
    return f"{count(int(whole)) if abs(value) >= 1 else whole}.{decimals:0<2}"


def share(part: float, whole: float) -> str:
    """A share in per cent, never rounded to none or all.

    Examples
    --------
    >>> share(1, 3), share(1, 100000), share(0, 5), share(5, 5)
    ('33.3 %', '< 0.1 %', '0 %', '100 %')
    """
    if whole <= 0 or part <= 0:
        return "0 %"
    rate = 100 * part / whole
    if rate >= 100:
        return "100 %"
    if rate < 0.1:
        return "< 0.1 %"
    return "> 99.9 %" if rate > 99.9 else f"{rate:.1f} %"


def _decimals(value: float) -> int:
    magnitude = math.floor(math.log10(abs(value))) if value else 0
    return max(0, min(3, 3 - magnitude))
