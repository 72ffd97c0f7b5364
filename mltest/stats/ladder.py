"""The ladder: a leaderboard that tells of a candidate only where it is better by more than chance."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mltest.errors import UsageError
from mltest.stats.units import FloatArray, column

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Rung", "ladder"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What is told after one candidate.

    Attributes
    ----------
    released
        The mean loss that is told: of this candidate where it is a new best, else that of the best before.
    is_best
        Whether this candidate became the best.
    """

    released: float
    is_best: bool


def ladder(candidates: Iterable[npt.ArrayLike]) -> tuple[Rung, ...]:
    """The mean losses that may be told of candidates that came one after the other.

    Parameters
    ----------
    candidates
        The losses of each on the same rows in the same order, less being better.

    Returns
    -------
    tuple of Rung
        One for each candidate.

    Raises
    ------
    mltest.errors.UsageError
        For losses of another number of rows than the first, fewer than two rows, or NaN.

    Notes
    -----
    The parameter-free ladder: a candidate is told of only if its mean loss lies below that of the best so far by more
    than one standard error of the paired differences, so that what is told carries little of the noise of these
    rows to whoever tries next.

    References
    ----------
    Blum and Hardt (2015), ICML, 1006-1014.

    Examples
    --------
    >>> steps = ladder([[1, 0, 1, 0], [1, 0, 0, 1], [0, 0, 0, 0]])
    >>> [(step.released, step.is_best) for step in steps]
    [(0.5, True), (0.5, False), (0.0, True)]
    """
    rungs: list[Rung] = []
    best: FloatArray | None = None
    for at, given in enumerate(candidates):
        losses = column(given, f"losses of candidate {at + 1}")
        _refuse(losses, best, at)
        is_best = best is None or _is_better(losses, best)
        if is_best:
            best = losses
        released = float(losses.mean()) if is_best else rungs[-1].released
        rungs.append(Rung(released=released, is_best=is_best))
    return tuple(rungs)


def _refuse(losses: FloatArray, best: FloatArray | None, at: int) -> None:
    if len(losses) < 2:
        raise UsageError(f"candidate {at + 1} has {len(losses)} losses; a standard error needs at least 2 rows")
    if best is not None and len(losses) != len(best):
        raise UsageError(
            f"candidate {at + 1} has {len(losses)} losses, the best so far {len(best)}; give the same rows"
        )


def _is_better(losses: FloatArray, best: FloatArray) -> bool:
    """Whether the improvement is more than one standard error of the paired differences."""
    gain = best - losses
    return float(gain.mean()) > float(gain.std(ddof=1)) / math.sqrt(len(gain))
