"""Part of `assert_robust`: text as it is mistyped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["mistyped"]

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")
_BESIDE = {key: row[max(at - 1, 0) : at] + row[at + 1 : at + 2] for row in _ROWS for at, key in enumerate(row)}


def mistyped(values: NDArray[Any], share: float, rng: np.random.Generator) -> NDArray[Any]:
    """The same cells, with a typing error in about this share of all words."""
    words = np.array([len(value.split()) if isinstance(value, str) else 0 for value in values.tolist()])
    errors = rng.binomial(words, share)
    made: NDArray[Any] = values.copy()
    for at in np.flatnonzero(errors):
        text = str(values[at])
        for _ in range(int(errors[at])):
            text = _with_error(text, rng)
        made[at] = text
    return made


def _with_error(text: str, rng: np.random.Generator) -> str:
    """One letter swapped with the next, dropped, doubled, or that of a key beside it."""
    places = [at for at, letter in enumerate(text) if not letter.isspace()]
    if not places:
        return text
    at, kind = places[int(rng.integers(len(places)))], int(rng.integers(4))
    before, letter, after = text[:at], text[at], text[at + 1 :]
    if kind == 0 and after and after[0] != letter and not after[0].isspace():
        return before + after[0] + letter + after[1:]
    if kind == 1 and len(places) > 1:
        return before + after
    beside = _BESIDE.get(letter.lower(), "")
    if kind == 2 and beside:
        other = beside[int(rng.integers(len(beside)))]
        return before + (other.upper() if letter.isupper() else other) + after
    return before + letter + letter + after
