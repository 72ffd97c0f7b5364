"""What a call demanded, as plain values: what can be planned, compared and reviewed without the call."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

__all__ = ["plain_demands"]

_SCALARS = (str, int, float, bool, type(None))
_LONGEST = 200
_DEEPEST = 4
_SAFE = 2**53


def plain_demands(given: Mapping[str, object]) -> dict[str, Any]:
    """The keyword arguments of a call without its data: what is no plain value is named by its type.

    Parameters
    ----------
    given : mapping of str to object
        The keyword arguments; what says nothing (None) is left out.

    Examples
    --------
    >>> plain_demands({"at_least": {"north": 0.3}, "by": ("region",), "cluster": None, "perturbation": abs})
    {'at_least': {'north': 0.3}, 'by': ['region'], 'perturbation': {'callable': 'builtins.abs'}}
    """
    return {name: _plain(value, 0) for name, value in given.items() if value is not None}


def _plain(value: object, depth: int) -> Any:
    if isinstance(value, (str, bool, int, float, type(None))) and type(value) in _SCALARS:
        return _in_range(value)
    if depth < _DEEPEST and isinstance(value, Mapping) and len(value) <= _LONGEST:
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if depth < _DEEPEST and isinstance(value, (list, tuple, set, frozenset)) and len(value) <= _LONGEST:
        items = [_plain(item, depth + 1) for item in value]
        return sorted(items, key=repr) if isinstance(value, (set, frozenset)) else items
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return _plain(value.item(), depth)  # type: ignore[attr-defined]
    return _named(value)


def _in_range(value: object) -> Any:
    """The value as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return {"nonfinite": str(value)}
    if isinstance(value, int) and abs(value) >= _SAFE:
        return str(value)
    return value


def _named(value: object) -> dict[str, str]:
    """What is no plain value, by its name or by that of its type."""
    if callable(value) and hasattr(value, "__qualname__"):
        return {"callable": f"{value.__module__}.{value.__qualname__}"}
    return {"type": f"{type(value).__module__}.{type(value).__qualname__}"}
