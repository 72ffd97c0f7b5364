"""`Estimate`: a value with its interval, and the interval as a function of alpha."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

Bounds = Callable[[float], "tuple[float | None, float | None]"]

ALPHA = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value, its two one-sided 95 % bounds and how they came about.

    Attributes
    ----------
    value
        The estimate; None if it cannot be formed, `detail` then says why.
    low, high
        The one-sided 95 % bounds (together a two-sided 90 % interval); None if they cannot be had.
    method
        Fixed name of the interval's method.
    n
        Rows used, after rows of weight zero were left out.
    n_effective
        Rows of an unweighted, unclustered sample that would tell as much.
    n_groups
        Clusters, if there are any.
    scale, se, df
        Standard error on the named scale (`mltest.stats.scale`), and Student degrees of freedom
        (None: normal).
    flags
        Stable codes such as ``"too_few_rows"``.
    detail
        Plain words: counts behind the value, or why there is no value or interval.
    seed
        Only if random numbers were used.
    bounds
        alpha -> (low, high); None where low and high are None.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str
    n: int
    n_effective: float | None = None
    n_groups: int | None = None
    scale: str | None = None
    se: float | None = None
    df: float | None = None
    flags: tuple[str, ...] = ()
    detail: str | None = None
    seed: int | None = None
    bounds: Bounds | None = field(default=None, compare=False, repr=False)


def estimated(
    value: float,
    bounds: Bounds,
    *,
    method: str,
    n: int,
    n_effective: float | None = None,
    n_groups: int | None = None,
    scale: str | None = None,
    se: float | None = None,
    df: float | None = None,
    flags: tuple[str, ...] = (),
    detail: str | None = None,
    seed: int | None = None,
) -> Estimate:
    """An estimate whose low and high are `bounds` at 5 %.

    Parameters
    ----------
    value
        The estimate.
    bounds
        alpha -> (low, high).
    method, n, n_effective, n_groups, scale, se, df, flags, detail, seed
        As in `Estimate`.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> estimated(0.5, lambda alpha: (0.5 - alpha, 0.5 + alpha), method="example", n=10).high
    0.55
    """
    low, high = bounds(ALPHA)
    return Estimate(
        value=value,
        low=low,
        high=high,
        method=method,
        n=n,
        n_effective=n_effective,
        n_groups=n_groups,
        scale=scale,
        se=se,
        df=df,
        flags=flags,
        detail=detail,
        seed=seed,
        bounds=bounds,
    )


def unsettled(
    value: float | None,
    flag: str,
    detail: str,
    *,
    method: str,
    n: int,
    n_groups: int | None = None,
    seed: int | None = None,
) -> Estimate:
    """An estimate without an interval (value may be None too); judged inconclusive.

    Parameters
    ----------
    value
        The estimate, or None if there is none.
    flag
        Stable code of the reason.
    detail
        The reason in words, with the number that would be needed.
    method, n, n_groups, seed
        As in `Estimate`.

    Returns
    -------
    Estimate

    Examples
    --------
    >>> unsettled(None, "empty", "no rows", method="clopper_pearson", n=0).flags
    ('empty',)
    """
    return Estimate(
        value=value,
        low=None,
        high=None,
        method=method,
        n=n,
        n_groups=n_groups,
        flags=(flag,),
        detail=detail,
        seed=seed,
    )
