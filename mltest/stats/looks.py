"""Many looks at one test set: the error that is left for each, and the bounds that go with it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mltest.errors import UsageError
from mltest.stats.estimate import ALPHA, Bounds
from mltest.stats.mean import hall_step
from mltest.stats.paired import tango_bounds
from mltest.stats.proportion import clopper_pearson
from mltest.stats.scale import SCALES, inside, scaled_bounds
from mltest.stats.special import upper_quantile

__all__ = ["LEAST_ALPHA", "Kept", "adjusted_alpha", "kept_bounds", "steered"]

LEAST_ALPHA = 1e-12
_AGREES = 1e-7
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a record keeps of an estimate; ``n`` counts clusters where there are any."""

    method: str
    value: float
    low: float
    high: float
    n: int
    n_effective: float | None = None
    scale: str | None = None
    se: float | None = None
    df: float | None = None


def steered(looks: int, passed_before: int) -> int:
    """The judgements that so many looks may stand for, where each outcome steered the next candidate.

    Parameters
    ----------
    looks
        Candidates judged on the same rows, this one included.
    passed_before
        How many of the earlier ones passed.

    Returns
    -------
    int
        ``looks * sum(C(looks - 1, i) for i up to passed_before)``.

    Raises
    ------
    mltest.errors.UsageError
        For no look, or more passes than earlier looks.

    Notes
    -----
    If only passed or not passed steers the next candidate, the last is one of at most that many functions
    fixed before the rows were seen, and a union bound covers them.

    References
    ----------
    Blum and Hardt (2015), ICML, 1006-1014. Dwork et al. (2015), Science 349, 636-638.

    Examples
    --------
    >>> steered(10, 0), steered(10, 2)
    (10, 460)
    """
    if looks < 1 or not 0 <= passed_before < looks:
        raise UsageError(
            f"looks must be at least 1 and passed_before from 0 to one less; got {looks} and {passed_before}"
        )
    return looks * sum(math.comb(looks - 1, i) for i in range(passed_before + 1))


def adjusted_alpha(looks: int, passed_before: int, alpha: float = ALPHA) -> float | None:
    """The error that a bound may have, so that all looks together keep ``alpha``.

    Parameters
    ----------
    looks, passed_before
        As in `steered`.
    alpha
        One-sided error of all looks together.

    Returns
    -------
    float or None
        None below 1e-12: the test set is exhausted.

    Examples
    --------
    >>> adjusted_alpha(10, 0), adjusted_alpha(1, 0)
    (0.005, 0.05)
    """
    judgements = steered(looks, passed_before)
    # compared as whole numbers: there may be more judgements than a double can hold
    return alpha / judgements if judgements <= alpha / LEAST_ALPHA else None


def kept_bounds(kept: Kept) -> Bounds | None:
    """The bounds as a function of alpha, made again from what a record keeps.

    Parameters
    ----------
    kept
        Value, 95 % bounds and what else the record says.

    Returns
    -------
    callable or None
        None where they cannot be made again: a bootstrap keeps no replicates, an average of shares no
        counts. What is made again is tried at 5 % first, and must give the bounds of the record.

    Examples
    --------
    >>> low, high = clopper_pearson(45, 50)
    >>> kept = Kept(method="clopper_pearson", value=0.9, low=low, high=high, n=50, n_effective=50.0)
    >>> bounds = kept_bounds(kept)
    >>> round(bounds(0.005)[0], 4)
    0.742
    """
    for make in (_binomial, _hall, _tango, _scaled):
        bounds = make(kept)
        if bounds is not None and _agrees(bounds, kept):
            return bounds
    return None


def _agrees(bounds: Bounds, kept: Kept) -> bool:
    low, high = bounds(ALPHA)
    if low is None or high is None:
        return False
    return all(
        math.isclose(made, had, rel_tol=_AGREES, abs_tol=1e-12) for made, had in ((low, kept.low), (high, kept.high))
    )


def _binomial(kept: Kept) -> Bounds | None:
    rows, value = kept.n_effective, kept.value
    if not kept.method.startswith(("clopper_pearson", "korn_graubard")) or rows is None:
        return None
    if not kept.method.endswith("_f1"):
        return lambda alpha: clopper_pearson(min(value * rows, rows), rows, alpha)
    share = value / (2 - value)

    def of_f1(alpha: float) -> tuple[float, float]:
        low, high = clopper_pearson(min(share * rows, rows), rows, alpha)
        return 2 * low / (1 + low), 2 * high / (1 + high)

    return of_f1


def _hall(kept: Kept) -> Bounds | None:
    """Hall's bounds with the skewness that the lower one tells."""
    if not kept.method.startswith("hall_t") or kept.se is None or kept.scale not in ("identity", "square"):
        return None
    scale, se = SCALES[kept.scale], kept.se
    centre, reach = scale.forward(kept.value), upper_quantile(ALPHA, kept.df)
    if not se > 0:
        return None
    skewness = _zero(lambda k: hall_step(reach, k) - (centre - scale.forward(kept.low)) / se, least=-10.0, most=10.0)

    def bounds(alpha: float) -> tuple[float, float]:
        q = upper_quantile(alpha, kept.df)
        low, high = centre - se * hall_step(q, skewness), centre - se * hall_step(-q, skewness)
        return scale.inverse(low), scale.inverse(high)

    return bounds


def _tango(kept: Kept) -> Bounds | None:
    """Tango's bounds with the count of discordant rows that the lower one tells."""
    if kept.method != "tango":
        return None
    n, difference = float(kept.n), kept.value * kept.n
    least = abs(difference)

    def of(discordant: float) -> Bounds:
        return tango_bounds((discordant + difference) / 2, (discordant - difference) / 2, n)

    both = _zero(lambda count: (of(count)(ALPHA)[0] or 0.0) - kept.low, least=least, most=n)
    return of(max(float(round(both)), least))


def _scaled(kept: Kept) -> Bounds | None:
    """Bounds symmetric on a scale, with the guard of the area under the ROC curve where it was active."""
    if kept.scale is None or kept.se is None or not inside(kept.value, kept.scale):
        return None
    plain = scaled_bounds(kept.value, kept.se, kept.scale, kept.df)
    if kept.method != "delong_logit" or kept.df is None:
        return plain
    pairs = kept.df + 1
    if pairs * min(kept.value, 1 - kept.value) >= 2:
        return plain

    def guarded(alpha: float) -> tuple[float, float]:
        low, high = plain(alpha)
        wide = clopper_pearson(kept.value * pairs, pairs, alpha)
        return min(low or 0.0, wide[0]), max(high or 0.0, wide[1])

    return guarded


def _zero(falling: Callable[[float], float], *, least: float, most: float) -> float:
    """Where a falling function is zero; an end of the span where it is not."""
    for _ in range(_STEPS):
        middle = (least + most) / 2
        least, most = (middle, most) if falling(middle) > 0 else (least, middle)
    return (least + most) / 2
