"""An estimate becomes a measurement: numbers that evidence can hold."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mltest.result import Measurement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mltest.stats.estimate import Estimate

__all__ = ["inputs_of", "measured"]


def measured(
    estimate: Estimate,
    name: str,
    *,
    unit: str = "rows",
    slice: str | None = None,  # noqa: A002  the field's name
    detail: str | None = None,
    flags: tuple[str, ...] = (),
) -> Measurement:
    """The measurement of an estimate; with clusters, these are what it rests on."""
    unsound = estimate.value is not None and not math.isfinite(estimate.value)
    clustered = estimate.n_groups is not None
    behind = [part for part in (detail, estimate.detail) if part]
    if clustered:
        behind.append(f"{estimate.n} rows")
    return Measurement(
        name=name,
        value=None if unsound else estimate.value,
        low=_finite(estimate.low),
        high=_finite(estimate.high),
        method=estimate.method,
        n=estimate.n_groups if estimate.n_groups is not None else estimate.n,
        unit="clusters" if clustered else unit,
        slice=slice,
        n_effective=_finite(estimate.n_effective),
        detail=f"{name} is {estimate.value}" if unsound else "; ".join(behind) or None,
        flags=(*flags, *estimate.flags, *(("nonfinite",) if unsound else ())),
        seed=estimate.seed,
        scale=estimate.scale,
        se=_finite(estimate.se),
        df=_finite(estimate.df),
        bounds=estimate.bounds,
    )


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def inputs_of(**sides: Mapping[str, str]) -> dict[str, str]:
    """The digests behind several evaluations: what they share once, the rest by whose it is."""
    found: dict[str, str] = {}
    for side, digests in sides.items():
        for name, digest in digests.items():
            shared = all(other.get(name) == digest for other in sides.values())
            found[name if shared else f"{side} {name}"] = digest
    return found
