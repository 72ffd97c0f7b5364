"""What a call demanded, as plain values: what can be planned, compared and reviewed without the call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["plain_demands"]

_SCALARS = (str, int, bool, type(None))
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
    kind = type(value)
    if kind in _SCALARS:
        return str(value) if kind is int and abs(value) >= _SAFE else value  # type: ignore[call-overload]
    if kind is float:
        return value if value - value == 0 else {"nonfinite": str(value)}  # type: ignore[operator]
    if depth < _DEEPEST and isinstance(value, Mapping) and len(value) <= _LONGEST:
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if depth < _DEEPEST and kind in (list, tuple, set, frozenset) and len(value) <= _LONGEST:  # type: ignore[arg-type]
        items = [_plain(item, depth + 1) for item in value]  # type: ignore[attr-defined]
        return sorted(items, key=repr) if kind in (set, frozenset) else items
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return _plain(value.item(), depth)  # type: ignore[attr-defined]
    if callable(value) and hasattr(value, "__qualname__"):
        return {"callable": f"{value.__module__}.{value.__qualname__}"}
    return {"type": f"{kind.__module__}.{kind.__qualname__}"}
